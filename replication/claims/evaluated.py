"""What the claims read of one test set, and the numbers that they take from it."""

import copy
import functools
from collections.abc import Callable, Iterable

import numpy as np
import xarray as xr

from replication.claims.finding import Measured
from replication.evaluation import statistics, summaries
from replication.evaluation.intervals import Resamples
from replication.evaluation.rows import Interval, chosen, networks_in, of_network
from replication.kinds.meta_learning_jobs import MAIN
from replication.starts import NETWORK, NETWORKS, SUCCESSOR
from replication.study import Claims, Study
from replication.workflow import Job

CHOSEN: dict[str | None, str] = {None: NETWORK, SUCCESSOR: SUCCESSOR}
"""The start that a chosen network is followed as."""


class Evaluated:
    """The statistics of one test set under one protocol.

    Ratios of queries and median errors are read as the statistics step left them; `resamples` are
    the same ones, for intervals of what depends on the thresholds of the claims.

    A network is a learner's name, which means the median over its seeds on each instance, `None`
    for the chosen network, or `successor` for the chosen one of the successor.
    """

    def __init__(self, job: Job, experiment: str, test_set: str, protocol: str = MAIN):
        names = {"experiment": experiment, "set": test_set, "protocol": protocol}
        tree = job.load("statistics", **names)
        self.starts = tree.to_dataset()
        self.networks, self.learners = (
            tree[group].to_dataset() if group in tree.children else None
            for group in ("networks", "learners")
        )
        self.budget = float(self.starts.attrs["budget"])
        self.place = (experiment, test_set)
        # Selecting takes a millisecond, and the same rows are asked for again and again.
        self._rows: dict[tuple[tuple[str, ...], float | None], list[xr.Dataset]] = {}
        self.resamples = self._of(job.study)
        self.stored = True

    def _of(self, study: Study) -> Resamples:
        return Resamples.of(study, *self.place, self.starts.sizes["instance"])

    def under(self, study: Study) -> "Evaluated":
        """The same data with the intervals of a study with other resamples or confidence."""
        resamples = self._of(study)
        other = copy.copy(self)
        other.stored = self.stored and resamples.alike(self.resamples)
        other.resamples = resamples
        return other

    @property
    def names(self) -> list[str]:
        """Every start compared."""
        return [str(start) for start in self.starts["start"].values]

    @property
    def others(self) -> list[str]:
        """The starts that are no network."""
        return [name for name in self.names if name not in NETWORKS]

    def compared_with(self, claims: Claims) -> list[str]:
        """Those of them that the study names: another one changes no verdict."""
        return [name for name in self.others if name in claims.compared]

    def has(self, learner: str | None) -> bool:
        """Whether the test set was given to the chosen network, or to a learner's."""
        if learner in CHOSEN:
            return CHOSEN[learner] in self.names
        return self.learners is not None and learner in self.learners["learner"].values

    def start(self, name: str, target: float | None = None) -> xr.Dataset:
        """The row of a start, of one target where it is given."""
        return self._kept(("start", name), target, lambda: [self.starts.sel(start=name)])[0]

    def own(self, learner: str | None, target: float | None = None) -> xr.Dataset:
        """The row of a network, of one target where it is given."""
        if learner in CHOSEN:
            return self.start(CHOSEN[learner], target)
        learners = self.learners
        assert learners is not None
        return self._kept(("own", str(learner)), target, lambda: [learners.sel(learner=learner)])[0]

    def of_seeds(self, learner: str | None, target: float | None = None) -> list[xr.Dataset]:
        """The rows of all single networks of a learner, or of the chosen network's learner."""
        if learner is None:
            network = chosen(self.starts)
            learner = network.learner if network else ""
        networks, name = self.networks, str(learner)
        if networks is None:
            return []

        def rows() -> list[xr.Dataset]:
            wanted = [one for one in networks_in(networks) if name in (one.learner, one.start)]
            return [of_network(networks, one) for one in wanted]

        return self._kept(("seeds", name), target, rows)

    def _kept(
        self, key: tuple[str, ...], target: float | None, select: Callable[[], list[xr.Dataset]]
    ) -> list[xr.Dataset]:
        if (key, target) not in self._rows:
            rows = select() if target is None else self._kept(key, None, select)
            at = rows if target is None else [row.sel(target=target) for row in rows]
            self._rows[key, target] = at
        return self._rows[key, target]

    def median_error(self, learner: str | None) -> Interval:
        """Median error after the RNN's queries."""
        own = self.own(learner)
        if self.stored:
            return Interval(*own["error_after_queries_median"].values.tolist())
        errors = own["error_after_queries"].values
        return Interval(*self.resamples.band(errors, statistics.median).tolist())

    def compared(self, learner: str | None, other: str, target: float) -> xr.Dataset:
        """See [`compared`][replication.evaluation.summaries.compared]; of one target."""
        if self.stored and learner in CHOSEN:
            network = CHOSEN[learner]
            key = "compared", network, other
            return self._kept(key, target, lambda: [self.start(other).sel(own=network)])[0]
        if self.stored:
            own = self.own(learner)
            key = "compared", str(learner), other
            return self._kept(key, target, lambda: [own.sel(start=other)])[0]
        own, its = (one.sel(target=[target]) for one in (self.own(learner), self.start(other)))
        return summaries.compared(own, its, self.resamples, self.budget).isel(target=0)


Loader = Callable[..., Evaluated]


@functools.lru_cache(maxsize=4096)
def _tested(first: bytes, second: bytes) -> statistics.PairedTest:
    """The test of two arrays of float64; other thresholds ask for the same ones again."""
    return statistics.paired_test(np.frombuffer(first), np.frombuffer(second))


def tested(first: np.ndarray, second: np.ndarray) -> Measured:
    """The paired test that `first` is lower, and its effect."""
    test = _tested(*(np.asarray(one, np.float64).tobytes() for one in (first, second)))
    return test._asdict()


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


def error_within(evaluated: Evaluated, learner: str | None, limit: float) -> Measured:
    """Median error after the RNN's queries beside a bound.

    The test is Wilcoxon's, of the errors against the bound as a constant.
    """
    error = evaluated.own(learner)["error_after_queries"].values
    bound = np.full_like(error, limit)
    of_seeds = [one["error_after_queries_median"].values[0] for one in evaluated.of_seeds(learner)]
    return {
        "metric": "error",
        "number": evaluated.median_error(learner),
        "threshold": limit,
        "improvement": Interval(*evaluated.resamples.improvement(error, bound).tolist()),
        **tested(error, bound),
        **_seeds(np.array(of_seeds)),
    }


def queries_ratio(
    evaluated: Evaluated, learner: str | None, other: str, claims: Claims
) -> Measured:
    """How many times the RNN's median queries to the target another start needs."""
    target = claims.target
    found = evaluated.compared(learner, other, target)
    rows = evaluated.own(learner, target), evaluated.start(other, target)
    first, second = (row["queries_to"].values for row in rows)
    its = float(np.median(second))
    of_seeds = [one["queries_to_median"].values[0] for one in evaluated.of_seeds(learner, target)]
    with np.errstate(invalid="ignore"):
        ratios = its / np.array(of_seeds)
    return {
        "metric": "queries_ratio",
        "number": Interval(*found["queries_ratio"].values.tolist()),
        "threshold": claims.queries_ratio,
        "other_queries": its,
        "at_budget": float(found["queries_ratio_at_budget"]),
        "improvement": Interval(*found["queries_improvement"].values.tolist()),
        **tested(first, second),
        **_seeds(ratios),
    }


_STRENGTH = ("queries_to", "error_after_queries")


def strongest(evaluated: Evaluated, starts: Iterable[str], target: float) -> str | None:
    """The start of the lowest median queries to the target, then of the lowest median error."""

    def medians(name: str) -> tuple[float, ...]:
        one = evaluated.start(name, target)
        return tuple(float(one[f"{key}_median"].values[0]) for key in _STRENGTH)

    return min(starts, key=medians, default=None)
