"""COBYLA: a trust region around a linear model through k + 1 points, by NLopt."""

import numpy as np

from replication.cost import Cost
from replication.search import with_nlopt

LABEL = "COBYLA"


def minimise(
    cost: Cost,
    start: np.ndarray,
    *,
    edges: np.ndarray,
    budget: int,
    rng: np.random.Generator,
) -> None:
    """Search in units of `edges`, from a trust region of radius 1 until steps are below 1e-4.

    The first k queries after the start move one angle each by its edge, as the simplex of
    Nelder-Mead does. NLopt's radius may grow again where the model is good; otherwise it is
    Powell's algorithm. SciPy's takes 3 ms of its own for a query with eight angles, this one 0.2.

    **Arguments:** `edges`: shape `(k,)`, units of the angles; `budget`: queries allowed; `rng`: not
    used.

    Powell 1994, doi:10.1007/978-94-015-8330-5_4; S. G. Johnson, NLopt,
    https://github.com/stevengj/nlopt.
    """
    with_nlopt("LN_COBYLA", cost, start, edges=edges, budget=budget)
