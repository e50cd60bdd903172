"""Names of angles: the family of each, and its natural unit."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from replication.problems.base import NaturalUnits


def families_of(names: Sequence[str]) -> list[str]:
    """The family of each angle of an ansatz' `parameter_names`, such as `gamma` of `gamma_1`."""
    return [name.rsplit("_", 1)[0] for name in names]


def angle_units(names: Sequence[str], units: "NaturalUnits | None") -> np.ndarray:
    """What each of the named angles is multiplied by for natural ones, `(k,)`; `None` for ones."""
    known = units.angles if units else {}
    return np.array([known.get(family, 1.0) for family in families_of(names)])
