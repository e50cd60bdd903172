"""Noisy circuits against Cirq's density matrices, closed forms and pure states."""

import cirq
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.errors import UserError
from replication.landscapes import models
from replication.simulators.circuits import Circuit
from replication.simulators.density import PauliChannel, depolarised, depolarising, noisy


def layer_of(one, place):
    """One layer of a circuit as a circuit."""
    layer = jax.tree.map(lambda leaf: leaf[place : place + 1], one.layer)
    return Circuit(layer, one.observable, one.first, 1)


def circuit(layers=3):
    return models.random_layers(4, layers, jax.random.key(1))


def test_noise_after_each_layer_is_what_cirq_makes_of_it():
    channel, one = PauliChannel(0.02, 0.05, 0.11), circuit()
    theta = np.random.default_rng(0).uniform(-3, 3, one.num_parameters)
    qubits = cirq.LineQubit.range(4)
    state = np.outer(one.first, one.first.conj()).astype(complex)
    for layer in range(3):
        part = layer_of(one, layer)
        angles = theta.reshape(3, -1)[layer]
        noise = cirq.Circuit(cirq.asymmetric_depolarize(*channel).on_each(*qubits))
        unitary = part.to_cirq(angles).unitary(qubit_order=qubits)
        state = unitary @ state @ unitary.conj().T
        result = cirq.DensityMatrixSimulator(dtype=np.complex128).simulate(
            noise, qubit_order=qubits, initial_state=state
        )
        state = result.final_density_matrix
    columns = [np.asarray(one.observable.apply(jnp.asarray(column))) for column in state.T]
    energy = np.trace(np.array(columns).T).real
    np.testing.assert_allclose(noisy(one, channel).energy(theta), energy, 0, 1e-6)


def test_without_noise_it_is_the_pure_state():
    one = circuit()
    theta = np.random.default_rng(1).uniform(-3, 3, one.num_parameters)
    bare = noisy(one, PauliChannel(0.0, 0.0, 0.0))
    np.testing.assert_allclose(bare.energy(theta), one.energy(theta), 0, 1e-12)
    with jax.enable_x64(True):
        found = jax.grad(bare.energy)(jnp.asarray(theta))
        wanted = jax.grad(one.energy)(jnp.asarray(theta))
    np.testing.assert_allclose(found, wanted, 0, 1e-12)


@pytest.mark.parametrize("layers", [1, 5])
def test_global_depolarising_multiplies_gradients_by_q_to_the_layers(layers):
    """A channel on the whole system, step by step, against its closed form: to 1e-10."""
    one, kept = circuit(layers), 0.93
    theta = np.random.default_rng(2).uniform(-3, 3, one.num_parameters)
    mean = float(one.observable.mean)

    def stepwise(theta):
        qubits = cirq.LineQubit.range(4)
        state = np.outer(one.first, one.first.conj()).astype(complex)
        for layer in range(layers):
            part = layer_of(one, layer)
            unitary = part.to_cirq(theta.reshape(layers, -1)[layer]).unitary(qubit_order=qubits)
            state = kept * unitary @ state @ unitary.conj().T + (1 - kept) * np.eye(16) / 16
        with jax.enable_x64(True):
            columns = [np.asarray(one.observable.apply(jnp.asarray(c))) for c in state.T]
        return np.trace(np.array(columns).T).real

    with jax.enable_x64(True):
        energy, gradient = jax.value_and_grad(one.energy)(jnp.asarray(theta))
        wanted = np.asarray(depolarised(energy, mean, kept, layers))
    np.testing.assert_allclose(stepwise(theta), wanted, 0, 1e-10)
    move = np.pi / 2 * np.eye(theta.size)[0]
    shifted = (stepwise(theta + move) - stepwise(theta - move)) / 2
    np.testing.assert_allclose(shifted, kept**layers * np.asarray(gradient)[0], 0, 1e-10)


def test_what_is_no_channel_is_refused():
    with pytest.raises(UserError, match="strength = 2 must be from 0 to 1"):
        depolarising(2)
    with pytest.raises(UserError, match="add up to at most 1"):
        noisy(circuit(), PauliChannel(0.5, 0.4, 0.3))
    with pytest.raises(UserError, match="8 qubits are more than the 7"):
        noisy(models.random_layers(8, 1, jax.random.key(0)), depolarising(0.1))
