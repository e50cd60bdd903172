r"""How many minima a Wishart hypertoroidal random field has at each energy: Kac-Rice, exactly.

Energies are in the unit $(\langle H\rangle - \lambda_1)/(\bar\lambda - \lambda_1)$: the ground
state is at 0 and the mean of the spectrum at 1.

At an angle vector where the field of [`wishart_field`][] has the value f and no gradient, half of
its Hessian is distributed as
$$M(f) = \tfrac1m B^T B - f + \sqrt{f/2m}\; G,$$
B of shape $(2m-1, p)$ with entries $N(0, \tfrac12)$, and G symmetric with zero diagonal and entries
$N(0, 1)$ above it. Hence the expected density of minima
$$n(f) = (2\pi)^p \, \frac{m^m f^{m-1} e^{-mf}}{\Gamma(m)} \Bigl(\frac{4\pi f}{m}\Bigr)^{-p/2}
         E[\det M(f)\; 1\{M(f) > 0\}].$$
It is proportional to $f^{m-1-p/2}$ at small f, so that energies near 0 win as p passes $2m - 2$.
"""

import functools
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from replication.checks import real_array, real_number
from replication.errors import UserError

Floats = NDArray[np.float64]

NODES = 64
"""Gauss-Legendre nodes in √f from 0 to the largest √f at which a drawn M is positive definite."""
TILT = 3
"""Rows by which the drawn B is longer than in M: weights then vary least over most (m, p)."""
CHUNK = 512
"""Matrices whose eigenvalues are computed together."""


class Estimate(NamedTuple):
    """A mean over drawn matrices and its standard error, of one shape."""

    value: Any
    error: Any


@dataclass(frozen=True)
class MinimaDensity:
    """Density of minima in energy as an average over drawn matrices; by [`minima_density`][].

    - `m`, `p`: degrees of freedom and angles.
    - `roots`: $s$ at which $\\det M(s^2) = 0$, all real, ascending, shape `(draws, k)`.
    - `log_scale`: logarithm of what multiplies each draw's density, shape `(draws,)`.
    """

    m: float
    p: int
    roots: Floats
    log_scale: Floats

    @property
    def draws(self) -> int:
        """Number of matrices."""
        return len(self.roots)

    @property
    def _largest(self) -> Floats:
        """The s up to which M is positive definite, 0 where it never is; shape `(draws,)`."""
        return np.maximum(self.roots[:, self.roots.shape[1] - self.p], 0.0)

    def _densities(self, s: Floats) -> Floats:
        r"""Each draw's $n(f)\, df/ds$ at $s = \sqrt f$ of shape `(draws, k)`."""
        # The exponent of s is 2m - 1 - p, and p - (2m - 1) more where B has fewer rows than p.
        power = max(2 * self.m - 1 - self.p, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = self.log_scale[:, None] + math.log(2) - self.m * s**2
            logs += power * np.log(s) if power else 0.0
            for root in self.roots.T:
                logs += np.log(np.abs(root[:, None] - s))
        found: Floats = np.where(s < self._largest[:, None], np.exp(logs), 0.0)
        return found

    @functools.cached_property
    def _nodes(self) -> tuple[Floats, Floats]:
        """Energies and each draw's expected number of minima there, shape `(draws, NODES)`."""
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        half = self._largest[:, None] / 2
        s = half * (nodes + 1)
        return s**2, half * weights * self._densities(s)

    def count(self) -> Estimate:
        """Expected number of minima of one field, of energy above 0."""
        counts = self._nodes[1].sum(1)
        return Estimate(counts.mean(), _error(counts))

    def mean(self) -> Estimate:
        """Mean energy of the minima of many fields, all minima taken together."""
        energies, weights = self._nodes
        return _average(energies, weights)

    def spread(self) -> Estimate:
        """Standard deviation of their energies."""
        energies, weights = self._nodes
        centre = _average(energies, weights).value
        variance, error = _average((energies - centre) ** 2, weights)
        return Estimate(np.sqrt(variance), error / (2 * np.sqrt(variance)))

    def quantiles(self, levels: Any) -> Estimate:
        """Quantiles of their energies, each level in (0, 1); shape `(k,)`."""
        levels = np.atleast_1d(real_array("levels", levels))
        if not ((levels > 0) & (levels < 1)).all():
            raise UserError(f"levels must be between 0 and 1, got {levels}")
        energies, weights = self._nodes
        order = np.argsort(energies, axis=None)
        below = np.cumsum(weights.ravel()[order])
        if not below[-1] > 0:
            return Estimate(np.full(levels.size, np.nan), np.full(levels.size, np.nan))
        found = np.interp(levels * below[-1], below, energies.ravel()[order])
        errors = [_average((energies <= at).astype(float), weights).error for at in found]
        slopes = self.density(found).value / self.count().value
        return Estimate(found, np.array(errors) / slopes)

    def density(self, energies: Any) -> Estimate:
        """n(f) at energies of shape `(k,)`, all above 0: expected minima per unit of energy."""
        energies = np.atleast_1d(real_array("energies", energies))
        if not (energies > 0).all():
            raise UserError(f"energies must be above 0, got {energies}")
        s = np.sqrt(energies)
        found = self._densities(np.broadcast_to(s, (self.draws, s.size))) / (2 * s)
        return Estimate(found.mean(0), _error(found))


def _error(values: Floats) -> Any:
    return values.std(axis=0, ddof=1) / math.sqrt(len(values))


def _average(values: Floats, weights: Floats) -> Estimate:
    """Weighted mean over draws and nodes; its error by the delta method for a ratio of means."""
    total = weights.sum()
    if not total > 0:
        return Estimate(np.nan, np.nan)
    mean = (weights * values).sum() / total
    influence = (weights * (values - mean)).sum(1) * len(weights) / total
    return Estimate(mean, _error(influence))


def minima_density(
    m: float, p: int, *, rng: np.random.Generator, draws: int = 4000
) -> MinimaDensity:
    r"""The exact Kac-Rice density of local minima of a Wishart hypertoroidal random field.

    Exact for every m and p but for the average over draws of B and G, whose standard error every
    number has beside it. With $A = B^TB/m$, the function $s \mapsto \det M(s^2)$ of one draw is a
    polynomial whose roots are the eigenvalues of a symmetric matrix,
    $$\begin{pmatrix}0 & L^T\\ L & G/\sqrt{2m}\end{pmatrix}, \quad A = L L^T,$$
    and $M(s^2) > 0$ from $s = 0$ to the least positive one: one draw gives n(f) at all f.

    Where $p < 2m$, B is drawn with three rows more and the draws are weighted by
    $\det(B^TB)^{-3/2}$, which has the same mean and a variance that does not explode with p. Where
    $p \ge 2m$, the field has zeros besides, a set of dimension $p - 2m$ of minima of energy 0 that
    n(f) does not count; above about $p = 2m + 4$ no draw is positive definite and the averages are
    0 or nan.

    The field and the exponent of f are those of E. R. Anschuetz, arXiv:2109.06957; the density is
    derived here by the formula in R. J. Adler and J. E. Taylor, "Random fields and geometry",
    doi:10.1007/978-0-387-48116-6.

    **Arguments:**

    - `m`: degrees of freedom, at least 1; any number where p < 2m, else a multiple of ½.
    - `p`: angles, at least 1.
    - `rng`: where the matrices are drawn from.
    - `draws`: how many, at least 2.

    **Raises:** [`UserError`][] for numbers outside these.

    >>> import numpy as np
    >>> found = minima_density(8, 1, rng=np.random.default_rng(0)).count()
    >>> print(f"{found.value:.1f}")  # with one angle there is one minimum
    1.0
    """
    m, p, draws = _checked(m, p, draws)
    rows = 2 * m - 1
    tilted = p < 2 * m
    chunks = [min(CHUNK, draws - begin) for begin in range(0, draws, CHUNK)]
    roots = np.concatenate([_roots(m, p, rng, count, tilted) for count in chunks])
    scale = p * math.log(2 * math.pi) + m * math.log(m) - math.lgamma(m)
    scale -= p / 2 * math.log(4 * math.pi / m)
    logs = np.full(draws, scale)
    if tilted:
        from scipy.special import multigammaln

        logs += multigammaln((rows + TILT) / 2, p) - multigammaln(rows / 2, p)
        # The product of all roots is det A up to its sign, and B^T B = m A.
        logs -= TILT / 2 * (p * math.log(m) + np.log(np.abs(roots)).sum(1))
    return MinimaDensity(m, p, roots, logs)


def _roots(m: float, p: int, rng: np.random.Generator, draws: int, tilted: bool) -> Floats:
    """Eigenvalues of so many drawn matrices, ascending."""
    from threadpoolctl import threadpool_limits

    below = np.tril_indices(p, -1)
    along = np.arange(p)
    rows = p if tilted else round(2 * m) - 1
    # Only what is below the diagonal is read.
    matrices = np.zeros((draws, rows + p, rows + p))
    if tilted:
        # Bartlett's triangular factor of a Wishart matrix, of any real number of rows.
        normal = rng.standard_normal((draws, below[0].size))
        matrices[:, p + below[0], below[1]] = normal
        chi = rng.chisquare(2 * m - 1 + TILT - along, (draws, p))
        matrices[:, p + along, along] = np.sqrt(chi)
    else:
        matrices[:, rows:, :rows] = rng.standard_normal((draws, p, rows))
    matrices[:, rows + below[0], rows + below[1]] = rng.standard_normal((draws, below[0].size))
    # Threads cost more than they gain on matrices of this size.
    with threadpool_limits(1):
        return np.asarray(np.linalg.eigvalsh(matrices / math.sqrt(2 * m)))


def _checked(m: float, p: int, draws: int) -> tuple[float, int, int]:
    m = real_number("m", m)
    for name, value, least in (("p", p, 1), ("draws", draws, 2)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise UserError(f"{name} must be a whole number of at least {least}, got {value!r}")
    if m < 1:
        raise UserError(f"m must be at least 1, got {m}")
    if p >= 2 * m and 2 * m != round(2 * m):
        raise UserError(f"m must be a multiple of 1/2 where p = {p} is at least 2m, got {m}")
    return m, int(p), int(draws)


def limit_energy(gamma: Any) -> Any:
    r"""Energy $E^*$ of all minima for $p \to \infty$ at $\gamma = p/2m$ fixed.

    Where the lower edge of the spectrum of M(f), Marchenko-Pastur's plus a semicircle, is at 0:
    $$E^* = \frac1{(1+u)^2 (1+2u)}, \quad u = \frac{3\gamma + \sqrt{\gamma^2 + 8\gamma}}
      {4 (1-\gamma)};$$ 0 from $\gamma = 1$ on. Derived here from the R-transforms of both.

    **Arguments:** `gamma`: a number or an array, at least 0.

    >>> print(f"{limit_energy(0.25):.4f}")
    0.1362
    """
    gamma = real_array("gamma", gamma)
    if not (gamma >= 0).all():
        raise UserError(f"gamma must be at least 0, got {gamma}")
    inside = np.where(gamma < 1, gamma, 0.0)
    u = (3 * inside + np.sqrt(inside**2 + 8 * inside)) / (4 * (1 - inside))
    return np.where(gamma < 1, 1 / ((1 + u) ** 2 * (1 + 2 * u)), 0.0)[()]


def limit_ratio(energy: Any) -> Any:
    r"""The $\gamma = p/2m$ at which [`limit_energy`][] has a value: its inverse.

    With the u of $(1+u)^2 (1+2u) = 1/E$, $\gamma = 2u^2/[(1+u)(1+2u)]$.

    **Arguments:** `energy`: a number or an array in (0, 1].

    >>> print(f"{limit_ratio(0.13619):.4f}")
    0.2500
    """
    from scipy.optimize import brentq

    energy = real_array("energy", energy)
    if not ((energy > 0) & (energy <= 1)).all():
        raise UserError(f"energy must be above 0 and at most 1, got {energy}")

    def ratio(value: float) -> float:
        # The cubic is above (1 + u)^2, so that its u is below 1/√E.
        top = 1 / math.sqrt(value)
        u = brentq(lambda u: (1 + u) ** 2 * (1 + 2 * u) * value - 1, 0.0, top, xtol=1e-15)
        return float(2 * u**2 / ((1 + u) * (1 + 2 * u)))

    return np.vectorize(ratio, otypes=[float])(energy)[()]
