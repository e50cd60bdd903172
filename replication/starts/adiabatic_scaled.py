"""The natural adiabatic schedule with duration and interaction searched by the start's queries."""

import numpy as np

from replication.search import search_factors
from replication.starts import Context, natural_adiabatic

LABEL = "adiabatic, two factors searched"
FAMILY = "trotter"
USES = "nothing"


def start(context: Context) -> np.ndarray:
    """Nelder-Mead over (a, b) from (1, 1), edges 0.2: a on all angles, b on V besides."""
    base = natural_adiabatic.start(context)
    interaction = np.array([one == "V" for one in context.families])
    groups = [np.ones(base.size, bool), interaction]
    return search_factors(context.cost, base, groups, queries=context.queries)
