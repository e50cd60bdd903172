"""Experiments that measure cost landscapes: one probe with its settings each."""

import functools
import operator
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import pydantic

from replication import probes
from replication.kinds.base import Experiment
from replication.probes.base import Probe
from replication.settings import setting

if TYPE_CHECKING:
    from replication.study import Study

    AnyProbe = Probe
else:
    AnyProbe = Annotated[
        functools.reduce(operator.or_, probes.probes().values()),
        pydantic.Field(discriminator="kind"),
    ]


class Landscape(Experiment):
    """One probe of replication/probes, by the name of its file."""

    kind: Literal["landscape"] = setting(
        "landscape", "chosen", "kind of experiment: measures cost landscapes by one probe"
    )
    probe: AnyProbe

    def heading(self) -> str:
        """What the probe measures."""
        return self.probe.title

    def problem_kinds(self, test_set: str | None = None) -> set[str]:
        """Classes whose instances the probe draws."""
        return self.probe.problem_kinds()

    def values(self, field: str, study: "Study", names: Mapping[str, str]) -> list[str]:
        """Nothing: an experiment is one job."""
        return []
