"""The discretised adiabatic schedule with a time step in units of the hopping."""

import numpy as np

from replication.starts import Context

LABEL = "adiabatic, natural units"
FAMILY = "trotter"
USES = "nothing"


def start(context: Context) -> np.ndarray:
    """Hopping kept, interaction switched on over a total time of 0.4 r / |t|."""
    return np.asarray(context.ansatz.heuristic(context.problem.natural_units), float)
