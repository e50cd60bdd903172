"""Constant angles: the best single vector on the training set.

The control without which "learned" may only mean "the angles concentrate".
"""

import numpy as np

from replication.starts import Context

LABEL = "constant angles"
USES = "the training set"


def start(context: Context) -> np.ndarray:
    """The same vector for every instance."""
    return context.training.constant
