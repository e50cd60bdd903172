"""A cost that counts and records each query and stops at the budget."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from replication.errors import UserError


class BudgetExhausted(Exception):
    """The budget is used up; raised out of the optimiser and caught by the evaluation."""


class Cost(Protocol):
    """What a local optimiser is given: a [`CountedCost`][], in the circuit's angles or others."""

    def __call__(self, theta: np.ndarray, /) -> float:
        """The cost at `theta`, shape `(k,)`; one query."""
        ...

    def with_gradient(self, theta: np.ndarray, /) -> tuple[float, np.ndarray]:
        """The cost and its gradient, shape `(k,)`; one query."""
        ...

    @property
    def remaining(self) -> int:
        """Queries left."""
        ...


class CountedCost:
    """A cost of which every query counts, whoever makes it.

    The same angles asked again cost nothing: their value is known. So the point that a start
    hands over is not paid for twice.

    **Attributes:** `values` and `points`, all queries in order; `budget`.
    """

    def __init__(
        self,
        cost: Callable[[np.ndarray], float],
        budget: int,
        gradient: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> None:
        """Wrap `cost`, allowing `budget` queries.

        `gradient`, where there is one, takes θ to the gradient of the same cost, both `(k,)`.
        """
        self._cost = cost
        self._gradient = gradient
        self._known: dict[bytes, float] = {}
        self._known_gradients: dict[bytes, np.ndarray] = {}
        self.budget = budget
        self.values: list[float] = []
        self.points: list[np.ndarray] = []

    def __call__(self, theta: np.ndarray) -> float:
        """The cost at `theta`; [`BudgetExhausted`][] once the budget is used up."""
        theta, key = _identified(theta)
        if key not in self._known:
            if len(self.values) >= self.budget:
                raise BudgetExhausted
            self._known[key] = float(self._cost(theta))
            self.values.append(self._known[key])
            self.points.append(theta)
        return self._known[key]

    def with_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """The cost at `theta` and its gradient, shape `(k,)`, together as *one* query.

        A simulator gives the gradient for a few times the price of a value, whatever k is. On
        hardware it takes at least 2k queries more (parameter shift, arXiv:1811.11184), so methods
        that ask for it see more than the others and belong into a panel of their own. At a point
        whose value is known the gradient costs nothing either.

        **Raises:** [`UserError`][] if the cost came without a gradient; [`BudgetExhausted`][].
        """
        if self._gradient is None:
            raise UserError(
                "this cost has no gradient, which the optimiser needs; name one without "
                "`GRADIENT = True` as evaluation.optimiser, or evaluate exact costs (shots: null)"
            )
        value = self(theta)
        theta, key = _identified(theta)
        if key not in self._known_gradients:
            self._known_gradients[key] = np.array(self._gradient(theta), float)
        return value, self._known_gradients[key].copy()

    @property
    def remaining(self) -> int:
        """Queries left."""
        return self.budget - len(self.values)

    @property
    def best_point(self) -> np.ndarray:
        """Queried point of lowest cost."""
        return self.points[int(np.argmin(self.values))]

    def best_so_far(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest cost after each query, `(budget,)`, and the point it was seen at, `(budget, k)`.

        An optimiser that converged before the budget keeps what it had.
        """
        values = np.array(self.values)
        best = np.minimum.accumulate(values)
        where = np.maximum.accumulate(np.where(values <= best, np.arange(values.size), 0))
        pad = self.budget - values.size
        points = np.array(self.points)[where]
        return np.pad(best, (0, pad), mode="edge"), np.pad(points, ((0, pad), (0, 0)), mode="edge")


class Coordinates:
    r"""A counted cost in other coordinates, $\theta = \theta_0 + W x$.

    Optimisers that are given it search for x; each query is one of the cost itself.
    """

    def __init__(self, cost: CountedCost, origin: np.ndarray, matrix: np.ndarray) -> None:
        """**Arguments:** `origin`: $\\theta_0$, shape `(k,)`; `matrix`: W, shape `(k, k)`."""
        self._cost, self._origin, self._matrix = cost, origin, matrix

    def __call__(self, x: np.ndarray) -> float:
        """The cost at x."""
        return self._cost(self._origin + self._matrix @ x)

    def with_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """The cost at x and its gradient by x; see [`CountedCost.with_gradient`][]."""
        value, gradient = self._cost.with_gradient(self._origin + self._matrix @ x)
        return value, self._matrix.T @ gradient

    @property
    def remaining(self) -> int:
        """Queries left."""
        return self._cost.remaining


def _identified(theta: np.ndarray) -> tuple[np.ndarray, bytes]:
    """A copy of the angles, and a key for them; adding 0 makes -0 the same as 0."""
    theta = np.array(theta, float) + 0.0
    return theta, theta.tobytes()
