"""Angles linear in U/t, fitted to the training instances' optima."""

import numpy as np

from replication.starts import Context

LABEL = "linear in U/t"
FAMILY = "trotter"
USES = "the training set"


def start(context: Context) -> np.ndarray:
    r"""$\theta = A + B\,U/t$, by least squares over the training instances' optima.

    Cervera-Lierta, Kottmann and Aspuru-Guzik, doi:10.1103/PRXQuantum.2.020329 (meta-VQE).
    """
    natural = context.training.natural
    ratios = np.array([one.features["U / t"] for one in natural.problems])
    design = np.stack([np.ones_like(ratios), ratios], axis=1)
    (constant, slope), *_ = np.linalg.lstsq(design, natural.optima, rcond=None)
    return (constant + slope * context.problem.features["U / t"]) / context.units
