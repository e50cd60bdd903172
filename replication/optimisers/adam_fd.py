"""Adam along gradients from finite differences, two queries an angle."""

import numpy as np

from replication.cost import Cost
from replication.search import central_gradient

LABEL = "Adam (finite differences)"

FIRST, SECOND = 0.9, 0.999
"""Decay of the mean gradient and of the mean square, as published."""


def minimise(
    cost: Cost,
    start: np.ndarray,
    *,
    edges: np.ndarray,
    budget: int,
    rng: np.random.Generator,
) -> None:
    r"""$x \leftarrow x - a_j \hat m / (\sqrt{\hat v} + \epsilon)$, x in units of `edges`.

    Differences reach a tenth of an edge to either side. The first step moves each angle by half an
    edge, and $a_j$ falls as a cosine over the steps that the budget has room for.

    **Arguments:** `edges`: shape `(k,)`, units of the angles; `budget`: queries allowed; `rng`: not
    used.

    Kingma and Ba, arXiv:1412.6980; among the best of 30 optimisers for Hubbard circuits in Jones,
    Mineh and Montanaro, arXiv:2411.13742.
    """
    cost(start)
    x, mean, square = (np.zeros(start.size) for _ in range(3))
    steps = max((budget - 1) // (2 * start.size), 1)
    for step in range(steps):
        gradient = central_gradient(lambda x: cost(start + edges * x), x)
        mean = FIRST * mean + (1 - FIRST) * gradient
        square = SECOND * square + (1 - SECOND) * gradient**2
        corrected = mean / (1 - FIRST ** (step + 1))
        size = np.sqrt(square / (1 - SECOND ** (step + 1))) + 1e-12
        x = x - 0.25 * (1 + np.cos(np.pi * step / steps)) * corrected / size
    cost(start + edges * x)
