"""Nelder-Mead simplex search, as SciPy has it, with a stated initial simplex."""

import numpy as np
from scipy.optimize import minimize

from replication.cost import CountedCost

LABEL = "Nelder–Mead"


def minimise(
    cost: CountedCost,
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
    simplex = np.vstack([start, start + np.diag(edges)])
    minimize(
        cost,
        start,
        method="Nelder-Mead",
        options={
            "initial_simplex": simplex,
            "maxfev": budget,
            "maxiter": budget,
            "xatol": 1e-5,
            "fatol": 1e-8,
        },
    )
