"""Planes through a landscape, and the cost on them."""

from typing import Any, NamedTuple

import numpy as np

from replication.checks import real_array
from replication.errors import UserError
from replication.landscapes.functions import Energy, Floats, hessians, values

SMALL = 1e-9
"""Part of a direction beside another one below which the two are parallel."""


class Plane(NamedTuple):
    r"""The angles $\theta(x, y) = \theta_0 + x u + y v$.

    - `origin`: $\theta_0$, shape `(k,)`, radians.
    - `first`, `second`: u and v, orthonormal, `(k,)`.
    """

    origin: Floats
    first: Floats
    second: Floats

    def at(self, x: Any, y: Any) -> Floats:
        """Angles at coordinates that broadcast, shape `(..., k)`."""
        x, y = np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float))
        return self.origin + x[..., None] * self.first + y[..., None] * self.second

    def coordinates(self, theta: Any) -> Floats:
        """Coordinates x, y of the foot of the perpendicular from angles, shape `(2,)`."""
        return np.stack([self.first, self.second]) @ (np.asarray(theta, float) - self.origin)


class HessianPlane(NamedTuple):
    """A plane of extreme curvatures, and the curvatures, per radian squared."""

    plane: Plane
    largest: float
    smallest: float


def plane_through(origin: Any, point: Any, direction: Any) -> Plane:
    """The plane that holds two points and a direction: x goes from the first to the second one.

    >>> plane = plane_through([0.0, 0.0, 1.0], [2.0, 0.0, 1.0], [1.0, 3.0, 0.0])
    >>> plane.second.tolist(), plane.coordinates([2.0, 0.0, 1.0]).tolist()
    ([0.0, 1.0, 0.0], [2.0, 0.0])

    **Arguments:** `origin`, `point`: such as a start and an optimum, `(k,)`, radians; `direction`:
    any third one, of which the part beside the first is taken.

    **Raises:** [`UserError`][] for points that are equal, and a direction along them.
    """
    origin, point, direction = (
        real_array(name, given)
        for name, given in (("origin", origin), ("point", point), ("direction", direction))
    )
    if not origin.shape == point.shape == direction.shape or origin.ndim != 1:
        raise UserError(
            f"origin, point and direction must be vectors of one length, got the shapes "
            f"{origin.shape}, {point.shape} and {direction.shape}"
        )
    length = np.linalg.norm(point - origin)
    if length < SMALL:
        raise UserError("origin and point must be different")
    first = (point - origin) / length
    beside = direction - (direction @ first) * first
    # A second time: of an almost parallel direction the difference loses digits.
    beside = beside - (beside @ first) * first
    if np.linalg.norm(beside) < SMALL * max(1.0, float(np.linalg.norm(direction))):
        raise UserError("direction must not be along the line from origin to point")
    return Plane(origin, first, beside / np.linalg.norm(beside))


def hessian_plane(energy: Energy, theta: Any) -> HessianPlane:
    """The plane of the most and the least curved directions at a point, x the most curved one.

    >>> import jax.numpy as jnp
    >>> weights = jnp.array([1.0, 5.0, 3.0])
    >>> found = hessian_plane(lambda theta: (weights * theta**2).sum(), [0.0] * 3)
    >>> round(found.largest, 6), round(found.smallest, 6)
    (10.0, 2.0)

    **Arguments:** `energy`: a cost of angles `(k,)`; `theta`: `(k,)`, radians, k at least 2.
    """
    theta = real_array("theta", theta)
    if theta.ndim != 1 or theta.size < 2:
        raise UserError(f"theta must be a vector of at least 2 angles, got the shape {theta.shape}")
    curvatures, vectors = np.linalg.eigh(hessians(energy, theta[None])[0])
    plane = Plane(theta, vectors[:, -1], vectors[:, 0])
    return HessianPlane(plane, float(curvatures[-1]), float(curvatures[0]))


def random_plane(origin: Any, rng: np.random.Generator) -> Plane:
    """A plane through a point in two random directions, uniform among all planes.

    >>> import numpy as np
    >>> plane = random_plane([0.0] * 4, np.random.default_rng(0))
    >>> bool(abs(plane.first @ plane.second) < 1e-12)
    True
    """
    origin = real_array("origin", origin)
    if origin.ndim != 1 or origin.size < 2:
        raise UserError(f"origin must be a vector of at least 2 angles, got {origin.shape}")
    directions = np.linalg.qr(rng.normal(size=(origin.size, 2)))[0]
    return Plane(origin, directions[:, 0], directions[:, 1])


def slice_values(energy: Energy, plane: Plane, x: Any, y: Any) -> Floats:
    """The cost on a grid of a plane, shape `(len(x), len(y))`.

    >>> import jax.numpy as jnp
    >>> plane = plane_through([0.0, 0.0], [1.0, 0.0], [0.0, 1.0])
    >>> slice_values(lambda theta: theta[0] - theta[1], plane, [0.0, 1.0], [0.0, 2.0]).tolist()
    [[0.0, -2.0], [1.0, -1.0]]

    **Arguments:** `energy`: a cost of angles `(k,)`; `x`, `y`: coordinates, radians.
    """
    x, y = real_array("x", x), real_array("y", y)
    thetas = plane.at(x[:, None], y[None, :])
    return values(energy, thetas.reshape(-1, plane.origin.size)).reshape(x.size, y.size)
