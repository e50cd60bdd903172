"""Local optimisers: one file each, found by name, every cost query counted by the caller's cost.

A module offers `LABEL` (for figures) and
`minimise(cost, start, *, edges, budget)`: improve on `start` with at most `budget` more queries.
"""

import importlib
import pkgutil
from types import ModuleType

from replication.errors import UserError


def names() -> list[str]:
    """Names of all local optimisers: the files of this folder."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> ModuleType:
    """The module of one local optimiser; [`UserError`][] for an unknown name."""
    if name not in names():
        raise UserError(f"unknown optimiser {name!r}; allowed are {', '.join(names())}")
    return importlib.import_module(f"replication.optimisers.{name}")
