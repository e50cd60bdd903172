"""L-BFGS-B with gradients: one query each, and few of them."""

import numpy as np

from replication.optimisers import lbfgsb


def test_a_quadratic_in_a_few_queries(follow):
    cost = follow(lbfgsb, 25)
    assert len(cost.values) < 20
    assert min(cost.values) < 1e-8


def test_the_chain_rule_of_the_edges(follow):
    """Edges that undo the steepness make a round bowl: two line searches at most."""
    steepness = np.array([0.5, 1.0, 2.0])
    round_bowl = follow(lbfgsb, 25, edges=0.1 / np.sqrt(steepness))
    assert len(round_bowl.values) <= 4
    assert min(round_bowl.values) < 1e-12


def test_the_first_step_is_at_most_one_edge(follow):
    cost = follow(lbfgsb, 2, edges=(0.1, 0.2, 0.3))
    step = (cost.points[1] - cost.points[0]) / [0.1, 0.2, 0.3]
    assert np.linalg.norm(step) <= 1 + 1e-12
