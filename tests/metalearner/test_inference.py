"""The network's step in NumPy is the one that was trained."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.metalearner.artefact import load_meta_optimizer
from replication.metalearner.inference import Weights
from replication.metalearner.network import Network, arrays_of, weights_of


@pytest.mark.parametrize("form", ["plain", "residual"])
@pytest.mark.parametrize("inputs", ["angles_and_cost", "angles"])
def test_a_roll_out_is_that_of_jax_in_double_precision(form, inputs):
    with jax.enable_x64(True):
        network = Network(3, 5, form, inputs, key=jax.random.key(1))
        network = jax.tree.map(lambda leaf: 3 * leaf if leaf.ndim else leaf, network)
        weights = weights_of(network)
        memory, theta = network.memory(), jnp.full(3, 0.2)
        state, own = weights.memory(), np.full(3, 0.2)
        for t in range(6):
            y = np.sin(t + 1.0)
            memory, theta = network(memory, theta, jnp.asarray(y), t == 0)
            state, own = weights.step(state, own, y, first=t == 0)
            np.testing.assert_allclose(own, theta, 0, 1e-12)
            np.testing.assert_allclose(state, memory, 0, 1e-12)


def test_large_numbers_do_not_overflow():
    weights = load_meta_optimizer("maxcut-p4").weights
    with np.errstate(all="raise"):
        _, theta = weights.step(weights.memory(), np.full(8, 1e300), 1e9, first=False)
    assert np.isfinite(theta).all()


def test_arrays_of_another_network_are_refused():
    arrays = arrays_of(Network(2, 3, "plain", key=jax.random.key(0)))
    assert Weights(arrays, "plain").hidden == 3
    with pytest.raises(KeyError, match=r"cell\.bias"):
        Weights({name: each for name, each in arrays.items() if name != "cell.bias"}, "plain")
    with pytest.raises(KeyError, match=r"shape of head\.bias"):
        Weights(arrays | {"head.bias": np.zeros(3)}, "plain")
    with pytest.raises(KeyError, match="anchor"):
        Weights(arrays | {"anchor": np.zeros((2, 2))}, "plain")


def test_using_a_network_loads_no_jax():
    code = (
        "import sys, replication as r\n"
        "problem = r.maxcut([(0, 1), (1, 2), (0, 2), (2, 3)])\n"
        "found = r.load_meta_optimizer('ising-p4').suggest(lambda t: -1.0, problem=problem)\n"
        "assert found.points.shape == (10, 8)\n"
        "heavy = 'jax equinox cirq openfermion matplotlib pandas xarray scipy optax rich'\n"
        "print(*sorted({*heavy.split()} & {*sys.modules}))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
