"""How a cost takes a network's angles: in which order, and inside of which bounds."""

import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar, get_args

import numpy as np

from replication.ansatze.names import Order, families_of
from replication.errors import UserError

T = TypeVar("T")

PERIODS = {"beta": np.pi}
"""Shifts that change a state by a sign at most, whatever the instance: of QAOA's mixer."""


class Box(NamedTuple):
    """Bounds of angles and the periods of their images, `(k,)` each, infinite where there is none.

    The network sees its own angles; the cost is evaluated at their images inside of the bounds.
    """

    low: np.ndarray
    high: np.ndarray
    periods: np.ndarray

    def shift(self, theta: np.ndarray) -> np.ndarray:
        """Whole periods that bring angles inside, or as close as they come."""
        with np.errstate(invalid="ignore"):
            up = np.ceil((self.low - theta) / self.periods)
            down = np.floor((self.high - theta) / self.periods)
        turns = np.where(theta < self.low, up, np.where(theta > self.high, down, 0.0))
        known = np.isfinite(self.periods) & np.isfinite(turns)
        return np.where(known, turns, 0.0) * np.where(known, self.periods, 0.0)

    def image(self, theta: np.ndarray) -> np.ndarray:
        """Where the cost is evaluated, for angles of the network that are [`clipped`][]."""
        return np.clip(theta + self.shift(theta), self.low, self.high)

    def clipped(self, theta: np.ndarray) -> np.ndarray:
        """The same angles, but those whose image leaves the bounds at their ends."""
        shift = self.shift(theta)
        moved = theta + shift
        kept = np.clip(moved, self.low, self.high)
        return np.where(kept == moved, theta, kept - shift)


@dataclass(frozen=True, eq=False)
class View:
    """How a cost takes a network's angles.

    - `order`: `own`, or `qiskit`: β before γ.
    - `box`: the bounds, in the network's order; `None` for none.
    """

    order: Order = "own"
    box: Box | None = None

    def ordered(self, theta: np.ndarray) -> np.ndarray:
        """The network's order as the cost's, and back, `(k,)`."""
        return swapped(theta) if self.order == "qiskit" else theta

    def clipped(self, theta: np.ndarray) -> np.ndarray:
        """Angles of the network as close as the bounds allow, in its order."""
        return theta if self.box is None else self.box.clipped(theta)

    def given(self, theta: np.ndarray) -> np.ndarray:
        """Where the cost is evaluated for angles of the network that are `clipped`."""
        return self.ordered(theta if self.box is None else self.box.image(theta))

    def own(self, given: np.ndarray, near: np.ndarray) -> np.ndarray:
        """Angles of the network for those of the cost; `near`: ones whose periods they share."""
        shift = 0.0 if self.box is None else self.box.shift(near)
        return self.ordered(given) - shift

    def as_json(self) -> dict[str, Any]:
        """Order and bounds, in the order of the cost."""
        bounds = None
        if self.box is not None:
            ends = (self.ordered(self.box.low), self.ordered(self.box.high))
            bounds = [[_or_none(low), _or_none(high)] for low, high in zip(*ends, strict=True)]
        return {"order": self.order, "bounds": bounds}


def view_of(order: Any, bounds: Any, names: Sequence[str]) -> View:
    """The view of a cost of angles in an order and inside of bounds.

    **Arguments:** `bounds`: as SciPy takes them, in that order; `names`: of the network's angles.

    **Raises:** [`UserError`][] for an unknown order, one that these angles do not have, and bad
    bounds.
    """
    if order not in get_args(Order):
        raise UserError(f"order {order!r} must be one of {', '.join(get_args(Order))}")
    families = families_of(names)
    if order == "qiskit" and {*families} != {"gamma", "beta"}:
        raise UserError(
            f"order 'qiskit' is of QAOA's angles gamma and beta, not {', '.join(names)}"
        )
    periods = np.array([PERIODS.get(family, np.inf) for family in families])
    plain = View(order)
    box = box_of(bounds, plain.ordered(periods))
    if box is None:
        return plain
    return View(order, Box(*map(plain.ordered, box)))


def box_of(bounds: Any, periods: np.ndarray) -> Box | None:
    """Bounds as SciPy takes them: `None`, its `Bounds`, or a pair for each angle.

    **Arguments:** `periods`: of each angle, `(k,)`.

    **Raises:** [`UserError`][] for another number of them, and for bounds that leave no room.
    """
    k = len(periods)
    if bounds is None or (not hasattr(bounds, "lb") and np.ndim(bounds) and not np.size(bounds)):
        return None
    refusal = f"bounds must be a pair of numbers for each of {k} angles"
    try:
        if hasattr(bounds, "lb"):
            low, high = (np.broadcast_to(np.asarray(b, float), k) for b in (bounds.lb, bounds.ub))
        else:
            pairs = [*bounds]
            if len(pairs) != k or any(np.size(pair) != 2 for pair in pairs):
                raise UserError(f"{refusal}, got {len(pairs)}")
            ends = [(-np.inf if a is None else a, np.inf if b is None else b) for a, b in pairs]
            low, high = np.array(ends, float).T
    except (TypeError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{refusal}, got {reprlib.repr(bounds)}") from None
    if not (low <= high).all():
        raise UserError("bounds must have low ends at most as large as high ends")
    return Box(low, high, periods)


def swapped(theta: np.ndarray) -> np.ndarray:
    """Angles (γ, β) as (β, γ) and back.

    >>> swapped(np.array([1.0, 2.0, 3.0, 4.0])).tolist()
    [3.0, 4.0, 1.0, 2.0]
    """
    first, second = np.split(theta, 2)
    return np.concatenate([second, first])


def _or_none(end: float) -> float | None:
    return float(end) if np.isfinite(end) else None
