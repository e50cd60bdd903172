"""A context around a plain cost in the angles of a one-layer circuit, two of them."""

import numpy as np
import pytest

from replication.ansatze.qaoa import qaoa
from replication.cost import CountedCost
from replication.problems.maxcut import maxcut
from replication.starts import Context, NaturalPoints, TrainingPoints

CENTRE = np.array([0.7, -0.4])


def bowl(theta):
    """Lowest at CENTRE, 0; 1.2 on average over the box of random angles."""
    return float(np.sum((theta - CENTRE) ** 2) / 2)


@pytest.fixture
def context():
    problem = maxcut([(0, 1), (1, 2), (0, 2)])
    ansatz = qaoa(problem, 1)

    def make(queries=10, seed=0, cost=bowl, budget=None):
        return Context(
            problem=problem,
            ansatz=ansatz,
            cost=CountedCost(cost, queries if budget is None else budget),
            rng=np.random.default_rng(seed),
            queries=queries,
            training=TrainingPoints(
                np.zeros(2),
                np.zeros(2),
                1.0,
                NaturalPoints(
                    np.array([0.5, -0.3]),
                    np.array([0.4, -0.2]),
                    1.2,
                    [problem],
                    np.array([[0.5, -0.3], [0.7, -0.4], [0.6, -0.2]]),
                    np.eye(2),
                ),
            ),
        )

    return make
