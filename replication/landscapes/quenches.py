r"""Exact dynamics of Ising chains after a quench from $|0\cdots0\rangle$.

$H = -\sum_i J_i Z_i Z_{i+1} - \sum_i h_i X_i - \sum_i g_i Z_i$ on an open chain, $\hbar = 1$.
"""

from typing import Any, NamedTuple

import numpy as np

from replication.checks import real_array
from replication.errors import UserError
from replication.landscapes.entanglement import entanglement_entropy
from replication.landscapes.functions import Floats

MOST = 10
"""spins: all energies and states are found"""


class Quench(NamedTuple):
    r"""One chain at several times.

    - `observables`: $\langle X_i\rangle$, $\langle Z_i\rangle$, $\langle X_i X_{i+1}\rangle$ and
      $\langle Z_i Z_{i+1}\rangle$ in this order, shape `(times, 4n - 2)`.
    - `entropies`: of the first ⌊n/2⌋ spins, nats, `(times,)`.
    """

    observables: Floats
    entropies: Floats


def quench(couplings: Any, transverse: Any, longitudinal: Any, times: Any) -> Quench:
    r"""The chain at times after it was $|0\cdots0\rangle$, by diagonalisation.

    >>> found = quench([1.0], [0.0, 0.0], [0.0, 0.0], [0.5])
    >>> found.observables.round(12).tolist(), found.entropies.round(12).tolist()
    ([[0.0, 0.0, 1.0, 1.0, 0.0, 1.0]], [0.0])

    **Arguments:**

    - `couplings`: J, shape `(n - 1,)`, energies; n from 2 to 10.
    - `transverse`, `longitudinal`: h and g, `(n,)`, energies.
    - `times`: shape `(times,)`, inverse energies.

    **Raises:** [`UserError`][] for other shapes.
    """
    j, h, g, t = (
        real_array(name, given)
        for name, given in (
            ("couplings", couplings),
            ("transverse", transverse),
            ("longitudinal", longitudinal),
            ("times", times),
        )
    )
    n = h.size
    if not 2 <= n <= MOST or h.shape != (n,) or g.shape != (n,) or j.shape != (n - 1,):
        raise UserError(
            f"couplings, transverse and longitudinal must have the shapes (n - 1,), (n,) and (n,), "
            f"n from 2 to {MOST}, got {j.shape}, {h.shape} and {g.shape}"
        )
    index = np.arange(2**n)
    bits = 1 << np.arange(n - 1, -1, -1)
    signs = 1.0 - 2 * ((index[:, None] & bits) > 0)
    bonds = signs[:, :-1] * signs[:, 1:]
    matrix = np.diag(-bonds @ j - signs @ g)
    for bit, field in zip(bits, h, strict=True):
        matrix[index, index ^ bit] -= field
    energies, vectors = np.linalg.eigh(matrix)
    # |0…0> is the first basis state.
    states = (np.exp(-1j * np.outer(t, energies)) * vectors[0]) @ vectors.T
    weights = np.abs(states) ** 2
    flips = [*bits, *(bits[:-1] | bits[1:])]
    flipped = [(states.conj() * states[:, index ^ flip]).real.sum(axis=1) for flip in flips]
    x, xx = np.array(flipped[:n]).T, np.array(flipped[n:]).T
    observables = np.concatenate([x, weights @ signs, xx, weights @ bonds], axis=1)
    return Quench(observables, entanglement_entropy(states, range(n // 2)))


def random_quenches(
    num_spins: int, count: int, times: Any, rng: np.random.Generator, *, disorder: float = 0.5
) -> Quench:
    r"""Chains with random couplings and fields; arrays with a first axis of length `count`.

    $J_i$ and $h_i$ are uniform on $[1 - w, 1 + w]$, $g_i$ on $[-w, w]$, $w$ the `disorder`.
    """
    found = []
    for _ in range(count):
        j, h, g = (rng.uniform(-disorder, disorder, num_spins) for _ in range(3))
        found.append(quench(1 + j[1:], 1 + h, g, times))
    return Quench(*(np.stack(each) for each in zip(*found, strict=True)))
