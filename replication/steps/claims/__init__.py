"""Judge the paper's claims by the study's thresholds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from replication.kinds.meta_learning_jobs import all_statistics, shots_counted, shots_sizes
from replication.study import science

if TYPE_CHECKING:
    from replication.study import Study
    from replication.workflow import Need

PATH = "claims.nc"
PRIORITY = 0


def reads(study: "Study", names: Mapping[str, str]) -> "list[Need]":
    """All statistics, the counted shots, and instances of the sizes next to those counted."""
    return [
        *all_statistics(study),
        *(("shots", {"experiment": name}) for name in shots_counted(study)),
        *(
            ("instances", {"experiment": name, "set": size})
            for name, experiment in study.headlines.items()
            for size in shots_sizes(experiment)[1:]
        ),
    ]


def settings(study: "Study", names: Mapping[str, str]) -> Any:
    """All but words: it counts settings, and compares learners and protocols."""
    return science(study)
