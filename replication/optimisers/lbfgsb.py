"""L-BFGS-B: quasi-Newton steps from exact gradients, which the other optimisers do not see."""

import numpy as np
from scipy.optimize import minimize

from replication.cost import Cost

LABEL = "L-BFGS-B (with gradients)"
GRADIENT = True


def minimise(
    cost: Cost,
    start: np.ndarray,
    *,
    edges: np.ndarray,
    budget: int,
    rng: np.random.Generator,
) -> None:
    """Search in units of `edges`; a value with its gradient is one query. No bounds.

    The first step is no longer than 1 in these units. The search ends when the gradient, in cost
    per edge, falls below 1e-8 or a step improves the cost by less than 1e-12.

    **Arguments:** `cost`: one with a gradient, normalised to [-1, 1]; `edges`: shape `(k,)`, units
    of the angles; `budget`: queries allowed; `rng`: not used.

    **Raises:** [`UserError`][] if the cost has no gradient.

    Byrd, Lu, Nocedal and Zhu 1995, doi:10.1137/0916069.
    """

    def scaled(x: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = cost.with_gradient(start + edges * x)
        return value, edges * gradient

    minimize(
        scaled,
        np.zeros(start.size),
        jac=True,
        method="L-BFGS-B",
        options={"maxfun": budget, "maxiter": budget, "gtol": 1e-8, "ftol": 1e-12},
    )
