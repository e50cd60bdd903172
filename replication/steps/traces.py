"""Step: one start, then the local optimiser, on every test instance of one size."""

import numpy as np
import xarray as xr

from replication.ansatze.base import nearest_image
from replication.classes import ansatz_for, from_dataset
from replication.evaluation.traces import TrainingPoints, trace
from replication.metalearner.artefact import MetaOptimizer
from replication.progress import track
from replication.seeds import generator_for
from replication.steps.select import networks_of
from replication.workflow import Job


def training_points(job: Job) -> TrainingPoints:
    """The constants, the ramp's scale, and the median of the training instances' optima.

    Each optimum is first moved to its symmetric image closest to the constants.
    """
    constants = job.load("constants")["+".join(job.experiment.train_sizes)].to_dataset()
    constant = constants["theta"].values
    instances, optima = job.load("instances", split="train"), job.load("optima", sample="train")
    images = []
    for size in job.experiment.train_sizes:
        problem = from_dataset(
            instances[size].to_dataset().isel(instance=slice(1)), job.experiment, size
        )[0]
        periods = ansatz_for(job.experiment, problem).periods
        images.append(nearest_image(optima[size].to_dataset()["theta"].values, constant, periods))
    return TrainingPoints(
        constant, np.median(np.concatenate(images), axis=0), float(constants["ramp_scale"])
    )


def run(job: Job) -> None:
    """For `lstm.<learner>` every training seed, else one row; every query counted."""
    experiment, name = job.experiment, job.names["experiment"]
    size = job.names["size"]
    start, _, learner = job.names["start"].partition(".")
    instances = job.load("instances", split="test")[size].to_dataset()
    problems = from_dataset(instances, experiment, size)
    networks: list[MetaOptimizer | None] = [*networks_of(job, learner)] if learner else [None]
    points = training_points(job)
    rows = []
    for index, problem in enumerate(track(problems, f"traces {name} {size} {start} {learner}")):
        ansatz = ansatz_for(experiment, problem)
        rows.append(
            [
                trace(
                    start,
                    problem,
                    ansatz,
                    points,
                    experiment.evaluation,
                    rng=generator_for(job.study.seed, "start", name, size, start, index),
                    learner=network,
                )
                for network in networks
            ]
        )
    longest = max(one.start_queries for row in rows for one in row)

    def gather(field: str, width: int | None = None) -> np.ndarray:
        """`(seed, instance, …)`; the starts' own queries padded with NaN to the longest."""
        arrays = [[np.asarray(getattr(one, field)) for one in row] for row in rows]
        if width is not None:
            arrays = [
                [
                    np.pad(
                        a,
                        ((0, width - len(a)), *((0, 0),) * (a.ndim - 1)),
                        constant_values=np.nan,
                    )
                    for a in row
                ]
                for row in arrays
            ]
        return np.swapaxes(np.array(arrays), 0, 1)

    axes = ("seed", "instance")
    job.save(
        xr.Dataset(
            {
                "energy": ((*axes, "query"), gather("energy")),
                "point": ((*axes, "query", "parameter"), gather("point").astype(np.float32)),
                "best_point": ((*axes, "parameter"), gather("point")[:, :, -1]),
                "start_queries": (axes, gather("start_queries")),
                "queries": (axes, gather("queries")),
                "suggested": ((*axes, "suggestion", "parameter"), gather("suggested", longest)),
                "suggested_energy": ((*axes, "suggestion"), gather("suggested_energy", longest)),
            },
            coords={
                "query": np.arange(1, experiment.evaluation.budget + 1),
                "parameter": list(ansatz.parameter_names),
            },
            attrs={
                "edges": list(experiment.evaluation.simplex),
                "optimiser": experiment.evaluation.optimiser,
            },
        )
    )
