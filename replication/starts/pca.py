"""A search in the two principal components of the training instances' optima."""

import numpy as np

from replication.search import descend
from replication.starts import Context

LABEL = "PCA of optima"
USES = "the training set"

COMPONENTS = 2


def start(context: Context) -> np.ndarray:
    """Nelder-Mead from the mean natural optimum, one standard deviation along each component.

    Parry and McMinn, arXiv:2504.16755.
    """
    optima = context.training.natural.optima
    mean = optima.mean(axis=0)
    _, sizes, directions = np.linalg.svd(optima - mean, full_matrices=False)
    deviations = sizes[:COMPONENTS] / np.sqrt(max(len(optima) - 1, 1))
    axes = deviations[:, None] * directions[:COMPONENTS]
    descend(
        lambda x: context.cost((mean + x @ axes) / context.units),
        np.zeros(len(axes)),
        edges=np.ones(len(axes)),
        queries=context.queries,
    )
    return context.cost.best_point
