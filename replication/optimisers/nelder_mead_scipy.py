"""Nelder-Mead as SciPy runs it when nothing is said: its own simplex and its own tolerances."""

import numpy as np
from scipy.optimize import minimize

from replication.cost import Cost

LABEL = "Nelder–Mead (SciPy's simplex)"


def minimise(
    cost: Cost,
    start: np.ndarray,
    *,
    edges: np.ndarray,
    budget: int,
    rng: np.random.Generator,
) -> None:
    """Search from the simplex `start`, `start + 0.05 θ_k e_k`, with 0.00025 where an angle is 0.

    So an angle near 0 hardly moves at first. The search ends by itself once the simplex is within
    1e-4 in every angle (`xatol`) and in the cost (`fatol`).

    **Arguments:** `cost`: normalised to [-1, 1], which gives the tolerance its meaning; `budget`:
    queries allowed; `edges` and `rng`: not used, since the point is to leave the simplex to SciPy.

    Nelder and Mead 1965, doi:10.1093/comjnl/7.4.308.
    """
    minimize(cost, start, method="Nelder-Mead", options={"maxfev": budget, "maxiter": budget})
