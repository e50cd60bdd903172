"""The optimal angles of the infinite Sherrington-Kirkpatrick model, over the rms field."""

import numpy as np

from replication.starts import Context

LABEL = "SK angles"
FAMILY = "qaoa"
USES = "a table"


def start(context: Context) -> np.ndarray:
    r"""$\gamma = \gamma_\infty / g$, g the instance's rms field, and $\beta = -\beta_\infty$.

    Sureshbabu et al., doi:10.22331/q-2024-07-19-1231, for the division of γ.
    """
    from replication.ansatze.qaoa_limits import sk_angles

    return sk_angles(context.ansatz.num_parameters // 2) / context.units
