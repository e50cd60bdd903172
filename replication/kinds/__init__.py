"""Kinds of experiment: one settings model each, found by name; a step and a figure name theirs.

The kind of a file `replication/kinds/<kind>.py` is the [`Experiment`][] in it whose `kind` is the
file's name. What it computes is in `replication/steps`, what it shows in `figures`.
"""

import functools
import sys

from replication.kinds.base import Experiment
from replication.registry import discover


@functools.cache
def kinds() -> dict[str, type[Experiment]]:
    """The settings model of every kind of experiment, by name."""
    return discover(sys.modules[__name__], Experiment)
