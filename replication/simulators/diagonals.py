r"""Diagonal Hamiltonians $\sum_k w_k \prod_{q \in S_k} Z_q$ of any order.

A set of qubits is a bit mask, qubit 0 the most significant bit, as in the index of an amplitude.
"""

from collections.abc import Iterable

import numpy as np


def mask_of(qubits: Iterable[int], num_qubits: int) -> int:
    """The bit mask of a set of qubits.

    ```pycon
    >>> mask_of((0, 2), 3)
    5

    ```
    """
    return sum(1 << (num_qubits - 1 - qubit) for qubit in qubits)


def qubits_of(mask: int, num_qubits: int) -> tuple[int, ...]:
    """The qubits of a bit mask, in increasing order."""
    return tuple(q for q in range(num_qubits) if mask >> (num_qubits - 1 - q) & 1)


def walsh_hadamard(values: np.ndarray) -> np.ndarray:
    r"""$\hat v(m) = \sum_x (-1)^{|x \wedge m|} v(x)$ for all m, shape $(2^n,)$ to $(2^n,)$.

    Applied twice it multiplies by $2^n$.

    ```pycon
    >>> walsh_hadamard(np.array([1.0, 0.0, 0.0, 0.0]))
    array([1., 1., 1., 1.])

    ```
    """
    result = np.asarray(values, float)
    for _ in range(result.size.bit_length() - 1):
        # Each round transforms the last bit and moves it to the front.
        pairs = result.reshape(-1, 2)
        result = np.concatenate([pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]])
    return result


def diagonal_of(masks: np.ndarray, weights: np.ndarray, num_qubits: int) -> np.ndarray:
    """The diagonal of a sum of products of Z, shape $(2^n,)$.

    **Arguments:**

    - `masks`: sets of qubits, whole numbers, shape `(terms,)`; 0 is the identity.
    - `weights`: their coefficients, shape `(terms,)`; equal sets add up.
    - `num_qubits`: n.
    """
    coefficients = np.zeros(2**num_qubits)
    np.add.at(coefficients, masks, weights)
    return walsh_hadamard(coefficients)


def coefficients_of(diagonal: np.ndarray) -> np.ndarray:
    """The coefficient of each product of Z, by bit mask; inverse of [`diagonal_of`][]."""
    return walsh_hadamard(diagonal) / len(diagonal)
