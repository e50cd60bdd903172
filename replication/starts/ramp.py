"""The linear ramp, QAOA's class heuristic."""

import numpy as np

from replication.starts import Context

LABEL = "linear ramp"
FAMILY = "qaoa"
USES = "the training set"


def start(context: Context) -> np.ndarray:
    """γ rising, β falling in magnitude; the γ slope rescaled on the training set but for MaxCut."""
    theta = context.ansatz.heuristic()
    depth = theta.size // 2
    return np.concatenate([theta[:depth] * context.training.ramp_scale, theta[depth:]])
