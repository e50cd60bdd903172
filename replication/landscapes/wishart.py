"""Wishart hypertoroidal random fields: draw one, and find all of its minima by descents."""

import math
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from replication.checks import real_number
from replication.errors import UserError
from replication.landscapes.functions import Energy, checked, is_traceable

Floats = NDArray[np.float64]

SLOPE = 1e-9
"""Largest component of the gradient, in units of the cost a radian, at which a descent ends."""
APART = 1e-3
"""Radians: minima nearer than that in every angle are one, where their energies agree."""
ENERGY = 1e-7
"""Difference, of 1 or the energy if that is larger, up to which energies agree."""
_LARGEST = 2**26


class WishartField(eqx.Module):
    r"""$f(\theta) = \frac1m \sum_{k=1}^{2m} (w(\theta) \cdot y_k)^2$; made by [`wishart_field`][].

    $w(\theta) = \bigotimes_l (\cos\theta_l, \sin\theta_l)$. It has period π in every angle.

    - `vectors`: $y_k$, shape $(2m, 2^p)$, the first angle the most significant.
    """

    vectors: NDArray[np.float64]

    @property
    def m(self) -> float:
        """Degrees of freedom."""
        return self.vectors.shape[0] / 2

    @property
    def num_parameters(self) -> int:
        """Angles p."""
        return int(self.vectors.shape[1]).bit_length() - 1

    def energy(self, theta: Any) -> jax.Array:
        """The field at angles of shape `(p,)`, in radians; its mean over fields is 1 everywhere."""
        theta = jnp.asarray(theta, float)
        left = jnp.asarray(self.vectors, theta.dtype)
        for angle in theta:
            pairs = left.reshape(left.shape[0], 2, -1)
            left = jnp.cos(angle) * pairs[:, 0] + jnp.sin(angle) * pairs[:, 1]
        return jnp.sum(left**2) / self.m


def wishart_field(m: float, p: int, *, rng: np.random.Generator) -> WishartField:
    r"""Draw a Wishart hypertoroidal random field, the model of a randomised circuit's landscape.

    $y_k \sim N(0, I/2)$ in $2^p$ dimensions, 2m of them; f is distributed as Gamma(m, 1/m) at any
    angles. It models $(\langle H\rangle - \lambda_1)/(\bar\lambda - \lambda_1)$ of a circuit of p
    randomly chosen rotations $e^{-i\theta P}$, of which m of H is the
    [`degrees_of_freedom`][replication.landscapes.freedom.degrees_of_freedom].

    E. R. Anschuetz, "Critical points in quantum generative models", arXiv:2109.06957.

    **Arguments:** `m`: degrees of freedom, a multiple of ½; `p`: angles, at least 1; `rng`: where
    it is drawn from.

    **Raises:** [`UserError`][] for other numbers, and for more than 2^26 entries.

    >>> import numpy as np
    >>> field = wishart_field(8, 3, rng=np.random.default_rng(0))
    >>> field.m, field.num_parameters
    (8.0, 3)
    """
    rows = 2 * real_number("m", m)
    if rows < 1 or rows != round(rows):
        raise UserError(f"m must be a positive multiple of 1/2, got {m!r}")
    if isinstance(p, bool) or not isinstance(p, int | np.integer) or p < 1:
        raise UserError(f"p must be a whole number of angles, at least 1, got {p!r}")
    if rows * 2.0**p > _LARGEST:
        raise UserError(f"m = {m} and p = {p} need {rows * 2.0**p:.3g} numbers, above 2^26")
    return WishartField(rng.standard_normal((round(rows), 2 ** int(p))) / math.sqrt(2))


class FieldMinima(NamedTuple):
    """Distinct minima by energy, lowest first.

    - `angles`: radians, in [0, period), shape `(minima, k)`.
    - `energies`: shape `(minima,)`.
    - `hits`: how many descents ended in each, shape `(minima,)`.
    """

    angles: Floats
    energies: Floats
    hits: NDArray[np.int64]

    @property
    def unseen(self) -> float:
        """How many more there are, at least, by how many were hit once and twice.

        A. Chao's estimate without bias, $f_1 (f_1 - 1)/[2 (f_2 + 1)]$, doi:10.2307/2531532.
        """
        once, twice = (int((self.hits == times).sum()) for times in (1, 2))
        return once * (once - 1) / (2 * (twice + 1))


class End(NamedTuple):
    """Where a descent ends: angles `(k,)`, the cost, and the gradient's largest component."""

    theta: Floats
    energy: float
    slope: float


@eqx.filter_jit
def _value_and_gradient(energy: Energy, theta: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jax.value_and_grad(lambda at: jnp.asarray(energy(at)))(theta)


def end_of_descent(energy: Energy, start: Any, *, slope: float = SLOPE) -> End:
    """Follow L-BFGS from a start until no component of the gradient is above `slope`.

    It ends earlier only where rounding lets the cost decrease no further. Costs that differ in
    their arrays alone are compiled once.

    **Arguments:** `energy`: a JAX function of angles `(k,)`; `start`: shape `(k,)`, radians;
    `slope`: in units of the cost a radian.

    **Raises:** [`UserError`][] for a cost that JAX cannot differentiate.

    >>> import jax.numpy as jnp
    >>> end_of_descent(lambda theta: jnp.cos(2 * theta).sum(), [1.0]).theta.round(4)
    array([1.5708])
    """
    return _ends(energy, checked([start]), slope)[0]


def _ends(energy: Energy, starts: Floats, slope: float) -> list[End]:
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    if not is_traceable(energy, starts.shape[1]):
        raise UserError("energy must be a JAX function of angles: descents follow its gradients")

    def cost(theta: Floats) -> tuple[float, Floats]:
        value, gradient = _value_and_gradient(energy, jnp.asarray(theta))
        return float(value), np.asarray(gradient)

    # The gradient alone ends a descent: no decrease is too small.
    options = {"gtol": slope, "ftol": 0.0, "maxiter": 10_000, "maxfun": 100_000}
    ends = []
    # Products this small are fiftyfold slower when threads have to wait for a busy core.
    with jax.enable_x64(True), threadpool_limits(1):
        for start in starts:
            found = minimize(cost, start, jac=True, method="L-BFGS-B", options=options)
            ends.append(End(found.x, float(found.fun), float(np.abs(found.jac).max())))
    return ends


def distinct_minima(energy: Energy, starts: Any, *, period: float = math.pi) -> FieldMinima:
    """The minima in which descents end, each once: with enough starts all of them.

    Each start is followed by [`end_of_descent`][]. Two ends are one minimum where every angle
    agrees to 1e-3 modulo the period, and energies to 1e-7.

    **Arguments:**

    - `energy`: a JAX function of angles `(k,)`.
    - `starts`: shape `(starts, k)`, radians, at least one.
    - `period`: of every angle, radians: π for Wishart fields.

    **Raises:** [`UserError`][] for a cost that JAX cannot differentiate.

    >>> import jax.numpy as jnp
    >>> found = distinct_minima(lambda theta: jnp.cos(2 * theta).sum(), [[1.0], [2.0], [5.0]])
    >>> found.angles.round(4), found.hits
    (array([[1.5708]]), array([3]))
    """
    starts = checked(starts)
    if not len(starts):
        raise UserError("starts must be at least one")
    ends = _ends(energy, starts, SLOPE)
    angles = np.empty((0, starts.shape[1]))
    energies, hits = np.empty(0), np.empty(0, int)
    for end in sorted(ends, key=lambda one: one.energy):
        apart = np.abs((end.theta - angles + period / 2) % period - period / 2).max(axis=1)
        near = (apart < APART) & (
            np.abs(end.energy - energies) < ENERGY * max(1.0, abs(end.energy))
        )
        if near.any():
            hits[near.argmax()] += 1
        else:
            angles = np.vstack([angles, end.theta % period])
            energies, hits = np.append(energies, end.energy), np.append(hits, 1)
    return FieldMinima(angles, energies, hits)
