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
from replication.study import MAIN, Experiment, Study, digest, load_study
from replication.workflow import Job

# Rough course of a median error: at the first query, after the start, at the end of the budget.
COURSES = {
    "random": (1.05, 0.95, 0.3),
    "ramp": (0.16, 0.15, 2e-5),
    "adiabatic": (0.06, 0.05, 2e-4),
    "constant": (0.1, 0.09, 4e-6),
    "median": (0.12, 0.1, 8e-6),
    "lstm": (0.3, 0.012, 1e-6),
}
LABELS = {
    "random": "random angles",
    "ramp": "linear ramp",
    "adiabatic": "adiabatic",
    "constant": "constant angles",
    "median": "median of optima",
    "lstm": "meta-trained RNN",
}


def angle_names(experiment: Experiment) -> list[str]:
    """Names of the angles, in the order of theta."""
    if experiment.problem.kind == "hubbard":
        families, order = ("T_h", "T_v", "V"), range(1, experiment.depth + 1)
        return [f"{family}_{step}" for step in order for family in families]
    return [f"{f}_{k}" for f in ("gamma", "beta") for k in range(1, experiment.depth + 1)]


def handed_over(experiment: Experiment) -> int:
    """Queries that the network's roll-out takes."""
    return experiment.evaluation.queries + (experiment.problem.kind == "hubbard")


def statistics(
    study: Study,
    name: str,
    sample: str,
    rng: np.random.Generator,
    *,
    protocol: str = MAIN,
    omit: tuple[str, ...] = (),
    extra: tuple[str, ...] = (),
    lost: tuple[str, ...] = (),
    unreachable: bool = False,
) -> xr.Dataset:
    """Statistics of one sample; `unreachable` lets no start come to any target, `lost` some."""
    experiment = study.experiments[name]
    evaluation = experiment.evaluation_under(protocol)
    hubbard = experiment.problem.kind == "hubbard"
    budget, handed = evaluation.budget, handed_over(experiment)
    instances = experiment.samples[sample].instances
    targets = np.array(study.statistics.targets)
    query = np.arange(1, budget + 1)
    learners = experiment.learners_tested_on(sample) if protocol == MAIN else []
    networks = [f"lstm.{n}.{s}" for n in learners for s in range(experiment.learners[n].seeds)]
    plain = ["adiabatic" if hubbard else "ramp", "constant", "median", "random", *extra]
    named = [s for s in (*plain[:2], "lstm", *plain[2:]) if s not in omit]
    wanted = None if protocol == MAIN else experiment.protocols[protocol].starts
    starts = [s for s in named if wanted is None or s in wanted] or list(wanted or ())
    starts += [network for network in networks if network not in omit]
    parts, of_lstm = [], np.empty(0)
    for start in starts:
        stem = start.partition(".")[0]
        course = np.array(COURSES.get(stem, (0.4, 0.2, 1e-4)))
        course = course * (1 + 2 * rng.random() * ("." in start))
        knots = [0, np.log(handed), np.log(budget)]
        middle = np.interp(np.log(query), knots, np.log(course))
        error = np.exp(middle + 0.6 * rng.normal(size=(instances, 1)) - 0.3)
        error = np.minimum.accumulate(error * np.exp(0.2 * rng.normal(size=error.shape)), axis=1)
        error = np.maximum(error, 0.3) if unreachable or stem in lost else error
        # The chosen network stands in the data twice: by itself and as `lstm`.
        error = of_lstm if [start] == networks[:1] and "lstm" in starts else error
        of_lstm = error if start == "lstm" else of_lstm
        distance = 1.2 * error**0.3
        reached = error[:, None, :] <= targets[None, :, None]
        counts = np.where(reached.any(-1), reached.argmax(-1) + 1.0, np.inf)
        one = {
            "label": ((), f"{LABELS.get(stem, stem)}{start.removeprefix(stem).replace('.', ', ')}"),
            "queries_to": (("instance", "target"), counts),
            "reached": ("target", np.isfinite(counts).mean(axis=0)),
            "error_after_queries": ("instance", error[:, handed - 1]),
            "start_queries": ("instance", np.full(instances, handed if stem == "lstm" else 1)),
            "gap_exact_median": ((), 0.1 + np.median(error[:, -1])),
            "shown_in": (
                (),
                experiment.learners[start.split(".")[1]].shown_in if "." in start else MAIN,
            ),
            "calls": ("instance", np.full(instances, budget)),
            "error_of_start": ("instance", error[:, handed - 1]),
        }
        shades = (np.nan, np.nan) if "." in start else (0.25, 0.75)
        for what, values in (("error", error), ("distance", distance)):
            for key in ("median", "mean", "iqm") if what == "error" else ("median",):
                one[f"{what}_{key}"] = ("query", np.median(values, axis=0))
                for suffix, q in zip(("_low", "_high"), shades, strict=True):
                    limit = (
                        np.full(budget, np.nan) if np.isnan(q) else np.quantile(values, q, axis=0)
                    )
                    one[f"{what}_{key}{suffix}"] = ("query", limit)
        for suffix, q in (("", 0.5), ("_low", 0.35), ("_high", 0.65)):

            def quantile(values: np.ndarray, q: float = q) -> np.ndarray:
                return np.quantile(values, q, axis=0, method="higher")

            one[f"queries_to_median{suffix}"] = ("target", quantile(counts))
            one[f"error_after_queries_median{suffix}"] = ((), quantile(error[:, handed - 1]))
            one[f"error_of_start_median{suffix}"] = ((), quantile(error[:, handed - 1]))
            one[f"ratio_median{suffix}"] = ((), quantile(0.95 - 0.1 * error[:, -1]))
        parts.append(xr.Dataset(one))
    data = xr.concat(parts, dim=xr.Variable("start", starts))
    data = data.merge(_over_seeds(data, learners)) if learners else data
    data = data.merge(_profiles(data, budget))
    data["random_miss"] = ("instance", np.linspace(0, 0.2, instances))
    return (
        (data.merge(_savings(data, budget)) if "lstm" in starts else data)
        .assign_coords(query=query, target=targets)
        .assign_attrs(
            queries=handed,
            budget=budget,
            chosen=next((n for n in networks if n not in omit), ""),
            num_instances=instances,
        )
    )


SHADES = (("", 1.0), ("_low", 0.8), ("_high", 1.3))
"""ends of made-up intervals, as factors"""


def _savings(data: xr.Dataset, budget: int) -> xr.Dataset:
    """Ratios of medians, open and unknown ones included."""
    needed = data["queries_to_median"]
    own = needed.sel(start="lstm", drop=True)
    with np.errstate(invalid="ignore"):
        found = {f"saving{suffix}": needed / own * factor for suffix, factor in SHADES}
    bound = np.minimum(needed, budget) / np.minimum(own, budget)
    found["saving_low"] = np.minimum(found["saving_low"].fillna(0), bound)
    found["saving_high"] = np.maximum(found["saving_high"].fillna(np.inf), bound)
    return xr.Dataset({**found, "saving_bound": bound})


def _profiles(data: xr.Dataset, budget: int) -> xr.Dataset:
    """Shares of instances within errors and counts of queries."""
    grids = {
        "error": ("error_after_queries", 10 ** np.linspace(-6, 0.5, 30)),
        "queries": ("queries_to", np.unique(np.round(np.geomspace(1, budget, 30)))),
    }
    found = {}
    for key, (variable, grid) in grids.items():
        at_most = xr.DataArray(grid, dims=f"at_most_{key}", coords={f"at_most_{key}": grid})
        share = (data[variable] <= at_most).mean("instance")
        for suffix, factor in SHADES:
            found[f"profile_{key}{suffix}"] = np.minimum(share * factor, 1)
    return xr.Dataset(found)


def _over_seeds(data: xr.Dataset, learners: list[str]) -> xr.Dataset:
    """The middle seed of each learner."""
    parts = []
    for learner in learners:
        seeds = [str(s) for s in data.start.values if str(s).startswith(f"lstm.{learner}.")]
        one = {}
        for name in ("error_of_start", "error_after_queries", "queries_to"):
            middle = data[f"{name}_median"].sel(start=seeds).median("start")
            one |= {f"seeds_{name}_median{suffix}": factor * middle for suffix, factor in SHADES}
        parts.append(xr.Dataset(one))
    return xr.concat(parts, dim=xr.Variable("learner", learners))


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
    looks = np.arange(settings.validate_every, settings.steps + 1, settings.validate_every)
    validation = level[:, looks - 1] + 0.003 * rng.normal(size=(settings.seeds, looks.size))
    ends = np.full(settings.seeds, -1)
    if stopped:
        ends[0] = looks[-2]
    if stopped and settings.seeds == 1:
        loss[:, ends[0] :] = np.nan
        validation[:, looks > ends[0]] = np.nan
    return xr.Dataset(
        {
            "loss": (("seed", "step"), loss),
            "gradient_norm": (("seed", "step"), np.exp(rng.normal(size=loss.shape)) * 0.1),
            "validation_loss": (("seed", "look"), validation),
            "best_loss": ("seed", np.nanmin(validation, axis=1)),
            "best_step": ("seed", looks[np.nanargmin(validation, axis=1)]),
            "stopped_step": ("seed", ends),
            "blend": ("step", weight),
        },
        coords={
            "seed": np.arange(settings.seeds),
            "step": step,
            "look_step": ("look", looks),
        },
    )


def suggestions(
    study: Study, name: str, size: str, learner: str, rng: np.random.Generator
) -> xr.Dataset:
    """What one learner's networks suggested."""
    experiment = study.experiments[name]
    names, handed = angle_names(experiment), handed_over(experiment)
    seeds = experiment.learners[learner].seeds
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

    held: dict[str, xr.Dataset] = field(default_factory=dict, compare=False)

    def _load(self, step: str, **names: str) -> xr.Dataset:
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
        if settings.shown_in == "ablations"
    ]
    if not rows:
        return None
    words = dict(zip(("experiment", "kind", "name"), zip(*rows, strict=True), strict=True))
    ratio, p = rng.uniform(0.5, 3, len(rows)), rng.uniform(0, 0.1, len(rows))
    numbers = {
        "ratio": ratio,
        "ratio_low": 0.8 * ratio,
        "ratio_high": 1.2 * ratio,
        "p": p,
        "p_holm": 2 * p,
        "effect": ratio - 1,
        "improvement": ratio / 3,
    }
    return xr.Dataset({key: ("row", list(values)) for key, values in (words | numbers).items()})


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
        for experiment in content["experiments"].values():
            for learner in experiment["learners"].values():
                learner["seeds"] = seeds or learner["seeds"]
            for size in experiment["test"] if instances else ():
                experiment["test"][size] = instances
            for sample in experiment["transfer"].values() if instances else ():
                sample["instances"] = instances
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
            for sample in experiment.samples:
                for protocol in experiment.protocols_on(sample):
                    data = statistics(
                        self.study,
                        name,
                        sample,
                        rng,
                        protocol=protocol,
                        omit=omit,
                        extra=extra,
                        lost=lost,
                        unreachable=unreachable,
                    )
                    where = {"experiment": name, "sample": sample, "protocol": protocol}
                    self._save("statistics", data, **where)
            for size in experiment.test:
                for learner in experiment.learners_tested_on(size):
                    points = suggestions(self.study, name, size, learner, rng)
                    start = f"lstm.{learner}"
                    traces = xr.DataTree.from_dict({start: points})
                    where = {"experiment": name, "sample": size, "protocol": MAIN}
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
