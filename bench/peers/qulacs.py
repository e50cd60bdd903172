"""Qulacs: gates one by one on a double-precision state, C++; gradients by its backpropagation."""

from collections.abc import Callable
from typing import Any

import numpy as np
import qulacs

LABEL = "Qulacs"
PACKAGE = "qulacs"
PRECISION = "float64"

_Z = 3


def _circuit(
    task: Any, instance: int
) -> tuple[qulacs.ParametricQuantumCircuit, np.ndarray, np.ndarray]:
    """The circuit, and for each of its angles the slot and the factor it takes.

    Qulacs rotates by $e^{+i a P / 2}$. A controlled phase $e^{i a n n'}$ is, up to a global phase,
    the three rotations $e^{-i a Z / 4}$, $e^{-i a Z' / 4}$, $e^{i a Z Z' / 4}$.
    """
    circuit = qulacs.ParametricQuantumCircuit(task.num_qubits)
    slots: list[int] = []
    factors: list[float] = []

    def rotate(kind: str, qubits: list[int], slot: int, factor: float) -> None:
        if kind == "rx":
            circuit.add_parametric_RX_gate(qubits[0], 0.0)
        elif kind == "ry":
            circuit.add_parametric_RY_gate(qubits[0], 0.0)
        elif kind == "rz":
            circuit.add_parametric_RZ_gate(qubits[0], 0.0)
        else:
            circuit.add_parametric_multi_Pauli_rotation_gate(qubits, [_Z, _Z], 0.0)
        slots.append(slot)
        factors.append(factor)

    for name, qubits, slot in task.gates_of(instance):
        match name:
            case "h":
                circuit.add_H_gate(qubits[0])
            case "x":
                circuit.add_X_gate(qubits[0])
            case "z":
                circuit.add_Z_gate(qubits[0])
            case "cz":
                circuit.add_CZ_gate(*qubits)
            case "tilt":
                circuit.add_RY_gate(qubits[0], -slot)
            case "givens":
                circuit.add_dense_matrix_gate(qubits, _givens(slot))
            case "rx" | "ry" | "rz" | "rzz":
                rotate(name, qubits, slot, -1.0)
            case "phase":
                rotate("rz", qubits, slot, -1.0)
            case "cphase":
                rotate("rz", qubits[:1], slot, -0.5)
                rotate("rz", qubits[1:], slot, -0.5)
                rotate("rzz", qubits, slot, 0.5)
            case _:
                raise NotImplementedError(f"has no gate {name}")
    return circuit, np.array(slots), np.array(factors)


def _givens(angle: float) -> np.ndarray:
    """Qulacs takes the first qubit as the least significant bit: |10> is index 1."""
    matrix = np.eye(4)
    matrix[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    return matrix


def _observable(task: Any, instance: int) -> qulacs.Observable:
    observable = qulacs.Observable(task.num_qubits)
    for coefficient, term in zip(task.coefficients[instance], task.terms, strict=True):
        observable.add_operator(coefficient, " ".join(f"{letter} {q}" for q, letter in term))
    return observable


def _bind(circuit: qulacs.ParametricQuantumCircuit, angles: np.ndarray) -> None:
    for position, angle in enumerate(angles.tolist()):
        circuit.set_parameter(position, angle)


def _circuits(task: Any) -> list[tuple[qulacs.ParametricQuantumCircuit, np.ndarray, np.ndarray]]:
    """One for each instance, the same one where they differ in angles and coefficients alone."""
    if task.axes is None:
        return [_circuit(task, 0)] * task.instances
    return [_circuit(task, instance) for instance in range(task.instances)]


def value(task: Any) -> Callable[[], Any]:
    """Angles set, the circuit run, the observable read; a batch in a loop."""
    circuits = _circuits(task)
    observables = [_observable(task, instance) for instance in range(task.instances)]
    state = qulacs.QuantumState(task.num_qubits)

    def one(instance: int) -> float:
        circuit, slots, factors = circuits[instance]
        _bind(circuit, factors * task.angles(instance)[slots])
        state.set_zero_state()
        circuit.update_quantum_state(state)
        return observables[instance].get_expectation_value(state)

    return lambda: [one(instance) for instance in range(task.instances)]


def gradient(task: Any) -> Callable[[], Any]:
    """`backprop` for the slope of every gate's angle, and the value beside it."""
    circuits = _circuits(task)
    observables = [_observable(task, instance) for instance in range(task.instances)]
    energies = value(task)

    def one(instance: int) -> np.ndarray:
        circuit, slots, factors = circuits[instance]
        _bind(circuit, factors * task.angles(instance)[slots])
        slopes = factors * circuit.backprop(observables[instance])
        return task.shared(instance, np.bincount(slots, slopes, task.num_slots))

    return lambda: (energies(), [one(instance) for instance in range(task.instances)])
