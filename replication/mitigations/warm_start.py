"""The angles of a trained circuit on fewer qubits, with zero ones on the others."""

from typing import TYPE_CHECKING

import numpy as np

from replication.errors import UserError
from replication.mitigations import Setting, after

if TYPE_CHECKING:
    from replication.landscapes.stack_training import Trained

LABEL = "warm start from fewer qubits"
SOURCE = "R. Puig et al., arXiv:2404.10044"
NEEDS = "smaller"


def train(setting: Setting) -> "Trained":
    """Half of the budget for each; an evaluation of the smaller circuit counts as one."""
    if setting.smaller is None:
        raise UserError("a warm start needs `smaller`, the circuits on fewer qubits")
    half, layers = setting.evaluations // 2, setting.circuits.layers
    few = setting.part(half, circuits=setting.smaller)
    found = few.descend(few.uniform()).final.reshape(len(setting.rngs), layers, -1)
    more = setting.shape[1] // layers - found.shape[2]
    start = np.pad(found, ((0, 0), (0, 0), (0, more))).reshape(setting.shape)
    return after(half, setting.part(setting.evaluations - half).descend(start))
