"""How entangled pure states of qubits are, and what random states have."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from replication.errors import UserError
from replication.landscapes.functions import Floats


def entanglement_entropy(states: Any, qubits: Sequence[int]) -> Floats:
    r"""$S = -\mathrm{Tr}\, \rho_A \ln \rho_A$ of a set A of qubits with all others, in nats.

    >>> import numpy as np
    >>> bell = np.array([1, 0, 0, 1]) / np.sqrt(2)
    >>> float(entanglement_entropy(bell, [0]).round(6))
    0.693147

    **Arguments:**

    - `states`: normalised amplitudes, shape `(..., 2^n)`, qubit 0 the most significant bit.
    - `qubits`: A, different qubits of 0 … n − 1; none or all give zero.

    **Returns:** shape `(...)`; errors are those of rounding, about 1e-13.

    **Raises:** [`UserError`][] for qubits that are not there, and amplitudes that are no state.
    """
    states, n = _checked(states)
    kept = [*qubits]
    if len(set(kept)) < len(kept) or not set(kept) <= set(range(n)):
        raise UserError(f"qubits {kept} must be different ones of 0 … {n - 1}")
    lead = states.ndim - 1
    tensor = states.reshape(*states.shape[:-1], *(2,) * n)
    order = [*kept, *(q for q in range(n) if q not in kept)]
    tensor = tensor.transpose(*range(lead), *(lead + q for q in order))
    matrix = tensor.reshape(*states.shape[:-1], 2 ** len(kept), -1)
    weights = np.linalg.svd(matrix, compute_uv=False) ** 2
    # x ln x is 0 at 0.
    found = (weights * np.log(np.where(weights > 0, weights, 1))).sum(-1)
    # Rounding leaves a zero on either side.
    return np.abs(found)


def meyer_wallach(states: Any) -> Floats:
    r"""$Q = 2 (1 - \frac1n \sum_q \mathrm{Tr}\, \rho_q^2)$: 0 for products, 1 at most.

    D. A. Meyer and N. R. Wallach, doi:10.1063/1.1497700, in the form of G. K. Brennen,
    doi:10.26421/QIC3.6-5.

    >>> import numpy as np
    >>> float(meyer_wallach(np.array([1, 0, 0, 0, 0, 0, 0, 1]) / np.sqrt(2)).round(12))
    1.0

    **Arguments:** `states`: normalised amplitudes, shape `(..., 2^n)`.

    **Returns:** shape `(...)`.
    """
    states, n = _checked(states)
    total = np.zeros(states.shape[:-1])
    for qubit in range(n):
        halves = states.reshape(*states.shape[:-1], 2**qubit, 2, -1)
        reduced = np.einsum("...aib,...ajb->...ij", halves, halves.conj())
        total += (np.abs(reduced) ** 2).sum((-2, -1))
    return np.asarray(2 * (1 - total / n))


def page_entropy(num_qubits: int, cut: int) -> float:
    r"""The mean entropy of `cut` qubits of a Haar-random state of n, exact, in nats.

    $\sum_{k=d_B+1}^{d_A d_B} \frac1k - \frac{d_A - 1}{2 d_B}$ for the dimensions $d_A \le d_B$ of
    the two parts. D. N. Page, doi:10.1103/PhysRevLett.71.1291.

    >>> round(page_entropy(2, 1), 6)
    0.333333

    **Arguments:** `num_qubits`: n, at most 40; `cut`: of 0 … n.
    """
    if not 0 <= cut <= num_qubits <= 40:
        raise UserError(f"cut = {cut} must be from 0 to num_qubits = {num_qubits}, that at most 40")
    from scipy.special import digamma

    small, large = sorted((2.0**cut, 2.0 ** (num_qubits - cut)))
    harmonic = digamma(small * large + 1) - digamma(large + 1)
    return float(harmonic - (small - 1) / (2 * large))


def haar_meyer_wallach(num_qubits: int) -> float:
    r"""The mean Q of Haar-random states, $(2^n - 2)/(2^n + 1)$, exact.

    The mean purity of one qubit of such a state is $(2 + 2^{n-1})/(2^n + 1)$.

    >>> haar_meyer_wallach(2)
    0.4
    """
    return float((2.0**num_qubits - 2) / (2.0**num_qubits + 1))


def _checked(states: Any) -> tuple[np.ndarray, int]:
    """Amplitudes in double precision, and n."""
    states = np.asarray(states, complex)
    n = states.shape[-1].bit_length() - 1 if states.ndim else 0
    if n < 1 or states.shape[-1] != 2**n:
        raise UserError(f"states must have the shape (..., 2^n), got {states.shape}")
    norms = np.linalg.norm(states, axis=-1)
    if not np.allclose(norms, 1, 0, 1e-4):
        raise UserError(f"states must be normalised, but a norm is {norms.ravel()[0]:.6g}")
    return states / norms[..., None], n
