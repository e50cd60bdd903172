"""INTERP: optimise one layer, interpolate its angles to two, and so on up to the depth."""

import numpy as np

from replication.search import descend
from replication.starts import Context

LABEL = "INTERP"
FAMILY = "qaoa"
USES = "nothing"
OWN_BUDGET = True

EDGE = 0.15
"""Edge of the simplex at every depth, in natural units."""


def start(context: Context) -> np.ndarray:
    r"""$u_i^{(q+1)} = \frac{i-1}{q} u_{i-1}^{(q)} + \frac{q-i+1}{q} u_i^{(q)}$ for γ and for β.

    Nelder-Mead at each depth below the last one, until the costs of its simplex agree to 1e-3 of
    the normaliser, from the SK angles of one layer. A circuit of q layers is one of all layers
    whose others have zero angles, so every query is one of the cost and counts as such, though a
    device would take less time for it.

    Zhou et al., doi:10.1103/PhysRevX.10.021067.
    """
    from replication.ansatze.qaoa_limits import interpolated, sk_angles

    names = context.families
    families = [np.flatnonzero([one == name for one in names]) for name in dict.fromkeys(names)]
    depth = len(families[0])
    rows = list(sk_angles(1)[:, None])
    for layers in range(1, depth):
        used = np.concatenate([places[:layers] for places in families])

        def shallow(x: np.ndarray, used: np.ndarray = used) -> float:
            theta = np.zeros(len(names))
            theta[used] = x
            return context.cost(theta / context.units)

        found = descend(
            shallow,
            np.concatenate(rows),
            edges=np.full(used.size, EDGE),
            queries=context.cost.remaining + 1,
            tolerance=1e-3,
        )
        rows = [interpolated(row) for row in found.reshape(len(families), layers)]
    return np.concatenate(rows) / context.units
