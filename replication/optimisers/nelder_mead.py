"""Nelder-Mead simplex search, as SciPy has it, with a stated initial simplex."""

import numpy as np

from replication.cost import Cost
from replication.search import descend

LABEL = "Nelder–Mead"


def minimise(
    cost: Cost,
    start: np.ndarray,
    *,
    edges: np.ndarray,
    budget: int,
    rng: np.random.Generator,
) -> None:
    """Search from the simplex `start`, `start + edges[k] e_k`; the cost keeps the record.

    **Arguments:** `cost`: normalised to [-1, 1], so that its tolerance means the same everywhere;
    `edges`: shape `(k,)`, units of the angles; `budget`: queries allowed; `rng`: not used.

    Nelder and Mead 1965, doi:10.1093/comjnl/7.4.308.
    """
    descend(cost, start, edges=edges, queries=budget)
