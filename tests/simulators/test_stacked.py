"""Stacks of circuits give the numbers of the circuits one by one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.errors import UserError
from replication.landscapes import models
from replication.simulators import stacked


def stack(circuits):
    return jax.tree.map(lambda *leaves: np.stack(leaves), *circuits)


MAKERS = {
    "random axes": lambda i: models.random_layers(4, 5, jax.random.key(i)),
    "odd number of qubits": lambda i: models.random_layers(3, 4, jax.random.key(i)),
    "two rotations and CNOT": lambda i: models.hardware_efficient(4, 3, "global"),
    "one layer without entangler": lambda i: models.product(3, "local"),
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-13), (np.float32, 2e-5)])
def test_values_and_gradients_are_those_of_each_circuit(name, dtype, tolerance):
    """Independent path: complex products with matrices of blocks, circuit by circuit."""
    circuits = [MAKERS[name](i) for i in range(5)]
    with jax.enable_x64(True):
        shape = (5, circuits[0].num_parameters)
        thetas = jnp.asarray(np.random.default_rng(0).uniform(-3, 3, shape), dtype)
        values, gradients = jax.jit(stacked.values_and_gradients)(stack(circuits), thetas)
        assert values.dtype == gradients.dtype == dtype
        for one, theta, value, gradient in zip(circuits, thetas, values, gradients, strict=True):
            expected = jax.value_and_grad(one.energy)(theta)
            np.testing.assert_allclose(value, expected[0], atol=tolerance)
            np.testing.assert_allclose(gradient, expected[1], atol=tolerance)


def test_rotations_by_strings_are_refused():
    one = stack([models.random_strings(3, 4, jax.random.key(0), rank=1)])
    with pytest.raises(UserError, match="Rotations and Entangler alone"):
        stacked.values_and_gradients(one, jnp.zeros((1, 4)))
