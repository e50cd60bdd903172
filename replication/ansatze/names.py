"""Names of angles: the family of each, its natural unit, and whose order they are in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from replication.problems.base import NaturalUnits

Order = Literal["own", "qiskit"]
"""Whose order: γ before β and qubit 0 first as here; or β before γ as in Qiskit's `QAOAAnsatz`, and
qubit 0 last as in its counts."""


def families_of(names: Sequence[str]) -> list[str]:
    """The family of each angle of an ansatz' `parameter_names`, such as `gamma` of `gamma_1`."""
    return [name.rsplit("_", 1)[0] for name in names]


def angle_units(names: Sequence[str], units: "NaturalUnits | None") -> np.ndarray:
    """What each of the named angles is multiplied by for natural ones, `(k,)`; `None` for ones."""
    known = units.angles if units else {}
    return np.array([known.get(family, 1.0) for family in families_of(names)])
