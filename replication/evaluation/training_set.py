"""Optima of training instances, each in its symmetric image next to the constant angles."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from replication.ansatze.base import Ansatz, nearest_image
from replication.ansatze.names import angle_units
from replication.problems.base import Problem


class Optima(NamedTuple):
    """Training instances and their optima, angles of shape `(instances, k)`.

    - `angles`: as the circuit takes them, next to the constant angles.
    - `natural`: in natural units, next to the constant natural angles.
    """

    problems: list[Problem]
    angles: np.ndarray
    natural: np.ndarray


def group_of(sizes: Sequence[str], units: str = "coefficients") -> str:
    """The group of a file of constants that is about some sizes, in one kind of units."""
    name = "+".join(sizes)
    return name if units == "coefficients" else f"{units}/{name}"


def optima_of(
    instances: Mapping[str, Sequence[Any]],
    optima: xr.DataTree,
    constants: xr.DataTree,
    circuit: Callable[[Any], Ansatz],
) -> Optima:
    """The optima of a training set.

    **Arguments:** `instances`: of every size; `optima`, `constants`: what those steps stored;
    `circuit`: the ansatz of an instance.
    """
    sizes = tuple(instances)
    constant, natural_constant = (
        constants[group_of(sizes, units)].to_dataset()["theta"].values
        for units in ("coefficients", "natural")
    )
    problems, angles, natural = [], [], []
    for size, several in instances.items():
        of_size = optima[size].to_dataset()
        for index, theta in zip(of_size["index"].values, of_size["theta"].values, strict=True):
            problem = several[index]
            ansatz = circuit(problem)
            unit = angle_units(ansatz.parameter_names, problem.natural_units)
            problems.append(problem)
            angles.append(nearest_image(theta, constant, ansatz.periods))
            periods = unit * ansatz.periods
            natural.append(nearest_image(theta * unit, natural_constant, periods))
    return Optima(problems, np.array(angles), np.array(natural))
