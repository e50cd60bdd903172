"""Step: each of some starts, then the local optimiser, on every instance of a test set."""

import contextlib
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import xarray as xr

from replication import provenance, store
from replication.errors import UserError
from replication.evaluation.networks import networks_of
from replication.evaluation.traces import Noise, Trace, trace
from replication.evaluation.training_set import group_of, optima_of
from replication.kinds.meta_learning_jobs import starts_of_job, trainer_of
from replication.kinds.meta_learning_settings import Evaluation
from replication.metalearner.artefact import MetaOptimizer, load_meta_optimizer
from replication.metalearner.feedback import Replay, altered_points, derangement
from replication.metalearner.rollout import batch_of
from replication.problems.base import Problem
from replication.progress import track
from replication.seeds import generator_for
from replication.starts import NETWORKS, Followed, NaturalPoints, TrainingPoints, followed
from replication.steps.traces import modules_of
from replication.study import digest
from replication.workflow import Job


def training_points(job: Job) -> TrainingPoints:
    """What starts take over from the training set, in both kinds of units."""
    experiment, tree = job.experiment, job.load("constants")
    optima = job.load("optima", set="train")
    found = optima_of(job.problems("train"), optima, tree, experiment.circuit)
    constants, natural = (
        tree[group_of(experiment.train_sizes, units)].to_dataset()
        for units in ("coefficients", "natural")
    )
    return TrainingPoints(
        constants["theta"].values,
        np.median(found.angles, axis=0),
        float(constants["ramp_scale"]),
        NaturalPoints(
            natural["theta"].values,
            natural["adapted"].values,
            float(natural["ramp_scale"]),
            found.problems,
            found.natural,
            job.load("curvature").to_dataset()["whitening"].values,
        ),
    )


def learners_for(
    job: Job, traced: Followed, problems: list[Problem], settings: Evaluation
) -> list[list[MetaOptimizer | None]]:
    """Per instance the networks to roll out, or `[None]` for a start that has none."""
    if traced.start not in NETWORKS:
        return [[None]] * len(problems)
    name, test_set = job.names["experiment"], job.names["set"]
    trainer, learner = trainer_of(job.study, name, traced.start), traced.learner
    if learner:
        trained = job.load("train", experiment=trainer, learner=learner)
        networks = networks_of(trained, trainer, job.study.meta_learning[trainer], learner)
    else:
        networks = [load_meta_optimizer(job.path_of("select", experiment=trainer))]
    if settings.feedback == "own":
        return [[*networks]] * len(problems)
    partners = derangement(generator_for(job.study.seed, "feedback", name, test_set), len(problems))
    rows: list[list[MetaOptimizer | None]] = [[] for _ in problems]
    for network in networks:
        norm = network.metadata["norm"]
        points = altered_points(
            network.network,
            batch_of(problems, job.experiment.circuit, units=network.units, norm=norm),
            network.metadata["queries"],
            feedback=settings.feedback,
            partners=jnp.asarray(partners),
        )
        for row, own in zip(rows, np.asarray(points), strict=True):
            row.append(Replay(network.weights, network.metadata, own))
    return rows


def follow(job: Job, name: str, problems: list[Problem], points: TrainingPoints) -> xr.Dataset:
    """For a learner every training seed, else one row; every query counted.

    **Arguments:** `name`: see [`Followed.name`][replication.evaluation.rows.Followed.name].
    """
    traced = followed(name)
    experiment, (of, test_set, protocol) = (
        job.experiment,
        (job.names[key] for key in ("experiment", "set", "protocol")),
    )
    start = traced.start
    settings = experiment.evaluation_under(protocol)
    networks = learners_for(job, traced, problems, settings)

    def noise(index: int) -> Noise:
        """The same for every protocol and network, so that only what is varied differs."""
        axes = (of, test_set, start, index)
        return Noise(
            *(generator_for(job.study.seed, use, *axes) for use in ("start", "optimiser", "shots"))
        )

    rows = []
    title = f"traces {of} {test_set} {protocol} {name}"
    for index, problem in enumerate(track(problems, title)):
        ansatz = experiment.circuit(problem)
        rows.append(
            [
                trace(start, problem, ansatz, points, settings, noise=noise(index), learner=network)
                for network in networks[index]
            ]
        )
    return (
        _gathered(rows)
        .assign_coords(
            query=np.arange(1, settings.budget + 1), parameter=list(ansatz.parameter_names)
        )
        .assign_attrs(edges=list(settings.simplex), optimiser=settings.optimiser)
    )


def _gathered(rows: Sequence[Sequence[Trace]]) -> xr.Dataset:
    """Traces by instance and network as arrays `(seed, instance, …)`."""
    longest = max(one.start_queries for row in rows for one in row)

    def gather(field: str) -> np.ndarray:
        arrays = [[np.asarray(getattr(one, field)) for one in row] for row in rows]
        return np.swapaxes(np.array(arrays), 0, 1)

    def padded(field: str) -> np.ndarray:
        """The starts' own queries, with NaN up to the longest."""
        found = []
        for row in rows:
            own = [np.asarray(getattr(one, field)) for one in row]
            wide = [((0, longest - len(each)), *((0, 0),) * (each.ndim - 1)) for each in own]
            found.append(
                [np.pad(*pair, constant_values=np.nan) for pair in zip(own, wide, strict=True)]
            )
        return np.swapaxes(np.array(found), 0, 1)

    axes = ("seed", "instance")
    points = gather("point")
    return xr.Dataset(
        {
            "energy": ((*axes, "query"), gather("energy")),
            "point": ((*axes, "query", "parameter"), points.astype(np.float32)),
            "best_point": ((*axes, "parameter"), points[:, :, -1]),
            "start_queries": (axes, gather("start_queries")),
            "queries": (axes, gather("queries")),
            "suggested": ((*axes, "suggestion", "parameter"), padded("suggested")),
            "suggested_energy": ((*axes, "suggestion"), padded("suggested_energy")),
        }
    )


def _kept(job: Job) -> Path:
    """The job's last output under another name: Snakemake deletes an output before it is remade."""
    return job.results / ".work" / job.path.relative_to(job.results)


def _earlier(job: Job) -> dict[str, xr.Dataset]:
    """The traces of the job's last output, of which some may be as they should."""
    with contextlib.suppress(UserError):
        tree = store.load(_kept(job), "traces")
        return {str(name): one.to_dataset() for name, one in tree.children.items()}
    return {}


def _keep(job: Job) -> None:
    """Keep the output, where the file system has hard links; else all is followed again."""
    kept = _kept(job)
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.unlink(missing_ok=True)
        os.link(job.path, kept)


def run(job: Job) -> None:
    """Follow each start, but take its last trace if settings, code, versions and inputs are equal.

    Each trace has the provenance of the run that it was made in.
    """
    experiment, test_set = job.experiment, job.names["set"]
    size = experiment.test_sets[test_set].size
    problems = job.problems(test_set)[size]
    points = training_points(job)
    evaluation = experiment.evaluation_under(job.names["protocol"])
    inputs = [hashlib.sha256(path.read_bytes()).hexdigest() for path in job.inputs]
    here = provenance.collect()
    versions = {key: here[key] for key in here if key == "python" or key.endswith("_version")}
    made_from = job.study.seed, experiment.problem, experiment.depth, evaluation, inputs, versions
    earlier = _earlier(job)
    found = {}
    for start in starts_of_job(job.study, job.names):
        code = job.code_with(modules_of(job.study, job.names, [start]))
        origin = digest(store.FORMAT, code, *made_from)
        there = earlier.get(start)
        if there is None or there.attrs.get("origin") != origin:
            there = follow(job, start, problems, points).assign_attrs(here, origin=origin)
        found[start] = there
    job.save(xr.DataTree.from_dict(found))
    _keep(job)
