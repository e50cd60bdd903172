"""Train the meta-learner, going on from its last checkpoint."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replication.study import Study
    from replication.workflow import Need

PATH = "trained/{experiment}/{learner}.nc"
KIND = "meta_learning"
PRIORITY = 8
COMPILE_BOUND = True


def reads(study: "Study", names: Mapping[str, str]) -> "list[Need]":
    """Training and validation instances, and the constant angles."""
    experiment = {"experiment": names["experiment"]}
    return [
        ("instances", experiment | {"set": "train"}),
        ("instances", experiment | {"set": "validation"}),
        ("constants", experiment),
    ]


def settings(study: "Study", names: Mapping[str, str]) -> Any:
    """The circuit and what the learner's training depends on."""
    experiment = study.meta_learning[names["experiment"]]
    return experiment.circuit_settings(), *experiment.training_of(names["learner"])
