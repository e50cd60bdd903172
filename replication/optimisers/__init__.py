"""Local optimisers: one file each, found by name, every cost query counted by the caller's cost.

A module offers

- `LABEL`: its name in figures;
- `minimise(cost, start, *, edges, budget, rng)`: improve on `start`, which it asks for first,
  with at most `budget` queries. `cost` is a [`Cost`][replication.cost.Cost], which keeps the
  record and ends the search by an exception once its own budget is used up; `edges`, shape `(k,)`,
  is the natural length of each angle, in the angle's units; `rng` is the optimiser's own noise for
  this instance, left alone by deterministic ones;
- `GRADIENT = True` if it asks for gradients (`cost.with_gradient`), which cost more on hardware.
"""

import sys
from types import ModuleType

from replication.errors import UserError
from replication.registry import files, offering


def names() -> list[str]:
    """Names of all local optimisers: the files of this folder."""
    return files(sys.modules[__name__])


def load(name: str) -> ModuleType:
    """The module of one local optimiser; [`UserError`][] for an unknown name or one that
    offers too little.
    """
    if name not in names():
        raise UserError(f"unknown optimiser {name!r}; allowed are {', '.join(names())}")
    return offering(sys.modules[__name__], name, "LABEL", "minimise")
