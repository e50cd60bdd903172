"""Made-up results with the layout of real ones, so that figures can be drawn without science."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import yaml

from figures import results as read
from figures.__main__ import main
from replication import store
from replication.evaluation.rows import Network, table
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import MAIN
from replication.starts import NETWORK, SUCCESSOR, Followed
from replication.study import Study, digest, load_study
from replication.workflow import Job

# Rough course of a median error: at the first query, after the start, at the end of the budget.
COURSES = {
    "random": (1.05, 0.95, 0.3),
    "ramp": (0.16, 0.15, 2e-5),
    "adiabatic": (0.06, 0.05, 2e-4),
    "constant": (0.1, 0.09, 4e-6),
    "median": (0.12, 0.1, 8e-6),
    "lstm": (0.3, 0.012, 1e-6),
    "successor": (0.1, 0.008, 1e-6),
    "zigzag": (0.1, 0.02, 1e-6),
}
LABELS = {
    "random": "random angles",
    "ramp": "linear ramp",
    "adiabatic": "adiabatic",
    "constant": "constant angles",
    "median": "median of optima",
    "lstm": "meta-trained RNN",
    "successor": "RNN in natural units",
}


def angle_names(experiment: MetaLearning) -> list[str]:
    """Names of the angles, in the order of theta."""
    if experiment.problem.kind == "hubbard":
        families, order = ("T_h", "T_v", "V"), range(1, experiment.depth + 1)
        return [f"{family}_{step}" for step in order for family in families]
    return [f"{f}_{k}" for f in ("gamma", "beta") for k in range(1, experiment.depth + 1)]


def handed_over(experiment: MetaLearning) -> int:
    """Queries that the network's roll-out takes."""
    return experiment.evaluation.queries + (experiment.problem.kind == "hubbard")


def _with_limits(values: np.ndarray, *levels: float, axis: int = 0) -> np.ndarray:
    """A value and its limits, last axis, as quantiles of some levels over instances."""
    found = [np.quantile(values, level, axis=axis, method="higher") for level in levels]
    return np.stack(found, axis=-1)


def _row(error: np.ndarray, targets: np.ndarray, handed: int, start: str) -> xr.Dataset:
    """One start whose errors are `(instances, queries)`, with its intervals."""
    instances, budget = error.shape
    reached = error[:, None, :] <= targets[None, :, None]
    counts = np.where(reached.any(-1), reached.argmax(-1) + 1.0, np.inf)
    after = error[:, handed - 1]
    return xr.Dataset(
        {
            "queries_to": (("instance", "target"), counts),
            "reached": ("target", np.isfinite(counts).mean(axis=0)),
            "error_after_queries": ("instance", after),
            "error_of_start": ("instance", after),
            "start_queries": ("instance", np.full(instances, handed if start == NETWORK else 1)),
            "gap_exact_median": ((), 0.1 + np.median(error[:, -1])),
            "calls": ("instance", np.full(instances, budget)),
            "queries_to_median": (("target", "bound"), _with_limits(counts, 0.5, 0.35, 0.65)),
            "error_after_queries_median": ("bound", _with_limits(after, 0.5, 0.35, 0.65)),
            "error_of_start_median": ("bound", _with_limits(after, 0.5, 0.35, 0.65)),
            "ratio_median": ("bound", _with_limits(0.95 - 0.1 * error[:, -1], 0.5, 0.35, 0.65)),
        }
    )


def _curves(error: np.ndarray, *, single: bool) -> xr.Dataset:
    """Error and distance by query; a single network's have no limits."""
    found = {}
    for key in ("error_median", "error_mean", "error_iqm", "distance_median"):
        values = error if key.startswith("error") else 1.2 * error**0.3
        middle = np.median(values, axis=0)
        limits = [np.quantile(values, level, axis=0) for level in (0.25, 0.75)]
        found[key] = (
            ("query", middle)
            if single
            else (("query", "bound"), np.stack([middle, *limits], axis=-1))
        )
    return xr.Dataset(found)


def statistics(
    study: Study,
    name: str,
    test_set: str,
    rng: np.random.Generator,
    *,
    protocol: str = MAIN,
    omit: tuple[str, ...] = (),
    extra: tuple[str, ...] = (),
    lost: tuple[str, ...] = (),
    unreachable: bool = False,
) -> xr.DataTree:
    """Statistics of one sample; `unreachable` lets no start come to any target, `lost` some."""
    experiment = study.experiments[name]
    budget, handed = experiment.evaluation_under(protocol).budget, handed_over(experiment)
    instances = experiment.test_sets[test_set].instances
    targets, query = np.array(study.statistics.targets), np.arange(1, budget + 1)
    learners = experiment.learners_tested_on(test_set) if protocol == MAIN else []
    networks = [Network(n, s) for n in learners for s in range(experiment.learners[n].seeds)]
    roles = {network: experiment.learners[network.learner].role for network in networks}
    if experiment.successor and protocol == MAIN:
        for name_of, one in study.experiments[experiment.successor].learners.items():
            following = [Network(f"{SUCCESSOR}.{name_of}", seed) for seed in range(one.seeds)]
            networks += following
            roles |= dict.fromkeys(following, SUCCESSOR)
    heuristic = "adiabatic" if experiment.problem.kind == "hubbard" else "ramp"
    followed = [NETWORK, SUCCESSOR] if experiment.successor else [NETWORK]
    plain = [heuristic, "constant", *followed, "median", "random", *extra]
    wanted = None if protocol == MAIN else experiment.protocols[protocol].starts
    named = [start for start in plain if start not in omit]
    starts = [s for s in named if wanted is None or s in wanted] or list(wanted or ())

    def errors(start: str, *, single: bool) -> np.ndarray:
        course = np.array(COURSES.get(start, (0.4, 0.2, 1e-4)))
        course = course * (1 + 2 * rng.random() * single)
        knots = [0, np.log(handed), np.log(budget)]
        middle = np.interp(np.log(query), knots, np.log(course))
        error = np.exp(middle + 0.6 * rng.normal(size=(instances, 1)) - 0.3)
        error = np.minimum.accumulate(error * np.exp(0.2 * rng.normal(size=error.shape)), axis=1)
        return np.maximum(error, 0.3) if unreachable or start in lost else error

    alone = {start: errors(start, single=False) for start in starts}
    several = {network: errors(network.start, single=True) for network in networks}
    if networks and NETWORK in alone:
        # The chosen network is in the data twice: by itself and as `lstm`.
        several[networks[0]] = alone[NETWORK]
    rows = {start: _row(one, targets, handed, start) for start, one in alone.items()}
    singles = {network: _row(one, targets, handed, NETWORK) for network, one in several.items()}
    own = {name: rows[name] for name in followed if name in rows}
    full = {
        start: xr.merge(
            [one, _curves(alone[start], single=False), _profiles(one, budget), _ratio(own, one)]
        ).assign(label=LABELS.get(start, start))
        for start, one in rows.items()
    }
    labelled = {
        network: xr.merge([one, _curves(several[network], single=True), _ratio(own, one)]).assign(
            label=f"{LABELS[NETWORK]}, {network.learner}, {network.seed}",
            role=roles[network],
        )
        for network, one in singles.items()
    }
    middles = {
        learner: _middle([one for n, one in singles.items() if n.learner == learner])
        for learner in learners
    }
    tree = table(full, labelled, middles)
    root = tree.to_dataset().assign(
        random_miss=("instance", np.linspace(0, 0.2, instances)),
        reference_gap=("instance", np.linspace(0.1, 0.2, instances)),
    )
    tree.dataset = root.assign_coords(query=query, target=targets)
    tree.attrs.update(queries=handed, budget=budget, num_instances=instances)
    if networks:
        tree.attrs.update(chosen_learner=networks[0].learner, chosen_seed=networks[0].seed)
    return tree


SHADES = xr.DataArray([1.0, 0.8, 1.3], dims="bound")
"""Ends of made-up intervals, as factors."""


def _ratio(own: dict[str, xr.Dataset], one: xr.Dataset) -> xr.Dataset:
    """Ratios of medians over each network's, open and unknown ones included."""
    if not own:
        return xr.Dataset()
    found = [_ratio_over(mine, one) for mine in own.values()]
    return xr.concat(found, dim=xr.Variable("own", list(own)))


def _ratio_over(own: xr.Dataset, one: xr.Dataset) -> xr.Dataset:
    budget = float(own["calls"][0])
    needed, mine = (each["queries_to_median"].isel(bound=0) for each in (one, own))
    with np.errstate(invalid="ignore"):
        ratio = (needed / mine).values
    bound = (np.minimum(needed, budget) / np.minimum(mine, budget)).values
    low = np.minimum(np.where(np.isnan(ratio), 0, 0.8 * ratio), bound)
    high = np.maximum(np.where(np.isnan(ratio), np.inf, 1.3 * ratio), bound)
    return xr.Dataset(
        {
            "queries_ratio": (("target", "bound"), np.stack([ratio, low, high], axis=-1)),
            "queries_ratio_at_budget": ("target", bound),
        }
    )


def _profiles(one: xr.Dataset, budget: int) -> xr.Dataset:
    """Fractions of instances within errors and counts of queries."""
    grids = {
        "error": ("error_after_queries", 10 ** np.linspace(-6, 0.5, 30)),
        "queries": ("queries_to", np.unique(np.round(np.geomspace(1, budget, 30)))),
    }
    found = {}
    for key, (variable, grid) in grids.items():
        at_most = xr.DataArray(grid, dims=f"at_most_{key}", coords={f"at_most_{key}": grid})
        fraction = (one[variable] <= at_most).mean("instance")
        found[f"profile_{key}"] = np.minimum(fraction * SHADES, 1)
    return xr.Dataset(found)


def _middle(networks: list[xr.Dataset]) -> xr.Dataset:
    """The middle seed of a learner."""
    several = xr.concat(networks, dim="network")
    names = ("error_of_start", "error_after_queries", "queries_to")
    values = {name: several[f"{name}_median"].isel(bound=0).median("network") for name in names}
    return xr.Dataset({f"{name}_middle": one * SHADES for name, one in values.items()})


def training_log(
    study: Study, name: str, learner: str, rng: np.random.Generator, *, stopped: bool = True
) -> xr.Dataset:
    """Log of one learner's training; the first seed stops early where `stopped`."""
    settings = study.experiments[name].learners[learner]
    step = np.arange(1, settings.steps + 1)
    begin, end = (fraction * settings.steps for fraction in settings.warm_up)
    weight = np.clip((step - begin) / max(end - begin, 1), 0, 1)
    level = -0.5 * (1 - np.exp(-step / (0.1 * settings.steps)))
    level = level * (1 - 0.05 * rng.random((settings.seeds, 1)))
    loss = level * (10 * (1 - weight) + weight) + 0.02 * rng.normal(size=level.shape)
    checks = np.arange(settings.validate_every, settings.steps + 1, settings.validate_every)
    validation = level[:, checks - 1] + 0.003 * rng.normal(size=(settings.seeds, checks.size))
    ends = np.full(settings.seeds, -1)
    if stopped:
        ends[0] = checks[-2]
    if stopped and settings.seeds == 1:
        loss[:, ends[0] :] = np.nan
        validation[:, checks > ends[0]] = np.nan
    return xr.Dataset(
        {
            "loss": (("seed", "step"), loss),
            "gradient_norm": (("seed", "step"), np.exp(rng.normal(size=loss.shape)) * 0.1),
            "validation_loss": (("seed", "check"), validation),
            "best_loss": ("seed", np.nanmin(validation, axis=1)),
            "best_step": ("seed", checks[np.nanargmin(validation, axis=1)]),
            "stopped_step": ("seed", ends),
            "blend": ("step", weight),
        },
        coords={
            "seed": np.arange(settings.seeds),
            "step": step,
            "check_step": ("check", checks),
        },
    )


def suggestions(
    study: Study, name: str, size: str, seeds: int, rng: np.random.Generator
) -> xr.Dataset:
    """What one learner's networks suggested."""
    experiment = study.experiments[name]
    names, handed = angle_names(experiment), handed_over(experiment)
    schedule = np.linspace(-0.6, 0.6, len(names)) + 0.1 * rng.normal(size=(seeds, 1, 1, len(names)))
    drift = 0.15 * np.sin(np.arange(handed) / 2 + rng.random((seeds, 1, 1)))[..., None]
    noise = 0.03 * rng.normal(size=(seeds, experiment.test[size], handed, len(names)))
    points = schedule + drift + noise * np.arange(handed)[:, None]
    return xr.Dataset(
        {"suggested": (("seed", "instance", "suggestion", "parameter"), points)},
        coords={"parameter": names},
    )


@dataclass(frozen=True)
class Held(read.Results):
    """Results that are read from disk once."""

    held: dict[str, xr.DataTree] = field(default_factory=dict, compare=False)

    def _load(self, step: str, **names: str) -> xr.DataTree:
        key = repr((step, sorted(names.items())))
        if key not in self.held:
            self.held[key] = super()._load(step, **names)
        return self.held[key]


def ablation_tests(study: Study, rng: np.random.Generator) -> xr.Dataset | None:
    """Tests of ablations as the claims step leaves them; `None` where there are none."""
    rows = [
        (name, kind, one)
        for name, experiment in study.headlines.items()
        for kind, ways in (("learner", experiment.learners), ("protocol", experiment.protocols))
        for one, settings in ways.items()
        if settings.role == "ablation"
    ]
    if not rows:
        return None
    words = dict(zip(("experiment", "kind", "name"), zip(*rows, strict=True), strict=True))
    ratio, p = rng.uniform(0.5, 3, len(rows)), rng.uniform(0, 0.1, len(rows))
    limits = np.array([1.0, 0.8, 1.2])
    numbers = {"p": p, "p_holm": 2 * p, "effect": ratio - 1}
    data = xr.Dataset({key: ("row", list(values)) for key, values in (words | numbers).items()})
    return data.assign(
        error_ratio=(("row", "bound"), ratio[:, None] * limits),
        improvement=(("row", "bound"), ratio[:, None] * limits / 4),
    )


class Fake:
    """A study with a folder of made-up results."""

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        only: int | None = None,
        seeds: int | None = None,
        instances: int | None = None,
    ):
        study = load_study(name)
        content = study.model_dump(mode="json")
        for experiment in list(content["experiments"])[only:] if only else ():
            del content["experiments"][experiment]
        for one in content["experiments"].values():
            if one.get("successor") not in content["experiments"]:
                one["successor"] = None
        if content["headline"]:
            content["headline"] = [
                one for one in content["headline"] if one in content["experiments"]
            ]
        for key in content["experiments"].keys() - study.meta_learning.keys():
            del content["experiments"][key]
        for experiment in content["experiments"].values():
            for learner in experiment["learners"].values():
                learner["seeds"] = seeds or learner["seeds"]
            for size in experiment["test"] if instances else ():
                experiment["test"][size] = instances
            for test_set in experiment["transfer"].values() if instances else ():
                test_set["instances"] = instances
        self.path = folder / "study.yaml"
        self.path.write_text(yaml.safe_dump(content, sort_keys=False))
        self.study = load_study(self.path)
        self.folder = folder / "results"
        self._results = Held(self.study, self.folder)

    def _save(self, step: str, data: xr.Dataset, **names: str) -> None:
        # As `Job.save` does, without asking git and the processor each time.
        job = Job(step=step, study=self.study, results=self.folder, names=names)
        attributes = {"kind": step, "settings": job.settings, "study_digest": digest(self.study)}
        store.save(data, job.path, {**attributes, "git_commit": 40 * "0", "git_dirty": "no"})

    def fill(
        self,
        *,
        omit: tuple[str, ...] = (),
        extra: tuple[str, ...] = (),
        lost: tuple[str, ...] = (),
        unreachable: bool = False,
    ) -> "Fake":
        """Write all that figures read."""
        rng = np.random.default_rng(0)
        for name, experiment in self.study.experiments.items():
            for learner in experiment.learners:
                log = training_log(self.study, name, learner, rng)
                self._save("train", log, experiment=name, learner=learner)
            for test_set in experiment.test_sets:
                for protocol in experiment.protocols_on(test_set):
                    data = statistics(
                        self.study,
                        name,
                        test_set,
                        rng,
                        protocol=protocol,
                        omit=omit,
                        extra=extra,
                        lost=lost,
                        unreachable=unreachable,
                    )
                    where = {"experiment": name, "set": test_set, "protocol": protocol}
                    self._save("statistics", data, **where)
            for size in experiment.test:
                counts = {
                    Followed(NETWORK, learner).name: experiment.learners[learner].seeds
                    for learner in experiment.learners_tested_on(size)
                }
                if experiment.successor:
                    others = self.study.experiments[experiment.successor].learners
                    counts |= {Followed(SUCCESSOR, n).name: one.seeds for n, one in others.items()}
                for start, count in counts.items():
                    points = suggestions(self.study, name, size, count, rng)
                    traces = xr.DataTree.from_dict({start: points})
                    where = {"experiment": name, "set": size, "protocol": MAIN}
                    self._save("traces", traces, **where, starts=start)
        if tests := ablation_tests(self.study, rng):
            self._save("claims", xr.DataTree.from_dict({"use": tests}))
        return self

    @property
    def results(self) -> read.Results:
        """What a figure's `draw` is given."""
        if self._results.study is not self.study:
            self._results = Held(self.study, self.folder)
        return self._results

    def run(self, script: str, *more: str) -> int:
        """Draw by the command line; its exit status."""
        return main(
            ["draw", script, "--study", str(self.path), "--results", str(self.folder), *more]
        )


@pytest.fixture
def fake(tmp_path: Path) -> Callable[..., Fake]:
    """Maker of fake studies: `fake("smoke", only=1)`."""

    def make(name: str = "smoke", **options: int | None) -> Fake:
        return Fake(name, tmp_path, **options)

    return make


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Fake]:
    """Maker of filled studies for tests that only read them, each made once.

    `filled("smoke", only=1, fill={"unreachable": True})`.
    """
    made: dict[str, Fake] = {}

    def make(
        name: str = "smoke", *, fill: dict[str, Any] | None = None, **options: int | None
    ) -> Fake:
        key = repr((name, fill, options))
        if key not in made:
            made[key] = Fake(name, tmp_path_factory.mktemp("fake"), **options).fill(**(fill or {}))
        return made[key]

    return make
