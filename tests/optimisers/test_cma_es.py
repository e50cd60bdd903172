"""CMA-ES as a local optimiser: a cloud of one edge, noise tolerated."""

import numpy as np

from replication.optimisers import cma_es

CENTRE = np.array([0.3, -0.2, 0.1])
START, EDGES = np.array([0.6, -0.5, 0.0]), np.array([0.1, 0.2, 0.3])


def test_the_first_cloud_has_the_edges_as_its_deviations(follow):
    clouds = [follow(cma_es, 8, start=START, edges=EDGES, seed=s).points for s in range(100)]
    points = (np.array(clouds)[:, 1:] - START).reshape(-1, 3) / EDGES
    np.testing.assert_allclose(points.std(axis=0), 1, 0, 0.1)
    np.testing.assert_allclose(points.mean(axis=0), 0, 0, 0.15)


def test_it_converges(follow):
    assert min(follow(cma_es, 400).values) < 1e-8


def test_noise_is_tolerated(follow, noisy):
    best = [follow(cma_es, 400, cost=noisy(s), seed=s + 100).points[-1] for s in range(10)]
    assert np.sqrt(np.mean((np.array(best) - CENTRE) ** 2)) < 0.15
