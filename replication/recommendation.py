"""Which start the studies found best for instances like one's own, with its error and interval."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from replication.checks import check_problem, check_whole
from replication.errors import UserError
from replication.metalearner.measured import test_sets
from replication.metalearner.units import unlike
from replication.problems.base import Problem

if TYPE_CHECKING:
    from replication.metalearner.artefact import MetaOptimizer


class Band(NamedTuple):
    """A median over instances with the interval of its confidence; infinite beyond the budget."""

    median: float
    low: float
    high: float


class Measured(NamedTuple):
    """A start on one test set.

    - `start`: its name; `label`: what figures call it.
    - `network`: the package's network that it asks, `None` for a start without one.
    - `uses`: what it uses besides the instance.
    - `error`: relative to the best known optimum, after `asked` queries.
    - `queries`: until the relative error `Recommendation.target`, by the study's local optimiser.
    - `reached`: the fraction of instances that reach it.
    """

    start: str
    label: str
    network: str | None
    uses: str
    asked: int
    error: Band
    queries: Band
    reached: float


class Recommendation(NamedTuple):
    """The start to use, where that was measured, and how far one's own instance is from there.

    - `best`: of the networks that come with the package, the one with the fewest median queries to
      `target`; of equal ones the one with the smallest error.
    - `without_network`: the same of all starts without a network; one whose `uses` is the training
      set needs instances like one's own, and their optima.
    - `target`: relative error to which queries are counted.
    - `test_set`: the instances it was measured on, in words; `instances`: how many.
    - `outside`: in what one's instance differs from all of these.
    - `starts`: every start of the test set, best first.
    """

    best: Measured
    without_network: Measured
    target: float
    test_set: str
    instances: int
    outside: tuple[str, ...]
    starts: tuple[Measured, ...]

    @property
    def learner(self) -> "MetaOptimizer":
        """The recommended network, loaded."""
        from replication.metalearner.artefact import load_meta_optimizer

        return load_meta_optimizer(str(self.best.network))

    def __str__(self) -> str:
        """In a few lines."""
        lines = [
            f"measured on {self.instances} instances, {self.test_set}; errors are relative to the "
            "best known angles of the same circuit, not to the exact minimum",
            _in_words(self.best, self.target),
            f"best without a network: {_in_words(self.without_network, self.target)}"
            f"; uses {self.without_network.uses}",
        ]
        first = self.starts[0]
        if not first.network:
            lines.append(f"here no network is needed: {first.label} has as few queries or fewer")
        if self.outside:
            lines.append(f"your instance is outside of these: {'; '.join(self.outside)}")
        return "\n".join(lines)


def _in_words(one: Measured, target: float) -> str:
    name = f"network {one.network}" if one.network else one.label
    error = ", ".join(f"{100 * value:.2g}" for value in one.error[1:])
    ends = ", ".join(_count(value) for value in one.queries[1:])
    return (
        f"{name}: error {100 * one.error.median:.2g} % [{error}] after {one.asked} "
        f"queries, {_count(one.queries.median)} [{ends}] queries to {100 * target:g} %"
    )


def _count(value: float) -> str:
    return f"{value:g}" if math.isfinite(value) else "more than the budget"


def recommend(problem: Problem, p: int) -> Recommendation:
    """What the published studies measured on the test set nearest to an instance.

    Near is a test set of the same circuit and depth on whose ranges of features the instance lies:
    its size, degree, signs, spread and fields, or a lattice's sites, U/t and filling. Where none
    holds it, the one with the smallest sum of relative distances is taken, and `outside` says so.

    ```pycon
    >>> import networkx as nx, replication as r
    >>> found = r.recommend(r.maxcut(nx.gnp_random_graph(12, 0.5, seed=1)), 4)
    >>> found.best.network, found.best.asked, found.outside
    ('ising-p4', 10, ())

    ```

    **Arguments:** `problem`: an instance; `p`: layers, or Trotter steps of the Hubbard ansatz.

    **Raises:** [`UserError`][] for a depth at which nothing was measured.
    """
    check_whole("p", p, 1)
    check_problem(problem)
    alike = [one for one in test_sets() if one["features"].keys() == problem.features.keys()]
    depths = sorted({one["depth"] for one in alike})
    if p not in depths:
        if not depths:
            raise UserError(f"nothing was measured on problems like this one, of {problem.kind!r}")
        listed = ", ".join(map(str, depths))
        raise UserError(f"nothing was measured at p = {p} for such a problem; allowed: {listed}")
    near = min((one for one in alike if one["depth"] == p), key=lambda one: _apart(problem, one))
    starts = _ranked(near)
    return Recommendation(
        best=next(one for one in starts if one.network),
        without_network=next(one for one in starts if not one.network),
        target=near["target"],
        test_set=near["words"],
        instances=near["instances"],
        outside=tuple(unlike(problem, near["features"], "measured")),
        starts=tuple(starts),
    )


def measured_by(network: str) -> Iterator[tuple[dict[str, Any], Measured, Measured]]:
    """The test sets on which a network of the package was measured.

    **Yields:** words, ranges of features and number of instances of the test set, as a dictionary;
    the network there; the start without a network that has the fewest queries there.
    """
    for one in test_sets():
        starts = _ranked(one)
        for found in starts:
            if found.network == network:
                yield one, found, next(other for other in starts if not other.network)


def _ranked(test_set: dict[str, Any]) -> list[Measured]:
    return sorted(
        map(_measured, test_set["starts"]), key=lambda one: (one.queries[0], one.error[0])
    )


def _apart(problem: Problem, test_set: dict[str, Any]) -> float:
    """Sum over features of the relative distance to the test set's range."""
    total = 0.0
    for name, (low, high) in test_set["features"].items():
        value = problem.features[name]
        nearest = min(max(value, low), high)
        if value != nearest:
            total += abs(value - nearest) / max(abs(value), abs(nearest))
    return total


def _measured(row: dict[str, Any]) -> Measured:
    error, queries = (
        Band(*(math.inf if value is None else float(value) for value in row[name]))
        for name in ("error", "queries")
    )
    return Measured(**{**row, "error": error, "queries": queries})
