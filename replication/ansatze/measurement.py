"""What one setting of the measurement at the end of a circuit says about the energy."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Measurement(NamedTuple):
    r"""One group of commuting terms of $H$, read out together from all qubits.

    An ansatz lists them in `measurements`, in the order of its `outcome_probabilities`, so that
    $\langle H\rangle = \sum_g \sum_x P_g(x)\, v_g(x)$, the identity part included.

    - `values`: $v_g(x)$, what outcome $x$ contributes to $H$; shape `(outcomes,)`.
    - `norm`: 1-norm of the Pauli coefficients of the group, without the identity.
    """

    values: NDArray[np.float64]
    norm: float
