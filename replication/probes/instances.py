"""Instances that probes draw, their names, energies, and the periods of their angles."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from replication.errors import UserError

if TYPE_CHECKING:
    from replication.ansatze.base import Ansatz
    from replication.problems.base import ProblemClass


def check_family(problem: "ProblemClass", family: str = "qaoa") -> None:
    """Refuse ensembles whose circuits have other angles than γ and β."""
    if problem.family != family:
        raise UserError(
            f"problem has the kind {problem.kind!r}, whose circuits are of the family "
            f"{problem.family!r}; this probe takes those of {family!r}"
        )


def check_ensembles(problems: "Iterable[ProblemClass]", sizes: Iterable[object]) -> None:
    """Refuse such ensembles, and sizes that one of them does not allow."""
    every = [*sizes]
    for problem in problems:
        check_family(problem)
        for size in every:
            problem.at(size)


def drawn(problem: "ProblemClass", size: object, count: int, seed: int, probe: str) -> list[Any]:
    """Instances of one size: the same ones for each depth and start of a probe."""
    from replication.seeds import key_for

    ensemble = problem.at(size)
    names = ("instances", problem.kind, probe, str(size))
    return [ensemble.sample(key_for(seed, *names, i)) for i in range(count)]


def half_periods(ansatz: "Ansatz", otherwise: ArrayLike) -> np.ndarray:
    """Half of each angle's period, `(k,)`, and `otherwise` for angles that have none."""
    periods = np.asarray(ansatz.periods, float)
    return np.where(np.isfinite(periods), periods / 2, otherwise)


def levels_of(ansatz: Any) -> tuple[float, float]:
    """Lowest energy and mean of the spectrum of a circuit with a `diagonal`."""
    diagonal = np.asarray(ansatz.diagonal, float)
    return float(diagonal.min()), float(diagonal.mean())


def label_of(problem: "ProblemClass") -> str:
    """The class and the settings that differ from its defaults: `"MaxCut, degree 3"`."""
    given = problem.model_dump(mode="json", exclude_defaults=True, exclude={"kind"})
    return ", ".join([problem.label, *(f"{name} {value}" for name, value in given.items())])
