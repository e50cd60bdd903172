"""Statistics over test instances: summaries, bootstrap bands, paired comparisons, corrected tests.

After the habits of rliable (Agarwal et al. 2021, arXiv:2108.13264): interquartile means, stratified
bootstrap, performance profiles and the probability of improvement, never a point value alone.
Everything compared is paired by instance. Lower values are better; an infinite one is censored:
the budget ended before.
"""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import numpy as np

Statistic = Callable[[np.ndarray], np.ndarray]
"""Reduces axis -2 (instances) of an array `(…, instances, columns)`."""

Band = tuple[np.ndarray, np.ndarray, np.ndarray]
"""A value with the lower and the upper limit of its interval."""

_CHUNK = 8_000_000
_FLIPPED = 13
"""instances up to which all sign flips are counted: as SciPy does with ties, but a thousand times
faster"""


class PairedTest(NamedTuple):
    """What [`paired_test`][] found.

    **Attributes:** `p`, one-sided and uncorrected; `effect`, the matched-pairs rank-biserial
    correlation, from −1 (`second` lower on every instance) to 1 (`first` lower on every one);
    `wins`, `losses` and `ties`, instances on which `first` is lower, higher, equal.
    """

    p: float
    effect: float
    wins: int
    losses: int
    ties: int


def median(values: np.ndarray) -> np.ndarray:
    """Median over instances; no value may be NaN."""
    return _middle(np.sort(values, axis=-2))


def mean(values: np.ndarray) -> np.ndarray:
    """Mean over instances."""
    return np.mean(values, axis=-2)


def interquartile_mean(values: np.ndarray) -> np.ndarray:
    """Mean of the middle half, a quarter (rounded down) cut off at either end.

    Agarwal et al. 2021, arXiv:2108.13264.
    """
    return _inner(np.sort(values, axis=-2))


def _middle(ordered: np.ndarray) -> np.ndarray:
    count = ordered.shape[-2]
    return (ordered[..., (count - 1) // 2, :] + ordered[..., count // 2, :]) / 2


def _inner(ordered: np.ndarray) -> np.ndarray:
    count = ordered.shape[-2]
    cut = count // 4
    return np.mean(ordered[..., cut : count - cut, :], axis=-2)


_OF_ORDERED: dict[Statistic, Statistic] = {median: _middle, interquartile_mean: _inner}
"""The same statistic where the values of each column are in order already."""


def resamples(rng: np.random.Generator, instances: int, count: int) -> np.ndarray:
    """Bootstrap samples of the instances, `(count, instances)`; shared by all that is compared."""
    return rng.integers(instances, size=(count, instances))


def stratified_resamples(rng: np.random.Generator, strata: np.ndarray, count: int) -> np.ndarray:
    """Bootstrap samples that keep the number of instances of each stratum (a size, a class).

    Agarwal et al. 2021, arXiv:2108.13264, with tasks as strata. Column i always holds an instance
    of the stratum of instance i. Within a stratum of m the bootstrap understates the variance of
    a mean by the factor (m − 1)/m; a stratum of one does not vary at all.

    **Arguments:** `strata`: `(instances,)`, the label of each instance's stratum.

    **Returns:** `(count, instances)`, shared by all that is compared, as of [`resamples`][].
    """
    strata = np.asarray(strata)
    indices = np.empty((count, len(strata)), int)
    for label in np.unique(strata):
        (members,) = np.nonzero(strata == label)
        indices[:, members] = members[resamples(rng, len(members), count)]
    return indices


def _resampled(
    values: np.ndarray, chosen: Sequence[Statistic], indices: np.ndarray
) -> list[np.ndarray]:
    """Each statistic of every bootstrap sample of `(instances, columns)`: `(samples, columns)`."""
    columns = max(1, _CHUNK // indices.size)
    rows = np.ascontiguousarray(values.T)
    parts: list[list[np.ndarray]] = [[] for _ in chosen]
    for start in range(0, len(rows), columns):
        # Instances next to each other in memory, and in order: sorted once for all statistics,
        # which is ten times faster than finding each median by itself.
        drawn = rows[start : start + columns, indices]
        if not _OF_ORDERED.keys().isdisjoint(chosen):
            drawn.sort(axis=-1)
        drawn = np.moveaxis(drawn, 0, -1)
        with np.errstate(invalid="ignore"):
            for statistic, part in zip(chosen, parts, strict=True):
                part.append(_OF_ORDERED.get(statistic, statistic)(drawn))
    return [np.concatenate(part, axis=1) for part in parts]


def _lower(drawn: np.ndarray, confidence: float) -> np.ndarray:
    return np.quantile(drawn, (1 - confidence) / 2, axis=0, method="lower")


def _upper(drawn: np.ndarray, confidence: float) -> np.ndarray:
    return np.quantile(drawn, 1 - (1 - confidence) / 2, axis=0, method="higher")


def band(values: np.ndarray, statistic: Statistic, indices: np.ndarray, confidence: float) -> Band:
    """A statistic of the instances with its percentile-bootstrap interval.

    **Arguments:**

    - `values`: `(instances, columns)`, infinite where censored.
    - `statistic`: [`median`][], [`mean`][] or [`interquartile_mean`][].
    - `indices`: from [`resamples`][] or [`stratified_resamples`][].
    - `confidence`: such as 0.95.

    **Returns:** value, lower and upper limit, each `(columns,)`. Limits are order statistics of
    the resampled values, never interpolated, so that a censored one is infinite, not NaN.
    """
    return bands(values, [statistic], indices, confidence)[0]


def bands(
    values: np.ndarray, chosen: Sequence[Statistic], indices: np.ndarray, confidence: float
) -> list[Band]:
    """[`band`][] of several statistics of the same values, drawn and put in order once for all."""
    found = []
    drawn = _resampled(values, chosen, indices)
    for statistic, samples in zip(chosen, drawn, strict=True):
        with np.errstate(invalid="ignore"):
            value = statistic(values)
        found.append((value, _lower(samples, confidence), _upper(samples, confidence)))
    return found


def _within(values: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """1 where an instance's value is at most a threshold, else 0: `(instances, thresholds)`."""
    values = _known(values)[:, None]
    return ((values <= np.asarray(thresholds)) & np.isfinite(values)).astype(float)


def performance_profile(values: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Fraction of instances whose value is at most each threshold, ties included.

    Agarwal et al. 2021, arXiv:2108.13264, section 4.2, turned over since lower is better here.
    A censored (infinite) value is within no threshold, not even an infinite one.

    **Arguments:** `values`: `(instances,)`; `thresholds`: `(thresholds,)`.

    **Returns:** `(thresholds,)` in [0, 1], never falling where the thresholds rise.
    """
    return mean(_within(values, thresholds))


def profile_band(
    values: np.ndarray, thresholds: np.ndarray, indices: np.ndarray, confidence: float
) -> Band:
    """[`performance_profile`][] with its pointwise interval, as [`band`][] gives it.

    A fraction of 0 or 1 has an interval of no width, since every sample repeats it.
    """
    return band(_within(values, thresholds), mean, indices, confidence)


def _known(values: np.ndarray) -> np.ndarray:
    values = np.asarray(values, float)
    if np.isnan(values).any():
        raise ValueError("A value is NaN; a run that did not arrive counts as infinite.")
    return values


def _pair(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, second = _known(first), _known(second)
    if first.shape != second.shape:
        raise ValueError(f"Pairs need equal shapes, not {first.shape} and {second.shape}.")
    return first, second


def probability_of_improvement(
    first: np.ndarray, second: np.ndarray, indices: np.ndarray, confidence: float
) -> Band:
    """P(first < second) + ½ P(first = second) on one and the same instance, with its interval.

    The paired version: each instance is compared with itself only, never with another one.
    That is the probability of improvement of Agarwal et al. 2021 (arXiv:2108.13264, section 4.3)
    for one run a task, and differs from the Mann–Whitney form over all pairs of instances. Two
    censored runs are a tie. The interval is the percentile bootstrap over instances; where `first`
    wins on all of them it has no width, so state wins, losses and ties beside it.

    **Arguments:** `first`, `second`: `(instances,)` or `(instances, columns)`, lower is better.

    **Returns:** value, lower and upper limit in [0, 1], each `()` or `(columns,)`.
    """
    first, second = _pair(first, second)
    score = (first < second) + 0.5 * (first == second)
    found = band(score.reshape(len(score), -1), mean, indices, confidence)
    value, low, high = (limit.reshape(score.shape[1:]) for limit in found)
    return value, low, high


def ratio_of_medians(
    first: np.ndarray, second: np.ndarray, indices: np.ndarray, confidence: float, *, budget: float
) -> Band:
    """median(second) / median(first): by how much fewer queries `first` needs, with its interval.

    Both medians are of the same bootstrap sample of instances. A median beyond the budget is known
    only to be larger, so the limits are those of what the ratio can be: the lower one puts a
    censored run of `second` at the budget and leaves one of `first` infinite, the upper one the
    other way round. Hence the lower limit holds whatever a longer budget would have shown. The
    interval is conservative: on simulated query counts nominal 95 % covers in 96 to 99 %, the more
    the stronger the runs are paired.

    **Arguments:**

    - `first`, `second`: `(instances,)` or `(instances, columns)`, in (0, budget], or infinite
      where censored.
    - `indices`, `confidence`: as of [`band`][].
    - `budget`: queries after which a run is censored.

    **Returns:** value, lower and upper limit, each `()` or `(columns,)`. The value is infinite
    where just the median of `second` is censored (read: more than the lower limit), 0 where
    just that of `first` is, NaN where both are; the limits are then 0 and infinite.
    """
    first, second = _pair(first, second)
    for values in (first, second):
        if (values <= 0).any() or (values[np.isfinite(values)] > budget).any():
            raise ValueError(f"Each value must lie in (0, {budget}] or be infinite.")
    shape = first.shape[1:]
    first, second = first.reshape(len(first), -1), second.reshape(len(second), -1)

    def medians(values: np.ndarray) -> np.ndarray:
        return _resampled(values, [median], indices)[0]

    least = medians(np.minimum(second, budget)) / medians(first)
    most = medians(second) / medians(np.minimum(first, budget))
    with np.errstate(invalid="ignore"):
        value = median(second) / median(first)
    low, high = _lower(least, confidence), _upper(most, confidence)
    return value.reshape(shape), low.reshape(shape), high.reshape(shape)


def _worst_ranked(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both, with a common value for the censored, so high that only its order matters.

    It exceeds the largest finite value by more than the finite ones differ, so a pair with one
    censored run differs by more than any finished pair, and two censored runs are equal.
    """
    both = np.stack([first, second])
    finite = both[np.isfinite(both)]
    if finite.size == 0:
        return np.zeros_like(first), np.zeros_like(second)
    top = finite.max()
    worst = top + 2 * (top - finite.min()) + (abs(top) or 1.0)
    replaced = np.where(np.isinf(both), worst, both)
    return replaced[0], replaced[1]


def _flipped(ranks: np.ndarray, positive: np.ndarray, alternative: str) -> float:
    """Fraction of the 2ⁿ choices of signs whose positive ranks add up as far; zeros have rank 0."""
    count = len(ranks)
    signs = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
    sums, seen = signs @ ranks, positive @ ranks
    # Ranks are multiples of ½, so that sums are exact.
    return float(np.mean(sums <= seen if alternative == "less" else sums >= seen))


def paired_test(
    first: np.ndarray, second: np.ndarray, alternative: Literal["less", "greater"] = "less"
) -> PairedTest:
    """One-sided Wilcoxon signed-rank test that `first` is lower (`"less"`) or higher than `second`.

    Under the null hypothesis the two are exchangeable on every instance. Zero differences are
    ranked and then left out (Pratt 1959, doi:10.1080/01621459.1959.10501526). p is by all sign
    flips up to 13 instances; above it is SciPy's, exact up to 50 instances without zeros and ties,
    else the normal approximation corrected for both. Only zeros give p = 1. Censored (infinite)
    runs take the worst rank (Lachin 1999, doi:10.1016/S0197-2456(99)00022-7): worse than any
    finished run, by more than finished runs differ, and equal to each other; p does not depend on
    how much.

    The effect is (R₊ − R₋) / (n (n + 1)/2), R₊ the ranks of the instances on which `first` is
    lower and R₋ of those on which it is higher (the simple difference of Kerby 2014,
    doi:10.2466/11.IT.3.1). Ties stay in the denominator: many ties and one win are no large effect.

    **Arguments:** `first`, `second`: `(instances,)`, lower is better, +infinite where censored.
    Differences are equal only where they are so in floating point, as those of counts are.
    """
    import scipy.stats

    if alternative not in ("less", "greater"):
        raise ValueError(f"alternative is {alternative!r}, not 'less' or 'greater'.")
    first, second = _pair(first, second)
    if first.ndim != 1 or len(first) == 0:
        raise ValueError(f"Values need the shape (instances,), not {first.shape}.")
    if np.isneginf(first).any() or np.isneginf(second).any():
        raise ValueError("only +infinity means a censored run")
    first, second = _worst_ranked(first, second)
    difference = first - second
    wins, losses = int((difference < 0).sum()), int((difference > 0).sum())
    count = len(difference)
    if wins + losses == 0:
        return PairedTest(1.0, 0.0, 0, 0, count)
    ranks = scipy.stats.rankdata(np.abs(difference))
    effect = -(np.sign(difference) * ranks).sum() / (count * (count + 1) / 2)
    if count <= _FLIPPED:
        p = _flipped(np.where(difference == 0, 0, ranks), difference > 0, alternative)
    else:
        p = scipy.stats.wilcoxon(difference, zero_method="pratt", alternative=alternative).pvalue
    return PairedTest(float(p), float(effect), wins, losses, count - wins - losses)


def holm(p_values: np.ndarray) -> np.ndarray:
    """p-values adjusted by Holm's step-down method for the family that they form.

    Of m p-values in rising order p₍₁₎ … p₍ₘ₎, the i-th becomes
    max_{j ≤ i} min(1, (m − j + 1) p₍ⱼ₎). Rejecting where it is at most α keeps the probability of
    any false rejection at α or below, however the tests depend on each other (Holm 1979,
    Scandinavian Journal of Statistics 6, 65–70, https://www.jstor.org/stable/4615733).

    **Arguments:** `p_values`: any shape, all in [0, 1].

    **Returns:** the adjusted values, same shape and order.
    """
    p_values = np.asarray(p_values, float)
    if not ((p_values >= 0) & (p_values <= 1)).all():
        raise ValueError("A p-value lies outside [0, 1].")
    flat = p_values.ravel()
    order = np.argsort(flat, kind="stable")
    factors = np.arange(flat.size, 0, -1)
    adjusted = np.empty_like(flat)
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * flat[order]), 1)
    return adjusted.reshape(p_values.shape)


def queries_to(errors: np.ndarray, targets: tuple[float, ...]) -> np.ndarray:
    """First query, counted from 1, at which the best error so far is at most each target.

    **Arguments:** `errors`: `(instances, queries)`, falling along a row.

    **Returns:** `(instances, targets)`; infinite where the budget ends before (censored).
    """
    reached = errors[:, None, :] <= np.asarray(targets)[None, :, None]
    return np.where(reached.any(-1), reached.argmax(-1) + 1.0, np.inf)
