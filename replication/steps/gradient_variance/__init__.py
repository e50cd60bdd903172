"""Measure the variance of the cost's gradient at random angles, by size and depth."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from replication.kinds.gradient_variance import GradientVariance

if TYPE_CHECKING:
    from replication.study import Study
    from replication.workflow import Need

PATH = "gradient_variance/{experiment}.nc"
KIND = "gradient_variance"
PRIORITY = 1
COMPILE_BOUND = True


def reads(study: "Study", names: Mapping[str, str]) -> "list[Need]":
    """Nothing."""
    return []


def settings(study: "Study", names: Mapping[str, str]) -> Any:
    """All of the experiment."""
    experiment = study.of_kind(GradientVariance)[names["experiment"]]
    return experiment.model_dump(mode="json", exclude={"seed"})
