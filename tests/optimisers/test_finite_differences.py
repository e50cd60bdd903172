"""Adam and momentum along central differences: two queries an angle and step."""

import numpy as np
import pytest

from replication.optimisers import adam_fd, momentum_fd
from replication.search import central_gradient

from .conftest import CENTRE, gradient, quadratic


def test_differences_are_the_gradient_of_a_quadratic():
    x = np.array([0.5, 0.1, -0.7])
    np.testing.assert_allclose(central_gradient(quadratic, x), gradient(x), 1e-10)


@pytest.mark.parametrize("module", [adam_fd, momentum_fd])
def test_a_step_costs_two_queries_an_angle(follow, module):
    edges = np.array([0.1, 0.2, 0.3])
    cost = follow(module, 8, edges=edges)
    moved = np.array(cost.points[1:7]) / edges
    np.testing.assert_allclose(np.abs(moved), np.repeat(0.1 * np.eye(3), 2, axis=0), 0, 1e-12)


@pytest.mark.parametrize("module", [adam_fd, momentum_fd])
def test_the_first_step_is_half_an_edge_at_most(follow, module):
    edges = np.array([0.1, 0.2, 0.3])
    cost = follow(module, 20, edges=edges)
    centre = np.mean(cost.points[7:9], axis=0) / edges
    assert np.abs(centre).max() == pytest.approx(0.5, rel=1e-6)


@pytest.mark.parametrize("module", [adam_fd, momentum_fd])
def test_they_come_close_to_the_minimum(follow, module):
    cost = follow(module, 400)
    np.testing.assert_allclose(cost.best_point, CENTRE, 0, 0.02)
    assert len(cost.values) > 350
