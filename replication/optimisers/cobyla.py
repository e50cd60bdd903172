"""COBYLA: a trust region around a linear model through k + 1 points."""

import numpy as np
from scipy.optimize import minimize

from replication.cost import Cost

LABEL = "COBYLA"


def minimise(
    cost: Cost,
    start: np.ndarray,
    *,
    edges: np.ndarray,
    budget: int,
    rng: np.random.Generator,
) -> None:
    """Search in units of `edges`, from a trust region of radius 1 down to 1e-4.

    The first k queries after the start move one angle each by its edge, as the simplex of
    Nelder-Mead does.

    **Arguments:** `edges`: shape `(k,)`, units of the angles; `budget`: queries allowed (SciPy
    takes no fewer than k + 2, so below that the cost has to end the search); `rng`: not used.

    Powell 1994, doi:10.1007/978-94-015-8330-5_4.
    """
    minimize(
        lambda x: cost(start + edges * x),
        np.zeros(start.size),
        method="COBYLA",
        tol=1e-4,
        options={"rhobeg": 1.0, "maxiter": max(budget, start.size + 2)},
    )
