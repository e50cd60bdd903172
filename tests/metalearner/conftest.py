"""A small experiment, its tasks and a small network, shared by the tests of the meta-learner."""

import jax
import pytest

from replication.ansatze.qaoa import qaoa
from replication.kinds.meta_learning import MetaLearning
from replication.metalearner.network import Network
from replication.metalearner.rollout import batch_of


@pytest.fixture(scope="session")
def experiment():
    return MetaLearning.model_validate(
        {
            "problem": {"kind": "maxcut"},
            "depth": 1,
            "train_sizes": ["4", "5"],
            "test": {"5": 2},
            "headline_size": "5",
            "learners": {"plain": {}},
        }
    )


@pytest.fixture(scope="session")
def batches(experiment):
    """Six training instances of each size, by size."""
    return {
        size: batch_of(
            [
                experiment.problem.at(size).sample(key)
                for key in jax.random.split(jax.random.key(int(size)), 6)
            ],
            lambda problem: qaoa(problem, experiment.depth),
        )
        for size in experiment.train_sizes
    }


@pytest.fixture(scope="session")
def network():
    return Network(2, 4, "plain", key=jax.random.key(0))
