"""Experiments that measure cost landscapes: one probe with its settings each."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import pydantic

from replication import probes
from replication.kinds.base import Experiment
from replication.probes.base import Probe
from replication.registry import one_of
from replication.settings import Settings, setting

if TYPE_CHECKING:
    from replication.study import Study

    AnyProbe = Probe
else:
    AnyProbe = one_of(probes.probes().values())


class SourceClaim(Settings):
    """A statement of a source, judged by one finding of the experiment's probe.

    It holds where the whole interval is on the claimed side of the threshold, and is refuted where
    it is wholly on the other.
    """

    statement: str = setting(..., "chosen", "what the source says, in one sentence")
    source: str = setting(..., "chosen", "the publication, with its DOI or arXiv number")
    finding: str = setting(..., "chosen", "number that decides, by its name in the probe")
    above: float | None = setting(None, "chosen", "threshold that it must be above")
    below: float | None = setting(None, "chosen", "threshold that it must be below")
    figure: str = setting(..., "chosen", "figure or table that shows it")

    @pydantic.model_validator(mode="after")
    def _one_sided(self) -> "SourceClaim":
        if (self.above is None) == (self.below is None):
            raise ValueError("one of above and below must be given, not both")
        return self

    def verdict(self, low: float, high: float) -> Literal["holds", "refuted", "undecided"]:
        """From the ends of the finding's interval."""
        if self.above is not None:
            low, high, threshold = -high, -low, -self.above
        else:
            threshold = self.below or 0.0
        if high < threshold:
            return "holds"
        return "refuted" if low > threshold else "undecided"


class Landscape(Experiment):
    """One probe of replication/probes, by the name of its file."""

    kind: Literal["landscape"] = setting(
        "landscape", "chosen", "kind of experiment: measures cost landscapes by one probe"
    )
    probe: AnyProbe = setting(..., "chosen", "what is measured, by a file of replication/probes")
    claims: dict[str, SourceClaim] = setting(
        {}, "chosen", "statements of sources that it decides, by a name such as S2a"
    )

    def heading(self) -> str:
        """What the probe measures."""
        return self.probe.title

    def problem_kinds(self, test_set: str | None = None) -> set[str]:
        """Classes whose instances the probe draws."""
        return self.probe.problem_kinds()

    def values(self, field: str, study: "Study", names: Mapping[str, str]) -> list[str]:
        """Nothing: an experiment is one job."""
        return []
