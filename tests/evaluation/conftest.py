"""One small experiment of each class with its instances, shared by the tests of the evaluation."""

import pytest

from replication.kinds.meta_learning import MetaLearning
from replication.problems.hubbard import hubbard
from replication.problems.maxcut import maxcut
from replication.problems.sk import sk

RING = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (0, 2)]
GLASS = [[0, 0.4, -0.7, 0.2], [0.4, 0, 0.3, -0.5], [-0.7, 0.3, 0, 0.6], [0.2, -0.5, 0.6, 0]]


def experiment(kind, size):
    return MetaLearning.model_validate(
        {
            "problem": {"kind": kind},
            "depth": 1,
            "train_sizes": [size],
            "test": {size: 1},
            "headline_size": size,
            "learners": {"plain": {}},
        }
    )


@pytest.fixture(scope="session")
def settings():
    """MetaLearning and one instance of each class."""
    return {
        "maxcut": (experiment("maxcut", "5"), maxcut(RING)),
        "sk": (experiment("sk", "4"), sk(GLASS)),
        "hubbard": (experiment("hubbard", "2x2"), hubbard((2, 2), t=1.0, u=4.0)),
    }
