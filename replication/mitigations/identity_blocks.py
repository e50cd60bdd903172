"""Random blocks of layers that begin as the identity: their second half inverts their first."""

from typing import TYPE_CHECKING

import numpy as np

from replication.errors import UserError
from replication.mitigations import Setting

if TYPE_CHECKING:
    from replication.landscapes.stack_training import Trained
    from replication.simulators.circuits import Circuit

LABEL = "identity blocks"
SOURCE = "E. Grant et al., doi:10.22331/q-2019-12-09-214"
DEPTH = 4
"""Layers of a block."""


def train(setting: Setting) -> "Trained":
    """Blocks of four layers, with other axes than the given circuits'.

    A layer is $D R$, with D the ladder of CZ, which is its own inverse. A block of layers
    $D R_4 D R_3 D R_2 D R_1$ is the identity if $R_4 = R_2^{-1}$ and the angles of $R_1$ and $R_3$
    are zero: so layer 4 takes the axes of layer 2 and its angles with the opposite sign. All angles
    are trained independently. Layers that fill no block begin with zero angles.
    """
    circuits, start = blocks(setting.circuits, setting.uniform())
    return setting.part(setting.evaluations, circuits=circuits).descend(start)


def blocks(circuits: "Circuit", angles: np.ndarray) -> "tuple[Circuit, np.ndarray]":
    """The circuits with the axes of blocks, and their angles, of which half are kept."""
    import equinox as eqx

    from replication.simulators.circuits import Entangler, Rotations

    first, *others = circuits.layer
    ladder = len(others) == 1 and isinstance(others[0], Entangler) and others[0].gate == "cz"
    if not isinstance(first, Rotations) or not ladder:
        raise UserError("identity blocks need layers of one rotation a qubit and a ladder of CZ")
    axes = np.array(first.axes)
    own, found = angles.reshape(axes.shape), np.zeros(axes.shape, angles.dtype)
    for begin in range(0, circuits.layers - DEPTH + 1, DEPTH):
        axes[:, begin + 3] = axes[:, begin + 1]
        found[:, begin + 1], found[:, begin + 3] = own[:, begin + 1], -own[:, begin + 1]
    layer = (Rotations(axes), *others)
    return eqx.tree_at(lambda one: one.layer, circuits, layer), found.reshape(angles.shape)
