"""qsim through Cirq: fused gates on a single-precision state, C++ with AVX; no gradients."""

import math
from collections.abc import Callable
from typing import Any

import cirq
import numpy as np
import qsimcirq

LABEL = "qsim"
PACKAGE = "qsimcirq"
PRECISION = "float32"

_PAULIS = {"X": cirq.X, "Y": cirq.Y, "Z": cirq.Z}


def _operations(task: Any, instance: int, qubits: list[Any]) -> Any:
    angles = task.angles(instance)
    for name, wires, slot in task.gates_of(instance):
        on = [qubits[wire] for wire in wires]
        match name:
            case "h":
                yield cirq.H(*on)
            case "x":
                yield cirq.X(*on)
            case "z":
                yield cirq.Z(*on)
            case "givens":
                yield cirq.MatrixGate(_givens(slot))(*on)
            case "cz":
                yield cirq.CZ(*on)
            case "tilt":
                yield cirq.ry(slot)(*on)
            case "rx":
                yield cirq.rx(angles[slot])(*on)
            case "ry":
                yield cirq.ry(angles[slot])(*on)
            case "rz":
                yield cirq.rz(angles[slot])(*on)
            case "rzz":
                yield cirq.ZZPowGate(exponent=angles[slot] / math.pi, global_shift=-0.5)(*on)
            case "phase":
                yield cirq.ZPowGate(exponent=angles[slot] / math.pi)(*on)
            case "cphase":
                yield cirq.CZPowGate(exponent=angles[slot] / math.pi)(*on)
            case _:
                raise NotImplementedError(f"has no gate {name}")


def _givens(angle: float) -> np.ndarray:
    """Cirq takes the first qubit as the most significant bit: |10> is index 2."""
    matrix = np.eye(4)
    matrix[1:3, 1:3] = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    return matrix


def value(task: Any) -> Callable[[], Any]:
    """Expectation values of circuits that are built beforehand, their angles in them.

    Building a circuit in Cirq costs more than simulating a small one; each call still pays for its
    translation into qsim's own.
    """
    qubits = cirq.LineQubit.range(task.num_qubits)
    options = qsimcirq.QSimOptions(cpu_threads=1, max_fused_gate_size=4)
    simulator = qsimcirq.QSimSimulator(options)

    def prepared(instance: int) -> tuple[cirq.Circuit, Any]:
        strings = (
            cirq.PauliString(coefficient, {qubits[q]: _PAULIS[letter] for q, letter in term})
            for coefficient, term in zip(task.coefficients[instance], task.terms, strict=True)
        )
        circuit = cirq.Circuit(_operations(task, instance, qubits))
        return circuit, cirq.PauliSum.from_pauli_strings(list(strings))

    instances = [prepared(instance) for instance in range(task.instances)]

    def one(circuit: cirq.Circuit, hamiltonian: Any) -> float:
        return simulator.simulate_expectation_values(circuit, hamiltonian, qubit_order=qubits)[
            0
        ].real

    return lambda: [one(*each) for each in instances]


def gradient(task: Any) -> Callable[[], Any]:
    """None."""
    raise NotImplementedError("has no gradient")
