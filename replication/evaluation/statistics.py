"""Summaries over test instances: medians, means, interquartile means and their bootstrap bands."""

from collections.abc import Callable

import numpy as np

Statistic = Callable[[np.ndarray], np.ndarray]
"""Reduces axis -2 (instances) of an array `(…, instances, columns)`."""

_CHUNK = 8_000_000


def median(values: np.ndarray) -> np.ndarray:
    """Median over instances."""
    return np.median(values, axis=-2)


def mean(values: np.ndarray) -> np.ndarray:
    """Mean over instances."""
    return np.mean(values, axis=-2)


def interquartile_mean(values: np.ndarray) -> np.ndarray:
    """Mean of the middle half, a quarter (rounded down) cut off at either end.

    Agarwal et al. 2021, arXiv:2108.13264.
    """
    count = values.shape[-2]
    cut = count // 4
    middle = np.partition(values, (cut, count - cut - 1), axis=-2)
    return np.mean(middle[..., cut : count - cut, :], axis=-2)


def resamples(rng: np.random.Generator, instances: int, count: int) -> np.ndarray:
    """Bootstrap samples of the instances, `(count, instances)`; shared by all that is compared."""
    return rng.integers(instances, size=(count, instances))


def band(
    values: np.ndarray, statistic: Statistic, indices: np.ndarray, confidence: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A statistic of the instances with its percentile-bootstrap interval.

    **Arguments:**

    - `values`: `(instances, columns)`, infinite where censored.
    - `statistic`: [`median`][], [`mean`][] or [`interquartile_mean`][].
    - `indices`: from [`resamples`][].
    - `confidence`: such as 0.95.

    **Returns:** value, lower and upper limit, each `(columns,)`. Limits are order statistics of
    the resampled values, never interpolated, so that a censored one is infinite, not NaN.
    """
    columns = max(1, _CHUNK // indices.size)
    tail = (1 - confidence) / 2
    with np.errstate(invalid="ignore"):
        drawn = np.concatenate(
            [
                statistic(values[indices, start : start + columns])
                for start in range(0, values.shape[1], columns)
            ],
            axis=1,
        )
        value = statistic(values)
    low = np.quantile(drawn, tail, axis=0, method="lower")
    high = np.quantile(drawn, 1 - tail, axis=0, method="higher")
    return value, low, high


def queries_to(errors: np.ndarray, targets: tuple[float, ...]) -> np.ndarray:
    """First query, counted from 1, at which the best error so far is at most each target.

    **Arguments:** `errors`: `(instances, queries)`, falling along a row.

    **Returns:** `(instances, targets)`; infinite where the budget ends before (censored).
    """
    reached = errors[:, None, :] <= np.asarray(targets)[None, :, None]
    return np.where(reached.any(-1), reached.argmax(-1) + 1.0, np.inf)
