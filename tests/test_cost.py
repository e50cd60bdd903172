"""The counted cost: every query once, never beyond the budget, and the best so far."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replication.cost import BudgetExhausted, CountedCost
from replication.errors import UserError


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


def test_zero_has_one_sign():
    """A start at 0 moved by -1 times nothing is still the point that was paid for."""
    cost = CountedCost(first, 1)
    assert cost(np.array([0.0, 7.0])) == cost(np.array([-0.0, 7.0])) == 0.0
    assert len(cost.values) == 1


def graded(budget, calls=None):
    calls = [] if calls is None else calls
    return CountedCost(
        lambda theta: float(np.sum(theta**2)),
        budget,
        lambda theta: calls.append(theta) or 2 * theta,
    )


def test_a_value_with_its_gradient_is_one_query():
    calls = []
    cost = graded(2, calls)
    for _ in range(2):
        value, gradient = cost.with_gradient(np.array([1.0, -3.0]))
        assert value == 10
        np.testing.assert_array_equal(gradient, [2, -6])
        gradient[:] = np.nan
    assert cost.values == [10]
    np.testing.assert_array_equal(cost.points, [[1, -3]])
    assert cost.remaining == len(calls) == 1


def test_a_known_point_gives_its_gradient_for_nothing():
    cost = graded(1)
    cost(np.ones(2))
    value, gradient = cost.with_gradient(np.ones(2))
    assert (value, *gradient) == (2, 2, 2)
    assert cost.values == [2]


def test_gradients_obey_the_budget():
    calls = []
    cost = graded(1, calls)
    cost.with_gradient(np.zeros(2))
    with pytest.raises(BudgetExhausted):
        cost.with_gradient(np.ones(2))
    assert len(calls) == len(cost.values) == 1


def test_a_cost_without_gradient_says_so():
    cost = CountedCost(first, 5)
    with pytest.raises(UserError, match=r"this cost has no gradient.*evaluation\.optimiser"):
        cost.with_gradient(np.zeros(2))
    assert cost.values == []


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=8, unique=True), st.integers(0, 3))
def test_best_so_far(values, extra):
    cost = fed(values, budget=len(values) + extra)
    best, points = cost.best_so_far()
    expected = [min(values[: i + 1]) for i in range(len(values))]
    expected += extra * [min(values)]
    np.testing.assert_array_equal(best, expected)
    assert points.shape == (len(values) + extra, 2)
    # The point is always one at which that value was measured.
    np.testing.assert_array_equal(points[:, 0], best)
    np.testing.assert_array_equal(points[-1], cost.best_point)
