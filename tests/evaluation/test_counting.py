"""The counted cost: every query once, never beyond the budget, and the best so far."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replication.evaluation.counting import BudgetExhausted, CountedCost


def first(theta):
    return float(theta[0])


def fed(values, budget):
    cost = CountedCost(first, budget)
    for value in values:
        cost(np.array([value, 7.0]))
    return cost


def test_queries_are_recorded_in_order():
    cost = fed([0.3, -0.1, 0.2], budget=5)
    assert cost.values == [0.3, -0.1, 0.2]
    np.testing.assert_array_equal(cost.points, [[0.3, 7], [-0.1, 7], [0.2, 7]])
    assert cost.remaining == 2
    np.testing.assert_array_equal(cost.best_point, [-0.1, 7])


def test_the_budget_is_hard():
    calls = []
    cost = CountedCost(lambda theta: calls.append(theta) or 0.0, budget=2)
    cost(np.zeros(1))
    cost(np.ones(1))
    for _ in range(2):
        with pytest.raises(BudgetExhausted):
            cost(np.full(1, 2.0))
    assert len(calls) == len(cost.values) == 2
    assert cost.remaining == 0


def test_known_points_cost_nothing_even_after_the_budget():
    cost = fed([1.0, 2.0], budget=2)
    assert cost(np.array([1.0, 7.0])) == 1.0
    assert len(cost.values) == 2
    # Next to a known point is not known.
    with pytest.raises(BudgetExhausted):
        cost(np.array([np.nextafter(1.0, 2), 7.0]))


def test_the_record_outlives_changes_to_the_callers_array():
    """SciPy's simplex is moved in place between queries."""
    cost, theta = CountedCost(first, 5), np.array([1.0])
    cost(theta)
    theta[0] = -1.0
    assert cost(theta) == -1.0
    np.testing.assert_array_equal(cost.points, [[1.0], [-1.0]])


def test_numbers_of_other_types_are_the_same_point():
    cost = CountedCost(first, 1)
    assert cost([2, 7]) == cost(np.array([2.0, 7.0])) == 2.0
    assert len(cost.values) == 1


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8, unique=True), st.integers(0, 3))
def test_best_so_far(values, spare):
    cost = fed(values, budget=len(values) + spare)
    best, points = cost.best_so_far()
    expected = [min(values[: i + 1]) for i in range(len(values))]
    expected += spare * [min(values)]
    np.testing.assert_array_equal(best, expected)
    assert points.shape == (len(values) + spare, 2)
    # The point is always one at which that value was measured.
    np.testing.assert_array_equal(points[:, 0], best)
    np.testing.assert_array_equal(points[-1], cost.best_point)
