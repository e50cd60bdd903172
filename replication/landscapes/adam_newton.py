"""Descents from many starts together: Adam into a basin, then Newton's method to convergence."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from replication.landscapes.functions import BATCH, STEP, Energy, Floats, checked

RATE = 0.05
"""Of Adam at the beginning, in the units of the angles; it falls as a cosine."""
STEPS = 300
GRADIENT = 1e-8
"""Norm of the gradient, relative to the largest cost, below which a descent has converged."""
_NEWTON_STEPS = 120
_REACH = 0.2
"""Longest Newton step, in the units of the angles."""
_SOFT = 1e-6
"""Curvatures below this fraction of the largest are taken for it."""
_FRACTIONS = np.array([1.0, 0.5, 0.1, 0.01, 1e-3])
_FEWEST = 8
_ROUNDING = 1e-13
_TINY = 1e-300


class Ends(NamedTuple):
    """Where descents end.

    - `points`: shape `(starts, k)`, in the units of the angles.
    - `energies`: shape `(starts,)`.
    - `slopes`: norms of the gradients there, `(starts,)`.
    """

    points: Floats
    energies: Floats
    slopes: Floats


def in_batches(function: Callable[[Floats], Any], rows: Floats) -> Any:
    """`function` of many rows, always of 8, 16, 32 or 64: few programs serve every number.

    The last batch is filled up with its own rows; what `function` returns are arrays, rows first.
    """
    width = _FEWEST
    while width < min(len(rows), BATCH):
        width *= 2
    parts = []
    for at in range(0, len(rows), width):
        some = rows[at : at + width]
        found = jax.tree.map(np.asarray, function(np.resize(some, (width, *rows.shape[1:]))))
        parts.append(jax.tree.map(lambda leaf, some=some: leaf[: len(some)], found))
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)


@eqx.filter_jit
def _adam(energy: Energy, thetas: jax.Array, rate: jax.Array, steps: jax.Array) -> jax.Array:
    optimiser, fall = optax.scale_by_adam(), optax.cosine_decay_schedule(1.0, 1)
    slope = jax.grad(lambda theta: jnp.asarray(energy(theta)))

    def descent(theta: jax.Array) -> jax.Array:
        def step(index: jax.Array, carry: Any) -> Any:
            theta, state = carry
            # Optax raises floats to whole numbers of steps.
            with jax.numpy_dtype_promotion("standard"):
                direction, state = optimiser.update(slope(theta), state)
                now = rate * fall(index / steps)
            return theta - now * direction, state

        return jax.lax.fori_loop(0, steps, step, (theta, optimiser.init(theta)))[0]

    return jax.vmap(descent)(thetas)


def descend(energy: Energy, starts: Any, *, rate: float = RATE, steps: int = STEPS) -> Ends:
    r"""Local minima next to starts: Adam, then damped Newton steps until the gradient vanishes.

    Adam may leave the basin of a start, as every optimiser with steps of finite length; the limit
    of gradient flow is what [`flow`][replication.landscapes.basins.flow] gives.

    **Arguments:**

    - `energy`: a JAX function of angles `(k,)`.
    - `starts`: shape `(starts, k)`.
    - `rate`: first step of Adam in the units of the angles; it falls as a cosine to zero.
    - `steps`: how many of them.

    **Returns:** [`Ends`][]; `slopes` are below 1e-8 of the largest cost where it has converged.

    Kingma and Ba, arXiv:1412.6980.

    >>> import jax.numpy as jnp
    >>> found = descend(lambda theta: jnp.cos(theta).sum(), [[0.5, 3.0]])
    >>> found.energies.round(9).tolist(), bool(found.slopes[0] < 1e-7)
    ([-2.0], True)
    """
    starts = checked(starts)
    with jax.enable_x64(True):
        settings = jnp.asarray(rate, float), jnp.asarray(steps)
        ends = in_batches(lambda some: _adam(energy, jnp.asarray(some), *settings), starts)
    return polish(energy, ends)


@eqx.filter_jit
def _newton(energy: Energy, thetas: jax.Array) -> tuple[jax.Array, ...]:
    """Costs and slopes at points, and the points and costs after one step; for each of a batch."""

    def value_and_slope(theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        return jax.value_and_grad(lambda at: jnp.asarray(energy(at)))(theta)

    def one(theta: jax.Array) -> tuple[jax.Array, ...]:
        moves = STEP * jnp.eye(theta.size)
        around = jnp.concatenate([theta[None], theta[None] + moves, theta[None] - moves])
        costs, slopes = jax.vmap(value_and_slope)(around)
        above, below = jnp.split(slopes[1:], 2)
        bends = (above - below) / (2 * STEP)
        curvatures, axes = jnp.linalg.eigh((bends + bends.T) / 2)
        sizes = jnp.maximum(jnp.abs(curvatures), _SOFT * jnp.abs(curvatures).max())
        step = -axes @ ((axes.T @ slopes[0]) / jnp.maximum(sizes, _TINY))
        step *= jnp.minimum(1.0, _REACH / jnp.maximum(jnp.linalg.norm(step), _TINY))
        trials = theta[None] + jnp.outer(jnp.asarray(_FRACTIONS), step)
        found = jax.vmap(lambda at: jnp.asarray(energy(at)))(trials)
        best = jnp.argmin(found)
        return costs[0], jnp.linalg.norm(slopes[0]), trials[best], found[best]

    return jax.vmap(one)(thetas)


def polish(energy: Energy, points: Any) -> Ends:
    r"""Newton's method downhill from points: $-|\mathrm{Hess}|^{-1} \nabla E$, cut and damped.

    Curvatures, differences of gradients, count by their magnitude, so that no step goes up to a
    saddle; the longest step is 0.2, and of five fractions of it the lowest cost is taken.

    **Arguments:** `energy`: a JAX function of angles `(k,)`; `points`: shape `(points, k)`.
    """
    points = checked(points).copy()
    energies, slopes = np.zeros(len(points)), np.zeros(len(points))
    going, scale = np.arange(len(points)), 0.0
    with jax.enable_x64(True):
        for _ in range(_NEWTON_STEPS):
            found = in_batches(lambda some: _newton(energy, jnp.asarray(some)), points[going])
            energies[going], slopes[going], following, lower = found
            scale = max(scale, float(np.abs(energies).max()))
            # Next to a minimum a step changes the cost by less than its rounding.
            moves = (found[1] > GRADIENT * scale) & (lower <= energies[going] + _ROUNDING * scale)
            going = going[moves]
            if not going.size:
                break
            points[going] = following[moves]
    return Ends(points, energies, slopes)
