"""What one setting of the measurement at the end of a circuit says about the energy."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from replication.checks import check_whole
from replication.simulators.fermions import configurations, occupations


class Measurement(NamedTuple):
    r"""One group of commuting terms of $H$, read out together from all qubits.

    An ansatz lists them in `measurements`, in the order of its `outcome_probabilities`, so that
    $\langle H\rangle = \sum_g \sum_x P_g(x)\, v_g(x)$, the identity part included.

    - `values`: $v_g(x)$, what outcome $x$ contributes to $H$; shape `(outcomes,)`.
    - `norm`: 1-norm of the Pauli coefficients of the group, without the identity.
    """

    values: NDArray[np.float64]
    norm: float


def drawn_sites(
    probabilities: NDArray[np.float64], filling: tuple[int, int], sites: int, shots: int, seed: int
) -> NDArray[np.int8]:
    """Which modes are filled, all spin up first, shape `(shots, 2 sites)`.

    **Arguments:**

    - `probabilities`: of the configurations `[up, down]` of the sector, flattened.
    - `filling`: particles of either spin; `sites`: their number.
    - `shots`: how many are drawn; `seed`: of the draw.
    """
    check_whole("shots", shots, 1)
    up, down = (occupations(configurations(sites, count), sites) for count in filling)
    weights = np.asarray(probabilities, float)
    drawn = np.random.default_rng(seed).choice(weights.size, shots, p=weights / weights.sum())
    rows, columns = np.divmod(drawn, len(down))
    return np.hstack([up[rows], down[columns]]).astype(np.int8)
