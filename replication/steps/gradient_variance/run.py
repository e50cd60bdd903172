"""Step: variance of the cost's gradient at random angles, for every size and depth."""

import numpy as np
import xarray as xr

from replication.ansatze.base import random_angles
from replication.kinds.gradient_variance import GradientVariance
from replication.landscapes.gradients import gradient_variance
from replication.progress import track
from replication.seeds import generator_for, key_for
from replication.workflow import Job


def run(job: Job) -> None:
    """`variance` `(depth, size, instance)`, the mean over the angles of an ansatz.

    All depths meet the same instances; the angles of each are drawn for themselves.
    """
    experiment, name = job.of_kind(GradientVariance), job.names["experiment"]
    problem, seed = experiment.problem, job.study.seed
    table = np.empty((len(experiment.depths), len(experiment.sizes), experiment.instances))
    for column, size in enumerate(track(experiment.sizes, f"gradient variance {name}")):
        ensemble = problem.at(size)
        axes = ("instances", problem.kind, "gradient variance", size, 0)
        drawn = [ensemble.sample(key_for(seed, *axes, i)) for i in range(experiment.instances)]
        for row, depth in enumerate(experiment.depths):
            for place, one in enumerate(drawn):
                ansatz = problem.circuit(one, depth)
                rng = generator_for(seed, "gradient variance", name, depth, size, place)
                thetas = random_angles(ansatz, rng, experiment.points)
                variances = gradient_variance(ansatz, one.normaliser, thetas)
                table[row, column, place] = variances.mean()
    job.save(
        xr.Dataset(
            {"variance": (("depth", "size", "instance"), table)},
            coords={"depth": list(experiment.depths), "size": list(experiment.sizes)},
            attrs={"points": experiment.points},
        )
    )
