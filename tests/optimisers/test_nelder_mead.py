"""The two simplices: the stated one and SciPy's own."""

import numpy as np

from replication.optimisers import nelder_mead, nelder_mead_scipy


def test_the_stated_simplex(follow):
    cost = follow(nelder_mead, 4, start=(0.6, -0.5, 0.0), edges=(0.1, 0.2, 0.3))
    expected = [[0.6, -0.5, 0], [0.7, -0.5, 0], [0.6, -0.3, 0], [0.6, -0.5, 0.3]]
    np.testing.assert_allclose(cost.points, expected)


def test_scipys_simplex(follow):
    """5 % of each angle, 0.00025 where it is zero."""
    cost = follow(nelder_mead_scipy, 4, start=(0.6, -0.5, 0.0))
    expected = [[0.6, -0.5, 0], [0.63, -0.5, 0], [0.6, -0.525, 0], [0.6, -0.5, 0.00025]]
    np.testing.assert_allclose(cost.points, expected, 1e-12)


def test_tolerances(follow):
    """Both end by themselves; the stated ones, 1e-8 in the cost, go further than SciPy's own."""
    start = (0.6, -0.5, 0.4)
    stated, own = follow(nelder_mead, 400, start=start), follow(nelder_mead_scipy, 400, start=start)
    assert max(len(stated.values), len(own.values)) < 400
    assert min(stated.values) < min(own.values) < 1e-4
