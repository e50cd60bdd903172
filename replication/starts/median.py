"""Median of the training instances' own optima."""

import numpy as np

from replication.starts import Context

LABEL = "median of optima"
USES = "the training set"


def start(context: Context) -> np.ndarray:
    """The median of each angle, optima moved to the symmetric image next to the constants."""
    return context.training.median
