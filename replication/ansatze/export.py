"""QAOA's circuit for Cirq, Qiskit, PennyLane and OpenQASM, at any number of qubits."""

import itertools
import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from replication.checks import real_array
from replication.errors import UserError
from replication.extras import says_extra

if TYPE_CHECKING:
    import cirq
    import qiskit

Qubits = tuple[int, ...]
Gate = tuple[str, Qubits, float]
"""Name, qubits and angle in radians of `h`, `rx` or `rzz`, which is $e^{-i\\phi Z…Z/2}$ on any."""


class Exported:
    r"""What has a circuit $\prod_l e^{-i\beta_l \sum X} e^{-i\gamma_l H}$ on $|+\rangle^n$.

    All methods take $\theta = (\gamma_1 … \gamma_p, \beta_1 … \beta_p)$ in radians, of any p. No
    state is simulated, so there is no limit to the number of qubits.
    """

    @property
    @abstractmethod
    def width(self) -> int:
        """Number of qubits."""

    @abstractmethod
    def products(self) -> Mapping[Qubits, float]:
        """Weights of the products of Z in H, by their qubits; without the identity."""

    @says_extra
    def to_cirq(self, theta: ArrayLike) -> "cirq.Circuit":
        """The circuit for Cirq, up to a global phase, on qubits `LineQubit(0 … n-1)`."""
        import cirq

        qubits = cirq.LineQubit.range(self.width)
        circuit = cirq.Circuit()
        for name, places, angle in self._gates(self._angles(theta).tolist()):
            on = [qubits[place] for place in places]
            match name, len(on):
                case "h", _:
                    circuit.append(cirq.H(on[0]))
                case "rx", _:
                    circuit.append(cirq.rx(angle)(on[0]))
                case _, 1:
                    circuit.append(cirq.rz(angle)(on[0]))
                case _, 2:
                    # cirq's ZZ**t is exp(-i π t (ZZ - 1)/2) without its phase.
                    circuit.append(cirq.ZZ(*on) ** (angle / math.pi))
                case _:
                    word: Any = cirq.PauliString(dict.fromkeys(on, cirq.Z))
                    circuit.append(word ** (angle / math.pi))
        return circuit

    @says_extra
    def to_qiskit(self, theta: ArrayLike) -> "qiskit.QuantumCircuit":
        """The circuit for Qiskit; qubit q is its qubit q, the last letter but q of its words."""
        from qiskit import QuantumCircuit

        circuit = QuantumCircuit(self.width)
        for name, places, angle in self._gates(self._angles(theta).tolist()):
            match name, len(places):
                case "h", _:
                    circuit.h(places[0])
                case "rx", _:
                    circuit.rx(angle, places[0])
                case _, 2:
                    circuit.rzz(angle, *places)
                case _:
                    for one, other in _chain(places):
                        circuit.cx(one, other)
                    circuit.rz(angle, places[-1])
                    for one, other in reversed(_chain(places)):
                        circuit.cx(one, other)
        return circuit

    @says_extra
    def to_pennylane(self, theta: ArrayLike) -> list[Any]:
        """The operations for PennyLane, on wires 0 … n-1; inside of a QNode they are applied.

        Angles that PennyLane differentiates by, or traces, stay what they are.
        """
        import pennylane as qml

        if not qml.math.is_abstract(theta):
            self._angles(qml.math.unwrap([theta])[0])
        made: list[Any] = []
        for name, places, angle in self._gates(theta):
            match name:
                case "h":
                    made.append(qml.Hadamard(places[0]))
                case "rx":
                    made.append(qml.RX(angle, places[0]))
                case _:
                    made.append(qml.MultiRZ(angle, places))
        return made

    def to_qasm3(self, theta: ArrayLike) -> str:
        """The circuit in OpenQASM 3, all qubits measured into `c`."""
        lines = ["OPENQASM 3.0;", 'include "stdgates.inc";']
        lines += [f"qubit[{self.width}] q;", f"bit[{self.width}] c;"]
        for name, places, angle in self._gates(self._angles(theta).tolist()):
            if name == "h":
                lines.append(f"h q[{places[0]}];")
            elif name == "rx":
                lines.append(f"rx({angle!r}) q[{places[0]}];")
            else:
                chain = [f"cx q[{one}], q[{other}];" for one, other in _chain(places)]
                lines += [*chain, f"rz({angle!r}) q[{places[-1]}];", *reversed(chain)]
        return "\n".join([*lines, "c = measure q;", ""])

    def _angles(self, theta: Any) -> np.ndarray:
        """Angles, checked."""
        angles = real_array("theta", theta)
        if angles.ndim != 1 or not angles.size or angles.size % 2:
            raise UserError(f"theta must be p gammas, then p betas, got shape {angles.shape}")
        if not np.isfinite(angles).all():
            raise UserError(f"theta = {angles.tolist()} must be finite")
        return angles

    def _gates(self, angles: Any) -> Iterator[Gate]:
        half = len(angles) // 2
        products = {places: float(one) for places, one in self.products().items() if one}
        for qubit in range(self.width):
            yield "h", (qubit,), 0.0
        for gamma, beta in zip(angles[:half], angles[half:], strict=True):
            for places, weight in products.items():
                yield "rzz", places, 2 * gamma * weight
            for qubit in range(self.width):
                yield "rx", (qubit,), 2 * beta


def _chain(places: Qubits) -> list[tuple[int, int]]:
    """CNOTs that leave the parity of all qubits on the last one."""
    return [*itertools.pairwise(places)]


def products_of(
    couplings: np.ndarray, fields: np.ndarray, higher: Mapping[Qubits, float]
) -> dict[Qubits, float]:
    """Weights of pairs, of single spins and of larger products that are not zero, in this order."""
    pairs = zip(*np.nonzero(np.triu(couplings)), strict=True)
    return {
        **{(int(i), int(j)): float(couplings[i, j]) for i, j in pairs},
        **{(int(i),): float(fields[i]) for i in np.flatnonzero(fields)},
        **{places: float(weight) for places, weight in higher.items()},
    }
