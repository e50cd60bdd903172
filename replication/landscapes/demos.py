"""Circuits that public demonstrations of barren plateaus alone use, and their closed forms."""

import numpy as np

from replication.checks import check_whole
from replication.landscapes.functions import Floats
from replication.landscapes.models import X, Z, tilted
from replication.simulators import circuits
from replication.simulators.circuits import Circuit, Entangler, Rotations
from replication.simulators.observables import Projector, pauli_sum

IDENTITY_BLOCKS_DEVIATION = 1 / np.sqrt(8)
r"""Of the first gate's derivative in [`identity_blocks`][], for every size.

All cancels but a rotation of qubit 0 by a uniform angle about a random axis. With the Bloch vector
$(1, 0, 1)/\sqrt2$ of $R_Y(\pi/4)|0\rangle$ the mean square of the slope of $\langle Z_0\rangle$ is
1/4, 1/2 and 0 for the axes X, Y and Z, in the mean 1/4; $\langle Z_1\rangle^2 = 1/2$.
"""


def identity_blocks(
    num_qubits: int, depth: int, blocks: int, rng: np.random.Generator
) -> tuple[Circuit, Floats, int]:
    r"""Blocks $U^\dagger U$ of random layers from $R_Y(\pi/4)$, cost $Z_0 Z_1$.

    The layers of U are those of `mcclean` of `replication.landscapes.models`. The first gate of the
    first block and its inverse have angles of their own; all others cancel. TensorFlow Quantum,
    tutorial "Barren plateaus", after E. Grant et al., doi:10.22331/q-2019-12-09-214.

    >>> import numpy as np
    >>> circuit, theta, place = identity_blocks(3, 2, 1, np.random.default_rng(0))
    >>> theta[place] = -theta[4 * 6 + 0]
    >>> float(np.round(circuit.energy(theta), 12))
    0.5

    **Arguments:** `num_qubits`: n, at least 2; `depth`: L of a block; `blocks`: how many; `rng`: of
    axes and angles.

    **Returns:** the circuit, its angles, and the first gate's place among them.
    """
    check_whole("num_qubits", num_qubits, 2)
    check_whole("depth", depth, 1)
    check_whole("blocks", blocks, 1)
    shape = (blocks, depth, num_qubits)
    axes, angles = rng.integers(X, Z + 1, shape), rng.uniform(0, 2 * np.pi, shape)
    # A layer is rotations that undo, rotations that do, CZ: U is undone from its last CZ on.
    layers = 2 * depth * blocks + 1
    both_axes = np.zeros((2, layers, num_qubits), int)
    both_angles = np.zeros((2, layers, num_qubits))
    for block in range(blocks):
        begin = 2 * depth * block
        for k in range(depth):
            does, undoes = begin + k, begin + 2 * depth - k
            both_axes[1, does] = both_axes[0, undoes] = axes[block, k]
            both_angles[1, does], both_angles[0, undoes] = angles[block, k], -angles[block, k]
    both_angles[0, 2 * depth, 0] = -rng.uniform(0, 2 * np.pi)
    ladder = Entangler("cz", circuits.ladder(num_qubits), num_qubits)
    layer = (Rotations(both_axes[0]), Rotations(both_axes[1]), ladder)
    cost = pauli_sum({"Z0 Z1": 1.0}, num_qubits)
    theta = both_angles.transpose(1, 0, 2).ravel()
    return Circuit(layer, cost, tilted(num_qubits), layers), theta, num_qubits


def one_layer_projector(num_qubits: int, rng: np.random.Generator) -> Circuit:
    r"""One layer of random rotations and a ladder of CZ from $R_Y(\pi/4)$, cost $p(0\cdots0)$.

    CZ does not change that probability: all is a product of qubits. PennyLane,
    tutorial_barren_plateaus.
    """
    layer = (
        Rotations(rng.integers(X, Z + 1, (1, num_qubits))),
        Entangler("cz", circuits.ladder(num_qubits), num_qubits),
    )
    return Circuit(layer, Projector(np.eye(1, 2**num_qubits)), tilted(num_qubits), 1)


def one_layer_projector_variance(num_qubits: int, half_period: bool) -> float:
    r"""Variance of the last derivative of [`one_layer_projector`][], exact.

    A qubit's probability of 0 is $p = (1 + z)/2$, with
    $z = \cos\theta/\sqrt2$, $\cos(\theta + \pi/4)$ and $1/\sqrt2$ for the axes X, Y and Z. With
    means over the axis and over the angles, the variance is
    $\overline{p'^2}\, \overline{p^2}^{n-1} - (\overline{p'}\, \overline{p}^{n-1})^2$.

    >>> round(one_layer_projector_variance(4, half_period=False), 6)
    0.006573

    **Arguments:** `num_qubits`: n; `half_period`: angles uniform on [0, π) or on [0, 2π).
    """
    root = 1 / np.sqrt(2)
    # Of z and of its slope by axis; squares have period π, so that the range does not matter.
    z = np.array([0, -2 * root / np.pi if half_period else 0, root])
    slope = np.array([-2 * root / np.pi, -2 * root / np.pi, 0]) if half_period else np.zeros(3)
    z_square, slope_square = np.array([1 / 4, 1 / 2, 1 / 2]), np.array([1 / 4, 1 / 2, 0])
    p, p_square = (1 + z.mean()) / 2, (1 + 2 * z.mean() + z_square.mean()) / 4
    mean = slope.mean() / 2 * p ** (num_qubits - 1)
    return float(slope_square.mean() / 4 * p_square ** (num_qubits - 1) - mean**2)
