"""CMA-ES as a start: generations of five around a random point, as wide as random angles."""

import numpy as np
import pytest

from replication.cost import BudgetExhausted
from replication.starts import cma_es

CENTRE = np.array([0.7, -0.4])


@pytest.mark.parametrize("queries", [1, 4, 5, 7, 10])
def test_all_queries_are_used(context, queries):
    made = context(queries)
    theta = cma_es.start(made)
    assert len(made.cost.values) == queries
    np.testing.assert_array_equal(theta, made.cost.best_point)


def test_the_first_cloud_is_as_wide_as_random_angles(context):
    clouds = []
    for seed in range(200):
        made = context(5, seed)
        cma_es.start(made)
        clouds.append(made.cost.points)
    clouds = np.array(clouds)
    box = np.pi / np.sqrt(12)
    np.testing.assert_allclose(clouds.std(axis=1, ddof=1).mean(axis=0), 0.94 * box, 0.06)
    # The centre is itself a random angle: the two variances add up, the cloud's mean over five.
    np.testing.assert_allclose(clouds.mean(axis=1).std(axis=0), np.sqrt(1.2) * box, 0.15)


def test_later_generations_are_better(context):
    """The cloud moves: the fifth generation's mean cost is far below the first's."""
    costs = []
    for seed in range(20):
        made = context(25, seed)
        cma_es.start(made)
        costs.append(np.reshape(made.cost.values, (5, 5)).mean(axis=1))
    mean = np.mean(costs, axis=0)
    assert mean[4] < 0.4 * mean[0]
    assert mean[1] < mean[0]


def test_a_budget_below_its_queries_ends_it(context):
    made = context(10, budget=6)
    with pytest.raises(BudgetExhausted):
        cma_es.start(made)
    assert len(made.cost.values) == 6


def test_nothing_is_printed_or_written(context, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    cma_es.start(context(40))
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
