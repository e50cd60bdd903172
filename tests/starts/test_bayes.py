"""Bayesian optimisation: random first, inside the box, and better than random queries."""

import numpy as np
import pytest

from replication.ansatze.base import random_angles
from replication.cost import BudgetExhausted
from replication.starts import bayes

CENTRE = np.array([0.7, -0.4])


def test_the_first_four_are_random_angles(context):
    made, fresh = context(), np.random.default_rng(0)
    bayes.start(made)
    np.testing.assert_array_equal(made.cost.points[:4], random_angles(made.ansatz, fresh, 4))


@pytest.mark.parametrize("queries", [1, 4, 5, 10])
def test_all_queries_are_used_and_stay_in_the_box(context, queries):
    made = context(queries)
    theta = bayes.start(made)
    assert len(made.cost.values) == queries
    assert np.all(np.abs(made.cost.points) <= np.pi / 2)
    np.testing.assert_array_equal(theta, made.cost.best_point)


def test_a_budget_below_its_queries_ends_it(context):
    made = context(10, budget=6)
    with pytest.raises(BudgetExhausted):
        bayes.start(made)
    assert len(made.cost.values) == 6


def test_it_beats_as_many_random_queries(context):
    """Ten queries of a smooth bowl in two dimensions, twelve seeds."""
    found, random = [], []
    for seed in range(12):
        made, other = context(seed=seed), context(seed=seed)
        bayes.start(made)
        for theta in random_angles(other.ansatz, other.rng, 10):
            other.cost(theta)
        found.append(min(made.cost.values))
        random.append(min(other.cost.values))
    assert np.median(found) < 0.1 * np.median(random)


def test_expected_improvement_on_a_known_bowl(context):
    """Once the bowl is known, the next query is near its bottom, where nobody has been."""
    made = context()
    rng = np.random.default_rng(1)
    points = random_angles(made.ansatz, rng, 30)
    values = np.sum((points - CENTRE) ** 2, axis=1)
    found = bayes._most_promising(
        points, values, lambda count: random_angles(made.ansatz, rng, count), rng
    )
    np.testing.assert_allclose(found, CENTRE, 0, 0.1)


def test_expected_improvement_by_sampling(context):
    """Against the mean improvement of a hundred thousand values drawn from the process."""
    from sklearn.gaussian_process import GaussianProcessRegressor

    rng = np.random.default_rng(2)
    points = rng.uniform(-1, 1, (8, 2))
    values = np.sum(points**2, axis=1)
    x = rng.uniform(-1, 1, (20, 2))
    seen = []
    plain = GaussianProcessRegressor.predict

    def watched(process, x, return_std):
        seen.append(plain(process, x, return_std=return_std))
        return seen[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GaussianProcessRegressor, "predict", watched)
        expected = bayes._expected_improvement(points, values)(x)
    mean, deviation = seen[0]
    drawn = mean + deviation * rng.standard_normal((100_000, 1))
    sampled = np.maximum(values.min() - drawn, 0)
    error = 5 * sampled.std(axis=0) / np.sqrt(100_000) + 1e-12
    assert np.all(np.abs(expected - sampled.mean(axis=0)) <= error)
    assert expected.max() > 1e-3
    # Where it has been, little is left to gain.
    assert bayes._expected_improvement(points, values)(points).max() < expected.max()


@pytest.mark.parametrize("value", [0.0, 0.3])
def test_a_flat_cost_is_no_trouble(context, value):
    made = context(cost=lambda theta: value)
    assert np.isfinite(bayes.start(made)).all()
    assert len(made.cost.values) == 10
