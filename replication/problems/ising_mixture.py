"""A mixture of classes of Ising problems, on which one network is trained for all of them."""

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import pydantic

from replication.problems.base import ProblemClass
from replication.problems.ising import IsingClass, IsingProblem
from replication.settings import setting

if TYPE_CHECKING:
    import jax

    from replication.ansatze.qaoa import QAOA

PARTS: tuple[dict[str, Any], ...] = (
    *3 * ({"kind": "maxcut"},),
    *2 * ({"kind": "maxcut", "weights": "uniform"},),
    {"kind": "maxcut", "weights": "signs"},
    *2 * ({"kind": "sk"},),
    {"kind": "sk", "couplings": "signs"},
    {"kind": "sk", "couplings": "uniform"},
    {"kind": "sk", "fields": True},
    {"kind": "sk", "couplings": "signs", "fields": True},
)
"""Random and complete graphs, weights of one sign and of both, with fields and without; a part that
is there several times is drawn as often. Structured graphs are left for tests."""


class IsingMixture(IsingClass):
    """Each instance is of one of the `parts`, all of equal odds.

    A training set holds as many instances of each part. Circuits of instances with fields and
    without make one batch, on $2^n$ states; training takes them apart.
    """

    kind: Literal["ising_mixture"] = "ising_mixture"
    parts: tuple[Any, ...] = setting(
        PARTS,
        "chosen",
        "settings of the classes that are mixed, each a `problem`",
        min_length=1,
        validate_default=True,
    )

    label: ClassVar[str] = "Ising mixture"
    title: ClassVar[str] = "Ising mixture QAOA"
    example_size: ClassVar[str] = "6"

    @pydantic.field_validator("parts", mode="after")
    @classmethod
    def _classes(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        """Every part as the settings of a class of Ising problems that is no mixture."""
        from replication import problems

        allowed = {
            kind: one
            for kind, one in problems.classes().items()
            if issubclass(one, IsingClass) and not issubclass(one, cls)
        }
        found = []
        for part in value:
            content = part.model_dump() if isinstance(part, pydantic.BaseModel) else part
            kind = content.get("kind") if isinstance(content, dict) else None
            if kind not in allowed:
                raise ValueError(f"kind {kind!r} must be one of {', '.join(allowed)}")
            found.append(allowed[kind].model_validate(content))
        return tuple(found)

    def covers(self, other: ProblemClass) -> bool:
        """Whether one of the parts does."""
        return super().covers(other) or any(part.covers(other) for part in self.parts)

    def check_size(self, size: str) -> None:
        """Refuse a size that one of the parts does not allow."""
        super().check_size(size)
        for part in self.parts:
            part.check_size(size)

    @property
    def kinds(self) -> set[str]:
        """Its own and those of its parts."""
        return {self.kind, *(part.kind for part in self.parts)}

    def strata(self, size: str) -> list[Self]:
        """One ensemble for each part."""
        return [self.model_copy(update={"parts": (part,)}) for part in self.parts]

    def sample(self, size: str, key: "jax.Array") -> IsingProblem:
        """Draw a part, then one of its instances."""
        import jax

        which, key = jax.random.split(key)
        part = self.parts[int(jax.random.randint(which, (), 0, len(self.parts)))]
        return dataclasses.replace(part.sample(size, key), kind=self.kind)

    @property
    def symmetric(self) -> bool:
        """Whether every part is."""
        return all(part.symmetric for part in self.parts)

    def groups(self, problems: Sequence[Any]) -> list[tuple[ProblemClass, list[Any]]]:
        """Instances without fields, whose circuits need half of the states, and with fields."""
        plain = tuple(part for part in self.parts if part.symmetric)
        if self.symmetric or not plain:
            return super().groups(problems)
        one = self.model_copy(update={"parts": plain})
        apart: list[tuple[ProblemClass, list[Any]]] = [
            (one, [problem for problem in problems if problem.symmetric]),
            (self, [problem for problem in problems if not problem.symmetric]),
        ]
        return [(maker, several) for maker, several in apart if several]

    def circuit(self, problem: IsingProblem, depth: int) -> "QAOA":
        """QAOA with `depth` layers, with the symmetry only if every part has it."""
        circuit = super().circuit(problem, depth).without_period()
        return circuit if self.symmetric else circuit.without_symmetry()
