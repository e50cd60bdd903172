"""Draw the instances of a sample: train, validation or one of the tests."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replication.study import Study
    from replication.workflow import Need

PATH = "instances/{experiment}/{sample}.nc"
KIND = "meta_learning"
SPLITS = ("train", "validation")
PRIORITY = 6


def reads(study: "Study", names: Mapping[str, str]) -> "list[Need]":
    """Nothing."""
    return []


def settings(study: "Study", names: Mapping[str, str]) -> Any:
    """The distribution, and how many instances of which sizes."""
    experiment = study.meta_learning[names["experiment"]]
    drawn = experiment.problem.distribution()
    match names["sample"]:
        case "train":
            return drawn, experiment.train_sizes, experiment.train_instances
        case "validation":
            return drawn, experiment.train_sizes, experiment.validation_instances
        case sample:
            test = experiment.test_sets[sample]
            of_test = test.model_dump(mode="json", exclude={"problem"})
            return of_test | {"problem": test.problem.distribution()}
