"""SBPLX: Nelder-Mead in subspaces chosen one after another, by NLopt."""

import numpy as np

from replication.cost import Cost
from replication.search import with_nlopt

LABEL = "SBPLX"


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

    Rowan 1990, PhD thesis, University of Texas at Austin (Subplex); S. G. Johnson, NLopt,
    https://github.com/stevengj/nlopt.
    """
    with_nlopt("LN_SBPLX", cost, start, edges=edges, budget=budget)
