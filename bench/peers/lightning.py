"""PennyLane lightning.qubit: gates one by one in C++, gradients by the adjoint method."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pennylane as qml

LABEL = "lightning.qubit"
PACKAGE = "pennylane-lightning"
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


def _tape(task: Any, instance: int) -> qml.tape.QuantumScript:
    """The circuit with its angles; only those of `_PARAMETRISED` are to be differentiated."""
    task.offered((*_PARAMETRISED, *_FIXED, "givens", "tilt", "turn"))
    angles, operations, trainable = task.angles(instance), [], []
    count = 0
    for name, wires, slot in task.gates_of(instance):
        if name in _FIXED:
            operations.append(_FIXED[name](wires))
            continue
        if name == "tilt":
            operations.append(qml.RY(slot, wires))
        elif name == "givens":
            # It rotates |10> by half its angle, the other way round.
            operations.append(qml.SingleExcitation(-2 * slot, wires))
        else:
            operations.append(_PARAMETRISED[name](angles[slot], wires))
            trainable.append(count)
        count += 1
    strings = [
        qml.prod(*(_PAULIS[letter](qubit) for qubit, letter in term)) if term else qml.I(0)
        for term in task.terms
    ]
    hamiltonian = qml.Hamiltonian(task.coefficients[instance], strings)
    tape = qml.tape.QuantumScript(operations, [qml.expval(hamiltonian)])
    tape.trainable_params = trainable
    return tape


def _slots(task: Any) -> np.ndarray:
    return np.array([slot for name, _, slot in task.gates_of(0) if name in _PARAMETRISED])


def _prepared(task: Any, run: Callable[[Any, Any], Any]) -> Callable[[], list[Any]]:
    """`run(device, tape)` for each instance, the angles bound in each call."""
    device = qml.device("lightning.qubit", wires=task.num_qubits)
    tapes = [_tape(task, instance) for instance in range(task.instances)]
    slots = _slots(task)

    def one(instance: int) -> Any:
        tape = tapes[instance]
        angles = task.angles(instance)[slots].tolist()
        return run(device, tape.bind_new_parameters(angles, tape.trainable_params))

    return lambda: [one(instance) for instance in range(task.instances)]


def value(task: Any) -> Callable[[], Any]:
    """The device's own execution, without the layers of a QNode; a batch in a loop."""
    return _prepared(task, lambda device, tape: float(device.execute(tape)))


def gradient(task: Any) -> Callable[[], Any]:
    """Value and adjoint slopes of every gate's angle in one go of the device."""
    config = qml.devices.ExecutionConfig(
        gradient_method="adjoint", use_device_gradient=True, use_device_jacobian_product=False
    )
    slots = _slots(task)
    both = _prepared(
        task,
        lambda device, tape: device.execute_and_compute_derivatives(tape, config),
    )

    def call() -> tuple[list[float], list[np.ndarray]]:
        found = both()
        energies = [float(energy) for energy, _ in found]
        gradients = [
            task.shared(instance, np.bincount(slots, np.array(slopes, float), task.num_slots))
            for instance, (_, slopes) in enumerate(found)
        ]
        return energies, gradients

    return call
