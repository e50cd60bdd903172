"""SPSA: pairs on either side, a calibrated step, every query used, noise tolerated."""

import numpy as np
import pytest

from replication.optimisers import spsa

CENTRE = np.array([0.3, -0.2, 0.1])
START, EDGES = np.linspace(-0.6, 0.5, 12), np.linspace(0.05, 0.2, 12)
SLOPE = np.cos(np.arange(12.0))


def line(theta):
    return float(np.dot(SLOPE, theta))


def pairs_of(points):
    return np.array(points[1:-1]).reshape(-1, 2, len(points[0]))


@pytest.mark.parametrize("budget", [4, 12, 40, 101])
def test_queries_come_in_pairs_around_the_path(follow, budget):
    cost = follow(spsa, budget, start=START, edges=EDGES, cost=line)
    # The start, pairs, and the last point; a query that makes no pair is left.
    assert len(cost.values) == budget - budget % 2
    pairs = pairs_of(cost.points)
    np.testing.assert_allclose(pairs[:5].mean(axis=1), len(pairs[:5]) * [START], 0, 1e-12)
    k = np.maximum(0, np.arange(len(pairs)) - 4)[:, None]
    reach = np.abs(pairs[:, 0] - pairs[:, 1]) / 2 / EDGES
    np.testing.assert_allclose(reach, np.broadcast_to(0.5 / (k + 1) ** 0.101, reach.shape), 1e-9)


def test_pairs_that_repeat_are_free(follow):
    """One angle has a single pair: five estimates at the start cost two queries."""
    cost = follow(spsa, 14, start=(0.6,), edges=(0.1,), cost=lambda theta: float(theta[0]))
    np.testing.assert_allclose(sorted(np.ravel(cost.points[1:3])), [0.55, 0.65])
    assert len(cost.values) == 14 - 8


def test_the_first_step_by_hand(follow):
    """On a line f = g·θ one estimate is Δ (g·edges·Δ), whatever c."""
    cost = follow(spsa, 14, start=START, edges=EDGES, cost=line)
    pairs = pairs_of(cost.points)
    sides = np.sign(pairs[:5, 0] - START)
    estimates = sides * (sides @ (SLOPE * EDGES))[:, None]
    # The gain makes one estimate of mean magnitude half an edge long; then the cap of one edge.
    step = 0.5 / np.mean(np.abs(estimates)) * estimates.mean(axis=0)
    expected = START - EDGES * np.clip(step, -1, 1)
    np.testing.assert_allclose(pairs[5].mean(axis=0), expected, 1e-9)


def test_no_step_is_longer_than_an_edge(follow):
    """A cost that becomes a thousand times steeper away from the start."""
    cost = follow(spsa, 60, cost=lambda theta: float(np.sum(theta) + 1e3 * np.sum(theta) ** 3))
    path = pairs_of(cost.points).mean(axis=1)
    assert np.abs(np.diff(path, axis=0)).max() <= 0.1 * (1 + 1e-9)


def test_it_converges_and_ends_at_the_last_point(follow):
    cost = follow(spsa, 2000)
    np.testing.assert_allclose(cost.points[-1], CENTRE, 0, 0.01)
    assert cost.values[-1] < 1e-3 < cost.values[0]


def test_noise_is_tolerated(follow, noisy):
    """The last points of twenty noisy searches; a plain descent's queries would scatter by 0.1."""
    ends = [follow(spsa, 400, cost=noisy(s), seed=s + 100).points[-1] for s in range(20)]
    assert np.sqrt(np.mean((np.array(ends) - CENTRE) ** 2)) < 0.07
    # Averaged, they point at the minimum.
    np.testing.assert_allclose(np.mean(ends, axis=0), CENTRE, 0, 0.05)
