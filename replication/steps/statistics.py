"""Step: errors, distances, queries to target and intervals of one sample under one protocol."""

from typing import Any

import numpy as np
import xarray as xr

from replication import starts
from replication.ansatze.base import symmetric_distance
from replication.classes import ansatz_for, problems_in
from replication.evaluation import statistics
from replication.metalearner.artefact import MetaOptimizer, load_meta_optimizer
from replication.problems.ising import IsingProblem
from replication.seeds import generator_for
from replication.study import Experiment
from replication.workflow import Job, starts_for

_CURVES = {
    "median": statistics.median,
    "mean": statistics.mean,
    "iqm": statistics.interquartile_mean,
}


def _rows(job: Job, chosen: MetaOptimizer) -> dict[str, tuple[xr.Dataset, str]]:
    """Traces and label of every start, of the chosen network as `lstm`, and of each network."""
    rows: dict[str, tuple[xr.Dataset, str]] = {}
    networks: dict[str, tuple[xr.Dataset, str]] = {}
    where = (job.names[key] for key in ("experiment", "sample", "protocol"))
    for name in starts_for(job.study, *where):
        trace = job.load("traces", start=name).to_dataset()
        stem, _, learner = name.partition(".")
        label = starts.load(stem).LABEL
        if not learner:
            rows[name] = (trace.isel(seed=0), label)
            continue
        for seed in range(trace.sizes["seed"]):
            one = trace.isel(seed=seed)
            networks[f"{name}.{seed}"] = (one, f"{label}, {learner}, seed {seed}")
            if (learner, seed) == (chosen.metadata["learner"], chosen.metadata["seed"]):
                rows[stem] = (one, label)
    return rows | networks


def _shown_in(experiment: Experiment, row: str) -> str:
    """The figure that a row is for: `main`, but a learner's own for a single network."""
    parts = row.split(".")
    return experiment.learners[parts[1]].shown_in if len(parts) == 3 else "main"


def _ratio(
    problem_kind: str, energy: np.ndarray, exact: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Approximation ratio: cut over maximum cut, else energy over ground energy."""
    if problem_kind == "maxcut":
        return (weight - energy) / (weight - exact)
    return energy / exact


def run(job: Job) -> None:
    """Bands for starts and the chosen network; for the other networks medians only."""
    experiment, settings = job.experiment, job.study.statistics
    name, sample = job.names["experiment"], job.names["sample"]
    evaluation, test = (
        experiment.evaluation_under(job.names["protocol"]),
        experiment.samples[sample],
    )
    reference = job.load("reference").to_dataset()
    problems = problems_in(job.load("instances"), experiment, sample)[test.size]
    periods = ansatz_for(experiment, problems[0]).periods
    chosen = load_meta_optimizer(job.path_of("select"))
    rows = _rows(job, chosen)

    offset = np.array([problem.offset for problem in problems])
    weight = np.array(
        [p.couplings.sum() / 2 if isinstance(p, IsingProblem) else np.nan for p in problems]
    )
    # Another protocol than the reference's may have found a lower one.
    seen = np.min([trace["energy"].values.min(axis=1) for trace, _ in rows.values()], axis=0)
    best = np.minimum(reference["energy"].values, seen) - offset
    exact = reference["exact_minimum"].values - offset
    rng = generator_for(job.study.seed, "statistics", name, sample)
    indices = statistics.resamples(rng, len(problems), settings.resamples)

    def interval(
        values: np.ndarray, statistic: statistics.Statistic = statistics.median
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return statistics.band(values, statistic, indices, settings.confidence)

    parts = []
    for start, (trace, label) in rows.items():
        energy = trace["energy"].values - offset[:, None]
        error = np.maximum((energy - best[:, None]) / np.abs(best)[:, None], 0)
        # To the nearest of the equally good optima and their symmetric images.
        distance = np.min(
            [
                np.nan_to_num(
                    symmetric_distance(trace["point"].values, optimum[:, None], periods), nan=np.inf
                )
                for optimum in np.moveaxis(reference["theta"].values, 1, 0)
            ],
            axis=0,
        )
        to_target = statistics.queries_to(error, settings.targets)
        # All starts are read at the same number of queries, the most that a roll-out needs.
        after = experiment.roll_out_queries
        ratio = _ratio(test.problem.kind, energy[:, -1], exact, weight)
        handed = trace["start_queries"].values
        # A start that asks nothing hands over the point that the optimiser asks for first.
        error_of_start = np.take_along_axis(error, np.maximum(handed, 1)[:, None] - 1, axis=1)
        one: dict[str, Any] = {
            "label": ((), label),
            "shown_in": ((), _shown_in(experiment, start)),
            "queries_to": (("instance", "target"), to_target),
            "reached": ("target", np.isfinite(to_target).mean(axis=0)),
            "error_after_queries": ("instance", error[:, after - 1]),
            "start_queries": ("instance", handed),
            "calls": ("instance", trace["queries"].values),
            "error_of_start": ("instance", error_of_start[:, 0]),
            "ratio_after_queries": (
                "instance",
                _ratio(test.problem.kind, energy[:, after - 1], exact, weight),
            ),
            "gap_exact_median": ((), np.median((energy[:, -1] - exact) / np.abs(exact))),
        }
        full = start.count(".") == 0
        curves = [("error", error, key) for key in _CURVES] + [("distance", distance, "median")]
        for what, values, key in curves:
            value = _CURVES[key](values)
            low = high = np.full_like(value, np.nan)
            if full:
                value, low, high = interval(values, _CURVES[key])
            for suffix, array in (("", value), ("_low", low), ("_high", high)):
                one[f"{what}_{key}{suffix}"] = ("query", array.astype(np.float32))
        summaries = {
            "queries_to_median": (("target",), to_target),
            "error_after_queries_median": ((), error[:, after - 1 : after]),
            "error_of_start_median": ((), error_of_start),
            "ratio_median": ((), ratio[:, None]),
        }
        for key, (axes, values) in summaries.items():
            for suffix, array in zip(("", "_low", "_high"), interval(values), strict=True):
                one[key.removesuffix("_median") + f"_median{suffix}"] = (
                    axes,
                    array if axes else array[0],
                )
        # Follow-ups of the paper print means of ratios.
        for key, values in {
            "ratio_after_queries": one["ratio_after_queries"][1],
            "ratio": ratio,
        }.items():
            limits = interval(values[:, None], statistics.mean)
            for suffix, array in zip(("", "_low", "_high"), limits, strict=True):
                one[f"{key}_mean{suffix}"] = ((), array[0])
        parts.append(xr.Dataset(one))

    dataset = xr.concat(parts, dim=xr.Variable("start", list(rows)))
    dataset = dataset.assign_coords(
        query=np.arange(1, evaluation.budget + 1), target=list(settings.targets)
    )
    dataset["reference_gap"] = ("instance", (best - exact) / np.abs(exact))
    dataset["random_miss"] = (
        "instance",
        (reference["random_energy"].values - reference["energy"].values) / np.abs(best),
    )
    metadata = chosen.metadata
    dataset.attrs.update(
        kind_of_problem=test.problem.kind,
        queries=after,
        budget=evaluation.budget,
        optimiser=evaluation.optimiser,
        simplex=list(evaluation.simplex),
        shots=evaluation.shots or 0,
        chosen=f"lstm.{metadata['learner']}.{metadata['seed']}",
        num_seeds=experiment.learners[metadata["learner"]].seeds,
        num_instances=len(problems),
        resamples=settings.resamples,
        confidence=settings.confidence,
    )
    job.save(dataset)
