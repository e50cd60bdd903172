"""Fisher informations against closed forms, and ranks as exact whole numbers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.errors import UserError
from replication.landscapes import models
from replication.landscapes.geometry import fisher_information, fisher_rank
from replication.simulators import circuits
from replication.simulators.circuits import Circuit, Rotations
from replication.simulators.observables import pauli_sum


def rotations(axes, first=None):
    """Layers of rotations without entanglers, `axes` of shape (layers, n)."""
    axes = np.asarray(axes)
    layers, n = axes.shape
    start = circuits.zeros(n) if first is None else first
    return Circuit((Rotations(axes),), pauli_sum({"Z0": 1.0}, n), start, layers)


def test_a_rotation_about_x_has_one():
    """Var of P/2 is 1/4 and F four times that."""
    found = fisher_information(rotations([[1]]).state, np.array([0.7]))
    np.testing.assert_allclose(found, [[1.0]], atol=1e-14)
    assert found.dtype == np.float64


def test_a_rotation_about_the_states_own_axis_has_zero():
    found = fisher_information(rotations([[3, 1]]).state, np.array([0.7, 0.2]))
    np.testing.assert_allclose(found, np.diag([0.0, 1.0]), atol=1e-14)


def test_polar_angles_have_the_metric_of_the_sphere():
    r"""$R_Z(\varphi) R_Y(\vartheta)|0\rangle$: diag(1, sin² ϑ)."""
    found = fisher_information(rotations([[2], [3]]).state, np.array([0.7, 1.1]))
    np.testing.assert_allclose(found, np.diag([1.0, np.sin(0.7) ** 2]), atol=1e-14)


def test_it_is_minus_twice_the_hessian_of_the_fidelity():
    """|<psi(t)|psi(t+d)>|² = 1 - d F d/4, by JAX's own second derivatives of another function."""
    one = models.random_layers(3, 3, jax.random.key(2))
    theta = np.random.default_rng(0).uniform(-3, 3, one.num_parameters)
    with jax.enable_x64(True):
        psi = one.state(jnp.asarray(theta))

        def fidelity(at):
            other = one.state(at)
            overlap = jnp.vdot(psi, other)
            return overlap.real**2 + overlap.imag**2

        expected = -2 * jax.jacfwd(jax.jacfwd(fidelity))(jnp.asarray(theta))
    np.testing.assert_allclose(fisher_information(one.state, theta), expected, atol=1e-12)


def test_single_precision_is_that_of_the_angles():
    one = models.random_layers(3, 2, jax.random.key(2))
    theta = np.random.default_rng(0).uniform(-3, 3, one.num_parameters)
    found = fisher_information(one.state, jnp.asarray(theta, jnp.float32))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, fisher_information(one.state, theta), atol=1e-5)


def test_ranks_are_whole_numbers_of_independent_directions():
    """One qubit: two at most, of any number of angles; a product of n qubits: 2n."""
    rng = np.random.default_rng(1)
    for n in (1, 3):
        one = rotations(rng.permuted(np.tile([[1], [2], [3]], (2, n)), axis=0))
        theta = rng.uniform(-3, 3, one.num_parameters)
        assert fisher_rank(fisher_information(one.state, theta)) == 2 * n


@pytest.mark.parametrize("n", [2, 3])
def test_deep_random_layers_reach_all_states(n):
    """2 · 2^n - 2 real directions of states, however many more angles there are."""
    one = models.random_layers(n, 4 * 2**n // n, jax.random.key(5))
    theta = np.random.default_rng(2).uniform(-3, 3, one.num_parameters)
    assert fisher_rank(fisher_information(one.state, theta)) == 2 * 2**n - 2


def test_mistakes_are_named():
    with pytest.raises(UserError, match=r"shape \(k, k\), got \(2, 3\)"):
        fisher_rank(np.ones((2, 3)))
    with pytest.raises(UserError, match="between 0 and 1"):
        fisher_rank(np.eye(2), tolerance=0.0)
    assert fisher_rank(np.zeros((3, 3))) == 0
