"""COBYQA, BOBYQA and SBPLX in units of the edges."""

import numpy as np
import pytest

from replication.optimisers import bobyqa, cobyqa, sbplx

from .conftest import CENTRE


@pytest.mark.parametrize("module", [cobyqa, bobyqa])
def test_the_first_queries_move_one_angle_by_its_edge(follow, module):
    start, edges = np.array([0.6, -0.5, 0.2]), np.array([0.1, 0.2, 0.3])
    cost = follow(module, 7, start=start, edges=edges)
    moved = (np.array(cost.points) - start) / edges
    assert np.abs(moved[0]).max() == 0
    for row in moved[1:]:
        assert np.count_nonzero(np.abs(row) > 1e-9) == 1
        assert np.abs(row).max() in (pytest.approx(1), pytest.approx(2))


@pytest.mark.parametrize(("module", "queries"), [(cobyqa, 60), (bobyqa, 60), (sbplx, 400)])
def test_they_end_by_themselves_at_the_minimum(follow, module, queries):
    cost = follow(module, 400)
    assert len(cost.values) < queries
    assert min(cost.values) < 1e-6
    np.testing.assert_allclose(cost.best_point, CENTRE, 0, 1e-3)


def test_a_quadratic_model_needs_fewer_queries_than_a_simplex(follow):
    """What they are for: on a quadratic the model is exact after 2k + 1 points."""

    def needed(module):
        values = np.minimum.accumulate(follow(module, 400).values)
        return int(np.argmax(values < 1e-6))

    assert needed(cobyqa) < needed(sbplx)
    assert needed(bobyqa) < needed(sbplx)
