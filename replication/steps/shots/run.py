"""Step: the shots a cost query takes, over fresh instances of an experiment's distribution."""

import numpy as np
import xarray as xr

from replication.evaluation.shots import shots_per_query
from replication.kinds.meta_learning_jobs import shots_sizes
from replication.published import EPSILON
from replication.seeds import key_for
from replication.workflow import Job

INSTANCES = 1000


def run(job: Job) -> None:
    r"""`shots` $(\Lambda/\varepsilon)^2$ and, reading ε as a variance, $\Lambda^2/\varepsilon$.

    Λ, the `normaliser`, is the 1-norm of the Pauli coefficients without the identity. Dimension
    `instance`; the keys are named by class and size, so that all depths share the instances.
    """
    experiment = job.experiment
    size = shots_sizes(experiment)[0]
    ensemble = experiment.problem.at(size)
    axes = ("instances", experiment.problem.kind, "shots", size, 0)
    problems = [ensemble.sample(key_for(job.study.seed, *axes, i)) for i in range(INSTANCES)]
    normaliser = np.array([problem.normaliser for problem in problems])
    job.save(
        xr.Dataset(
            {
                "shots": ("instance", [shots_per_query(one, EPSILON) for one in problems]),
                "shots_as_variance": ("instance", normaliser**2 / EPSILON),
                "normaliser": ("instance", normaliser),
            },
            attrs={"epsilon": EPSILON, "size": size},
        )
    )
