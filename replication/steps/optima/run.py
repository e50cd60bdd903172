"""Step: per-instance optima from many starts, with gradients; in training from ramps too."""

import numpy as np
import xarray as xr

from replication.ansatze.base import random_angles
from replication.evaluation.optima import best_of_random
from replication.problems.base import subset
from replication.progress import track
from replication.seeds import generator_for
from replication.workflow import Job


def run(job: Job) -> None:
    """For a test set all instances; for `train` a fraction of every training size.

    Random starts alone miss the best optimum of most instances. Those of a test set show that, and
    its reference is the best that any start leads to; the optima of `train` and `validation` are
    what medians, densities and curvatures are taken from, so that their search also begins at the
    class heuristic, in the units of the coefficients and in natural ones.
    """
    experiment, settings = job.experiment, job.experiment.reference
    named, name = job.names["set"], job.names["experiment"]
    instances = job.problems(named)
    sizes = tuple(instances)
    groups = {}
    for size, problems in instances.items():
        which = list(range(len(problems)))
        if named == "train":
            rng = generator_for(job.study.seed, "optima", name, named, size)
            which = subset(which, settings.training_instances, sizes, rng)
        points, energies = [], []
        for index, place in enumerate(track(which, f"optima {name} {size}")):
            problem = problems[place]
            rng = generator_for(job.study.seed, "optima", name, named, size, index)
            ansatz = experiment.circuit(problem)
            starts = random_angles(ansatz, rng, settings.random_starts)
            if named in ("train", "validation"):
                ramps = ansatz.heuristic(), ansatz.heuristic(problem.natural_units)
                starts = np.concatenate([starts, np.array(ramps)])
            theta, energy = best_of_random(
                ansatz,
                problem,
                starts,
                screening_steps=settings.screening_steps,
                kept=settings.kept,
                descent_steps=settings.descent_steps,
                polished=settings.polished,
            )
            points.append(theta)
            energies.append(energy)
        groups[size] = xr.Dataset(
            {
                "theta": (("instance", "parameter"), np.array(points)),
                "energy": ("instance", energies),
                "index": ("instance", which),
            },
            coords={"parameter": list(ansatz.parameter_names)},
        )
    job.save(xr.DataTree.from_dict(groups))
