"""Local minima of a cost: found, classified, identified up to symmetries, and their number."""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from replication.checks import real_array
from replication.errors import UserError
from replication.landscapes.adam_newton import RATE, STEPS, descend
from replication.landscapes.functions import Energy, Floats, checked, hessians
from replication.landscapes.symmetries import Symmetries, plain

ENERGY = 1e-7
"""Of the largest energy: two minima whose energies differ by more are different."""
POINT = 1e-3
"""Distance in the units of the angles up to which two points of equal energy are the same."""
FLAT = 1e-5
"""Of the largest curvature: what is smaller is none. Differences of gradients are good to 1e-7."""
SETTLED = 1e-5
"""Norm of the gradient, relative to the largest cost, at ends that count as stationary."""
SPECTRUM = 1e-3
"""Of the largest curvature: difference up to which two spectra agree."""


class Minima(NamedTuple):
    """The distinct minima that descents reached, the lowest first.

    - `points`: one of the images of each, the canonical one; shape `(minima, k)`.
    - `energies`: shape `(minima,)`.
    - `counts`: descents that ended in each, `(minima,)`.
    - `spectra`: eigenvalues of the Hessian, ascending, `(minima, k)`.
    - `which`: the number of its minimum for each descent, -1 where it ended in none; `(starts,)`.
    - `slopes`: norms of the gradient at the ends, `(starts,)`.
    """

    points: Floats
    energies: Floats
    counts: NDArray[np.int64]
    spectra: Floats
    which: NDArray[np.int64]
    slopes: Floats


def classify(spectra: Any) -> NDArray[np.str_]:
    """Kinds of stationary points from the eigenvalues of their Hessians.

    `"saddle"` with a negative one (a maximum too), `"minimum"` if all are positive, `"flat"` if
    some are zero, to 1e-5 of the largest magnitude, and none is negative.

    **Arguments:** `spectra`: shape `(points, k)`.

    >>> classify([[1.0, 2.0], [-1.0, 2.0], [0.0, 2.0]]).tolist()
    ['minimum', 'saddle', 'flat']
    """
    spectra = checked(spectra)
    zero = FLAT * np.abs(spectra).max(axis=1, keepdims=True)
    flat = (np.abs(spectra) <= zero).any(axis=1)
    return np.where(index_of(spectra) > 0, "saddle", np.where(flat, "flat", "minimum"))


def index_of(spectra: Any) -> NDArray[np.int64]:
    """Numbers of negative eigenvalues, beyond 1e-5 of the largest magnitude, of `(points, k)`.

    >>> index_of([[-1.0, 2.0], [-1e-9, 2.0]]).tolist()
    [1, 0]
    """
    spectra = checked(spectra)
    zero = FLAT * np.abs(spectra).max(axis=1, keepdims=True)
    return np.asarray((spectra < -zero).sum(axis=1))


def same(
    energies: Any, points: Any, spectra: Any, symmetries: Symmetries | None = None
) -> NDArray[np.int64]:
    r"""Which stationary points are one up to symmetry: a number for each, `(points,)`.

    Two are the same if their energies agree to 1e-7 of the largest one and either some images of
    them are within 1e-3, or their Hessians' spectra agree to 1e-3 of the largest curvature (so
    that a symmetry which `symmetries` lacks does not count twice), or both are flat: then they are
    taken for one valley. Numbers rise with the energy.

    **Arguments:** `energies`: `(points,)`; `points`, `spectra`: `(points, k)`; `symmetries`: `None`
    for none.

    >>> same([2.0, 1.0, 1.0], [[0.0], [1.0], [1.0]], [[1.0], [2.0], [2.0]]).tolist()
    [1, 0, 0]
    """
    energies, points, spectra = real_array("energies", energies), checked(points), checked(spectra)
    symmetries = symmetries or plain(np.full(points.shape[1], math.inf))
    flat = classify(spectra) == "flat"
    found = np.full(len(points), -1)
    first: list[int] = []
    tolerance = ENERGY * float(np.abs(energies).max(initial=0))
    for i in np.argsort(energies, kind="stable"):
        near = [n for n, j in enumerate(first) if energies[i] - energies[j] <= tolerance]
        others = [first[n] for n in near]
        apart = symmetries.distances(points[i], points[others]) if others else np.zeros(0)
        bends = np.abs(spectra[others] - spectra[i]).max(axis=1)
        equal = (apart <= POINT) | (bends <= SPECTRUM * np.abs(spectra[i]).max())
        equal |= flat[others] & flat[i]
        if equal.any():
            found[i] = near[int(np.argmax(equal))]
        else:
            found[i] = len(first)
            first.append(int(i))
    return found


def find_minima(
    energy: Energy,
    starts: Any,
    symmetries: Symmetries | None = None,
    *,
    rate: float = RATE,
    steps: int = STEPS,
) -> Minima:
    """The distinct minima that descents from many starts reach.

    **Arguments:**

    - `energy`: a JAX function of angles `(k,)`.
    - `starts`: shape `(starts, k)`.
    - `symmetries`: up to which minima are distinct, of
      [`symmetries_of`][replication.landscapes.symmetries.symmetries_of]; `None` for none.
    - `rate`, `steps`: of [`descend`][replication.landscapes.adam_newton.descend].

    **Returns:** [`Minima`][]. Ends with a negative curvature, or with a gradient above 1e-5 of the
    largest cost, are left out; flat ones are kept.

    >>> import jax.numpy as jnp
    >>> found = find_minima(lambda t: jnp.sum((t**2 - 1) ** 2 + t / 4), [[0.9], [1.2], [-0.8]])
    >>> found.energies.round(3).tolist(), found.counts.tolist()
    ([-0.254, 0.246], [1, 2])
    """
    ends = descend(energy, starts, rate=rate, steps=steps)
    return gathered(energy, ends.points, ends.energies, ends.slopes, symmetries)


def gathered(
    energy: Energy,
    points: Floats,
    energies: Floats,
    slopes: Floats,
    symmetries: Symmetries | None = None,
) -> Minima:
    """[`find_minima`][] of descents that are done: ends, energies and norms of the gradients."""
    spectra = np.asarray(np.linalg.eigvalsh(hessians(energy, points)), np.float64)
    settled = slopes <= SETTLED * np.abs(energies).max()
    kept = np.flatnonzero(settled & (index_of(spectra) == 0))
    number = same(energies[kept], points[kept], spectra[kept], symmetries)
    which = np.full(len(points), -1)
    which[kept] = number
    order = kept[np.argsort(energies[kept], kind="stable")]
    first = [order[which[order] == n][0] for n in range(number.max(initial=-1) + 1)]
    chosen: Floats = points[first].reshape(len(first), points.shape[1])
    canonical: Floats = chosen
    if symmetries and first:
        canonical = np.asarray(symmetries.canonical(chosen), float)
    counts = np.bincount(number, minlength=len(first)) if len(first) else np.zeros(0, np.int64)
    return Minima(
        canonical, energies[first], counts, np.asarray(spectra[first], float), which, slopes
    )


def chao1(counts: Any) -> tuple[float, float]:
    r"""How many kinds there are, from how often each was found: a lower bound, with its error.

    $\hat S = S + f_1^2 / 2 f_2$, or $S + f_1 (f_1 - 1)/2$ where $f_2 = 0$, with $f_i$ the number
    of kinds that were found i times. With $q = f_1/f_2$ its variance is
    $f_2 (q^2/2 + q^3 + q^4/4)$, where $f_2 = 0$ it is
    $f_1 (f_1-1)/2 + f_1 (2 f_1 - 1)^2/4 - f_1^4/4\hat S$, and without $f_1$ it is
    $S e^{-m/S} (1 - e^{-m/S})$ with $m$ the number of finds.

    **Arguments:** `counts`: finds of each kind, whole numbers of at least 1, shape `(kinds,)`.

    **Returns:** the estimate and its standard error.

    A. Chao, doi:10.2307/2531532, and R. K. Colwell, EstimateS.

    >>> chao1([1, 1, 2, 5])
    (6.0, 3.7416573867739413)
    """
    found = real_array("counts", counts)
    if found.ndim != 1 or not found.size or (found < 1).any() or (found != found.round()).any():
        raise UserError(f"counts must be whole numbers of at least 1, got {np.asarray(counts)}")
    kinds, once, twice = found.size, int((found == 1).sum()), int((found == 2).sum())
    if once == 0:
        missed = math.exp(-found.sum() / kinds)
        return float(kinds), math.sqrt(kinds * missed * (1 - missed))
    if twice == 0:
        estimate = kinds + once * (once - 1) / 2
        variance = once * (once - 1) / 2 + once * (2 * once - 1) ** 2 / 4
        return estimate, math.sqrt(max(variance - once**4 / (4 * estimate), 0.0))
    q = once / twice
    return kinds + once**2 / (2 * twice), math.sqrt(twice * (q**2 / 2 + q**3 + q**4 / 4))
