r"""Symmetries of QAOA's angles that come from the parity of an unweighted graph's degrees.

Angles are $(\gamma_1 … \gamma_p, \beta_1 … \beta_p)$ in radians, in the convention of
[`QAOA`][replication.ansatze.qaoa.QAOA]. Every unweighted graph has the periods π of γ and π/2 of β
and the symmetry $\theta \to -\theta$. With $U = e^{-i\frac\pi2\sum ZZ}$:

- all degrees even: U is a phase, so that $\gamma_l \to \gamma_l + \pi/2$ is a symmetry;
- all degrees odd: U is $\prod_q Z_q$ up to a phase, which moved through the later mixers changes
  their signs: $\gamma_l \to \gamma_l + \pi/2$ with $\beta_{l'} \to -\beta_{l'}$ for all $l' \ge l$.

Lotshaw et al., arXiv:2102.06813; Brundin and García-Álvarez, arXiv:2407.04496.
"""

import itertools
import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.ansatze.base import wrap
from replication.checks import real_array
from replication.errors import UserError

Floats = NDArray[np.float64]
Parity = Literal["even", "odd", "mixed"]


def degree_parity(couplings: ArrayLike) -> Parity:
    """Whether all degrees of a graph are even, all odd, or neither.

    **Arguments:** `couplings`: adjacency matrix with entries 0 and 1, shape `(n, n)`.

    **Raises:** [`UserError`][] for other weights, of which the parity says nothing.

    >>> degree_parity([[0, 1], [1, 0]])
    'odd'
    """
    matrix = real_array("couplings", couplings)
    if matrix.ndim != 2 or not np.isin(matrix, (0.0, 1.0)).all():
        raise UserError("couplings must be a matrix of zeros and ones: degrees are of such graphs")
    odd = matrix.sum(axis=0) % 2 == 1
    return "odd" if odd.all() else "mixed" if odd.any() else "even"


def shifted(theta: ArrayLike, layer: int, parity: Parity) -> Floats:
    """Angles with γ of one layer moved by π/2 at equal energy; they differ by `parity` alone.

    **Arguments:** `theta`: shape `(2p,)`; `layer`: from 0; `parity`: `"even"` or `"odd"`.

    **Raises:** [`UserError`][] for graphs without such a symmetry.

    >>> shifted([0.0, 0.25], 0, "odd").round(3).tolist()
    [1.571, -0.25]
    """
    if parity not in ("even", "odd"):
        raise UserError(f"parity must be 'even' or 'odd', got {parity!r}")
    found = real_array("theta", theta)
    p = found.size // 2
    found[layer] += math.pi / 2
    if parity == "odd":
        found[p + layer :] *= -1
    return found


def parity_images(theta: ArrayLike, parity: Parity) -> Floats:
    """All angles of equal energy, up to periods and the common sign.

    **Arguments:** `theta`: shape `(2p,)`; `parity`: of the graph.

    **Returns:** shape `(2^p, 2p)`, or `(1, 2p)` for mixed parity; γ in [-π/2, π/2], β in
    [-π/4, π/4].

    >>> parity_images([0.25, 0.5], "even").shape
    (2, 2)
    """
    theta = real_array("theta", theta)
    p = theta.size // 2
    images = []
    for moves in itertools.product((False, True), repeat=p if parity != "mixed" else 0):
        image = theta
        for layer in np.flatnonzero(moves):
            image = shifted(image, int(layer), parity)
        images.append(image)
    return wrap(np.array(images), np.repeat([math.pi, math.pi / 2], p))


def pattern_angles(theta: ArrayLike, parity: Parity) -> Floats:
    r"""The image that is closest to an anneal.

    Of all images and their negatives with $\beta_1 \le 0$, that with as many layers as can be in
    $0 \le \gamma_l \le \pi/4$, $\beta_l \le 0$; of equal ones, that with the smallest angles.

    **Arguments:** `theta`: shape `(2p,)`, or `(m, 2p)` for m angles of equal energy, of whose
    images one is chosen; `parity`: of the graph.

    **Returns:** shape `(2p,)`.

    >>> pattern_angles([np.pi / 2 - 0.3, 0.25], "even").round(3).tolist()
    [0.3, -0.25]
    """
    rows = np.atleast_2d(real_array("theta", theta))
    images = np.concatenate([parity_images(row, parity) for row in rows])
    images = np.concatenate([images, -images])
    p = images.shape[1] // 2
    gamma, beta = images[:, :p], images[:, p:]
    fitting = ((gamma >= 0) & (gamma <= math.pi / 4) & (beta <= 0)).sum(axis=1)
    order = np.lexsort((np.linalg.norm(images, axis=1).round(9), -fitting, beta[:, 0] > 0))
    return images[order[0]]
