"""Bits of an Ising problem's spins: what is said of them, their energy, the best of many."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from replication.ansatze.names import Order
from replication.errors import UserError


class Best(NamedTuple):
    """The measured bits of lowest energy.

    - `bits`: as a word, qubit 0 first.
    - `of_nodes`: the bit of every node by its name.
    - `energy`: theirs; `cut`: the weight of the edges between 0 and 1, `None` but for MaxCut.
    - `times`: how often they were measured.
    """

    bits: str
    of_nodes: dict[Hashable, int]
    energy: float
    cut: float | None
    times: int


def bits_of(given: Any, nodes: tuple[Hashable, ...], order: Order = "own") -> np.ndarray:
    """Bits as an array of 0 and 1, shape `(…, n)`.

    **Arguments:** `given`: a word of 0 and 1, a mapping from every node to its bit, or an array of
    numbers or truth values; `nodes`: names in the order of the qubits; `order`: of a word.

    **Raises:** [`UserError`][] for another number of bits, other values and other nodes.
    """
    if isinstance(given, Mapping):
        if {*given} != {*nodes}:
            odd = [*({*given} ^ {*nodes})]
            raise UserError(f"bits must be given for every node and no other, see {odd[:3]}")
        given = [given[node] for node in nodes]
    elif isinstance(given, str):
        if not set(given) <= {"0", "1"}:
            raise UserError(f"bits {given!r} must be of 0 and 1 alone")
        given = [int(letter) for letter in (given[::-1] if order == "qiskit" else given)]
    bits = np.asarray(given)
    if bits.ndim < 1 or bits.shape[-1] != len(nodes):
        raise UserError(f"{len(nodes)} bits are needed, got shape {bits.shape}")
    if bits.dtype.kind not in "biuf" or not np.isin(bits, (0, 1)).all():
        raise UserError("bits must be 0 or 1")
    return bits.astype(np.int8)


def tallied(
    measured: Any, nodes: tuple[Hashable, ...], order: Order = "own"
) -> tuple[np.ndarray, np.ndarray]:
    """Distinct measured bits `(outcomes, n)`, and how often each was seen.

    **Arguments:** `measured`: a mapping from words to counts, or bits of shots, `(shots, n)`.

    **Raises:** [`UserError`][] for no outcome, and counts that are no whole numbers above 0.
    """
    if isinstance(measured, Mapping):
        words: Iterable[Any] = measured
        rows = [bits_of(str(word).replace(" ", ""), nodes, order) for word in words]
        counts = np.array([*measured.values()])
        if not rows:
            raise UserError("there is no outcome among the counts")
        if counts.dtype.kind not in "iu" or (counts < 1).any():
            raise UserError("counts must be whole numbers above 0")
        return np.array(rows), counts
    bits = bits_of(measured, nodes)
    if bits.ndim != 2 or not len(bits):
        raise UserError(f"bits of shots must have the shape (shots, {len(nodes)})")
    outcomes, counts = np.unique(bits, axis=0, return_counts=True)
    return outcomes, counts
