"""Problem classes: one file each, found by name; adding a file adds a class to studies and figures.

The class of a file `replication/problems/<kind>.py` is the [`ProblemClass`][] in it whose `kind` is
the file's name. Files without one hold what several classes use.
"""

import functools
import sys

from replication.errors import UserError
from replication.problems.base import ProblemClass
from replication.registry import discover


@functools.cache
def classes() -> dict[str, type[ProblemClass]]:
    """Every problem class by its kind."""
    return discover(sys.modules[__name__], ProblemClass)


def load(kind: str) -> type[ProblemClass]:
    """The problem class of a kind; [`UserError`][] for an unknown one."""
    if kind not in classes():
        raise UserError(f"unknown problem class {kind!r}; allowed are {', '.join(classes())}")
    return classes()[kind]
