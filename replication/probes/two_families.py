"""What probes of circuits with γ and β alone have in common: their check, draws and fits."""

from typing import TYPE_CHECKING, Any

import numpy as np

from replication.errors import UserError

if TYPE_CHECKING:
    from replication.problems.base import ProblemClass


def check_family(problem: "ProblemClass", family: str = "qaoa") -> None:
    """Refuse ensembles whose circuits have other angles than γ and β."""
    if problem.family != family:
        raise UserError(
            f"problem has the kind {problem.kind!r}, whose circuits are of the family "
            f"{problem.family!r}; this probe takes those of {family!r}"
        )


def drawn(problem: "ProblemClass", seed: int, probe: str, size: object, count: int) -> list[Any]:
    """The first `count` instances of a probe's draws of one size."""
    from replication.seeds import key_for

    ensemble = problem.at(size)
    names = ("instances", problem.kind, probe, str(size))
    return [ensemble.sample(key_for(seed, *names, i)) for i in range(count)]


def label_of(problem: "ProblemClass") -> str:
    """The class and the settings that differ from its defaults: `"MaxCut, degree 3"`."""
    given = problem.model_dump(mode="json", exclude_defaults=True, exclude={"kind"})
    return ", ".join([problem.label, *(f"{name} {value}" for name, value in given.items())])


def log_slopes(x: np.ndarray, y: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Slopes of ln y against ln x by weighted least squares, with standard errors.

    **Arguments:** `x`: shape `(points,)`; `y`, `errors`: shape `(series, points)`, positive.

    **Returns:** shape `(series,)` each; the errors are those that the errors of y give.
    """
    weights = (y / errors) ** 2
    across, values = np.log(x), np.log(y)
    total = weights.sum(axis=1)
    centre = (weights * across).sum(axis=1) / total
    offsets = across - centre[:, None]
    inertia = (weights * offsets**2).sum(axis=1)
    return (weights * offsets * values).sum(axis=1) / inertia, 1 / np.sqrt(inertia)
