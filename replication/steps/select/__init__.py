"""Choose the network to use by validation loss."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replication.study import Study
    from replication.workflow import Need

PATH = "trained/{experiment}.npz"
KIND = "meta_learning"
PRIORITY = 9


def reads(study: "Study", names: Mapping[str, str]) -> "list[Need]":
    """The candidates' trainings, the validation instances and their optima."""
    name = names["experiment"]
    candidates = study.meta_learning[name].candidates
    validation = {"experiment": name, "set": "validation"}
    return [
        *(("train", {"experiment": name, "learner": one}) for one in candidates),
        ("instances", validation),
        ("optima", validation),
    ]


def settings(study: "Study", names: Mapping[str, str]) -> Any:
    """The circuit."""
    return study.meta_learning[names["experiment"]].circuit_settings()
