r"""Exact variance of a derivative of random circuits at any depth, without drawing one.

Averaged over a rotation's uniform angle and its uniform axis, products of two equal Pauli strings
go to products of two equal strings: $P \otimes P$ of a qubit keeps its letter with probability 2/3
and takes each of the two others with 1/6. CZ permutes strings up to a sign, which squares remove.
So second moments are a Markov chain on strings. As CZ and these averages do not tell X from Y, the
two are one letter T, and the chain has $3^n$ states.
"""

import numpy as np

from replication.errors import UserError

I, Z, T = range(3)  # noqa: E741
"""letters: the identity, Z, and X or Y together"""

_MIX = np.array([[1, 0, 0], [0, 2 / 3, 1 / 6], [0, 1 / 3, 5 / 6]])
"""column: the letter before; row: after one rotation, in Heisenberg's picture"""
_SQUARES = np.array([1, 5 / 12, 7 / 24])
r"""mean of $\langle P\rangle^2$ after a random rotation of $R_Y(\pi/4)|0\rangle$, by letter"""
_SLOPES = np.array([0, 1 / 4, 5 / 24])
"""mean square of its derivative by that rotation's angle, by letter"""


def mcclean_variance(num_qubits: int, layers: int) -> float:
    r"""Variance of the first gate's derivative of `mcclean(n, L)`, over circuits and angles, exact.

    The circuits are those of `replication.landscapes.models`, with the cost $Z_0 Z_1$ and angles
    uniform on a full period; the limit for deep ones is $2^n/[3(4^n-1)]$.
    J. R. McClean et al., doi:10.1038/s41467-018-07090-4.

    >>> [round(mcclean_variance(4, layers), 5) for layers in (1, 50, 1000)]
    [0.10417, 0.02112, 0.02092]

    **Arguments:** `num_qubits`: n from 2 to 14; `layers`: L, at least 1.

    **Raises:** [`UserError`][] for other numbers.
    """
    for name, value, low, high in (
        ("num_qubits", num_qubits, 2, 14),
        ("layers", layers, 1, 100_000),
    ):
        whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not whole or not low <= value <= high:
            raise UserError(f"{name} = {value!r} must be a whole number from {low} to {high}")
    weights = np.zeros((3,) * num_qubits)
    weights[(Z, Z) + (I,) * (num_qubits - 2)] = 1
    for layer in range(layers):
        for first in range(num_qubits - 1):
            weights = _exchanged(weights, first)
        # The first layer's rotations act on a known state, below.
        for qubit in range(num_qubits if layer < layers - 1 else 0):
            weights = np.moveaxis(np.tensordot(_MIX, weights, (1, qubit)), 0, qubit)
    for _ in range(num_qubits - 1):
        weights = weights @ _SQUARES
    return float(weights @ _SLOPES)


def _exchanged(weights: np.ndarray, first: int) -> np.ndarray:
    """After CZ on a qubit and the next: T beside I is T beside Z, and the other way about."""
    weights = weights.copy()
    for place, other in ((first, first + 1), (first + 1, first)):
        a, b = (
            tuple(
                T if q == place else letter if q == other else slice(None)
                for q in range(weights.ndim)
            )
            for letter in (I, Z)
        )
        weights[a], weights[b] = weights[b].copy(), weights[a].copy()
    return weights
