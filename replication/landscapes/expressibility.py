r"""How near the states of a circuit at random angles are to Haar-random ones.

Two states of $N = 2^n$ dimensions have the fidelity $F = |\langle\psi|\phi\rangle|^2$; that of
Haar-random ones has the density $(N-1)(1-F)^{N-2}$.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from replication.checks import check_whole, real_array
from replication.errors import UserError
from replication.landscapes.functions import BATCH, Floats, checked

BINS = 75
"""as in arXiv:1905.10876"""
RESAMPLES = 200
"""bootstrap samples for a standard error, which is then itself known to 5 per cent"""


class Divergence(NamedTuple):
    """Of the distribution of fidelities from that of Haar-random states, in nats.

    - `value`, `error`: the plain estimate, and its standard error by bootstrap over the pairs.
    - `bias`: the estimate's mean excess to first order, (occupied bins − 1) / (2 pairs).
    - `floor`: the exact mean of the estimate for Haar-random states: no circuit is seen below it.
    """

    value: float
    error: float
    bias: float
    floor: float


class FramePotential(NamedTuple):
    """The mean of a power of the fidelity, its standard error, and the Haar-random value."""

    value: float
    error: float
    haar: float


def states_at(state: Callable[[Any], Any], thetas: Any) -> np.ndarray:
    """A circuit's amplitudes at many angles, `(points, 2^n)`, in double precision.

    >>> import numpy as np
    >>> from replication.landscapes.models import product
    >>> states_at(product(1, "global").state, [[0.0]]).round(3)
    array([[1.+0.j, 0.+0.j]])

    **Arguments:** `state`: a JAX function of angles `(k,)`; `thetas`: `(points, k)`, radians.
    """
    with jax.enable_x64(True):
        return np.asarray(_states(state, jnp.asarray(checked(thetas))))


@eqx.filter_jit
def _states(state: Callable[[Any], Any], thetas: jax.Array) -> jax.Array:
    return jax.lax.map(state, thetas, batch_size=BATCH)


def pair_fidelities(states: Any) -> Floats:
    """Fidelities of the first state with the second, the third with the fourth, and so on.

    >>> pair_fidelities([[1, 0], [0, 1], [1, 0], [1, 0]]).tolist()
    [0.0, 1.0]

    **Arguments:** `states`: independent ones, shape `(2 m, N)`, so that pairs are independent.
    """
    states = np.asarray(states, complex)
    if states.ndim != 2 or len(states) % 2:
        raise UserError(f"states must have the shape (2 m, N), got {states.shape}")
    return np.asarray(np.abs((states[::2].conj() * states[1::2]).sum(-1)) ** 2)


def divergence_from_haar(
    fidelities: Any, num_qubits: int, *, bins: int = BINS, seed: int = 0
) -> Divergence:
    r"""Expressibility: $D = \sum_b \hat p_b \ln(\hat p_b / q_b)$ over equal bins of F in [0, 1].

    $\hat p$ is the fraction of pairs in a bin and
    $q_b = (1-F_b)^{N-1} - (1-F_{b+1})^{N-1}$; 0 for a 2-design's distribution of fidelities up
    to the `floor`, $(N-1)\ln(\mathrm{bins})$ at most, for a circuit with one state.
    S. Sim, P. D. Johnson, A. Aspuru-Guzik, arXiv:1905.10876.

    >>> found = divergence_from_haar([1.0] * 100, num_qubits=1)
    >>> bool(abs(found.value - np.log(75)) < 1e-12)
    True

    **Arguments:**

    - `fidelities`: of independent pairs, shape `(m,)`.
    - `num_qubits`: n.
    - `bins`: their number, at least 2; with more of them D is finer, and bias and floor higher.
    - `seed`: of the bootstrap.

    **Raises:** [`UserError`][] for fidelities outside [0, 1] and fewer than two.
    """
    counts = _counts(fidelities, bins)
    pairs, logs = int(counts.sum()), log_haar_probabilities(num_qubits, bins)
    rng = np.random.default_rng(seed)
    resampled = rng.multinomial(pairs, counts / pairs, RESAMPLES)
    spread = np.array([_divergence(one, logs) for one in resampled]).std(ddof=1)
    occupied = int((counts > 0).sum())
    floor = divergence_floor(num_qubits, pairs, bins=bins)
    return Divergence(_divergence(counts, logs), float(spread), (occupied - 1) / 2 / pairs, floor)


def log_haar_probabilities(num_qubits: int, bins: int) -> Floats:
    r"""$\ln q_b$, finite also where $q_b$ is too small for a number."""
    power = 2.0**num_qubits - 1
    low, high = np.arange(bins) / bins, np.arange(1, bins + 1) / bins
    with np.errstate(divide="ignore"):
        ratio = power * (np.log1p(-high) - np.log1p(-low))
    return np.asarray(power * np.log1p(-low) + np.log(-np.expm1(ratio)))


def divergence_floor(num_qubits: int, pairs: int, *, bins: int = BINS) -> float:
    r"""The exact mean of the estimated D of so many pairs of Haar-random states.

    Counts are binomial: $\sum_b \mathrm{E}\, \frac{X_b}{m} \ln \frac{X_b}{m q_b}$; about
    (bins − 1) / (2 m) where every bin is full.

    >>> round(divergence_floor(1, 10_000, bins=75) * 2 * 10_000 / 74, 2)
    1.0
    """
    from scipy.stats import binom

    logs = log_haar_probabilities(num_qubits, bins)
    # Those that are never met in so many pairs add nothing.
    logs = logs[logs > -np.log(pairs) - 40]
    counts = np.arange(1, pairs + 1)
    surprise = np.log(counts / pairs)
    each = [
        (binom.pmf(counts, pairs, np.exp(one)) * counts / pairs * (surprise - one)).sum()
        for one in logs
    ]
    return float(np.sum(each))


def frame_potential(fidelities: Any, num_qubits: int, *, order: int = 2) -> FramePotential:
    r"""$\mathrm{E}\, F^t$ over independent pairs of states; Haar: $t! (N-1)! / (N+t-1)!$.

    Never below the Haar-random value, which t-designs have, but for its error.

    >>> frame_potential([1.0, 1.0], num_qubits=1)
    FramePotential(value=1.0, error=0.0, haar=0.3333333333333333)

    **Arguments:** `fidelities`: `(m,)`; `num_qubits`: n; `order`: t.
    """
    powers = _checked(fidelities) ** order
    dimension = 2.0**num_qubits
    haar = float(np.prod([(t + 1) / (dimension + t) for t in range(order)]))
    error = powers.std(ddof=1) / np.sqrt(powers.size)
    return FramePotential(float(powers.mean()), float(error), haar)


def _divergence(counts: np.ndarray, logs: Floats) -> float:
    met = counts > 0
    fractions = counts[met] / counts.sum()
    return float((fractions * (np.log(fractions) - logs[met])).sum())


def _counts(fidelities: Any, bins: int) -> np.ndarray:
    check_whole("bins", bins, 2)
    return np.histogram(_checked(fidelities), bins, (0.0, 1.0))[0]


def _checked(fidelities: Any) -> Floats:
    found = real_array("fidelities", fidelities)
    if found.ndim != 1 or found.size < 2:
        raise UserError(f"fidelities must have the shape (m,), m >= 2, got {found.shape}")
    if found.min() < -1e-9 or found.max() > 1 + 1e-9:
        raise UserError(f"fidelities must be from 0 to 1, got {found.min()} … {found.max()}")
    return np.clip(found, 0, 1)
