"""The discretised adiabatic schedule, Hubbard's class heuristic."""

import numpy as np

from replication.starts import Context

LABEL = "adiabatic"
FAMILY = "trotter"
USES = "nothing"


def start(context: Context) -> np.ndarray:
    """Hopping kept, interaction switched on over a total time of 0.1 |U| r."""
    return np.asarray(context.ansatz.heuristic(), float)
