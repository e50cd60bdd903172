"""Values, gradients and Hessians of any cost at many angles: the common ground of all probes."""

import warnings
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from replication.checks import real_array
from replication.errors import UserError
from replication.simulators import stacked

Energy = Callable[[Any], Any]
"""A cost: angles of shape `(k,)` to a number."""
Floats = NDArray[np.float64]

BATCH = 64
"""Angle vectors that are evaluated together."""
STEP = 1e-4
"""Radians, of central differences of exact gradients: their error is about 1e-8 of the cost."""
PLAIN_STEP = 1e-5
"""Radians, of central differences of values, which lose more digits."""


def is_traceable(energy: Energy, num_parameters: int) -> bool:
    """Whether JAX can differentiate a cost: it is a JAX function of one array of angles."""
    try:
        with jax.enable_x64(True):
            shape = jax.eval_shape(energy, jax.ShapeDtypeStruct((num_parameters,), float))
    except Exception:
        # A plain callable may fail on a traced array in any way it likes.
        return False
    return shape.shape == ()


@eqx.filter_jit
def _values(energy: Energy, thetas: jax.Array) -> jax.Array:
    return jax.lax.map(lambda theta: jnp.asarray(energy(theta)), thetas, batch_size=BATCH)


@eqx.filter_jit
def _values_and_gradients(energy: Energy, thetas: jax.Array) -> tuple[jax.Array, jax.Array]:
    def one(theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        return jax.value_and_grad(lambda at: jnp.asarray(energy(at)))(theta)

    return jax.lax.map(one, thetas, batch_size=BATCH)


def checked(thetas: Any, num_parameters: int | None = None) -> Floats:
    """Angles `(points, k)` in double precision; [`UserError`][] for another shape."""
    found = real_array("thetas", thetas)
    if found.ndim != 2 or num_parameters not in (None, found.shape[1]):
        wanted = "k" if num_parameters is None else num_parameters
        raise UserError(f"thetas must have the shape (points, {wanted}), got {found.shape}")
    return found


def values(energy: Energy, thetas: Any) -> Floats:
    """The cost at many angles.

    **Arguments:** `energy`: any callable, JAX function or not; `thetas`: `(points, k)`, radians.

    **Returns:** shape `(points,)`, in double precision.

    >>> import jax.numpy as jnp
    >>> values(lambda theta: jnp.cos(theta[0]), [[0.0], [0.5]]).round(3)
    array([1.   , 0.878])
    """
    thetas = checked(thetas)
    with jax.enable_x64(True):
        if is_traceable(energy, thetas.shape[1]):
            return np.asarray(_values(energy, jnp.asarray(thetas)), float)
        return np.array([float(energy(theta)) for theta in thetas])


def values_and_gradients(
    energy: Energy, thetas: Any, *, shift: float | None = None
) -> tuple[Floats, Floats]:
    r"""The cost and its gradient at many angles.

    A JAX function is differentiated by JAX. Of a plain callable the derivatives are, with a
    warning that says so, central differences, or by the parameter-shift rule if `shift` is given:
    $\partial_k E = (E(\theta + s e_k) - E(\theta - s e_k)) / (2 \sin s)$ for costs in which each
    angle has one frequency 1, as those of gates $e^{-i\theta P/2}$. K. Mitarai et al.,
    doi:10.1103/PhysRevA.98.032309.

    **Arguments:**

    - `energy`: the cost, a callable of angles of shape `(k,)`.
    - `thetas`: shape `(points, k)`, radians.
    - `shift`: s in radians, such as π/2; used for plain callables alone.

    **Returns:** values `(points,)` and gradients `(points, k)`, in double precision.

    >>> import jax.numpy as jnp
    >>> value, gradient = values_and_gradients(lambda theta: jnp.sin(theta).sum(), [[0.0, 0.5]])
    >>> gradient.round(3)
    array([[1.   , 0.878]])
    """
    thetas = checked(thetas)
    with jax.enable_x64(True):
        if is_traceable(energy, thetas.shape[1]):
            value, gradient = _values_and_gradients(energy, jnp.asarray(thetas))
            return np.asarray(value, float), np.asarray(gradient, float)
    how = "parameter shifts" if shift else "central differences"
    warnings.warn(f"the cost is no JAX function: its gradients are {how}", stacklevel=2)
    step = shift or PLAIN_STEP
    moves = step * np.eye(thetas.shape[1])
    differences = np.array([_differences(energy, theta, moves) for theta in thetas])
    return values(energy, thetas), differences / (2 * np.sin(step))


@eqx.filter_jit
def _each_with_gradient(circuits: Any, thetas: jax.Array) -> tuple[jax.Array, jax.Array]:
    if stacked.can_stack(circuits):
        return stacked.values_and_gradients(circuits, thetas)
    return jax.vmap(lambda one, theta: jax.value_and_grad(one.energy)(theta))(circuits, thetas)


def each_with_gradient(circuits: Any, thetas: Any) -> tuple[Floats, Floats]:
    """Value and gradient of every circuit of a stack at angles of its own.

    **Arguments:** `circuits`: a pytree with `energy(theta)`, a first axis of every array over the
    circuits; `thetas`: shape `(circuits, k)`, radians.

    **Returns:** values `(circuits,)` and gradients `(circuits, k)`, in double precision.
    """
    with jax.enable_x64(True):
        found = _each_with_gradient(circuits, jnp.asarray(checked(thetas)))
    return np.asarray(found[0], float), np.asarray(found[1], float)


def _differences(energy: Energy, theta: Floats, moves: Floats) -> Floats:
    return np.array([float(energy(theta + move)) - float(energy(theta - move)) for move in moves])


def hessians(energy: Energy, thetas: Any, *, step: float = STEP) -> Floats:
    """Second derivatives at many angles, by central differences of exact gradients.

    So any cost with a gradient has them, also one whose own reverse pass gives first derivatives
    only.

    **Arguments:** `energy`: a JAX function of angles `(k,)`; `thetas`: `(points, k)`; `step`: rad.

    **Returns:** symmetric matrices, shape `(points, k, k)`.

    >>> import jax.numpy as jnp
    >>> hessians(lambda theta: jnp.prod(theta), [[1.0, 2.0]]).round(6)
    array([[[0., 1.],
            [1., 0.]]])
    """
    thetas = checked(thetas)
    points, size = thetas.shape
    moves = step * np.concatenate([np.eye(size), -np.eye(size)])
    around = (thetas[:, None] + moves).reshape(-1, size)
    slopes = values_and_gradients(energy, around)[1].reshape(points, 2, size, size)
    found = (slopes[:, 0] - slopes[:, 1]) / (2 * step)
    return (found + found.transpose(0, 2, 1)) / 2


def uniform(rng: np.random.Generator, points: int, low: Any, high: Any) -> Floats:
    """Uniform angles in a box, shape `(points, k)`; `low` and `high` have the shape `(k,)`."""
    low, high = real_array("low", low), real_array("high", high)
    if low.ndim != 1 or low.shape != high.shape or not (low <= high).all():
        raise UserError(
            f"low and high must be vectors of one length with low <= high, got {low} and {high}"
        )
    return rng.uniform(low, high, (points, low.size))
