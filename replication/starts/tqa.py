"""Trotterised quantum annealing: a ramp whose time step is the best of a few."""

import numpy as np

from replication.starts import Context

LABEL = "TQA, time step scanned"
FAMILY = "qaoa"
USES = "nothing"


def start(context: Context) -> np.ndarray:
    r"""$\gamma_k = s_k\,dt$, $\beta_k = -(1 - s_k)\,dt$, $s_k = (k-\tfrac12)/p$, dt on [0.1, 1].

    The best of as many time steps as there are queries. The ramp with half of each γ is the same
    schedule for the Hamiltonian of the cut, $\sum (1 - Z Z)/2$.

    Sack and Serbyn, doi:10.22331/q-2021-07-01-491.
    """
    p = context.ansatz.num_parameters // 2
    s = (np.arange(p) + 0.5) / p
    for step in np.linspace(0.1, 1.0, context.queries):
        context.cost(step * np.concatenate([s, s - 1]))
    return context.cost.best_point
