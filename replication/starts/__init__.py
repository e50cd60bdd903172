"""Initial-point strategies: one file each; adding a file adds a curve to every figure.

A module offers

- `LABEL`: its name in figures;
- `FAMILY`: the family of angles that it is made for; absent for a start that serves all;
- `USES`: what it uses besides the instance: `"nothing"`, `"a table"` or `"the training set"`;
- `OWN_BUDGET = True` if it makes as many queries as its searches need, not those it was given;
- `ON_REQUEST = True` if only studies that name it have it, since it takes many queries;
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
    from collections.abc import Sequence

    from replication.ansatze.base import Ansatz
    from replication.cost import CountedCost
    from replication.metalearner.artefact import MetaOptimizer
    from replication.problems.base import Problem


NETWORK = "lstm"
"""The start at the points that a network of the experiment suggests."""

SUCCESSOR = "successor"
"""The same with the networks of the experiment that it names as its successor."""

NETWORKS = (NETWORK, SUCCESSOR)


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


class NaturalPoints(NamedTuple):
    """What the training set gives in natural units, so for every instance of the family.

    - `constant`: the best single vector of natural angles on the training set, shape `(k,)`.
    - `adapted`: the vector that is best after a few gradient steps on the instance (Reptile).
    - `ramp_scale`: factor on the γ slope of the ramp of equal slopes.
    - `problems`, `optima`: training instances and their optima, each in the symmetric image next
      to `constant`; shape `(instances, k)`.
    - `whitening`: steps along which the cost at an optimum curves alike, as columns; `(k, k)`.
    """

    constant: np.ndarray
    adapted: np.ndarray
    ramp_scale: float
    problems: "Sequence[Problem]"
    optima: np.ndarray
    whitening: np.ndarray


class TrainingPoints(NamedTuple):
    """What starts may take over from the training set; angles of shape `(k,)`.

    - `constant`: the best single vector on the training set.
    - `median`: the median of the training instances' optima.
    - `ramp_scale`: factor on the γ slope of the ramp, fitted on the training set.
    - `natural`: the same and more in natural units.
    """

    constant: np.ndarray
    median: np.ndarray
    ramp_scale: float
    natural: NaturalPoints


@dataclass(frozen=True)
class Context:
    r"""What a start may use.

    - `problem`, `ansatz`: the instance and its circuit.
    - `cost`: counted, recorded, normalised: $(\langle H\rangle - \text{offset})/\text{scale}$.
    - `rng`: this start's own noise for this instance.
    - `queries`: how many queries a learned or searching start may make (T).
    - `training`: what the training set gave.
    - `learner`: the trained network, for the start that uses one.
    """

    problem: "Problem"
    ansatz: "Ansatz"
    cost: "CountedCost"
    rng: np.random.Generator
    queries: int
    training: TrainingPoints
    learner: "MetaOptimizer | None" = None

    @property
    def families(self) -> list[str]:
        """The family of each angle, such as `gamma` of `gamma_1`."""
        from replication.ansatze.names import families_of

        return families_of(self.ansatz.parameter_names)

    @property
    def units(self) -> np.ndarray:
        """What the circuit's angles are multiplied by for natural ones, shape `(k,)`."""
        from replication.ansatze.names import angle_units

        return angle_units(self.ansatz.parameter_names, self.problem.natural_units)


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


def uses(name: str) -> str:
    """What a start uses besides the instance."""
    return str(getattr(load(name), "USES", "not stated"))


def on_request(name: str) -> bool:
    """Whether only studies that name a start have it."""
    return bool(getattr(load(name), "ON_REQUEST", False))


def applies(name: str, family: str) -> bool:
    """Whether a start serves circuits of a family of angles."""
    return getattr(load(name), "FAMILY", family) == family
