"""A cost that counts and records each query and stops at the budget."""

from collections.abc import Callable

import numpy as np


class BudgetExhausted(Exception):
    """The budget is used up; raised out of the optimiser and caught by the evaluation."""


class CountedCost:
    """A cost of which every query counts, whoever makes it.

    The same angles asked again cost nothing: their value is known. So the point that a start
    hands over is not paid for twice.

    **Attributes:** `values` and `points`, all queries in order; `budget`.
    """

    def __init__(self, cost: Callable[[np.ndarray], float], budget: int) -> None:
        """Wrap `cost`, allowing `budget` queries."""
        self._cost = cost
        self._known: dict[bytes, float] = {}
        self.budget = budget
        self.values: list[float] = []
        self.points: list[np.ndarray] = []

    def __call__(self, theta: np.ndarray) -> float:
        """The cost at `theta`; [`BudgetExhausted`][] once the budget is used up."""
        theta = np.array(theta, float)
        key = theta.tobytes()
        if key not in self._known:
            if len(self.values) >= self.budget:
                raise BudgetExhausted
            self._known[key] = float(self._cost(theta))
            self.values.append(self._known[key])
            self.points.append(theta)
        return self._known[key]

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
