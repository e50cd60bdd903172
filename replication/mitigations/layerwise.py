"""Layers are added and trained group by group, then all are trained together."""

from typing import TYPE_CHECKING

import numpy as np

from replication.mitigations import Setting

if TYPE_CHECKING:
    from replication.landscapes.stack_training import Trained

LABEL = "layer by layer"
SOURCE = "A. Skolik et al., doi:10.1007/s42484-020-00036-4"
GROUP = 4
"""Layers that are added at a time."""


def train(setting: Setting) -> "Trained":
    """From zero angles, half of the budget for four more layers at a time, half for all.

    An even number of layers with zero angles is the identity where the entanglers are a ladder of
    CZ: so as long as the last ones wait, the circuit is the one without them, and an evaluation of
    it counts as one. Layers added earlier are frozen. Where state and Hamiltonian are real,
    rotations about X and Z have no derivative at zero angles, and only noise makes them move.
    """
    runs, k = setting.shape
    layers, half = setting.circuits.layers, setting.evaluations // 2
    ends = np.arange(layers, 0, -GROUP)[::-1]
    group = np.searchsorted(ends, np.arange(layers), side="right").repeat(k // layers)
    now = np.arange(setting.evaluations) * len(ends) // max(half, 1)
    active = (group == now[:, None]) | (now >= len(ends))[:, None]
    return setting.descend(np.zeros((runs, k), np.float32), active=active)
