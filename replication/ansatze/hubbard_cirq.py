"""Both Hubbard circuits as gates for Cirq."""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from replication.ansatze.hubbard_geometry import Geometry, Kind, plane_orbitals, start_orbitals
from replication.ansatze.hubbard_swap_network import gate, meetings

if TYPE_CHECKING:
    import cirq


def circuit(geometry: Geometry, kind: Kind, angles: NDArray[np.float64]) -> "cirq.Circuit":
    """The circuit from the vacuum, on one LineQubit a mode, all spin up first.

    **Arguments:**

    - `geometry`: of the ansatz.
    - `kind`: which circuit.
    - `angles`: of each step, shape `(steps, angles)`.
    """
    import cirq

    qubits = cirq.LineQubit.range(2 * geometry.num_sites)
    operations = _swap_operations if kind == "swap_network" else _grouped_operations
    result = cirq.Circuit(_preparation(geometry, qubits))
    for step in angles:
        values = dict(zip(geometry.letters, step.tolist(), strict=True))
        result.append(operations(geometry, values, qubits))
    return result


def _preparation(geometry: Geometry, qubits: "Sequence[cirq.Qid]") -> "Iterator[cirq.OP_TREE]":
    from openfermion import prepare_slater_determinant

    orbitals, sites = plane_orbitals(geometry)[2], geometry.num_sites
    for spin, particles in enumerate(geometry.filling):
        filled = orbitals[:, start_orbitals(geometry, particles)].T
        if particles:
            register = qubits[spin * sites : (spin + 1) * sites]
            yield prepare_slater_determinant(register, filled.astype(complex))


def _swap_operations(
    geometry: Geometry, values: dict[str, float], qubits: "Sequence[cirq.Qid]"
) -> "Iterator[cirq.OP_TREE]":
    import cirq
    from openfermion import FSWAP

    modes = list(range(len(qubits)))
    sweep = list(meetings(len(qubits)))
    for position, following in [*sweep, *reversed(sweep)]:
        p, q = modes[position], modes[following]
        modes[position], modes[following] = q, p
        pair = qubits[position], qubits[following]
        letter = gate(geometry, p, q)
        if letter == "V":
            yield cirq.CZPowGate(exponent=values["V"])(*pair)
        elif letter is not None:
            yield cirq.ISwapPowGate(exponent=-values[letter])(*pair)
        yield FSWAP(*pair)


def _grouped_operations(
    geometry: Geometry, values: dict[str, float], qubits: "Sequence[cirq.Qid]"
) -> "Iterator[cirq.OP_TREE]":
    import cirq
    from openfermion import bogoliubov_transform

    sites = geometry.num_sites
    horizontal, vertical, orbitals = plane_orbitals(geometry)
    levels = values.get("T_h", 0.0) * horizontal + values.get("T_v", 0.0) * vertical

    def half_hop() -> "Iterator[cirq.OP_TREE]":
        for register in (qubits[:sites], qubits[sites:]):
            to_orbitals = list(cirq.flatten_to_ops(bogoliubov_transform(register, orbitals.T)))
            yield cirq.inverse(to_orbitals)
            for qubit, level in zip(register, levels, strict=True):
                yield cirq.ZPowGate(exponent=-level / (2 * math.pi))(qubit)
            yield to_orbitals

    yield half_hop()
    for up, down in zip(qubits[:sites], qubits[sites:], strict=True):
        yield cirq.CZPowGate(exponent=-values["V"] / math.pi)(up, down)
    yield half_hop()
