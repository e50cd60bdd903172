"""Errors, distances and intervals of a test set under one protocol."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from replication.kinds.meta_learning_jobs import trace_jobs, trainer_of
from replication.starts import NETWORKS

if TYPE_CHECKING:
    from replication.study import Study
    from replication.workflow import Need

PATH = "statistics/{experiment}/{set}/{protocol}.nc"
KIND = "meta_learning"
PRIORITY = 2


def reads(study: "Study", names: Mapping[str, str]) -> "list[Need]":
    """The instances, their reference, every trace, and which network was chosen."""
    where = {key: names[key] for key in ("experiment", "set")}
    return [
        ("instances", where),
        ("reference", where),
        *trace_jobs(study, names),
        *(
            ("select", {"experiment": one})
            for one in dict.fromkeys(trainer_of(study, names["experiment"], n) for n in NETWORKS)
        ),
    ]


def settings(study: "Study", names: Mapping[str, str]) -> Any:
    """How intervals are made, and the role of each learner."""
    learners = study.meta_learning[names["experiment"]].learners
    roles = {name: one.role for name, one in learners.items()}
    return study.statistics.model_dump(mode="json"), roles
