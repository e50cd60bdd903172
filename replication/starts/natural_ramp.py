"""The linear ramp in natural units, γ of one slope for all couplings."""

import numpy as np

from replication.starts import Context

LABEL = "linear ramp, natural units"
FAMILY = "qaoa"
USES = "the training set"


def start(context: Context) -> np.ndarray:
    r"""$\gamma_k g = 0.75 a s_k$, $\beta_k = -0.75 (1 - s_k)$, a fitted on the training set."""
    theta = np.asarray(context.ansatz.heuristic(context.problem.natural_units))
    gamma = np.array([one == "gamma" for one in context.families])
    return np.where(gamma, theta * context.training.natural.ramp_scale, theta)
