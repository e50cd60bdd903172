"""Steps in the metric of states instead of that of angles."""

from typing import TYPE_CHECKING

import numpy as np

from replication.errors import UserError
from replication.mitigations import Setting

if TYPE_CHECKING:
    from replication.landscapes.stack_training import Trained

LABEL = "natural gradient"
SOURCE = "J. Stokes et al., doi:10.22331/q-2020-05-25-269"
DAMPING = 1e-2
"""Added to the metric's diagonal, whose entries are at most 1."""
TIME = 1.0
"""Imaginary time of a step, over the spread of energies."""


def train(setting: Setting) -> "Trained":
    r"""No Adam: $\theta - \eta (F + \lambda)^{-1} \nabla E$ from uniform angles.

    A metric of k angles is k(k+1)/2 overlaps of states, a gradient 2k shifted energies: it counts
    as (k+1)/4 evaluations. It is taken at every step, since the inverse of one that is ten steps
    old makes the cost rise.
    """
    from replication.landscapes.stack_training import descend_naturally

    runs, k = setting.shape
    charge = -(-(k + 1) // 4)
    if setting.evaluations <= charge:
        raise UserError(
            f"evaluations = {setting.evaluations} must be at least {charge + 1}: a natural step "
            f"of {k} angles counts as so many"
        )
    found = descend_naturally(
        setting.circuits,
        setting.uniform(),
        setting.evaluations // (charge + 1),
        setting.keys(),
        rate=2 * TIME / setting.spread,
        every=1,
        damping=DAMPING,
        sampling=setting.sampling,
    )

    def charged(each: np.ndarray) -> np.ndarray:
        padded = np.pad(each[:, :, None], ((0, 0), (0, 0), (charge, 0)), constant_values=np.nan)
        return padded.reshape(runs, -1)

    return found._replace(values=charged(found.values), norms=charged(found.norms))
