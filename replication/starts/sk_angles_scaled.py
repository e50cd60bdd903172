"""SK angles with two factors, on all γ and on all β, searched with the start's queries."""

import numpy as np

from replication.search import search_factors
from replication.starts import Context, sk_angles

LABEL = "SK angles, two factors searched"
FAMILY = "qaoa"
USES = "a table"


def start(context: Context) -> np.ndarray:
    """Nelder-Mead over (a, b) from (1, 1), edges 0.2, for a γ and b β; the best point."""
    base = sk_angles.start(context)
    names = context.families
    groups = [np.array([one == family for one in names]) for family in ("gamma", "beta")]
    return search_factors(context.cost, base, groups, queries=context.queries)
