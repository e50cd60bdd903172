"""Initial-point strategies: one file each; adding a file adds a curve to every figure.

A module offers

- `LABEL`: its name in figures;
- `FAMILY`: the family of angles that it is made for; absent for a start that serves all;
- `start(context) -> theta`: a point of shape `(k,)`, given a [`Context`][]. Queries it makes
  through `context.cost` are counted and recorded; its best queried point is at hand as
  `context.cost.best_point`.

Modules import nothing heavy at the top: the workflow reads their names and families.
"""

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from replication.errors import UserError
from replication.registry import files, offering

if TYPE_CHECKING:
    from replication.ansatze.base import Ansatz
    from replication.cost import CountedCost
    from replication.metalearner.artefact import MetaOptimizer
    from replication.problems.base import Problem


NETWORK = "lstm"
"""The start at the points that a network suggests."""


class Followed(NamedTuple):
    """What one group of a file of traces follows: a start, or all networks of a learner.

    - `start`: a name in `replication.starts`.
    - `learner`: empty for a start without networks and for the chosen network alone.
    """

    start: str
    learner: str = ""

    @property
    def name(self) -> str:
        """The name of the group and of the job: `ramp`, `lstm`, `lstm.plain`."""
        return f"{self.start}.{self.learner}" if self.learner else self.start


def followed(name: str) -> Followed:
    """What [`Followed.name`][] is the name of."""
    start, _, learner = name.partition(".")
    return Followed(start, learner)


@dataclass(frozen=True)
class Context:
    r"""What a start may use.

    - `problem`, `ansatz`: the instance and its circuit.
    - `cost`: counted, recorded, normalised: $(\langle H\rangle - \text{offset})/\text{scale}$.
    - `rng`: this start's own noise for this instance.
    - `queries`: how many queries a learned or searching start may make (T).
    - `constant`: the best single vector on the training set.
    - `median`: the median of the training instances' optima.
    - `ramp_scale`: factor on the γ slope of the ramp, fitted on the training set.
    - `learner`: the trained network, for the start that uses one.
    """

    problem: "Problem"
    ansatz: "Ansatz"
    cost: "CountedCost"
    rng: np.random.Generator
    queries: int
    constant: np.ndarray
    median: np.ndarray
    ramp_scale: float
    learner: "MetaOptimizer | None" = None


def names() -> list[str]:
    """Names of all starts: the files of this folder."""
    return files(sys.modules[__name__])


def load(name: str) -> ModuleType:
    """The module of one start; [`UserError`][] for an unknown name or one that
    offers too little.
    """
    if name not in names():
        raise UserError(f"unknown start {name!r}; allowed are {', '.join(names())}")
    return offering(sys.modules[__name__], name, "LABEL", "start")


def applies(name: str, family: str) -> bool:
    """Whether a start serves circuits of a family of angles."""
    return getattr(load(name), "FAMILY", family) == family
