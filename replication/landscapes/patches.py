"""How much signal a landscape has in a patch: gradients and variance over cubes around centres."""

from typing import Any, NamedTuple

import numpy as np

from replication.checks import real_array
from replication.errors import UserError
from replication.landscapes.functions import Energy, Floats, checked, values_and_gradients


class Patch(NamedTuple):
    r"""Averages over a cube, with their standard errors from the draws.

    - `gradient`: mean of $|\nabla E|^2$; `variance`: of $E$.
    """

    gradient: float
    gradient_error: float
    variance: float
    variance_error: float


def signal(energy: Energy, centres: Any) -> Floats:
    r"""$|\nabla E|^2$ at points.

    **Arguments:** `energy`: of angles `(k,)`; `centres`: shape `(points, k)`.

    >>> import jax.numpy as jnp
    >>> signal(lambda theta: jnp.sin(theta).sum(), [[0.0, 0.0]]).tolist()
    [2.0]
    """
    return np.asarray((values_and_gradients(energy, centres)[1] ** 2).sum(axis=1))


def cube(rng: np.random.Generator, centre: Any, half_width: float, points: int) -> Floats:
    """Uniform draws from a cube: `(points, k)`; of several centres `(c, k)` each serves in turn."""
    middles = np.atleast_2d(real_array("centre", centre))
    if not half_width > 0 or points < 2:
        raise UserError(
            "a patch needs a half-width above 0 and at least 2 points, "
            f"got {half_width} and {points}"
        )
    middles = middles[np.arange(points) % len(middles)]
    return middles + rng.uniform(-half_width, half_width, middles.shape)


def patch_variance(
    energy: Energy, centre: Any, half_width: float, points: int, rng: np.random.Generator
) -> Patch:
    r"""Mean of $|\nabla E|^2$ and variance of $E$ over $\theta_0 + [-r, r]^k$.

    Of a quadratic cost with gradient g and Hessian $H$ at $\theta_0$ the variance is
    $r^2 |g|^2/3 + r^4 (\sum_i H_{ii}^2/45 + \sum_{i<j} H_{ij}^2/9)$; of a periodic one it tends to
    that of the whole landscape as the cube grows.

    **Arguments:**

    - `energy`: a JAX function of angles `(k,)`.
    - `centre`: $\theta_0$, shape `(k,)`, in the units of the angles; `half_width`: r.
    - `points`: draws, at least 2; `rng`: their generator.

    **Returns:** [`Patch`][]; the error of the variance is that of the mean of
    $(E - \bar E)^2$, good for many draws.

    Puig et al., arXiv:2404.10044; Mhiri et al., arXiv:2502.07889.

    >>> import jax.numpy as jnp
    >>> rng = np.random.default_rng(0)
    >>> found = patch_variance(lambda theta: theta.sum(), [0.0, 0.0], 0.3, 4000, rng)
    >>> found.gradient, bool(abs(found.variance - 0.06) < 4 * found.variance_error)
    (2.0, True)
    """
    thetas = cube(rng, centre, half_width, points)
    costs, gradients = values_and_gradients(energy, thetas)
    return averaged(costs, gradients)


def averaged(costs: Floats, gradients: Floats) -> Patch:
    """[`Patch`][] of costs `(points,)` and gradients `(points, k)` at hand."""
    squares = (checked(gradients) ** 2).sum(axis=1)
    apart = (costs - costs.mean()) ** 2
    root = np.sqrt(len(costs))
    return Patch(
        float(squares.mean()),
        float(squares.std(ddof=1) / root),
        float(costs.var(ddof=1)),
        float(apart.std(ddof=1) / root),
    )
