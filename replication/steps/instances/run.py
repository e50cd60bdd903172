"""Step: draw the instances of one set and, for a test, find their exact minima."""

import xarray as xr

from replication.problems.base import Ensemble
from replication.seeds import key_for
from replication.workflow import Job


def _draw(job: Job, split: str, size: str, ensembles: list[Ensemble], count: int) -> xr.Dataset:
    # By class, not by experiment: all depths are tested on the same instances.
    kind = job.experiment.problem.kind
    if split == "test":
        kind = job.experiment.test_sets[job.names["set"]].problem.kind
    axes = ("instances", kind, split, size)
    problems = [
        ensemble.sample(key_for(job.study.seed, *axes, stratum, index))
        for stratum, ensemble in enumerate(ensembles)
        for index in range(count)
    ]
    dataset = ensembles[0].settings.to_dataset(problems)
    if split == "test":
        dataset["exact_minimum"] = ("instance", [one.exact_minimum() for one in problems])
    return dataset


def run(job: Job) -> None:
    """Training sets are stratified (for MaxCut: as many graphs for each k); the others are not."""
    experiment, named = job.experiment, job.names["set"]
    groups = {}
    match named:
        case "train":
            for size in experiment.train_sizes:
                strata = experiment.problem.at(size).strata()
                groups[size] = _draw(job, named, size, strata, experiment.train_instances)
        case "validation":
            for size in experiment.train_sizes:
                ensemble = experiment.problem.at(size)
                groups[size] = _draw(job, named, size, [ensemble], experiment.validation_instances)
        case _:
            test = experiment.test_sets[named]
            ensemble = test.problem.at(test.size)
            groups[test.size] = _draw(job, "test", test.size, [ensemble], test.instances)
    job.save(xr.DataTree.from_dict(groups))
