"""Collect the best known optima of a test set."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from replication.kinds.meta_learning_jobs import MAIN, trace_jobs

if TYPE_CHECKING:
    from replication.study import Study
    from replication.workflow import Need

PATH = "reference/{experiment}/{set}.nc"
KIND = "meta_learning"
PRIORITY = 4


def reads(study: "Study", names: Mapping[str, str]) -> "list[Need]":
    """The instances, their optima, and every trace under the experiment's own evaluation."""
    where = {key: names[key] for key in ("experiment", "set")}
    return [("instances", where), ("optima", where), *trace_jobs(study, where | {"protocol": MAIN})]


def settings(study: "Study", names: Mapping[str, str]) -> Any:
    """The circuit."""
    return study.meta_learning[names["experiment"]].circuit_settings()
