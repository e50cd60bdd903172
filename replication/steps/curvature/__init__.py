"""Measure the curvature of natural costs at the training instances' optima."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replication.study import Study
    from replication.workflow import Need

PATH = "curvature/{experiment}.nc"
KIND = "meta_learning"
PRIORITY = 6
COMPILE_BOUND = True


def reads(study: "Study", names: Mapping[str, str]) -> "list[Need]":
    """The training instances, their optima, and the constant angles."""
    experiment = {"experiment": names["experiment"]}
    return [
        ("instances", experiment | {"set": "train"}),
        ("constants", experiment),
        ("optima", experiment | {"set": "train"}),
    ]


def settings(study: "Study", names: Mapping[str, str]) -> Any:
    """The circuit."""
    return study.meta_learning[names["experiment"]].circuit_settings()
