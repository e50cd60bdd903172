"""Constant natural angles: the best single vector on the training set in natural units."""

import numpy as np

from replication.starts import Context

LABEL = "constant angles, natural units"
USES = "the training set"


def start(context: Context) -> np.ndarray:
    """The same natural angles for every instance, so its own angles by its own units."""
    return context.training.natural.constant / context.units
