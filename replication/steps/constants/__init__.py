"""Find the best single angle vector on the training set."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replication.study import Study
    from replication.workflow import Need

PATH = "constants/{experiment}.nc"
KIND = "meta_learning"
PRIORITY = 7
COMPILE_BOUND = True


def reads(study: "Study", names: Mapping[str, str]) -> "list[Need]":
    """The training instances."""
    return [("instances", {"experiment": names["experiment"], "set": "train"})]


def settings(study: "Study", names: Mapping[str, str]) -> Any:
    """The circuit, its own settings, and the sets of sizes that learners train on."""
    experiment = study.meta_learning[names["experiment"]]
    groups = {experiment.train_sizes, *map(experiment.train_sizes_of, experiment.learners)}
    own = experiment.constants.model_dump(mode="json")
    return experiment.circuit_settings(), own, sorted(groups)
