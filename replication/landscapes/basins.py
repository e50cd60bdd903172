"""Basins of attraction: where gradient flow ends, and where L-BFGS does, which jumps."""

import math
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy
from numpy.typing import NDArray

from replication.checks import real_array, real_number
from replication.errors import UserError
from replication.landscapes.adam_newton import in_batches, polish
from replication.landscapes.functions import STEP, Energy, Floats, checked

TOLERANCE = 1e-3
"""Error of an adaptive step of the flow, in the units of the angles."""
CLOSE = 1e-6
"""Norm of the gradient, relative to the flow's scale, at which the flow ends."""
STEPS = 400
BEST = 1e-3
"""Relative difference of energies up to which an end is the best known optimum."""
_FIRST = 1e-2
"""Length of the first step, in the units of the angles."""
_SAFETY, _LEAST, _MOST = 0.9, 0.2, 4.0
_LONGEST = 1e9
_SMALL = 0.3


class Flows(NamedTuple):
    """Where gradient flow ends.

    - `points`: shape `(starts, k)`; `energies`: `(starts,)`.
    - `settled`: whether the flow converged within its steps, `(starts,)`; others were taken to
      the next minimum by Newton steps from where they were.
    - `steps`: how many each flow took, rejected ones too, `(starts,)`.
    """

    points: Floats
    energies: Floats
    settled: NDArray[np.bool_]
    steps: NDArray[np.int64]


def _phi(z: jax.Array, order: int) -> jax.Array:
    r"""$\varphi_0 = e^z$ and $\varphi_{k+1}(z) = (\varphi_k(z) - 1/k!)/z$."""
    small = jnp.abs(z) < _SMALL
    far = jnp.where(small, 1.0, z)
    # Of the recursion little is left for small z.
    series = sum((z**n / math.factorial(n + order) for n in range(9)), jnp.zeros_like(z))
    value = jnp.exp(jnp.minimum(far, 50.0))
    for k in range(order):
        value = (value - 1 / math.factorial(k)) / far
    return jnp.where(small, series, value)


@eqx.filter_jit
def _flow(
    energy: Energy, thetas: jax.Array, scale: jax.Array, tolerance: jax.Array, steps: jax.Array
) -> tuple[jax.Array, ...]:
    slope = jax.grad(lambda at: jnp.asarray(energy(at)) / scale)

    def one(theta: jax.Array) -> tuple[jax.Array, ...]:
        moves = STEP * jnp.eye(theta.size)

        def going(carry: tuple[jax.Array, ...]) -> jax.Array:
            _, norm, _, count = carry
            return (norm > CLOSE) & (count < steps)

        def step(carry: tuple[jax.Array, ...]) -> tuple[jax.Array, ...]:
            at, norm, length, count = carry
            slopes = jax.vmap(slope)(
                jnp.concatenate([at[None], at[None] + moves, at[None] - moves])
            )
            above, below = jnp.split(slopes[1:], 2)
            bends = (above - below + (above - below).T) / (4 * STEP)
            curvatures, axes = jnp.linalg.eigh(bends)
            norm = jnp.linalg.norm(slopes[0])
            # The first step's length is one of the path.
            length = jnp.where(count == 0, _FIRST / jnp.maximum(norm, 1e-12), length)
            z = -length * curvatures
            moved = -length * axes @ (_phi(z, 1) * (axes.T @ slopes[0]))
            # What the linearised flow leaves out, at its end.
            left = bends @ moved + slopes[0] - slope(at + moved)
            change = 2 * length * axes @ (_phi(z, 3) * (axes.T @ left))
            error = jnp.linalg.norm(change) / tolerance
            error = jnp.where(jnp.isfinite(error), error, 1e12)
            factor = jnp.clip(_SAFETY * jnp.maximum(error, 1e-12) ** (-1 / 3), _LEAST, _MOST)
            at = jnp.where(error <= 1, at + moved + change, at)
            return at, norm, jnp.minimum(length * factor, _LONGEST), count + 1

        infinite = jnp.full((), jnp.inf, theta.dtype)
        begin: tuple[jax.Array, ...] = (theta, infinite, infinite, jnp.zeros((), steps.dtype))
        end, norm, _, count = jax.lax.while_loop(going, step, begin)
        return end, norm, count

    return jax.vmap(one)(thetas)


def flow(
    energy: Energy,
    starts: Any,
    *,
    scale: float = 1.0,
    tolerance: float = TOLERANCE,
    steps: int = STEPS,
) -> Flows:
    r"""The end of gradient flow $\dot\theta = -\nabla E/\text{scale}$: the basin of each start.

    Adaptive steps of the exponential Rosenbrock method exprb32 of order 3, which follows the
    flow of a quadratic cost exactly, however stiff; each has an error of at most `tolerance`, until
    $|\nabla E| \le 10^{-6}\,\text{scale}$. Hessians are differences of gradients. Starts so close
    to a basin's edge that this error takes them across end on the other side; L-BFGS and Adam cross
    edges anywhere.

    **Arguments:**

    - `energy`: a JAX function of angles `(k,)`.
    - `starts`: shape `(starts, k)`.
    - `scale`: unit of the energy, such as the instance's normaliser; it changes the path's
      parameter, not the path.
    - `tolerance`: error of a step, in the units of the angles.
    - `steps`: at most so many.

    **Returns:** [`Flows`][].

    Hochbruck, Ostermann and Schweitzer, doi:10.1137/080717717.

    >>> import jax.numpy as jnp
    >>> found = flow(lambda theta: jnp.cos(theta).sum(), [[0.1], [-0.1], [6.2]])
    >>> (found.points[:, 0] / np.pi).round(6).tolist()
    [1.0, -1.0, 1.0]
    """
    starts = checked(starts)
    if real_number("scale", scale) <= 0 or real_number("tolerance", tolerance) <= 0:
        raise UserError(f"scale and tolerance must be positive, got {scale} and {tolerance}")
    with jax.enable_x64(True):
        settings = [jnp.asarray(scale, float), jnp.asarray(tolerance, float), jnp.asarray(steps)]
        found = in_batches(lambda some: _flow(energy, jnp.asarray(some), *settings), starts)
    ends = polish(energy, found[0])
    return Flows(ends.points, ends.energies, found[1] <= CLOSE, found[2])


def in_best(energies: Any, best: float, offset: float = 0.0) -> NDArray[np.bool_]:
    r"""Whether ends are the best known optimum: $E - E_b \le 10^{-3} |E_b - \text{offset}|$.

    So images under symmetries are one, and so are different optima of nearly equal energies.

    >>> in_best([-3.999, -3.9], -4.0).tolist()
    [True, False]
    """
    return np.asarray(real_array("energies", energies) - best <= BEST * abs(best - offset))


@eqx.filter_jit
def _value_and_slope(energy: Energy, theta: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jax.value_and_grad(lambda at: jnp.asarray(energy(at)))(theta)


def lbfgs(energy: Energy, starts: Any, *, scale: float = 1.0) -> tuple[Floats, Floats]:
    """Ends of SciPy's L-BFGS-B, without bounds: points `(starts, k)` and energies `(starts,)`.

    Its first step has the length 1 where the gradient, over `scale`, is at least 1, so that it may
    leave the start's basin. It ends at a gradient of 1e-8, an improvement of 1e-12 or after 300
    steps.

    **Arguments:** `energy`: a JAX function of angles; `starts`: `(starts, k)`; `scale`: its unit.

    Byrd, Lu, Nocedal and Zhu, doi:10.1137/0916069.

    >>> import jax.numpy as jnp
    >>> points, _ = lbfgs(lambda theta: jnp.cos(theta).sum(), [[3.0]])
    >>> (points / np.pi).round(6).tolist()
    [[1.0]]
    """
    return _scipy("L-BFGS-B", {"gtol": 1e-8, "ftol": 1e-12, "maxiter": 300}, energy, starts, scale)


def bfgs(energy: Energy, starts: Any, *, scale: float = 1.0) -> tuple[Floats, Floats]:
    """Ends of SciPy's BFGS, as [`lbfgs`][]; it ends at a gradient of 1e-8 or after 300 steps.

    >>> import jax.numpy as jnp
    >>> points, _ = bfgs(lambda theta: jnp.cos(theta).sum(), [[3.0]])
    >>> (points / np.pi).round(6).tolist()
    [[1.0]]
    """
    return _scipy("BFGS", {"gtol": 1e-8, "maxiter": 300}, energy, starts, scale)


def _scipy(
    method: str, options: dict[str, Any], energy: Energy, starts: Any, scale: float
) -> tuple[Floats, Floats]:
    starts = checked(starts)

    def both(theta: Floats) -> tuple[float, Floats]:
        value, slope = _value_and_slope(energy, jnp.asarray(theta))
        return float(value) / scale, np.asarray(slope, float) / scale

    with jax.enable_x64(True):
        found = [
            scipy.optimize.minimize(both, start, jac=True, method=method, options=options)
            for start in starts
        ]
    ends = np.array([one.x for one in found]).reshape(starts.shape)
    return ends, scale * np.array([float(one.fun) for one in found])
