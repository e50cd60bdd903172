"""Samples of the density of the training instances' optima, and the best of them."""

import numpy as np

from replication.starts import Context

LABEL = "KDE of optima"
USES = "the training set"


def start(context: Context) -> np.ndarray:
    """As many samples as queries from a Gaussian kernel density of the natural optima.

    Each kernel's standard deviation is that of the optima, angle by angle, times Scott's factor
    $m^{-1/(k+4)}$ for m optima of k angles. The first sample is the median of the optima.

    Khairy et al., arXiv:1911.11071; Shaydulin et al., doi:10.1145/3584706.
    """
    optima = context.training.natural.optima
    count, k = optima.shape
    width = optima.std(axis=0) * count ** (-1 / (k + 4))
    centres = optima[context.rng.integers(count, size=context.queries - 1)]
    drawn = centres + width * context.rng.standard_normal(centres.shape)
    for theta in (np.median(optima, axis=0), *drawn):
        context.cost(theta / context.units)
    return context.cost.best_point
