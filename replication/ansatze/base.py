"""What all ansätze share: the shape check of theta and the symmetric images of an angle vector."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from replication.errors import UserError


def check_angles(theta: ArrayLike, num_parameters: int, names: Sequence[str]) -> None:
    """Refuse a `theta` whose shape is not `(num_parameters,)`."""
    shape = np.shape(theta)
    if shape != (num_parameters,):
        raise UserError(
            f"theta has shape {shape}, but this ansatz takes {num_parameters} angles "
            f"({', '.join(names)}) in an array of shape ({num_parameters},)"
        )


def real_angles(theta: ArrayLike) -> jax.Array:
    """`theta` as an array of float32 or float64, whole numbers in JAX's default precision.

    **Raises:** [`UserError`][] for any other dtype.
    """
    angles = jnp.asarray(theta)
    if jnp.issubdtype(angles.dtype, jnp.integer):
        angles = angles.astype(float)
    if angles.dtype not in (jnp.float32, jnp.float64):
        raise UserError(f"theta has dtype {angles.dtype}; allowed are float32 and float64")
    return angles


def wrap(theta: np.ndarray, periods: Sequence[float]) -> np.ndarray:
    """Angles moved by whole periods into [-period/2, period/2]; aperiodic ones are left alone."""
    theta, period = np.asarray(theta, float), np.asarray(periods, float)
    finite = np.isfinite(period)
    step = np.where(finite, period, 1.0)
    return np.where(finite, theta - step * np.round(theta / step), theta)


def nearest_image(theta: np.ndarray, reference: np.ndarray, periods: Sequence[float]) -> np.ndarray:
    r"""The symmetric image of `theta` that is closest to `reference`.

    The images are $\pm\theta + \sum_k m_k P_k e_k$ with whole $m_k$: a real Hamiltonian and a
    real initial state give the same energy at $\theta$ and $-\theta$, and angle $k$ has period
    $P_k$ (infinite where it has none).

    **Arguments:**

    - `theta`: angles, shape `(..., k)`.
    - `reference`: angles to come close to, broadcastable to `theta`.
    - `periods`: shape `(k,)`, same units as the angles.

    **Returns:** array of the broadcast shape.
    """
    theta, reference = np.broadcast_arrays(np.asarray(theta, float), np.asarray(reference, float))
    offsets = np.stack([wrap(sign * theta - reference, periods) for sign in (1.0, -1.0)])
    choice = np.argmin(np.sum(offsets**2, axis=-1), axis=0)
    return reference + np.take_along_axis(offsets, choice[None, ..., None], axis=0)[0]


def symmetric_distance(
    theta: np.ndarray, reference: np.ndarray, periods: Sequence[float]
) -> np.ndarray:
    """Euclidean distance from `theta` to the nearest symmetric image of `reference`.

    Shapes `(..., k)` to `(...)`; the units are those of the angles.
    """
    return np.linalg.norm(nearest_image(theta, reference, periods) - reference, axis=-1)
