"""Numbers of one test set: errors, queries to the targets, ratios of queries, with intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from replication.ansatze.base import symmetric_distance
from replication.evaluation import statistics
from replication.evaluation.intervals import Resamples
from replication.problems.base import Problem, ProblemClass

ERROR_GRID = 10 ** np.linspace(-6, 0.5, 53)
"""Relative errors at which profiles are read."""

_CURVES = {
    "median": statistics.median,
    "mean": statistics.mean,
    "iqm": statistics.interquartile_mean,
}

_OF_INSTANCES = ("error_of_start", "error_after_queries", "queries_to")
"""Numbers of each instance that a learner has the medians over its seeds of."""


def query_grid(budget: int) -> np.ndarray:
    """Counts of queries at which profiles are read: at most 60, even on a logarithmic axis."""
    return np.unique(np.round(np.geomspace(1, budget, 60)))


@dataclass(frozen=True)
class Reference:
    """What energies and points of one test set are compared with; energies without the offset.

    **Arguments:**

    - `settings`: the class of the instances.
    - `problems`: the instances.
    - `best`: lowest energy known of the ansatz, `(instances,)`.
    - `exact`: ground energy, `(instances,)`.
    - `optima`: equally good optimal angles, `(instances, optima, parameters)`, NaN where fewer.
    - `periods`: of the angles, see [`symmetric_distance`][].
    """

    settings: ProblemClass
    problems: Sequence[Problem]
    best: np.ndarray
    exact: np.ndarray
    optima: np.ndarray
    periods: Sequence[float]

    def energy(self, trace: xr.Dataset) -> np.ndarray:
        """Best energies so far, `(instances, queries)`."""
        offset = np.array([problem.offset for problem in self.problems])
        return np.asarray(trace["energy"].values - offset[:, None])

    def relative_error(self, energy: np.ndarray) -> np.ndarray:
        """Of energies `(instances, queries)`, at least 0."""
        error = (energy - self.best[:, None]) / np.abs(self.best)[:, None]
        return np.asarray(np.maximum(error, 0))

    def distance(self, trace: xr.Dataset) -> np.ndarray:
        """From the best points to the nearest of the optima and their symmetric images."""
        distances = [
            symmetric_distance(trace["point"].values, optimum[:, None], self.periods)
            for optimum in np.moveaxis(self.optima, 1, 0)
        ]
        return np.asarray(np.min(np.nan_to_num(distances, nan=np.inf), axis=0))

    def ratio(self, energy: np.ndarray) -> np.ndarray:
        """Approximation ratios of energies `(instances,)`."""
        return self.settings.ratio(self.problems, energy, self.exact)


def of_instances(
    trace: xr.Dataset, reference: Reference, targets: tuple[float, ...], after: int
) -> xr.Dataset:
    """What one start came to on each instance.

    **Arguments:**

    - `trace`: of one start, without `seed`.
    - `after`: queries at which all starts are read, the most that a roll-out needs.
    """
    energy = reference.energy(trace)
    error = reference.relative_error(energy)
    to_target = statistics.queries_to(error, targets)
    handed = trace["start_queries"].values
    # A start that asks nothing hands over the point that the optimiser asks for first.
    of_start = np.take_along_axis(error, np.maximum(handed, 1)[:, None] - 1, axis=1)[:, 0]
    gap = (energy[:, -1] - reference.exact) / np.abs(reference.exact)
    return xr.Dataset(
        {
            "queries_to": (("instance", "target"), to_target),
            "reached": ("target", np.isfinite(to_target).mean(axis=0)),
            "error_after_queries": ("instance", error[:, after - 1]),
            "error_of_start": ("instance", of_start),
            "start_queries": ("instance", handed),
            "calls": ("instance", trace["queries"].values),
            "ratio_after_queries": ("instance", reference.ratio(energy[:, after - 1])),
            "ratio": ("instance", reference.ratio(energy[:, -1])),
            "gap_exact_median": ((), np.median(gap)),
        }
    )


def medians(one: xr.Dataset, resamples: Resamples) -> xr.Dataset:
    """Medians over instances with intervals, and means of ratios, which follow-ups print."""

    def band(name: str, statistic: statistics.Statistic) -> tuple[tuple[str, ...], np.ndarray]:
        return (*map(str, one[name].dims[1:]), "bound"), resamples.band(one[name].values, statistic)

    over = ("queries_to", "error_after_queries", "error_of_start", "ratio")
    return xr.Dataset(
        {f"{name}_median": band(name, statistics.median) for name in over}
        | {f"{name}_mean": band(name, statistics.mean) for name in ("ratio_after_queries", "ratio")}
    )


def curves(
    trace: xr.Dataset, reference: Reference, resamples: Resamples | None = None
) -> xr.Dataset:
    """Error and distance to the optimum by query; with intervals where there are `resamples`."""
    error = reference.relative_error(reference.energy(trace))
    found: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    axes: tuple[str, ...] = ("query", "bound") if resamples else ("query",)
    for what, values, keys in (
        ("error", error, tuple(_CURVES)),
        ("distance", reference.distance(trace), ("median",)),
    ):
        over = [_CURVES[key] for key in keys]
        bands = resamples.bands(values, *over) if resamples else [one(values) for one in over]
        for key, band in zip(keys, bands, strict=True):
            found[f"{what}_{key}"] = (axes, band.astype(np.float32))
    return xr.Dataset(found)


def profiles(one: xr.Dataset, resamples: Resamples, budget: int) -> xr.Dataset:
    """Fractions of instances within each error after the queries and each count of queries.

    See [`performance_profile`][replication.evaluation.statistics.performance_profile].
    """
    counts = query_grid(budget)
    queries = [resamples.profile(each, counts) for each in one["queries_to"].values.T]
    errors = resamples.profile(one["error_after_queries"].values, ERROR_GRID)
    return xr.Dataset(
        {
            "profile_error": (("at_most_error", "bound"), errors),
            "profile_queries": (("target", "at_most_queries", "bound"), np.stack(queries)),
        }
    )


def at_budget(own: np.ndarray, other: np.ndarray, budget: float) -> np.ndarray:
    """Ratio of the medians of queries with censored runs put at the budget.

    A lower bound where the median of `other` is censored, an upper one where that of `own` is,
    nothing known where both are.
    """
    first, second = (np.median(np.minimum(values, budget), axis=0) for values in (own, other))
    return np.asarray(second / first)


def compared(own: xr.Dataset, other: xr.Dataset, resamples: Resamples, budget: float) -> xr.Dataset:
    """How many times as many queries `other` needs to each target, and how often `own` is better.

    See [`ratio_of_medians`][replication.evaluation.statistics.ratio_of_medians] and
    [`probability_of_improvement`][replication.evaluation.statistics.probability_of_improvement].
    """
    first, second = own["queries_to"].values, other["queries_to"].values
    axes = ("target", "bound")
    return xr.Dataset(
        {
            "queries_ratio": (axes, resamples.ratio_of_medians(first, second, budget)),
            "queries_ratio_at_budget": ("target", at_budget(first, second, budget)),
            "queries_improvement": (axes, resamples.improvement(first, second)),
        }
    )


def compared_with(
    networks: Mapping[str, xr.Dataset], other: xr.Dataset, resamples: Resamples, budget: float
) -> xr.Dataset:
    """[`compared`][] with each of some networks, along the dimension `own`."""
    rows = [compared(one, other, resamples, budget) for one in networks.values()]
    return xr.concat(rows, dim=xr.Variable("own", list(networks)))


def middle_of_seeds(networks: Sequence[xr.Dataset], resamples: Resamples) -> xr.Dataset:
    """Median over a learner's seeds of their medians over instances, with intervals.

    Instances are resampled, the seeds are not: the interval says what other instances would have
    given with these networks, the rows of the networks say how far other seeds differ.
    """
    found = {}
    for name in _OF_INSTANCES:
        table = np.stack([one[name].values for one in networks], axis=-1)
        columns = table.reshape(len(table), -1, len(networks))

        def middle(drawn: np.ndarray, columns: np.ndarray = columns) -> np.ndarray:
            of_seeds = np.median(columns[drawn[..., 0]], axis=-3)
            return np.asarray(np.median(of_seeds, axis=-1))

        # Whole instances are drawn: what the seeds found on one of them stays together.
        (band,) = resamples.bands(np.arange(len(columns))[:, None], middle)
        axes = (*networks[0][name].dims[1:], "bound")
        found[f"{name}_middle"] = (axes, band.reshape(*table.shape[1:-1], 3))
    return xr.Dataset(found)


def of_learner(
    networks: Sequence[xr.Dataset],
    starts: Mapping[str, xr.Dataset],
    resamples: Resamples,
    budget: float,
) -> xr.Dataset:
    """A learner as the median over its seeds on each instance, compared with every start.

    The median of single networks is neither the luckiest seed nor a choice made on the test set.
    """
    several = xr.concat([one[list(_OF_INSTANCES)] for one in networks], dim="seed")
    typical = several.median("seed", skipna=False)
    with_each = [compared(typical, other, resamples, budget) for other in starts.values()]
    error = resamples.band(typical["error_after_queries"].values, statistics.median)
    return xr.merge(
        [
            typical,
            xr.Dataset({"error_after_queries_median": ("bound", error)}),
            middle_of_seeds(networks, resamples),
            xr.concat(with_each, dim=xr.Variable("start", list(starts))),
        ]
    )
