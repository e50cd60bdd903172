"""Whose network the claims are judged by, and against which starts."""

from typing import NamedTuple

from replication.starts import SUCCESSOR
from replication.study import Study


class View(NamedTuple):
    """One reading of the claims; each has a family of tests of its own.

    - `name`: `replication`, `controls` or `successor`.
    - `network`: `None` for the chosen network of each experiment, or that of its successor.
    - `study`: the study with the starts that this view compares with.
    """

    name: str
    network: str | None
    study: Study


MAIN_VIEW = "controls"
"""The view that sensitivity, ablations and figures are about."""


def views(study: Study) -> list[View]:
    """The paper's network against the paper's starts, then all; the successor against all."""
    bare = study.claims.model_copy(update={"controls": ()})
    found = [
        View("replication", None, study.model_copy(update={"claims": bare})),
        View(MAIN_VIEW, None, study),
    ]
    if any(one.successor for one in study.headlines.values()):
        found.append(View(SUCCESSOR, SUCCESSOR, study))
    return found
