"""Find the shots a cost query takes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from replication.kinds.meta_learning_jobs import shots_sizes

if TYPE_CHECKING:
    from replication.study import Study
    from replication.workflow import Need

PATH = "shots/{experiment}.nc"
KIND = "meta_learning"
PRIORITY = 0


def reads(study: "Study", names: Mapping[str, str]) -> "list[Need]":
    """Nothing."""
    return []


def settings(study: "Study", names: Mapping[str, str]) -> Any:
    """The distribution and the size."""
    experiment = study.meta_learning[names["experiment"]]
    return experiment.problem.distribution(), shots_sizes(experiment)[0]
