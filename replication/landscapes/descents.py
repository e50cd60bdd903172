"""Many descents at once, on the landscapes of many instances of one size."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import numpy as np
from numpy.typing import ArrayLike, NDArray

from replication.checks import real_array
from replication.errors import UserError

Floats = NDArray[np.float64]
Slopes = Callable[[Floats, NDArray[np.int_]], tuple[Floats, Floats]]

BATCH = 96
"""Points that are evaluated together, at most."""
ARMIJO = 1e-4
"""Fraction of the decrease that the slope promises, at which a step is accepted."""
LONGEST = 0.5
"""Radians of a step at most: about the distance at which a landscape of QAOA turns."""
STALLED = 1e-13
"""Relative decrease of the energy below which a descent is at its end."""


class Optima(NamedTuple):
    """Ends of descents: energies `(instances, starts)`, angles `(instances, starts, k)`."""

    energies: Floats
    thetas: Floats

    def best(self) -> "Optima":
        """The lowest of each instance: energies `(instances,)` and angles `(instances, k)`."""
        rows, where = np.arange(len(self.energies)), self.energies.argmin(axis=1)
        return Optima(self.energies[rows, where], self.thetas[rows, where])


@eqx.filter_jit
def _slopes(circuits: Any, thetas: jax.Array) -> tuple[jax.Array, jax.Array]:
    def one(circuit: Any, theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        return jax.value_and_grad(lambda at: circuit.energy(at))(theta)

    return eqx.filter_vmap(one)(circuits, thetas)


@eqx.filter_jit
def _energies(circuits: Any, thetas: jax.Array) -> jax.Array:
    return eqx.filter_vmap(lambda circuit, theta: circuit.energy(theta))(circuits, thetas)


def _stacked(circuits: Sequence[Any]) -> tuple[Any, Any]:
    """The arrays of all circuits with an axis in front, and what they have in common."""
    parts = [eqx.partition(one, eqx.is_array_like) for one in circuits]
    if len({jax.tree.structure(one) for one in circuits}) > 1:
        raise UserError("circuits must be of one size, depth and kind to be evaluated together")
    arrays = jax.tree.map(lambda *leaves: np.stack(leaves), *[one for one, _ in parts])
    return arrays, parts[0][1]


def _in_batches(
    function: Callable[[Any, jax.Array], Any], circuits: Sequence[Any]
) -> Callable[[Floats, NDArray[np.int_]], Any]:
    """`function` of any number of points, each with the number of its circuit."""
    arrays, static = _stacked(circuits)

    def evaluate(thetas: Floats, owners: NDArray[np.int_]) -> Any:
        # Few widths, so that few programs are compiled.
        width = min(BATCH, 8 if len(thetas) <= 8 else 1 << (len(thetas) - 1).bit_length())
        found = []
        for first in range(0, len(thetas), width):
            rows = np.arange(first, first + width).clip(max=len(thetas) - 1)
            taken = jax.tree.map(lambda leaf, rows=rows: leaf[owners[rows]], arrays)
            with jax.enable_x64(True):
                part = function(eqx.combine(taken, static), jax.numpy.asarray(thetas[rows]))
            count = min(width, len(thetas) - first)
            found.append(jax.tree.map(lambda leaf, count=count: np.asarray(leaf)[:count], part))
        return jax.tree.map(lambda *leaves: np.concatenate(leaves), *found)

    return evaluate


def energies_together(circuits: Sequence[Any], thetas: ArrayLike) -> Floats:
    """Energies of many instances at many angles each.

    **Arguments:** `circuits`: ansätze of one size and depth, such as those of one ensemble;
    `thetas`: shape `(instances, points, k)`, radians.

    **Returns:** shape `(instances, points)`.

    >>> from replication import maxcut, qaoa
    >>> circuit = qaoa(maxcut([(0, 1)]), p=1)
    >>> energies_together([circuit], [[[np.pi / 4, -np.pi / 8]]]).round(6).tolist()
    [[-1.0]]
    """
    points = _checked(circuits, thetas)
    owners = np.repeat(np.arange(points.shape[0]), points.shape[1])
    found = _in_batches(_energies, circuits)(points.reshape(-1, points.shape[2]), owners)
    return np.asarray(found).reshape(points.shape[:2])


def descend_together(
    circuits: Sequence[Any], starts: ArrayLike, *, steps: int = 200, tolerance: float = 1e-7
) -> Optima:
    r"""Ends of descents by BFGS, all points of all instances side by side.

    $\theta' = \theta - t B g$ with the inverse Hessian B updated from each accepted step, and t
    halved until $E$ falls by at least 1e-4 of what the slope promises. A descent ends where
    $|\partial_k E| \le$ `tolerance` for all k. Nocedal and Wright, Numerical Optimization, 6.1.

    **Arguments:**

    - `circuits`: ansätze of one size and depth, such as those of one ensemble.
    - `starts`: angles, shape `(instances, starts, k)`, radians.
    - `steps`: evaluations of a gradient at most.
    - `tolerance`: of the gradient, in the unit of the energy per radian.

    **Returns:** energies `(instances, starts)` and angles `(instances, starts, k)`.

    **Raises:** [`UserError`][] for circuits of different sizes and another shape of `starts`.

    >>> from replication import maxcut, qaoa
    >>> circuit = qaoa(maxcut([(0, 1)]), p=1)
    >>> descend_together([circuit], [[[0.5, -0.3]]]).thetas.round(4).tolist()
    [[[0.7854, -0.3927]]]
    """
    points = _checked(circuits, starts)
    count, per, size = points.shape
    owners = np.repeat(np.arange(count), per)
    slopes = _in_batches(_slopes, circuits)
    energies, thetas = _descend(slopes, points.reshape(-1, size), owners, steps, tolerance)
    return Optima(energies.reshape(count, per), thetas.reshape(count, per, size))


def _checked(circuits: Sequence[Any], thetas: ArrayLike) -> Floats:
    points = real_array("thetas", thetas)
    if points.ndim != 3 or len(points) != len(circuits):
        raise UserError(
            f"angles must have the shape ({len(circuits)}, points, k), got {points.shape}"
        )
    return points


def _descend(
    slopes: Slopes, theta: Floats, owners: NDArray[np.int_], steps: int, tolerance: float
) -> tuple[Floats, Floats]:
    """Each evaluation of a point either accepts its step or halves it: none waits for another."""
    count, size = theta.shape
    energy, gradient = (np.array(part) for part in slopes(theta, owners))
    inverse = np.tile(np.eye(size), (count, 1, 1))
    step = _bounded(-gradient)
    active = np.flatnonzero(np.abs(gradient).max(axis=1) > tolerance)
    for _ in range(steps):
        if not active.size:
            break
        trial = theta[active] + step[active]
        value, slope = slopes(trial, owners[active])
        promised = np.einsum("ik,ik->i", gradient[active], step[active])
        rounding = STALLED * np.maximum(1.0, np.abs(energy[active]))
        good = value <= energy[active] + ARMIJO * promised + rounding
        step[active[~good]] /= 2
        done = active[good]
        moved, bent = step[done], slope[good] - gradient[done]
        inverse[done] = _updated(inverse[done], moved, bent)
        theta[done], energy[done], gradient[done] = trial[good], value[good], slope[good]
        towards = -np.einsum("ikl,il->ik", inverse[done], gradient[done])
        uphill = np.einsum("ik,ik->i", towards, gradient[done]) >= 0
        inverse[done[uphill]], towards[uphill] = np.eye(size), -gradient[done[uphill]]
        step[done] = _bounded(towards)
        flat = np.abs(gradient[active]).max(axis=1) <= tolerance
        active = active[~(flat | (np.abs(step[active]).max(axis=1) < 1e-12))]
    return energy, theta


def _bounded(step: Floats) -> Floats:
    length = np.linalg.norm(step, axis=1, keepdims=True)
    return step * np.minimum(1.0, LONGEST / np.maximum(length, LONGEST))


def _updated(inverse: Floats, moved: Floats, bent: Floats) -> Floats:
    """Inverse Hessians after steps `moved` that changed gradients by `bent`."""
    curved = np.einsum("ik,ik->i", moved, bent)
    # Where the energy curves downwards the update would lose positivity.
    enough = curved > 1e-10 * np.linalg.norm(moved, axis=1) * np.linalg.norm(bent, axis=1)
    rho = (np.where(enough, 1.0, 0.0) / np.where(enough, curved, 1.0))[:, None, None]
    project = np.eye(moved.shape[1]) - rho * moved[:, :, None] * bent[:, None, :]
    found = project @ inverse @ project.transpose(0, 2, 1)
    return np.asarray(found + rho * moved[:, :, None] * moved[:, None, :])
