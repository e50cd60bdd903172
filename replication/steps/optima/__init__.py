"""Find the optima of a set's instances."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replication.study import Study
    from replication.workflow import Need

PATH = "optima/{experiment}/{set}.nc"
KIND = "meta_learning"
SPLITS = ("train", "validation")
PRIORITY = 5


def reads(study: "Study", names: Mapping[str, str]) -> "list[Need]":
    """The instances."""
    return [("instances", {key: names[key] for key in ("experiment", "set")})]


def settings(study: "Study", names: Mapping[str, str]) -> Any:
    """The circuit and the settings of the reference."""
    experiment = study.meta_learning[names["experiment"]]
    unused = set() if names["set"] == "train" else {"training_instances"}
    own = experiment.reference.model_dump(mode="json", exclude=unused)
    return experiment.circuit_settings(), own
