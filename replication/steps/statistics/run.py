"""Step: errors, distances, queries to target and intervals of one sample under one protocol."""

from typing import Any

import numpy as np
import xarray as xr

from replication import starts
from replication.ansatze.base import symmetric_distance
from replication.evaluation import statistics
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import load_traces, starts_for
from replication.metalearner.artefact import MetaOptimizer, load_meta_optimizer
from replication.seeds import generator_for
from replication.workflow import Job

ERROR_GRID = 10 ** np.linspace(-6, 0.5, 53)
"""relative errors at which profiles are read"""

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
    for name, trace in load_traces(job, starts_for(job.study, *where)).items():
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


def _shown_in(experiment: MetaLearning, row: str) -> str:
    """The figure that a row is for: `main`, but a learner's own for a single network."""
    parts = row.split(".")
    return experiment.learners[parts[1]].shown_in if len(parts) == 3 else "main"


def _savings(
    own: np.ndarray, other: np.ndarray, indices: np.ndarray, confidence: float, budget: int
) -> dict[str, Any]:
    """By how much fewer queries the chosen network needs, see [`statistics.ratio_of_medians`][].

    `saving_bound` puts censored runs at the budget: a lower bound where the median of `other` is
    censored, an upper one where that of `own` is, nothing known where both are.
    """
    found = statistics.ratio_of_medians(own, other, indices, confidence, budget=budget)
    at_most = [np.median(np.minimum(values, budget), axis=0) for values in (own, other)]
    names = ("saving", "saving_low", "saving_high")
    return {
        **{name: ("target", array) for name, array in zip(names, found, strict=True)},
        "saving_bound": ("target", at_most[1] / at_most[0]),
    }


def _profiles(
    errors: np.ndarray, to_target: np.ndarray, budget: int, indices: np.ndarray, confidence: float
) -> dict[str, Any]:
    """Shares of instances within each error after the queries, and within each count of queries.

    `errors` is `(instances,)`, `to_target` `(instances, targets)`. See
    [`statistics.performance_profile`][].
    """
    counts = query_grid(budget)
    error = statistics.profile_band(errors, ERROR_GRID, indices, confidence)
    bands = [statistics.profile_band(each, counts, indices, confidence) for each in to_target.T]
    found: dict[str, Any] = {}
    for suffix, limit, limits in zip(
        ("", "_low", "_high"), error, zip(*bands, strict=True), strict=True
    ):
        found[f"profile_error{suffix}"] = ("at_most_error", limit)
        found[f"profile_queries{suffix}"] = (("target", "at_most_queries"), np.array(limits))
    return found


def query_grid(budget: int) -> np.ndarray:
    """Counts of queries at which profiles are read: at most 60, even on a logarithmic axis."""
    return np.unique(np.round(np.geomspace(1, budget, 60)))


def _over_seeds(
    networks: list[xr.Dataset], indices: np.ndarray, confidence: float
) -> dict[str, Any]:
    """The middle one of a learner's seeds: median over its seeds of their medians, with interval.

    Instances are resampled, the seeds are not: the interval says what other instances would have
    given with these networks, the rows of the networks say how far other seeds lie apart.
    """
    found: dict[str, Any] = {}
    for name in ("error_of_start", "error_after_queries", "queries_to"):
        table = np.stack([one[name].values for one in networks], axis=-1)
        columns = table.reshape(len(table), -1, len(networks))
        # Whole instances are drawn: what the seeds found on one of them stays together.
        numbers = np.arange(len(columns))[:, None]

        def middle(drawn: np.ndarray, columns: np.ndarray = columns) -> np.ndarray:
            of_seeds = np.median(columns[drawn[..., 0]], axis=-3)
            return np.asarray(np.median(of_seeds, axis=-1))

        limits = statistics.band(numbers, middle, indices, confidence)
        axes = "target" if table.ndim == 3 else ()
        for suffix, limit in zip(("", "_low", "_high"), limits, strict=True):
            found[f"seeds_{name}_median{suffix}"] = (axes, limit if axes else limit[0])
    return found


def _unbounded(value: np.ndarray) -> statistics.Band:
    """A value without an interval."""
    unknown = np.full_like(value, np.nan)
    return value, unknown, unknown


def run(job: Job) -> None:
    """Bands for starts and the chosen network; for the other networks medians only."""
    experiment, settings = job.experiment, job.study.statistics
    name, sample = job.names["experiment"], job.names["sample"]
    evaluation, test = (
        experiment.evaluation_under(job.names["protocol"]),
        experiment.samples[sample],
    )
    reference = job.load("reference").to_dataset()
    problems = job.problems(sample)[test.size]
    periods = experiment.circuit(problems[0]).periods
    chosen = load_meta_optimizer(job.path_of("select"))
    rows = _rows(job, chosen)

    offset = np.array([problem.offset for problem in problems])
    # Another protocol than the reference's may have found a lower one.
    seen = np.min([trace["energy"].values.min(axis=1) for trace, _ in rows.values()], axis=0)
    best = np.minimum(reference["energy"].values, seen) - offset
    exact = reference["exact_minimum"].values - offset
    rng = generator_for(job.study.seed, "statistics", name, sample)
    indices = statistics.resamples(rng, len(problems), settings.resamples)

    def intervals(values: np.ndarray, *chosen: statistics.Statistic) -> list[statistics.Band]:
        return statistics.bands(values, chosen, indices, settings.confidence)

    def relative_error(trace: xr.Dataset) -> np.ndarray:
        energy = trace["energy"].values - offset[:, None]
        return np.asarray(np.maximum((energy - best[:, None]) / np.abs(best)[:, None], 0))

    own = None
    if "lstm" in rows:
        own = statistics.queries_to(relative_error(rows["lstm"][0]), settings.targets)
    parts = []
    for start, (trace, label) in rows.items():
        energy = trace["energy"].values - offset[:, None]
        error = relative_error(trace)
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
        ratio = test.problem.ratio(problems, energy[:, -1], exact)
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
                test.problem.ratio(problems, energy[:, after - 1], exact),
            ),
            "gap_exact_median": ((), np.median((energy[:, -1] - exact) / np.abs(exact))),
        }
        full = start.count(".") == 0
        if own is not None:
            one |= _savings(own, to_target, indices, settings.confidence, evaluation.budget)
        if full:
            one |= _profiles(
                error[:, after - 1], to_target, evaluation.budget, indices, settings.confidence
            )
        for what, values, keys in (
            ("error", error, [*_CURVES]),
            ("distance", distance, ["median"]),
        ):
            chosen_curves = [_CURVES[key] for key in keys]
            if full:
                found = intervals(values, *chosen_curves)
            else:
                found = [_unbounded(curve(values)) for curve in chosen_curves]
            for key, band in zip(keys, found, strict=True):
                for suffix, array in zip(("", "_low", "_high"), band, strict=True):
                    one[f"{what}_{key}{suffix}"] = ("query", array.astype(np.float32))
        summaries = {
            "queries_to_median": (("target",), to_target),
            "error_after_queries_median": ((), error[:, after - 1 : after]),
            "error_of_start_median": ((), error_of_start),
            "ratio_median": ((), ratio[:, None]),
        }
        for key, (axes, values) in summaries.items():
            (band,) = intervals(values, statistics.median)
            for suffix, array in zip(("", "_low", "_high"), band, strict=True):
                one[key.removesuffix("_median") + f"_median{suffix}"] = (
                    axes,
                    array if axes else array[0],
                )
        # Follow-ups of the paper print means of ratios.
        for key, values in {
            "ratio_after_queries": one["ratio_after_queries"][1],
            "ratio": ratio,
        }.items():
            (limits,) = intervals(values[:, None], statistics.mean)
            for suffix, array in zip(("", "_low", "_high"), limits, strict=True):
                one[f"{key}_mean{suffix}"] = ((), array[0])
        parts.append(xr.Dataset(one))

    by_start = dict(zip(rows, parts, strict=True))
    dataset = xr.concat(parts, dim=xr.Variable("start", list(rows)))
    dataset = dataset.assign_coords(
        query=np.arange(1, evaluation.budget + 1),
        target=list(settings.targets),
        at_most_error=ERROR_GRID,
        at_most_queries=query_grid(evaluation.budget),
    )
    learners = {start.split(".")[1] for start in rows if start.count(".") == 2}
    if learners:
        seeds = [
            _over_seeds(
                [one for start, one in by_start.items() if start.startswith(f"lstm.{learner}.")],
                indices,
                settings.confidence,
            )
            for learner in sorted(learners)
        ]
        joined = xr.concat(
            [xr.Dataset(one) for one in seeds], dim=xr.Variable("learner", sorted(learners))
        )
        dataset = dataset.merge(joined)
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
