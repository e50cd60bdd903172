"""Every local optimiser found in the registry passes the same checks."""

import contextlib

import numpy as np
import pytest

from replication import optimisers
from replication.errors import UserError
from replication.evaluation.counting import BudgetExhausted, CountedCost

START = np.array([0.6, -0.5])
EDGES = np.array([0.1, 0.2])


def bowl(theta):
    return float(np.tanh((theta[0] - 0.2) ** 2 + 3 * (theta[1] + 0.1) ** 2) - 0.5)


def search(name, budget, cost=bowl):
    """As the evaluation calls it: one more than the budget, since a known point is free."""
    counted = CountedCost(cost, budget)
    with contextlib.suppress(BudgetExhausted):
        optimisers.load(name).minimise(counted, START, edges=EDGES, budget=budget + 1)
    return counted


@pytest.fixture(params=optimisers.names())
def name(request):
    return request.param


def test_the_registry_is_the_folder():
    assert "nelder_mead" in optimisers.names()
    with pytest.raises(UserError, match=r"unknown optimiser 'nelder'; allowed are .*nelder_mead"):
        optimisers.load("nelder")


def test_label(name):
    assert isinstance(optimisers.load(name).LABEL, str)
    assert optimisers.load(name).LABEL


@pytest.mark.parametrize("budget", [1, 2, 7, 40])
def test_the_budget_holds_and_the_start_comes_first(name, budget):
    counted = search(name, budget)
    assert 1 <= len(counted.values) <= budget
    np.testing.assert_array_equal(counted.points[0], START)
    assert all(np.isfinite(point).all() for point in counted.points)


def test_it_minimises(name):
    counted = search(name, 200)
    assert min(counted.values) < -0.5 + 1e-6
    np.testing.assert_allclose(counted.best_point, [0.2, -0.1], 0, 2e-3)


def test_it_is_deterministic(name):
    first, again = search(name, 30), search(name, 30)
    np.testing.assert_array_equal(first.points, again.points)


def test_the_start_is_not_written_to(name):
    start = START.copy()
    optimisers.load(name).minimise(CountedCost(bowl, 30), start, edges=EDGES, budget=20)
    np.testing.assert_array_equal(start, START)


def test_a_flat_cost_ends(name):
    counted = search(name, 200, cost=lambda theta: 0.0)
    assert len(counted.values) <= 200


def test_nelder_mead_starts_from_the_stated_simplex():
    counted = search("nelder_mead", 3)
    np.testing.assert_allclose(counted.points, [[0.6, -0.5], [0.7, -0.5], [0.6, -0.3]])
