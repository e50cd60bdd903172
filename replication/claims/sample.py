"""What the claims read of one test sample, and the numbers that they take from it."""

import copy
import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import xarray as xr

from replication.evaluation import statistics
from replication.kinds.meta_learning_jobs import MAIN
from replication.seeds import generator_for
from replication.study import Claims, Study
from replication.workflow import Job


class Sample:
    """The statistics of one sample under one protocol, with the resamples of its intervals.

    They are those of the statistics step, so that a number has one interval everywhere.
    """

    def __init__(self, job: Job, experiment: str, sample: str, protocol: str = MAIN):
        names = {"experiment": experiment, "sample": sample, "protocol": protocol}
        self.data = job.load("statistics", **names).to_dataset()
        self.names = [str(start) for start in self.data.start.values]
        self.place = (experiment, sample)
        self.budget = float(self.data.attrs["budget"])
        self._resample(job.study)

    def _resample(self, study: Study) -> None:
        rng = generator_for(study.seed, "statistics", *self.place)
        count = self.data.sizes["instance"]
        self.indices = statistics.resamples(rng, count, study.statistics.resamples)
        self.confidence = study.statistics.confidence

    def under(self, study: Study) -> "Sample":
        """The same data with the intervals of another study."""
        other = copy.copy(self)
        other._resample(study)
        return other

    @property
    def others(self) -> list[str]:
        """The starts that are no network."""
        return [name for name in self.names if name.partition(".")[0] != "lstm"]

    def seeds_of(self, learner: str) -> list[str]:
        """All single networks of a learner."""
        return [name for name in self.names if name.startswith(f"lstm.{learner}.")]

    @property
    def chosen_learner(self) -> str:
        """Learner of the chosen network."""
        parts = str(self.data.attrs.get("chosen", "")).split(".")
        return parts[1] if len(parts) == 3 else ""

    def has(self, learner: str | None) -> bool:
        """Whether the sample was given to the chosen network, or to a learner's."""
        return "lstm" in self.names if learner is None else bool(self.seeds_of(learner))

    def error(self, start: str | Sequence[str]) -> np.ndarray:
        """Errors after the RNN's queries, `(instances,)`; over several the median on each."""
        return self._typical("error_after_queries", self.data, start)

    def handed_over(self, start: str | Sequence[str]) -> np.ndarray:
        """Errors after each start's own queries, `(instances,)`; over several the median."""
        return self._typical("error_of_start", self.data, start)

    def queries(self, start: str | Sequence[str], target: float) -> np.ndarray:
        """Queries to the target, `(instances,)`; over several the median on each."""
        return self._typical("queries_to", self.data.sel(target=target), start)

    def _typical(self, name: str, data: xr.Dataset, start: str | Sequence[str]) -> np.ndarray:
        values = data[name].sel(start=start).transpose(..., "instance").values
        # The median of single networks: neither the luckiest seed nor a choice made on the test.
        return np.asarray(values if isinstance(start, str) else np.median(values, axis=0))

    def network(self, learner: str | None) -> str | list[str]:
        """The row of the chosen network, or those of all seeds of a learner."""
        return "lstm" if learner is None else self.seeds_of(learner)


Measured = dict[str, Any]


@functools.lru_cache(maxsize=4096)
def _tested(first: bytes, second: bytes) -> statistics.PairedTest:
    """The test of two arrays of float64; other thresholds ask for the same ones again."""
    return statistics.paired_test(np.frombuffer(first), np.frombuffer(second))


def compared(sample: Sample, first: np.ndarray, second: np.ndarray) -> Measured:
    """Test, effect and probability of improvement of `first` over `second`."""
    test = _tested(*(np.asarray(one, np.float64).tobytes() for one in (first, second)))
    value, low, high = statistics.probability_of_improvement(
        first, second, sample.indices, sample.confidence
    )
    return {
        **test._asdict(),
        "improvement": float(value),
        "improvement_low": float(low),
        "improvement_high": float(high),
    }


def _seeds(values: np.ndarray) -> Measured:
    """Range of a number over the training seeds."""
    known = values[~np.isnan(values)]
    if not known.size:
        return {"seeds": len(values)}
    return {
        "seeds": len(values),
        "least_seed": float(known.min()),
        "most_seed": float(known.max()),
    }


def _all_seeds(sample: Sample, learner: str | None) -> list[str]:
    return sample.seeds_of(sample.chosen_learner if learner is None else learner)


def error_within(sample: Sample, learner: str | None, limit: float) -> Measured:
    """Median error after the RNN's queries beside a bound.

    The test is Wilcoxon's, of the errors against the bound as a constant.
    """
    error = sample.error(sample.network(learner))
    value, low, high = statistics.band(
        error[:, None], statistics.median, sample.indices, sample.confidence
    )
    medians = np.array([np.median(sample.error(one)) for one in _all_seeds(sample, learner)])
    return {
        "metric": "error",
        "number": float(value[0]),
        "low": float(low[0]),
        "high": float(high[0]),
        "threshold": limit,
        **compared(sample, error, np.full_like(error, limit)),
        **_seeds(medians),
    }


def queries_saved(sample: Sample, learner: str | None, other: str, claims: Claims) -> Measured:
    """Factor by which another start's median queries to the target exceed the RNN's."""
    first = sample.queries(sample.network(learner), claims.target)
    second = sample.queries(other, claims.target)
    value, low, high = statistics.ratio_of_medians(
        first, second, sample.indices, sample.confidence, budget=sample.budget
    )
    mine = [np.median(sample.queries(one, claims.target)) for one in _all_seeds(sample, learner)]
    with np.errstate(invalid="ignore"):
        factors = np.median(second) / np.array(mine)
    at_most = [np.median(np.minimum(queries, sample.budget)) for queries in (first, second)]
    return {
        "metric": "factor",
        "number": float(value),
        "low": float(low),
        "high": float(high),
        "threshold": claims.saving,
        "other_queries": float(np.median(second)),
        "bound": float(at_most[1] / at_most[0]),
        **compared(sample, first, second),
        **_seeds(factors),
    }


def strongest(sample: Sample, starts: Iterable[str], target: float) -> str | None:
    """The start of the lowest median queries to the target, then of the lowest median error."""
    return min(
        starts,
        key=lambda one: (np.median(sample.queries(one, target)), np.median(sample.error(one))),
        default=None,
    )


Loader = Callable[..., Sample]
