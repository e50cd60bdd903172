"""Mitigations of barren plateaus: one file each; adding a file adds an arm to the race.

A module offers

- `LABEL`: its name in figures;
- `SOURCE`: the publication that proposed it, with its DOI or arXiv number;
- `NEEDS`: the field of [`Setting`][] that it needs besides the others; absent for most;
- `train(setting) -> Trained`: the training of a stack of circuits, within the budget. The cost at
  the start is the first one of the circuits' own that it evaluates, and the final angles are the
  best evaluated ones, so that no training ends above its start.

What is not said by a file is as in the others: Adam with one step size from uniform angles, and one
value with its gradient counts as one evaluation whatever the circuit or cost. Modules import
nothing heavy at the top: probes read their names.
"""

import sys
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from replication.errors import UserError
from replication.registry import files, offering

if TYPE_CHECKING:
    import jax

    from replication.landscapes.stack_training import Resets, Trained
    from replication.simulators.circuits import Circuit
    from replication.simulators.observables import Observable


@dataclass(frozen=True)
class Setting:
    """What is trained, and with what.

    - `circuits`: a stack, one a run: every array has a first axis over the runs. Layers are
      rotations about any axes and a ladder of CZ, or other ones for most mitigations.
    - `rngs`: the noise of each run.
    - `evaluations`: the budget of each run.
    - `rate`: Adam's step size, radians.
    - `spread`: the highest less the lowest energy, the unit of what depends on the cost's.
    - `shots`: for each of the two values of a derivative; 0 for exact ones.
    - `smaller`: the same on fewer qubits, the first ones, for those that begin with it.
    - `local`: an easier cost with the same minimum, one for each run.
    """

    circuits: "Circuit"
    rngs: tuple[np.random.Generator, ...] = field(repr=False)
    evaluations: int
    rate: float
    spread: float
    shots: int = 0
    smaller: "Circuit | None" = None
    local: "Observable | None" = None

    @property
    def shape(self) -> tuple[int, int]:
        """Runs and angles of each."""
        return len(self.rngs), self.circuits.num_parameters

    @property
    def sampling(self) -> float:
        """Standard deviation of each derivative, as the shots give it."""
        from replication.landscapes.stack_training import shot_error

        return shot_error(self.circuits.observable, self.shots)

    def uniform(self, half_width: float = np.pi) -> np.ndarray:
        """Angles from U(-half_width, half_width), radians."""
        return self.drawn(lambda rng, size: half_width * rng.uniform(-1, 1, size))

    def drawn(self, draw: Any) -> np.ndarray:
        """Angles `(runs, k)`, those of a run by its own noise, `draw(rng, size)`."""
        rows = [draw(rng, self.circuits.num_parameters) for rng in self.rngs]
        return np.stack(rows).astype(np.float32)

    def part(self, evaluations: int, **changes: Any) -> "Setting":
        """The same with a part of the budget, and with other circuits, say."""
        return replace(self, evaluations=evaluations, **changes)

    def descend(
        self, start: np.ndarray, *, resets: "Resets | None" = None, rate: Any = 1.0, **parts: Any
    ) -> "Trained":
        """Adam from a start with the whole budget.

        **Arguments:** `rate`: multiples of the step size; `parts`: of the `schedule`.
        """
        from replication.landscapes.stack_training import NEVER, descend, schedule

        shape = self.evaluations, self.circuits.num_parameters
        plan = schedule(self.rate * np.asarray(rate), shape, sampling=self.sampling, **parts)
        return descend(self.circuits, start, plan, self.keys(), resets or NEVER)

    def keys(self) -> "jax.Array":
        """Of JAX's noise, one a run."""
        import jax
        import jax.numpy as jnp

        words = np.stack([rng.integers(2**32, size=2, dtype=np.uint32) for rng in self.rngs])
        return jax.random.wrap_key_data(jnp.asarray(words), impl="threefry2x32")


def names() -> list[str]:
    """Names of all mitigations: the files of this folder."""
    return files(sys.modules[__name__])


def load(name: str) -> ModuleType:
    """The module of one; [`UserError`][] for an unknown name or one that offers too little."""
    if name not in names():
        raise UserError(f"unknown mitigation {name!r}; allowed are {', '.join(names())}")
    return offering(sys.modules[__name__], name, "LABEL", "SOURCE", "train")


def needs(name: str) -> str:
    """The optional field of [`Setting`][] that a mitigation needs; empty for none."""
    return str(getattr(load(name), "NEEDS", ""))


def after(spent: int, trained: "Trained") -> "Trained":
    """A training before which so many evaluations went to other circuits or costs."""
    unknown = np.full((len(trained.values), spent), np.nan, trained.values.dtype)
    values, norms = (np.hstack([unknown, each]) for each in (trained.values, trained.norms))
    return trained._replace(values=values, norms=norms)
