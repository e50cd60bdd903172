"""The circuits of the literature have the variances that their closed forms say."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.errors import UserError
from replication.landscapes import models
from replication.landscapes.gradients import gradient_variance, variance_error


@eqx.filter_jit
def _gradients(circuits, thetas):
    return jax.vmap(lambda one, theta: jax.grad(one.energy)(theta))(circuits, thetas)


def gradients(make, count, seed=0):
    """The gradient of each of some random circuits at one random point each."""
    several = [make(jax.random.key(seed + index)) for index in range(count)]
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *several)
    shape = (count, several[0].num_parameters)
    thetas = np.random.default_rng(seed).uniform(0, 2 * np.pi, shape)
    with jax.enable_x64(True):
        return np.asarray(_gradients(stacked, jnp.asarray(thetas)))


@pytest.mark.parametrize("n", [2, 4])
def test_deep_random_circuits_have_the_variance_of_a_two_design(n):
    """J. R. McClean et al., doi:10.1038/s41467-018-07090-4, with L = 16 n."""
    layers = 16 * n
    found = gradients(lambda key: models.mcclean(n, layers, key), 600)
    for column, limit in (
        (0, models.limit_of_mcclean(n)),
        (layers // 2 * n, models.middle_limit_of_mcclean(n)),
    ):
        variance, error = found[:, column].var(ddof=1), variance_error(found[:, column])
        assert abs(variance - limit) < 3.5 * error
        assert error < 0.1 * limit


def test_the_limits_are_those_printed():
    found = [models.limit_of_mcclean(n) for n in (2, 4, 8, 16)]
    np.testing.assert_allclose(found, [8.8889e-2, 2.09150e-2, 1.30210e-3, 5.08626e-6], 1e-5)
    found = [models.middle_limit_of_mcclean(n) for n in (2, 4, 8, 16)]
    np.testing.assert_allclose(found, [1.06667e-1, 2.95271e-2, 1.94556e-3, 7.6293e-6], 1e-5)


@pytest.mark.parametrize("n", [2, 4])
@pytest.mark.parametrize("locality", ["local", "global"])
def test_product_circuits_have_their_closed_form(n, locality):
    """M. Cerezo et al., doi:10.1038/s41467-021-21728-w."""
    one = models.product(n, locality)
    found = gradient_variance(one.energy, n, points=6000, seed=n)
    limit = models.limit_of_product(n, locality)
    assert (np.abs(found.gradient - limit) < 4 * found.gradient_error).all()
    assert (found.gradient_error < 0.05 * limit).all()


def test_the_limits_of_product_circuits_are_those_printed():
    found = [models.limit_of_product(n, "global") for n in (2, 4, 8)]
    np.testing.assert_allclose(found, [0.046875, 0.0065918, 1.30355e-4], 1e-5)
    assert [models.limit_of_product(n, "local") for n in (2, 8)] == [0.03125, 0.001953125]


def test_the_layered_ansatz_of_pennylanes_tutorial_is_a_plateau_as_often_as_computed():
    """Gradient descent on 1 - p(0…0), step 0.2, 400 steps: above 0.9 in the end, n = 4: 2.9 %."""
    one = models.hardware_efficient(4, 1, "global")
    with jax.enable_x64(True):
        thetas = jnp.asarray(np.random.default_rng(0).uniform(0, 2 * np.pi, (1500, 8)))
        slope = jax.jit(jax.vmap(jax.grad(one.energy)))
        thetas = jax.lax.fori_loop(0, 400, lambda _, at: at - 0.2 * slope(at), thetas)
        stuck = np.asarray(jax.vmap(one.energy)(thetas)) > 0.9
    fraction = stuck.mean()
    assert abs(fraction - 0.029) < 3 * np.sqrt(fraction * (1 - fraction) / stuck.size)


def test_random_strings_never_are_the_identity_and_states_are_normalised():
    one = models.random_strings(2, 500, jax.random.key(3), rank=1)
    x, z = (np.asarray(each).ravel() for each in (one.layer[0].x, one.layer[0].z))
    found = set(zip(x.tolist(), z.tolist(), strict=True))
    assert found == {(a, b) for a in range(4) for b in range(4)} - {(0, 0)}
    np.testing.assert_allclose(np.linalg.norm(one.first), 1, 0, 1e-12)


def test_numbers_that_are_none_are_refused():
    with pytest.raises(UserError, match="layers = 0 must be a whole number, at least 1"):
        models.mcclean(4, 0, jax.random.key(0))
    with pytest.raises(UserError, match="rank = 4 must be from 1 to 2"):
        models.random_strings(2, 1, jax.random.key(0), rank=4)


def test_random_strings_on_plus_begin_at_the_mean_and_reach_a_basis_state():
    """Where no string acts E is the mean; a Y on the one qubit turns + to 0 or 1."""
    energies = [0.5, 2.0]
    one = models.strings_on_plus(energies, 3, jax.random.key(0))
    assert float(one.energy(np.zeros(3))) == pytest.approx(1.25)
    strings = [models.strings_on_plus(energies, 1, jax.random.key(k)) for k in range(12)]
    found = []
    for circuit in strings:
        layer = circuit.layer[0]
        found.append((int(layer.x[0, 0]), int(layer.z[0, 0])))
        turned = sorted(float(circuit.energy(np.array([t]))) for t in (-np.pi / 2, np.pi / 2))
        wanted = energies if found[-1] == (1, 1) else [1.25, 1.25]
        np.testing.assert_allclose(turned, wanted, atol=1e-12)
    assert set(found) == {(0, 1), (1, 0), (1, 1)}


@pytest.mark.parametrize("energies", [[1.0, 2.0, 3.0], [[1.0, 2.0]], [1.0]])
def test_energies_of_no_register_are_refused(energies):
    with pytest.raises(UserError, match=r"shape \(2\^n,\)"):
        models.strings_on_plus(energies, 2, jax.random.key(0))
