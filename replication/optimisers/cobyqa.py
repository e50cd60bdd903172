"""COBYQA: a trust region around a quadratic model that interpolates 2k + 1 points."""

import numpy as np
from scipy.optimize import minimize

from replication.cost import Cost

LABEL = "COBYQA"


def minimise(
    cost: Cost,
    start: np.ndarray,
    *,
    edges: np.ndarray,
    budget: int,
    rng: np.random.Generator,
) -> None:
    """Search in units of `edges`, from a trust region of radius 1 down to 1e-4.

    The first 2k queries after the start move one angle each by its edge, in both directions.

    **Arguments:** `edges`: shape `(k,)`, units of the angles; `budget`: queries allowed; `rng`: not
    used.

    Ragonneau 2022, PhD thesis, The Hong Kong Polytechnic University; Ragonneau and Zhang,
    `cobyqa`, as SciPy has it.
    """
    minimize(
        lambda x: cost(start + edges * x),
        np.zeros(start.size),
        method="COBYQA",
        options={"initial_tr_radius": 1.0, "final_tr_radius": 1e-4, "maxfev": budget},
    )
