"""Trainings follow the optimiser's own rule, and a cost in closed form is that of its circuit."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from replication.errors import UserError
from replication.landscapes.functions import values_and_gradients
from replication.landscapes.models import hardware_efficient
from replication.landscapes.one_layer import one_layer_cost
from replication.landscapes.trainings import train

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("x64", [False, True])
def test_gradient_descent_on_a_parabola_is_a_geometric_series(x64):
    starts = RNG.normal(size=(70, 3))
    with jax.enable_x64(x64):
        found = train(lambda theta: (theta**2).sum() / 2, starts, optax.sgd(0.2), 5)
    norms = np.linalg.norm(starts, axis=1)[:, None] * 0.8 ** np.arange(6)
    np.testing.assert_allclose(found.gradient_norms, norms, 1e-14)
    np.testing.assert_allclose(found.values, norms**2 / 2, 1e-14)
    np.testing.assert_allclose(found.thetas, starts * 0.8**5, 1e-14)


def test_adam_takes_a_first_step_of_its_rate_in_every_angle():
    starts = np.array([[1.0, -2.0]])
    found = train(lambda theta: jnp.sin(theta).sum(), starts, optax.adam(0.1), 1)
    np.testing.assert_allclose(found.thetas - starts, -0.1 * np.sign(np.cos(starts)), 0, 1e-7)


@pytest.mark.parametrize("locality", ["local", "global"])
@pytest.mark.parametrize("n", [2, 5])
def test_one_layer_has_the_value_and_gradient_of_its_circuit(n, locality):
    thetas = RNG.uniform(-np.pi, np.pi, (5, 2 * n))
    closed = values_and_gradients(lambda theta: one_layer_cost(theta, locality), thetas)
    circuit = values_and_gradients(hardware_efficient(n, 1, locality).energy, thetas)
    for one, other in zip(closed, circuit, strict=True):
        np.testing.assert_allclose(one, other, 0, 1e-13)


def test_what_cannot_be_trained_is_refused():
    with pytest.raises(UserError, match="steps = 0 must be a whole number, at least 1"):
        train(jnp.sum, [[0.0]], optax.sgd(0.1), 0)
    with pytest.raises(UserError, match="must be a JAX function"):
        train(lambda theta: float(theta[0]), [[0.0]], optax.sgd(0.1), 1)
