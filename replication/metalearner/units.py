"""What a learner's angles and costs are measured in, and what instances it was trained on."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from replication.ansatze.names import angle_units
from replication.problems.base import NaturalUnits, Problem

Units = Literal["coefficients", "natural"]
"""Angles as the circuit takes them and costs over a norm of the coefficients, or natural units."""

Ranges = dict[str, list[float]]
"""The least and the largest value of each feature of the training instances."""


EDGE = 0.01
"""how far beyond a range an instance is still like it, since ranges are of finitely many"""


class Scales(NamedTuple):
    """How a learner measures one instance.

    - `energy`: what energies are divided by.
    - `angles`: what angles are multiplied by, shape `(k,)`.
    - `natural`: the instance's natural units, `None` for a learner that does not use them.
    """

    energy: float
    angles: np.ndarray
    natural: NaturalUnits | None


def scales_of(problem: Problem, names: Sequence[str], units: Units, norm: int = 1) -> Scales:
    """The scales of one instance.

    **Arguments:** `names`: of the angles, as an ansatz' `parameter_names`; `norm`: 1 or 2, of the
    Pauli coefficients, in units of the `coefficients`.
    """
    if units == "natural":
        natural = problem.natural_units
        return Scales(natural.energy, angle_units(names, natural), natural)
    energy = problem.normaliser if norm == 1 else problem.two_norm
    return Scales(energy, angle_units(names, None), None)


def ranges_of(problems: Iterable[Problem], units: Units = "natural") -> Ranges:
    """The range of each feature over some instances; 0 for an instance without it.

    **Arguments:** `units`: of a learner; in those of the coefficients their strengths matter, too.
    """
    strong = units == "coefficients"
    features = [one.features | (one.strengths if strong else {}) for one in problems]
    names = dict.fromkeys(name for one in features for name in one)
    table = {name: [one.get(name, 0.0) for one in features] for name in names}
    return {name: [min(values), max(values)] for name, values in table.items()}


def range_in_words(low: float, high: float) -> str:
    """Such as `6 to 9`, or one number."""
    return f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"


def unlike(problem: Problem, ranges: Mapping[str, Any], done: str = "trained") -> list[str]:
    """What distinguishes an instance from all of a training, in words with numbers.

    **Arguments:** `ranges`: as of [`ranges_of`][]; `done`: what was done with those instances.
    """
    found, values = [], problem.strengths | problem.features
    for name, (low, high) in ranges.items():
        value = values.get(name)
        slack = EDGE * max(abs(low), abs(high))
        if not low - slack <= (value or 0.0) <= high + slack:
            this = f"no {name}" if value is None else f"{name} {value:.3g}"
            found.append(f"{this} ({done} on {range_in_words(low, high)})")
    others = sorted(problem.features.keys() - ranges.keys()) if ranges else []
    return [*found, *(f"{name} (none in the training)" for name in others)]
