"""What every problem instance and every problem class offers."""

import dataclasses
import hashlib
import math
import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol, Self, TypeVar

import numpy as np

from replication.settings import Settings

if TYPE_CHECKING:
    import jax
    import xarray as xr

    from replication.ansatze.base import Ansatz

P = TypeVar("P")

PAPER = "arXiv:1907.05415"
"""Verdon, Broughton, McClean, Sung, Babbush, Jiang, Neven and Mohseni 2019."""


class Published(NamedTuple):
    """A published number with its spread, and where it is printed."""

    mean: float
    sd: float
    source: str


class NaturalUnits(NamedTuple):
    """What angles and energies of an instance are measured in, whatever the unit of its energies.

    Natural angles and costs have a limit for large sizes that depends neither on the size, nor on
    the density, nor on the unit of the coefficients.

    - `energy`: what energies are divided by; grows as the size does.
    - `angles`: what a family of angles, such as `"gamma"`, is multiplied by; 1 where it is absent.
    """

    energy: float
    angles: Mapping[str, float]


class Problem(Protocol):
    """One instance: a Hamiltonian with its scales and its minimum."""

    @property
    def kind(self) -> str:
        """Name of its class."""
        ...

    @property
    def normaliser(self) -> float:
        """1-norm of the Pauli coefficients without the identity, in the units of H."""
        ...

    @property
    def two_norm(self) -> float:
        """2-norm of the same coefficients."""
        ...

    @property
    def natural_units(self) -> NaturalUnits:
        """Units in which one network serves all sizes and all units of energy."""
        ...

    @property
    def features(self) -> dict[str, float]:
        """Numbers by name that tell how like a training's instances it is."""
        ...

    @property
    def strengths(self) -> dict[str, float]:
        """Sizes of the Hamiltonian's terms by name, in its unit of energy."""
        ...

    @property
    def offset(self) -> float:
        """Coefficient of the identity."""
        ...

    @property
    def mean(self) -> float:
        """Mean energy of random states of its sector, offset included."""
        ...

    def exact_minimum(self) -> float:
        """Lowest energy, offset included."""
        ...


def fingerprint(problem: Problem) -> str:
    """First 16 hexadecimal digits of the SHA-256 of an instance's numbers and names.

    >>> from replication import maxcut
    >>> fingerprint(maxcut([("a", "b", 2)])) == fingerprint(maxcut([("a", "c", 2)]))
    False
    """
    found = hashlib.sha256(problem.kind.encode())
    for one in dataclasses.fields(problem):  # type: ignore[arg-type]
        value = getattr(problem, one.name)
        plain = value.tolist() if isinstance(value, np.ndarray) else value
        found.update(f"{one.name}={plain!r};".encode())
    return found.hexdigest()[:16]


class ProblemClass(Settings):
    """A problem class: its settings are an ensemble of instances, of any size that it allows.

    A class has a field `kind`, the name of its file, and a field for each setting of the ensemble.

    **Class variables:**

    - `label`: its name in tables, such as `"MaxCut"`.
    - `title`: its name in headings, such as `"MaxCut QAOA"`.
    - `algorithm`: the variational algorithm, such as `"QAOA"`.
    - `depth_label`, `size_label`: what axes of the circuit's depth and of the size show; the last
      word of the first is the symbol of the depth, such as `"layers p"`.
    - `terms`: what its pairs of spins or modes are, such as `"couplings"`.
    - `layer`: what one unit of depth is called, such as `"layer"`.
    - `example_size`: a small size, for schematics.
    - `family`: name of its circuit's family of angles: a network serves classes of one family.
    - `neutral_at_zero`: whether the cost at zero angles is known without a query, so that the
      roll-out begins there; otherwise it begins at the ansatz' heuristic, which is queried.
    - `scaled_heuristic`: whether the heuristic's first angles are rescaled on the training set,
      because they fit one unit of energy alone.
    - `circuit_settings`: fields that say nothing about the instances but choose the circuit.
    - `fixed`: choices that are no settings: name, meaning, origin and value.
    - `paper_shots`: shots a cost query takes as the paper printed them; `None` for nothing.
    """

    kind: str

    label: ClassVar[str]
    title: ClassVar[str]
    depth_label: ClassVar[str]
    size_label: ClassVar[str]
    terms: ClassVar[str] = "couplings"
    layer: ClassVar[str] = "layer"
    algorithm: ClassVar[str]
    example_size: ClassVar[str]
    family: ClassVar[str]
    neutral_at_zero: ClassVar[bool]
    scaled_heuristic: ClassVar[bool] = False
    circuit_settings: ClassVar[frozenset[str]] = frozenset()
    paper_shots: ClassVar[Published | None] = None
    fixed: ClassVar[tuple[tuple[str, str, str, str], ...]] = ()

    @abstractmethod
    def check_size(self, size: str) -> None:
        """Refuse a size that cannot be drawn or simulated.

        **Raises:** `ValueError` with a sentence that names the size and what is allowed.
        """

    def check_sizes(self, sizes: Sequence[str]) -> None:
        """Refuse sizes that one network cannot serve together, each by itself being allowed.

        **Raises:** `ValueError` with a sentence that names them.
        """

    @abstractmethod
    def sample(self, size: str, key: "jax.Array") -> Any:
        """Draw one instance. A key gives one instance, whatever JAX's default precision."""

    def covers(self, other: "ProblemClass") -> bool:
        """Whether another ensemble's instances are among those that this one draws."""
        return self == other

    def groups(self, problems: Sequence[Any]) -> list[tuple["ProblemClass", list[Any]]]:
        """Instances of one size whose circuits make a batch, each time with who makes them."""
        return [(self, list(problems))]

    def strata(self, size: str) -> list[Self]:
        """Ensembles of which a training set holds equally many instances; by default one."""
        return [self]

    @abstractmethod
    def circuit(self, problem: Any, depth: int) -> "Ansatz":
        """The ansatz of an instance.

        **Arguments:** `problem`: of this class or another of its family; `depth`: layers or steps.
        """

    @abstractmethod
    def to_dataset(self, problems: Sequence[Any]) -> "xr.Dataset":
        """Instances of one size as arrays with a dimension `instance`."""

    @abstractmethod
    def from_dataset(self, dataset: "xr.Dataset", size: str) -> list[Any]:
        """The instances that [`ProblemClass.to_dataset`][] stored."""

    def ratio(self, problems: Sequence[Any], energy: np.ndarray, minimum: np.ndarray) -> np.ndarray:
        """Approximation ratio of energies, by default energy over ground energy.

        **Arguments:** `energy`, `minimum`: without the identity's part, shape `(instance,)`.
        """
        return energy / minimum

    def at(self, size: object) -> "Ensemble":
        """The ensemble of one size.

        **Arguments:** `size`: its label, or the numbers in it, such as `12` or `(2, 3)`.

        **Raises:** `ValueError` for a size that the class does not allow.
        """
        text = "x".join(map(str, size)) if isinstance(size, tuple | list) else str(size)
        self.check_size(text)
        return Ensemble(self, text)

    @property
    def kinds(self) -> set[str]:
        """Names of the classes whose code draws its instances."""
        return {self.kind}

    @property
    def angle_unit(self) -> str:
        """Unit of the angles, and so of distances between them."""
        return "rad"

    def size_text(self, size: str) -> str:
        """A size as readers write it: "n = 12", "2 × 4"."""
        return f"n = {size}"

    def distribution(self) -> dict[str, Any]:
        """The settings that say how instances are drawn, as plain data."""
        return self.model_dump(mode="json", exclude=set(self.circuit_settings))


@dataclass(frozen=True)
class Ensemble:
    """The instances of one size of a problem class; made by [`ProblemClass.at`][]."""

    settings: ProblemClass
    size: str

    def sample(self, key: "jax.Array") -> Any:
        """Draw one instance."""
        return self.settings.sample(self.size, key)

    def strata(self) -> "list[Ensemble]":
        """Ensembles of which a training set holds equally many instances."""
        return [Ensemble(one, self.size) for one in self.settings.strata(self.size)]


def extent(size: str) -> int:
    """Qubits of a graph or glass, sites of a lattice; 0 for what is no size.

    ```pycon
    >>> extent("12"), extent("2x3")
    (12, 6)

    ```
    """
    return math.prod(map(int, re.findall("[0-9]+", size) or ["0"]))


def subset(
    problems: Sequence[P], instances: int, sizes: Sequence[str], rng: np.random.Generator
) -> list[P]:
    """One size's part, without repetition, of `instances` drawn over all `sizes`."""
    count = min(len(problems), max(1, instances // len(sizes)))
    return [problems[i] for i in np.sort(rng.choice(len(problems), count, replace=False))]
