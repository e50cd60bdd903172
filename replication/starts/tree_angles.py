"""The optimal angles of the infinite tree of the instance's mean degree, over the rms weight."""

import numpy as np

from replication.starts import Context

LABEL = "tree angles"
FAMILY = "qaoa"
USES = "nothing"


def start(context: Context) -> np.ndarray:
    r"""$\gamma = \gamma_d \sqrt d / g$: $\gamma_d$ of the tree whose degree d is the mean one.

    Wurtz and Lykov, doi:10.1103/PhysRevA.104.052419; Basso et al., arXiv:2110.14206.
    """
    from replication.ansatze.qaoa_limits import tree_angles

    degree = context.problem.features["mean degree"]
    return tree_angles(context.ansatz.num_parameters // 2, degree) / context.units
