"""BOBYQA: Powell's trust region around a quadratic model of least change, by NLopt."""

import numpy as np

from replication.cost import Cost
from replication.search import with_nlopt

LABEL = "BOBYQA"


def minimise(
    cost: Cost,
    start: np.ndarray,
    *,
    edges: np.ndarray,
    budget: int,
    rng: np.random.Generator,
) -> None:
    """Search in units of `edges`, with first steps of 1, until steps are below 1e-4.

    **Arguments:** `edges`: shape `(k,)`, units of the angles; `budget`: queries allowed; `rng`: not
    used.

    Powell 2009, technical report DAMTP 2009/NA06, Cambridge; S. G. Johnson, NLopt,
    https://github.com/stevengj/nlopt.
    """
    with_nlopt("LN_BOBYQA", cost, start, edges=edges, budget=budget)
