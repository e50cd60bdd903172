"""Reading of results: what an exhibit needs of a study's files, and what it finds in them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from figures.style import looks, role
from replication.errors import UserError
from replication.evaluation import rows
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import MAIN, load_traces, trainer_of
from replication.kinds.meta_learning_settings import COMPARED
from replication.starts import NETWORK, NETWORKS, Followed
from replication.study import Study
from replication.workflow import Job, Need

Ways = Mapping[str, xr.Dataset]
"""Statistics of one headline test set by protocol."""


class Point(NamedTuple):
    """A value with its interval; infinite where censored, NaN where there is none."""

    middle: float
    low: float
    high: float


UNKNOWN = Point(np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Results:
    """A study and the folder of its results."""

    study: Study
    folder: Path

    def _job(self, names: dict[str, str]) -> Job:
        return Job(step="figure", study=self.study, results=self.folder, names=names)

    def _load(self, step: str, **names: str) -> xr.DataTree:
        return self._job(names).load(step)

    def statistics(self, experiment: str, test_set: str, protocol: str = MAIN) -> xr.Dataset:
        """What the statistics step holds about one test set."""
        names = {"experiment": experiment, "set": test_set, "protocol": protocol}
        return self._load("statistics", **names).to_dataset()

    def heads(self, experiments: Mapping[str, MetaLearning]) -> dict[str, xr.Dataset]:
        """Statistics of the headline test set of each of some experiments."""
        return {name: self.statistics(name, one.headline_size) for name, one in experiments.items()}

    def networks(self, experiment: str, test_set: str, protocol: str = MAIN) -> xr.Dataset | None:
        """What it holds about the single networks; `None` where none was tested."""
        return self._group("networks", experiment, test_set, protocol)

    def learners(self, experiment: str, test_set: str, protocol: str = MAIN) -> xr.Dataset | None:
        """What it holds about each learner; `None` where none was tested."""
        return self._group("learners", experiment, test_set, protocol)

    def _group(
        self, group: str, experiment: str, test_set: str, protocol: str
    ) -> xr.Dataset | None:
        names = {"experiment": experiment, "set": test_set, "protocol": protocol}
        tree = self._load("statistics", **names)
        return tree[group].to_dataset() if group in tree.children else None

    def trained(self, experiment: str, learner: str) -> xr.Dataset:
        """The training log of one learner."""
        return self._load("train", experiment=experiment, learner=learner).to_dataset()

    def suggested(self, experiment: str, test_set: str, traced: Followed) -> xr.Dataset:
        """The traces of one learner's networks, what they suggested included."""
        names = {"experiment": experiment, "set": test_set, "protocol": MAIN}
        return load_traces(self._job(names), [traced.name])[traced.name]

    def shots(self, experiment: str) -> xr.Dataset:
        """Shots a query over fresh instances."""
        return self._load("shots", experiment=experiment).to_dataset()

    def of_step(self, step: str, experiment: str) -> xr.Dataset:
        """What a step holds about an experiment."""
        return self._load(step, experiment=experiment).to_dataset()

    def findings(self, experiment: str) -> xr.Dataset | None:
        """What a probe's arrays come to; `None` where it has none."""
        tree = self._load("probe", experiment=experiment)
        return tree["findings"].to_dataset() if "findings" in tree.children else None

    def claims(self) -> xr.DataTree:
        """The claims with their verdicts, and the sensitivity of these."""
        return self._job({}).load("claims")

    def instances(self, experiment: str, test_set: str) -> xr.DataTree:
        """The instances of one test set."""
        return self._job({"experiment": experiment, "set": test_set}).load("instances")

    def experiment(self, name: str) -> MetaLearning:
        """The settings of one experiment."""
        if name not in self.study.meta_learning:
            allowed = ", ".join(self.study.meta_learning)
            raise UserError(f"unknown experiment {name!r}; this study has {allowed}")
        return self.study.meta_learning[name]


# What an exhibit needs


def statistics_of(study: Study, name: str, test_set: str = "", protocol: str = MAIN) -> Need:
    """Statistics of a test set, that of the headline size unless named."""
    test_set = test_set or study.meta_learning[name].headline_size
    return "statistics", {"experiment": name, "set": test_set, "protocol": protocol}


def headlines_of(study: Study) -> list[Need] | None:
    """Statistics of each headline experiment's headline test set; `None` where there is none."""
    return [statistics_of(study, name) for name in study.headlines] or None


def trainers(study: Study) -> dict[str, MetaLearning]:
    """The headline experiments, and those that train their successors."""
    names = (trainer_of(study, name, start) for name in study.headlines for start in NETWORKS)
    return {name: study.meta_learning[name] for name in names}


def trainers_of(study: Study) -> list[Need] | None:
    """Statistics of the headline test set of each of the [`trainers`][]."""
    return [statistics_of(study, name) for name in trainers(study)] or None


def test_sizes_of(study: Study, experiments: Mapping[str, MetaLearning]) -> list[Need] | None:
    """Statistics of every test size of some experiments; `None` where there is none."""
    sizes = ((name, size) for name, one in experiments.items() for size in one.test)
    return [statistics_of(study, name, size) for name, size in sizes] or None


def protocols_in(experiment: MetaLearning, role: str) -> list[str]:
    """The experiment's own evaluation, then the headline test set's protocols of one role."""
    return [
        name
        for name in experiment.protocols_on(experiment.headline_size)
        if name == MAIN or experiment.protocols[name].role == role
    ]


def varied(study: Study, role: str) -> dict[str, MetaLearning]:
    """Headline experiments with protocols or learners of one role."""
    return {
        name: one
        for name, one in study.headlines.items()
        if len(protocols_in(one, role)) > 1 or one.learners_of(role)
    }


def ways_of(study: Study, role: str) -> list[Need] | None:
    """Statistics of each headline test set under the protocols of one role, see [`ways`][]."""
    return [
        statistics_of(study, name, protocol=way)
        for name, one in varied(study, role).items()
        for way in protocols_in(one, role)
    ] or None


def ways(results: Results, role: str) -> dict[str, dict[str, xr.Dataset]]:
    """Statistics of each headline test set under the protocols of one role."""
    return {
        name: {
            way: results.statistics(name, one.headline_size, way) for way in protocols_in(one, role)
        }
        for name, one in varied(results.study, role).items()
    }


# What statistics hold


def compared(data: xr.Dataset) -> list[str]:
    """The starts of the main comparison, the RNN first, then in the order of their looks."""
    present = [str(start) for start in data.start.values]
    order = list(looks(present))
    return sorted(present, key=lambda start: order.index(role(start)))


def starts_of(ways: Ways) -> list[str]:
    """Starts that more than the experiment's own evaluation follows, the RNN first."""
    others = {start for way, data in ways.items() if way != MAIN for start in compared(data)}
    every = dict.fromkeys(start for data in ways.values() for start in compared(data))
    return [start for start in every if start in others]


def networks(data: xr.Dataset | None, *roles: str) -> dict[str, list[xr.Dataset]]:
    """The rows of all single networks of learners of some roles, those compared unless given."""
    found: dict[str, list[xr.Dataset]] = {}
    if data is None:
        return found
    for network in rows.networks_in(data):
        one = rows.of_network(data, network)
        if str(one["role"].item()) in (roles or COMPARED):
            found.setdefault(network.learner, []).append(one)
    return found


def network_start(one: xr.Dataset) -> str:
    """The start as which a single network's row is followed."""
    return rows.Network(str(one["learner"].item()), int(one["seed"])).start


def label(data: xr.Dataset, start: str) -> str:
    """The name a reader sees for a start."""
    return str(data["label"].sel(start=start).item())


def labels(datasets: Iterable[xr.Dataset], starts: Iterable[str]) -> dict[str, str]:
    """Names of the roles that some starts play, in the order of their looks."""
    wanted, names = set(starts), dict[str, list[str]]()
    for data in datasets:
        for start in compared(data):
            if start in wanted:
                names.setdefault(role(start), []).append(label(data, start))
    return {each: " / ".join(dict.fromkeys(names[each])) for each in looks(names)}


def chosen(data: xr.Dataset) -> tuple[str, str]:
    """`(learner, seed)` of the network that the validation set chose; empty where none was."""
    network = rows.chosen(data)
    return (network.learner, str(network.seed)) if network else ("", "")


def point(one: xr.Dataset, variable: str) -> Point:
    """A variable of one start, such as `error_median`, with its interval, NaN if it has none."""
    if "bound" not in one[variable].dims:
        return Point(float(one[variable]), np.nan, np.nan)
    return Point(*one[variable].values.tolist())


def per_cent(value: Point) -> Point:
    """A fraction and its interval in per cent."""
    return Point(*(100 * each for each in value))


def curve(one: xr.Dataset, variable: str) -> Sequence[np.ndarray]:
    """A variable of one start along an axis, and the ends of its interval."""
    return list(one[variable].transpose("bound", ...).values.astype(float))


def queries_ratio(one: xr.Dataset, own: str = NETWORK) -> tuple[Point, float]:
    """How many times a network's queries one start needs, and its bound; NaN if unknown.

    **Arguments:** `one`: statistics of one start and one target; `own`: the network's start.
    """
    if "queries_ratio" not in one or own not in one["own"].values:
        return UNKNOWN, np.nan
    one = one.sel(own=own)
    return point(one, "queries_ratio"), float(one["queries_ratio_at_budget"])


def records(data: xr.Dataset) -> list[dict[str, Any]]:
    """Rows of a group of the claims' file as plain values; an interval is value, low and high."""
    columns = {str(key): data[key].values.tolist() for key in data.data_vars}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
