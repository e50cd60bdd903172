"""Uniform random angles."""

import numpy as np

from replication.starts import Context

LABEL = "random angles"
USES = "nothing"


def start(context: Context) -> np.ndarray:
    """One draw: γ, β from (-π/2, π/2); T from (-2, 2), V from (-1, 1)."""
    from replication.ansatze.base import random_angles

    return random_angles(context.ansatz, context.rng, 1)[0]
