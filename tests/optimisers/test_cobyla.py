"""COBYLA in units of the edges."""

import numpy as np

from replication.optimisers import cobyla


def test_the_first_queries_move_one_angle_by_its_edge(follow):
    start, edges = np.array([0.6, -0.5, 0.2]), np.array([0.1, 0.2, 0.3])
    cost = follow(cobyla, 4, start=start, edges=edges)
    moved = (np.array(cost.points) - start) / edges
    # An angle whose move helped stays moved while the next one is tried.
    np.testing.assert_allclose(np.abs(np.diag(moved[1:])), 1, 1e-12)
    np.testing.assert_allclose(np.triu(moved[1:], 1), 0, 0, 1e-12)


def test_it_ends_by_itself(follow):
    cost = follow(cobyla, 400)
    assert len(cost.values) < 200
    assert min(cost.values) < 1e-8
