"""LR-QAOA: one published ramp for all problems whose largest coefficient is 1."""

import numpy as np

from replication.starts import Context

LABEL = "LR-QAOA"
FAMILY = "qaoa"
USES = "a table"

GAMMA, BETA = 0.6, 0.3
"""Ends of both ramps, as published for the experiments."""


def start(context: Context) -> np.ndarray:
    r"""$\gamma_k = 0.6\,k/p / \max|w|$, $\beta_k = -0.3\,(1 - (k-1)/p)$, made for p ≥ 10.

    Montañez-Barrera and Michielsen, arXiv:2405.09169.
    """
    p = context.ansatz.num_parameters // 2
    largest = np.abs(context.problem.weights).max()  # type: ignore[attr-defined]
    return np.concatenate(
        [GAMMA * np.arange(1, p + 1) / (p * largest), -BETA * (1 - np.arange(p) / p)]
    )
