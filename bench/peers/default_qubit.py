"""PennyLane default.qubit under JAX: the whole circuit compiled, differentiated by JAX."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
import pennylane as qml

LABEL = "default.qubit (JAX)"
PACKAGE = "pennylane"
PRECISION = "float64"

_PARAMETRISED = {
    "rx": qml.RX,
    "ry": qml.RY,
    "rz": qml.RZ,
    "rzz": qml.IsingZZ,
    "phase": qml.PhaseShift,
    "cphase": qml.ControlledPhaseShift,
}
_FIXED = {"h": qml.Hadamard, "x": qml.PauliX, "z": qml.PauliZ, "cz": qml.CZ}
_PAULIS = {"X": qml.X, "Y": qml.Y, "Z": qml.Z}


def _energy(task: Any) -> Callable[..., Any]:
    """Edges as IsingZZ: a diagonal of the whole cost would be made a dense matrix.

    A `turn` is a matrix: types of gates are known when the circuit is compiled.
    """
    task.offered((*_PARAMETRISED, *_FIXED, "givens", "tilt", "turn"))
    device = qml.device("default.qubit", wires=task.num_qubits)
    strings = [
        qml.prod(*(_PAULIS[letter](qubit) for qubit, letter in term)) if term else qml.I(0)
        for term in task.terms
    ]

    @qml.qnode(device, interface="jax", diff_method="backprop")
    def energy(theta: Any, weights: Any, coefficients: Any, axes: Any = None) -> Any:
        angles = task.slot_angles(weights, theta)
        for name, wires, slot in task.gates:
            if name in _FIXED:
                _FIXED[name](wires)
            elif name == "tilt":
                qml.RY(slot, wires)
            elif name == "turn":
                qml.QubitUnitary(task.turned(angles[slot], axes[slot]), wires)
            elif name == "givens":
                # It rotates |10> by half its angle, the other way round.
                qml.SingleExcitation(-2 * slot, wires)
            else:
                _PARAMETRISED[name](angles[slot], wires)
        return qml.expval(qml.Hamiltonian(coefficients, strings))

    return energy


def value(task: Any) -> Callable[[], Any]:
    """`jax.jit`, a batch through `jax.vmap`."""
    return task.compiled(_energy(task), gradient=False)


def gradient(task: Any) -> Callable[[], Any]:
    """`jax.value_and_grad` of the same."""
    return task.compiled(_energy(task), gradient=True)


def step(task: Any) -> Callable[[], Any]:
    """The roll-out by `jax.lax.scan`, graphs by `jax.vmap`, Adam by optax, compiled whole."""
    energy, about = _energy(task), task.recurrent
    network = tuple(jnp.asarray(about[name]) for name in ("input", "recurrent", "bias"))
    instances = task.weights, task.coefficients, jnp.asarray(about["scales"])
    count = about["queries"]
    worth = 2 * jnp.arange(1, count + 1) / (count * (count + 1))
    optimiser = optax.adam(about["learning_rate"])

    def loss(network: Any, instances: Any) -> Any:
        enter, recur, bias = network

        def one(weights: Any, coefficients: Any, scale: Any) -> Any:
            def query(carry: Any, _: Any) -> Any:
                theta, cell, y = carry
                gates = enter @ jnp.append(theta, y) + recur @ theta + bias
                i, f, g, o = jnp.split(gates, 4)
                cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
                theta = jax.nn.sigmoid(o) * jnp.tanh(cell)
                y = energy(theta, weights, coefficients) / scale
                return (theta, cell, y), y

            zero = jnp.zeros(task.num_parameters)
            _, costs = jax.lax.scan(query, (zero, zero, jnp.zeros(())), None, count)
            return worth @ costs

        return jnp.mean(jax.vmap(one)(*instances))

    @jax.jit
    def taken(network: Any, state: Any, instances: Any) -> Any:
        value, slopes = jax.value_and_grad(loss)(network, instances)
        updates, state = optimiser.update(slopes, state)
        return optax.apply_updates(network, updates), state, value, slopes

    arguments = jax.device_put((network, optimiser.init(network), instances))

    def call() -> Any:
        *_, value, slopes = jax.block_until_ready(taken(*arguments))
        return value[None], jnp.concatenate([jnp.ravel(one) for one in slopes])[None]

    return call
