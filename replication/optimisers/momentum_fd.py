"""Gradient descent with momentum along finite differences, two queries an angle."""

import numpy as np

from replication.cost import Cost
from replication.search import central_gradient

LABEL = "momentum (finite differences)"

MOMENTUM = 0.9


def minimise(
    cost: Cost,
    start: np.ndarray,
    *,
    edges: np.ndarray,
    budget: int,
    rng: np.random.Generator,
) -> None:
    r"""$v \leftarrow 0.9 v - a \nabla f$, $x \leftarrow x + v$, x in units of `edges`.

    Differences reach a tenth of an edge to either side. a is such that the first step moves the
    angle of the steepest slope by half an edge.

    **Arguments:** `edges`: shape `(k,)`, units of the angles; `budget`: queries allowed; `rng`: not
    used.

    Polyak 1964, doi:10.1016/0041-5553(64)90137-5; the best of 30 optimisers for Hubbard circuits,
    with Adam, in Jones, Mineh and Montanaro, arXiv:2411.13742.
    """
    cost(start)
    x, velocity, rate = np.zeros(start.size), np.zeros(start.size), 0.0
    for _ in range(max((budget - 1) // (2 * start.size), 1)):
        gradient = central_gradient(lambda x: cost(start + edges * x), x)
        rate = rate or 0.5 / max(float(np.abs(gradient).max()), 1e-12)
        velocity = MOMENTUM * velocity - rate * gradient
        x = x + velocity
    cost(start + edges * x)
