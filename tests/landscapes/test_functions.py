"""Values, gradients and Hessians of costs that JAX knows, and of plain callables."""

import jax
import jax.numpy as jnp
import networkx as nx
import numpy as np
import pytest

from replication import maxcut, qaoa
from replication.errors import UserError
from replication.landscapes import functions


def cost(theta):
    return jnp.sin(theta[0]) * jnp.cos(theta[1]) + theta[2] ** 2 / 2


THETAS = np.random.default_rng(0).uniform(-1, 1, (5, 3))


def slopes(theta):
    a, b, c = theta
    return [np.cos(a) * np.cos(b), -np.sin(a) * np.sin(b), c]


@pytest.mark.parametrize("x64", [False, True])
def test_derivatives_are_double_whatever_the_switch(x64):
    with jax.enable_x64(x64):
        values, gradients = functions.values_and_gradients(cost, THETAS)
        hessians = functions.hessians(cost, THETAS)
    assert values.dtype == gradients.dtype == hessians.dtype == np.float64
    np.testing.assert_allclose(gradients, [slopes(theta) for theta in THETAS], 0, 1e-14)
    np.testing.assert_allclose(values, functions.values(cost, THETAS), 0, 1e-15)
    a, b, _ = THETAS.T
    np.testing.assert_allclose(hessians[:, 0, 1], -np.cos(a) * np.sin(b), 0, 1e-8)
    np.testing.assert_allclose(hessians[:, 2, 2], 1, 0, 1e-8)


@pytest.mark.parametrize("shift", [None, np.pi / 2])
def test_a_plain_callable_gets_numerical_gradients_and_says_so(shift):
    def plain(theta):
        return float(np.sin(theta[0]) * np.cos(theta[1]))

    words = "parameter shifts" if shift else "central differences"
    with pytest.warns(UserWarning, match=f"no JAX function: its gradients are {words}"):
        _, gradients = functions.values_and_gradients(plain, THETAS[:, :2], shift=shift)
    wanted = [slopes(theta)[:2] for theta in THETAS]
    np.testing.assert_allclose(gradients, wanted, 0, 1e-13 if shift else 1e-9)


def test_a_cost_with_its_own_reverse_pass_has_a_hessian():
    ansatz = qaoa(maxcut(nx.cycle_graph(5)), 2)
    theta = np.array([[0.3, 0.7, -0.4, -0.2]])
    found = functions.hessians(ansatz.energy, theta)[0]
    step = 1e-3
    for i, j in ((0, 0), (0, 3), (2, 3)):
        moves = [a * np.eye(4)[i] + b * np.eye(4)[j] for a in (step, -step) for b in (step, -step)]
        pp, pm, mp, mm = (float(ansatz.energy(theta[0] + move)) for move in moves)
        assert abs(found[i, j] - (pp - pm - mp + mm) / (4 * step**2)) < 1e-3


@pytest.mark.parametrize("thetas", [[0.1, 0.2], [["a"]], np.zeros((1, 2, 3))])
def test_angles_of_another_shape_are_refused(thetas):
    with pytest.raises(UserError, match="thetas must"):
        functions.values(cost, thetas)


def test_a_box_is_refused_unless_it_is_one():
    with pytest.raises(UserError, match="low <= high"):
        functions.uniform(np.random.default_rng(0), 3, [1.0], [0.0])
