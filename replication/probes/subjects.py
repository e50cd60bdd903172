"""Whose landscapes a probe measures: circuits of the literature, and ansätze of the suite."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

import numpy as np
import pydantic

from replication.ensembles import Problem
from replication.errors import UserError
from replication.probes.instances import half_periods
from replication.settings import Settings, setting

if TYPE_CHECKING:
    from replication.ansatze.base import Ansatz
    from replication.problems.base import NaturalUnits

Locality = Literal["local", "global"]
Box = Literal["suite", "period"]
NATURAL_BOX = 4 * np.pi
"""half-width of the box of an angle without a period, in natural units"""
DRAWS = 1000
"""instances that are tried for one without a symmetry"""


class Subject(NamedTuple):
    """One landscape.

    - `circuit`: with `energy(theta)` and `num_parameters`, a pytree: those of one size stack.
    - `half_width`: of the box of random angles, radians, `(k,)`.
    - `angles`: places in theta that tables name, by name.
    - `loss_limit`, `limits`: exact variances in the deep limit, of the cost and by angle, where a
      closed form is known.
    - `scale`: what energies are divided by.
    """

    circuit: Any
    half_width: np.ndarray
    angles: Mapping[str, int]
    loss_limit: float = np.nan
    limits: Mapping[str, float] = {}
    scale: float = 1.0


class _Circuits(Settings):
    """Circuits on so many qubits, made by `replication.landscapes.models`.

    `drawn`: whether every instance is another circuit, so that one point each is enough.
    """

    kind: str
    drawn: ClassVar[bool] = False

    def check_size(self, size: str) -> None:
        """Refuse what is no number of qubits."""
        if not size.isdigit() or not 2 <= int(size) <= 20:
            raise ValueError(f"size {size} must be a number of qubits from 2 to 20")

    def problem_kinds(self) -> set[str]:
        """None."""
        return set()


class McClean(_Circuits):
    """Random rotations and a ladder of CZ; cost Z0 Z1."""

    kind: Literal["mcclean"] = "mcclean"
    drawn: ClassVar[bool] = True

    def at(self, size: str, depth: int, seed: int, index: int) -> Subject:
        """One instance."""
        from replication.landscapes import models
        from replication.seeds import key_for

        n = int(size)
        one = models.mcclean(n, depth, key_for(seed, "mcclean", n, depth, index))
        middle = depth // 2 * n
        limits = {
            "first": models.limit_of_mcclean(n),
            "middle": models.middle_limit_of_mcclean(n),
        }
        half = np.full(one.num_parameters, np.pi)
        return Subject(one, half, {"first": 0, "middle": middle}, limits=limits)


class Product(_Circuits):
    """One rotation a qubit; cost: how far it is from all zeros."""

    kind: Literal["product"] = "product"
    locality: Locality = setting("global", "chosen", "whether qubits are measured one by one")

    def at(self, size: str, depth: int, seed: int, index: int) -> Subject:
        """The same for every seed; its depth is 1."""
        from replication.landscapes import models

        n = int(size)
        one = models.product(n, self.locality)
        limit = models.limit_of_product(n, self.locality)
        return Subject(one, np.full(n, np.pi), {"first": 0}, limits={"first": limit})


class HardwareEfficient(_Circuits):
    """Two rotations a qubit and a chain of CNOT; cost: how far it is from all zeros."""

    kind: Literal["hardware_efficient"] = "hardware_efficient"
    locality: Locality = setting("global", "chosen", "whether qubits are measured one by one")

    def at(self, size: str, depth: int, seed: int, index: int) -> Subject:
        """The same for every seed."""
        from replication.landscapes import models

        n = int(size)
        one = models.hardware_efficient(n, depth, self.locality)
        middle = depth // 2 * 2 * n
        half = np.full(one.num_parameters, np.pi)
        return Subject(one, half, {"first": 0, "middle": middle})


class RandomLayers(_Circuits):
    """McClean's layers with the energy of the transverse-field Ising chain as cost."""

    kind: Literal["random_layers"] = "random_layers"
    drawn: ClassVar[bool] = True

    def at(self, size: str, depth: int, seed: int, index: int) -> Subject:
        """One instance."""
        from replication.landscapes import models
        from replication.seeds import key_for

        n = int(size)
        one = models.random_layers(n, depth, key_for(seed, "random layers", n, depth, index))
        half = np.full(one.num_parameters, np.pi)
        return Subject(one, half, {"first": 0, "middle": depth // 2 * n}, scale=float(n))


class Graph(_Circuits):
    """QAOA for MaxCut on a graph that its size determines."""

    kind: Literal["graph"] = "graph"
    graph: Literal["ring", "complete"] = setting("ring", "chosen", "its edges")

    def at(self, size: str, depth: int, seed: int, index: int) -> Subject:
        """The same for every seed."""
        import networkx as nx

        from replication.ansatze.qaoa import qaoa
        from replication.problems.maxcut import maxcut

        n = int(size)
        make = nx.cycle_graph if self.graph == "ring" else nx.complete_graph
        one = qaoa(maxcut(make(n)), depth)
        limits, loss = {}, np.nan
        if self.graph == "ring" and n % 2 == 0:
            limits, loss = dict.fromkeys(("gamma", "beta"), 64 * n / 9), 2 * n / 3
        return Subject(one, full_periods(one), middle_layer(one), loss, limits)


class Instances(Settings):
    """The suite's ansatz on instances of a problem class."""

    kind: Literal["instances"] = "instances"
    drawn: ClassVar[bool] = False
    problem: Problem
    box: Box = setting(
        "period", "chosen", "random angles: over full periods, or from the box of the main study"
    )
    normalised: bool = setting(False, "chosen", "whether energies are divided by the 1-norm of H")
    asymmetric: bool = setting(
        False,
        "chosen",
        "whether only connected instances are taken that no permutation of spins leaves alike",
    )

    @pydantic.model_validator(mode="after")
    def _graphs(self) -> "Instances":
        if self.asymmetric and self.problem.family != "qaoa":
            raise ValueError("asymmetric is for graphs and glasses alone")
        return self

    def check_size(self, size: str) -> None:
        """Refuse a size that the class does not allow."""
        self.problem.check_size(size)

    def problem_kinds(self) -> set[str]:
        """The class, and those that it mixes."""
        return self.problem.kinds

    def at(self, size: str, depth: int, seed: int, index: int) -> Subject:
        """One instance."""
        from replication.landscapes.asymmetry import deep_limits

        instance = self._instance(size, seed, index)
        one = self.problem.circuit(instance, depth)
        half = np.asarray(one.angle_box, float)
        if self.box == "period":
            half = full_periods(one, instance.natural_units)
        scale = instance.normaliser if self.normalised else 1.0
        loss, limits = np.nan, dict[str, float]()
        if self.asymmetric and self.box == "period":
            n = instance.num_spins
            exact = deep_limits(instance.two_norm**2, n, 2 ** (n - 1))
            loss, *others = (limit / scale**2 for limit in exact)
            limits = dict(zip(("gamma", "beta"), others, strict=True))
        return Subject(one, half, middle_layer(one), loss, limits, scale)

    def _instance(self, size: str, seed: int, index: int) -> Any:
        """The first of its draws that is allowed."""
        from replication.landscapes.asymmetry import is_asymmetric
        from replication.seeds import key_for

        for draw in range(DRAWS):
            axes = ("instances", self.problem.kind, "landscape", size, index)
            key = key_for(seed, *axes, *([draw] if draw else []))
            instance = self.problem.at(size).sample(key)
            if not self.asymmetric or is_asymmetric(instance.couplings):
                return instance
        raise UserError(
            f"no instance without a symmetry among {DRAWS} of {self.problem.label}, size {size}"
        )


AnySubject = Annotated[
    McClean | Product | HardwareEfficient | RandomLayers | Graph | Instances,
    pydantic.Field(discriminator="kind"),
]


def full_periods(ansatz: "Ansatz", units: "NaturalUnits | None" = None) -> np.ndarray:
    """Half of each angle's period, or of a wide box in natural units where it has none."""
    from replication.ansatze.names import angle_units

    return half_periods(ansatz, NATURAL_BOX / angle_units(ansatz.parameter_names, units))


def middle_layer(ansatz: "Ansatz") -> dict[str, int]:
    """The angle of each family in the middle layer."""
    from replication.ansatze.names import families_of

    found: dict[str, list[int]] = {}
    for place, family in enumerate(families_of(ansatz.parameter_names)):
        found.setdefault(family, []).append(place)
    return {family: places[len(places) // 2] for family, places in found.items()}
