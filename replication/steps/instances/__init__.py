"""Draw the instances of a set: train, validation or one of the test sets."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replication.study import Study
    from replication.workflow import Need

PATH = "instances/{experiment}/{set}.nc"
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
    match names["set"]:
        case "train":
            return drawn, experiment.train_sizes, experiment.train_instances
        case "validation":
            return drawn, experiment.train_sizes, experiment.validation_instances
        case test_set:
            test = experiment.test_sets[test_set]
            of_test = test.model_dump(mode="json", exclude={"problem"})
            return of_test | {"problem": test.problem.distribution()}
