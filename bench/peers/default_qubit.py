"""PennyLane default.qubit under JAX: the whole circuit compiled, differentiated by JAX."""

from collections.abc import Callable
from typing import Any

import pennylane as qml

LABEL = "default.qubit (JAX)"
PACKAGE = "pennylane"
PRECISION = "float64"

_PARAMETRISED = {
    "rx": qml.RX,
    "rzz": qml.IsingZZ,
    "phase": qml.PhaseShift,
    "cphase": qml.ControlledPhaseShift,
}
_FIXED = {"h": qml.Hadamard, "x": qml.PauliX, "z": qml.PauliZ}
_PAULIS = {"X": qml.X, "Y": qml.Y, "Z": qml.Z}


def _energy(task: Any) -> Callable[..., Any]:
    """Edges as IsingZZ: a diagonal of the whole cost would be made a dense matrix."""
    device = qml.device("default.qubit", wires=task.num_qubits)
    strings = [
        qml.prod(*(_PAULIS[letter](qubit) for qubit, letter in term)) if term else qml.I(0)
        for term in task.terms
    ]

    @qml.qnode(device, interface="jax", diff_method="backprop")
    def energy(theta: Any, weights: Any, coefficients: Any) -> Any:
        angles = weights @ theta
        for name, wires, slot in task.gates:
            if name in _FIXED:
                _FIXED[name](wires[0])
            elif name == "givens":
                # It turns |10> by half its angle, the other way round.
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
