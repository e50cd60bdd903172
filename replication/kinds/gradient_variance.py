"""Experiments that measure how the variance of a cost's gradient falls with the size."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import pydantic

from replication.kinds.base import Experiment, Problem
from replication.settings import setting

if TYPE_CHECKING:
    from replication.study import Study

Depth = Annotated[int, pydantic.Field(ge=1, le=64)]


class GradientVariance(Experiment):
    """Variance of the partial derivatives of the cost over random angles, by size and depth."""

    kind: Literal["gradient_variance"] = setting(
        "gradient_variance", "chosen", "kind of experiment: variance of the cost's gradient"
    )
    problem: Problem
    depths: tuple[Depth, ...] = setting(
        (1, 4), "chosen", "QAOA layers p, or Trotter steps r, each a line", min_length=1
    )
    sizes: tuple[str, ...] = setting(..., "chosen", "sizes of the instances", min_length=2)
    instances: int = setting(16, "chosen", "instances for each size", ge=2)
    points: int = setting(200, "chosen", "random angle vectors an instance", ge=2)

    @pydantic.model_validator(mode="after")
    def _allowed(self) -> "GradientVariance":
        for size in self.sizes:
            self.problem.check_size(size)
        for name in ("sizes", "depths"):
            given = getattr(self, name)
            if len(set(given)) < len(given):
                raise ValueError(f"{name} {', '.join(map(str, given))} must be different")
        return self

    def heading(self) -> str:
        """Class and algorithm."""
        return f"{self.problem.label} {self.problem.algorithm}"

    def problem_kinds(self, test_set: str | None = None) -> set[str]:
        """Its one class."""
        return self.problem.kinds

    def values(self, field: str, study: "Study", names: Mapping[str, str]) -> list[str]:
        """Nothing: an experiment is one job."""
        return []
