"""Trainings depth by depth: budgets, and that no depth ends above the one before."""

import numpy as np
import optax
import pytest

from replication import maxcut, qaoa
from replication.errors import UserError
from replication.landscapes import by_interpolation, by_transition_states
from replication.landscapes.deepening import _share
from replication.probes.transition_states import REFERENCE

ADAM = optax.adam(0.05)
FIRST = [0.35, -0.3]
DEEPENINGS = [by_interpolation, by_transition_states]


@pytest.fixture(scope="module")
def circuits():
    problem = maxcut(REFERENCE)
    return [qaoa(problem, p) for p in (1, 2, 3)]


@pytest.mark.parametrize("deepen", DEEPENINGS)
def test_all_is_spent_and_the_angles_are_the_best(deepen, circuits):
    found = deepen([one.energy for one in circuits], FIRST, ADAM, 601)
    assert found.values.shape == found.gradient_norms.shape == (601,)
    assert found.theta.shape == (6,)
    assert float(circuits[-1].energy(found.theta)) == pytest.approx(np.nanmin(found.values))


@pytest.mark.parametrize("deepen", DEEPENINGS)
def test_a_depth_more_ends_lower(deepen, circuits):
    costs = [one.energy for one in circuits]
    ends = [np.nanmin(deepen(costs[:p], FIRST, ADAM, 300 * p).values) for p in (1, 2, 3)]
    assert ends[0] > ends[1] + 0.1 > ends[2] + 0.2


def test_transition_states_go_on_from_the_best_one(circuits):
    """The first value of the second depth's descents is next to the end of the first depth."""
    costs = [one.energy for one in circuits[:2]]
    found = by_transition_states(costs, FIRST, ADAM, 600)
    hessians = np.flatnonzero(np.isnan(found.values))
    # Three transition states of four angles, by central differences.
    np.testing.assert_array_equal(hessians, 300 + np.arange(24))
    best = found.values[:300].min()
    assert best - 0.05 < found.values[324] < best


def test_the_first_interpolated_point_has_the_angles_twice(circuits):
    costs = [one.energy for one in circuits[:2]]
    found = by_interpolation(costs, FIRST, ADAM, 400)
    alone = by_interpolation(costs[:1], FIRST, ADAM, 200).theta
    assert found.values[200] == pytest.approx(float(circuits[1].energy(np.repeat(alone, 2))))


def test_a_budget_too_small_is_refused(circuits):
    costs = [one.energy for one in circuits]
    with pytest.raises(UserError, match=r"evaluations = 200 are too few .* 3 layers"):
        by_transition_states(costs, FIRST, ADAM, 200)
    with pytest.raises(UserError, match="evaluations = 5 must be a whole number, at least 6"):
        by_interpolation(costs, FIRST, ADAM, 5)
    with pytest.raises(UserError, match=r"first must be one gamma and one beta"):
        by_interpolation(costs, [0.1, 0.2, 0.3], ADAM, 100)


def test_the_shares_of_all_depths_are_the_budget():
    assert sum(_share(101, depth, 4) for depth in (1, 2, 3, 4)) == 101
