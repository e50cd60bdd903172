"""Step: draw the instances of one split and, for the test, find their exact minima."""

import xarray as xr

from replication.classes import Ensemble, ensemble_for, to_dataset
from replication.seeds import key_for
from replication.workflow import Job


def _draw(job: Job, size: str, ensembles: list[Ensemble], count: int) -> xr.Dataset:
    split = job.names["split"]
    axes = ("instances", job.names["experiment"], split, size)
    problems = [
        ensemble.sample(key_for(job.study.seed, *axes, stratum, index))
        for stratum, ensemble in enumerate(ensembles)
        for index in range(count)
    ]
    dataset = to_dataset(problems)
    if split == "test":
        dataset["exact_minimum"] = ("instance", [one.exact_minimum() for one in problems])
    return dataset


def run(job: Job) -> None:
    """Training sets are stratified (for MaxCut: as many graphs for each k); the others are not."""
    experiment = job.experiment
    groups = {}
    match job.names["split"]:
        case "train":
            for size in experiment.train_sizes:
                strata = ensemble_for(experiment, size).strata()
                groups[size] = _draw(job, size, list(strata), experiment.train_instances)
        case "validation":
            for size in experiment.train_sizes:
                ensemble = ensemble_for(experiment, size)
                groups[size] = _draw(job, size, [ensemble], experiment.validation_instances)
        case _:
            for size, count in experiment.test.items():
                groups[size] = _draw(job, size, [ensemble_for(experiment, size)], count)
    job.save(xr.DataTree.from_dict(groups))
