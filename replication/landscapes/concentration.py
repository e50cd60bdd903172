r"""Exact p = 1 energies of QAOA and of state preparation, which say where optimal angles gather.

Conventions are those of [`QAOA`][replication.ansatze.qaoa.QAOA]: $e^{-i\gamma\sum ZZ}$,
$e^{-i\beta\sum X}$, $\sum ZZ$ is minimised. Published tables for cuts have $\gamma_{cut}$ = 2γ with
the opposite sign. For p layers on infinite trees and the infinite SK model see
`replication.ansatze.qaoa_limits`.
"""

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize

from replication.checks import real_array, real_number
from replication.errors import UserError

Floats = NDArray[np.float64]


class Preparation(NamedTuple):
    """Optimal angles of one layer, radians, and the probability of the prepared state."""

    gamma: float
    beta: float
    fidelity: float


def _from(name: str, value: object, least: float) -> float:
    number = real_number(name, value)
    if number < least:
        raise UserError(f"{name} must be at least {least:g}, got {number:g}")
    return number


def edge_correlation(gamma: ArrayLike, beta: ArrayLike, degree: float) -> Floats:
    r"""$\langle Z_iZ_j\rangle$ of every edge of a d-regular graph without triangles at p = 1.

    $$\langle Z_i Z_j\rangle = \sin 4\beta\, \sin 2\gamma\, \cos^{d-1} 2\gamma$$
    Under $2\gamma \to \pi - 2\gamma$ it is the same for odd d and of opposite sign for even d, so
    that all optima of a degree are optima of the other degrees of its parity alone.
    Wang et al., doi:10.1103/PhysRevA.97.022304.

    **Arguments:** `gamma`, `beta`: radians, of shapes that broadcast; `degree`: d, a whole number.

    **Returns:** correlations in [-1, 1], of the broadcast shape; the fraction of edges cut is half
    of one minus them.

    >>> float(edge_correlation(np.pi / 8, -np.pi / 8, 2).round(6))
    -0.5
    """
    exponent = _from("degree", degree, 1) - 1
    gamma, beta = real_array("gamma", gamma), real_array("beta", beta)
    if exponent % 1:
        raise UserError(f"degree must be a whole number, got {degree}")
    cosine = np.cos(2 * gamma) ** int(exponent)
    return np.asarray(np.sin(4 * beta) * np.sin(2 * gamma) * cosine)


def best_edge_angles(degree: float) -> Floats:
    r"""The optimum of [`edge_correlation`][] with the smallest γ.

    $\gamma = \frac12 \arctan(1/\sqrt{d-1})$ and $\beta = -\pi/8$: the derivative in γ vanishes
    where $\tan^2 2\gamma = 1/(d-1)$.

    **Arguments:** `degree`: d, at least 1; a mean degree may be real.

    **Returns:** γ and β, radians, shape `(2,)`.

    >>> best_edge_angles(2).round(6).tolist()
    [0.392699, -0.392699]
    """
    # atan2 has the limit π/2 at d = 1.
    angle = math.atan2(1.0, math.sqrt(_from("degree", degree, 1) - 1)) / 2
    return np.array([angle, -math.pi / 8])


def best_cut_fraction(degree: float) -> float:
    r"""Fraction of edges that p = 1 cuts on d-regular graphs without triangles, on average.

    $$\frac12 + \frac1{2\sqrt d} \Bigl(\frac{d-1}d\Bigr)^{(d-1)/2}$$
    **Arguments:** `degree`: d, at least 1.

    >>> [round(best_cut_fraction(d), 6) for d in (2, 3, 4)]
    [0.75, 0.69245, 0.66238]
    """
    d = _from("degree", degree, 1)
    return 0.5 + ((d - 1) / d) ** ((d - 1) / 2) / (2 * math.sqrt(d))


def single_layer_energy(couplings: ArrayLike, gamma: float, beta: float) -> float:
    r"""$\langle\sum_{i<j} J_{ij} Z_i Z_j\rangle$ at p = 1, in time $n^3$ whatever the graph.

    $$\langle Z_iZ_j\rangle = \tfrac12 \sin 4\beta \sin 2\gamma J_{ij}
      \Bigl(\prod_{k \ne i,j} \cos 2\gamma J_{ik} + \prod_{k \ne i,j} \cos 2\gamma J_{jk}\Bigr)
      + \tfrac12 \sin^2 2\beta \Bigl(\prod_{k \ne i,j} \cos 2\gamma (J_{ik} - J_{jk})
      - \prod_{k \ne i,j} \cos 2\gamma (J_{ik} + J_{jk})\Bigr)$$
    Ozaeta, van Dam and McMahon, doi:10.1088/2058-9565/ac9013.

    **Arguments:**

    - `couplings`: J, shape `(n, n)`, symmetric, zero diagonal.
    - `gamma`, `beta`: radians.

    **Returns:** the energy, in the unit of the couplings.

    **Raises:** [`UserError`][] for a matrix that is not square, symmetric and zero on its diagonal.

    >>> round(single_layer_energy([[0, 2], [2, 0]], 0.3, -0.2), 6)
    -1.337208
    """
    matrix = real_array("couplings", couplings)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise UserError(f"couplings must be a square matrix, got shape {matrix.shape}")
    if np.any(matrix != matrix.T) or np.any(np.diag(matrix)):
        raise UserError("couplings must be symmetric with a zero diagonal")
    first, second = np.nonzero(np.triu(matrix))
    edges = np.arange(first.size)
    weights = matrix[first, second]
    own, other = 2 * gamma * matrix[first], 2 * gamma * matrix[second]
    # No product takes the two ends of its edge.
    for rows in (own, other):
        rows[edges, first] = rows[edges, second] = 0.0
    along = (np.cos(own).prod(axis=1) + np.cos(other).prod(axis=1)) / 2
    across = (np.cos(own - other).prod(axis=1) - np.cos(own + other).prod(axis=1)) / 2
    found = math.sin(4 * beta) * np.sin(2 * gamma * weights) * along
    found += math.sin(2 * beta) ** 2 * across
    return float(weights @ found)


def mean_sk_energy(n: int, gamma: float = 0.5, beta: float = -math.pi / 8) -> float:
    r"""Mean of $\langle H\rangle/n$ at p = 1 over Gaussian couplings of variance 1/n.

    $$2 \gamma x \sin 4\beta\, e^{-4 \gamma^2 x}, \quad x = \frac{n-1}{2n}$$
    from $E[J \sin 2\gamma J] = \frac{2\gamma}n e^{-2\gamma^2/n}$ and
    $E[\cos 2\gamma J] = e^{-2\gamma^2/n}$; by default $-x e^{-x}$, which is $-1/\sqrt{4e}$ for
    large n. Farhi et al., arXiv:1910.08187.

    **Arguments:** `n`: spins, at least 2; `gamma`, `beta`: radians.

    >>> [round(mean_sk_energy(n), 5) for n in (6, 26)]
    [-0.27468, -0.29726]
    """
    size = _from("n", n, 2)
    x = (size - 1) / (2 * size)
    return 2 * gamma * x * math.sin(4 * beta) * math.exp(-4 * gamma**2 * x)


def preparation_fidelity(gamma: ArrayLike, beta: ArrayLike, n: int) -> Floats:
    r"""Probability of a basis state t after a layer of $e^{-i\gamma|t\rangle\langle t|}$ and mixer.

    $$F = 2^{-n} \bigl|e^{-in\beta} + (e^{-i\gamma} - 1) \cos^n\beta\bigr|^2$$
    since $\langle t|e^{-i\beta\sum X}|+\rangle = 2^{-n/2} e^{-in\beta}$ and
    $\langle t|e^{-i\beta\sum X}|t\rangle = \cos^n\beta$. Akshay, Rabinovich, Campos and Biamonte,
    doi:10.1103/PhysRevA.104.L010401, arXiv:2103.11976.

    **Arguments:** `gamma`, `beta`: radians, of shapes that broadcast; `n`: qubits, at least 1.

    **Returns:** probabilities, of the broadcast shape.

    >>> float(preparation_fidelity(0.0, 0.7, 3))
    0.125
    """
    size = int(_from("n", n, 1))
    scaled = _scaled_fidelity(real_array("gamma", gamma), real_array("beta", beta), size)
    return np.asarray(scaled * 2.0**-size)


def _scaled_fidelity(gamma: Any, beta: Any, n: int) -> Any:
    """$2^n F$, which has a limit for large n."""
    return np.abs(np.exp(-1j * n * beta) + (np.exp(-1j * gamma) - 1) * np.cos(beta) ** n) ** 2


def best_preparation(n: int) -> Preparation:
    r"""Optimal angles of [`preparation_fidelity`][], with β > 0 the smallest.

    For large n: $n\beta = \pi (1 - 4/n)$, $\gamma = \pi (1 - 2/n)$ and $2^n F = 9$ to leading
    orders, so that the angles of n and n+1 qubits differ by about $\pi/n^2$.

    **Arguments:** `n`: qubits, at least 2.

    >>> found = best_preparation(160)
    >>> round(160 * (1 - 160 * found.beta / np.pi), 1), round(160 * (1 - found.gamma / np.pi), 1)
    (3.8, 2.0)
    """
    size = int(_from("n", n, 2))

    def cost(angles: Floats) -> float:
        return -float(_scaled_fidelity(angles[0], angles[1] / size, size))

    # A coarse grid finds the basin at small n, where the limit is no good guess.
    gammas, turns = np.meshgrid(np.linspace(0, 2 * np.pi, 65), np.linspace(0, 1.5 * np.pi, 65))
    first = int(np.argmax(_scaled_fidelity(gammas, turns / size, size)))
    start = np.array([gammas.flat[first], turns.flat[first]])
    options = {"xatol": 1e-10, "fatol": 1e-15, "maxiter": 4000}
    found = minimize(cost, start, method="Nelder-Mead", options=options)
    gamma, beta = float(found.x[0]), float(found.x[1]) / size
    return Preparation(gamma, beta, -float(found.fun) * 2.0**-size)
