"""How much a cost and its gradient vary over random angles."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from replication.errors import UserError
from replication.landscapes.functions import Energy, Floats, uniform, values_and_gradients


class Variances(NamedTuple):
    """Unbiased variances over random angles, with their standard errors.

    - `loss`, `loss_error`: of the cost.
    - `gradient`, `gradient_error`: of each derivative, shape `(k,)`, per radian squared.
    """

    loss: float
    loss_error: float
    gradient: Floats
    gradient_error: Floats


def variance_error(draws: Any, axis: int = 0) -> Floats:
    r"""Standard error of the unbiased variance of independent draws along an axis.

    $\mathrm{Var}(s^2) = (\mu_4 - \frac{m-3}{m-1} \sigma^4)/m$ for $m$ draws of any distribution.
    """
    draws = np.asarray(draws, float)
    count = draws.shape[axis]
    centred = draws - draws.mean(axis=axis, keepdims=True)
    fourth, second = (centred**4).mean(axis=axis), draws.var(axis=axis, ddof=1)
    spread = fourth - (count - 3) / (count - 1) * second**2
    return np.asarray(np.sqrt(np.maximum(spread, 0) / count))


def gradient_variance(
    energy: Energy,
    num_parameters: int,
    *,
    points: int = 1000,
    half_width: float | Sequence[float] = np.pi,
    seed: int = 0,
    shift: float | None = None,
) -> Variances:
    r"""$\mathrm{Var}_\theta\, E$ and $\mathrm{Var}_\theta\, \partial_k E$ over a box of angles.

    A barren plateau is a variance that falls exponentially with the number of qubits.
    J. R. McClean et al., doi:10.1038/s41467-018-07090-4.

    >>> import jax.numpy as jnp
    >>> found = gradient_variance(lambda theta: jnp.prod(jnp.cos(theta)), 4, points=4000)
    >>> abs(found.loss - 1 / 2**4) < 4 * found.loss_error
    True

    **Arguments:**

    - `energy`: the cost, a JAX function of angles of shape `(k,)`; a plain callable is
      differentiated numerically, with a warning that says so.
    - `num_parameters`: k.
    - `points`: angle vectors drawn, at least 4.
    - `half_width`: of the box around zero, radians, one number or one for each angle.
    - `seed`: of the angles.
    - `shift`: of the parameter-shift rule for plain callables, see [`values_and_gradients`][].

    **Raises:** [`UserError`][] for fewer points, and for a width that is none.
    """
    if points < 4:
        raise UserError(f"points = {points} must be at least 4: a variance has an error of its own")
    half = np.broadcast_to(np.asarray(half_width, float), (num_parameters,))
    thetas = uniform(np.random.default_rng(seed), points, -half, half)
    return variances_at(energy, thetas, shift=shift)


def variances_at(energy: Energy, thetas: Any, *, shift: float | None = None) -> Variances:
    """The same over angles that are given, shape `(points, k)`."""
    return variances_of(*values_and_gradients(energy, thetas, shift=shift))


def variances_of(values: Floats, gradients: Floats) -> Variances:
    """The same of values `(points,)` and gradients `(points, k)` that are known."""
    return Variances(
        float(values.var(ddof=1)),
        float(variance_error(values)),
        gradients.var(axis=0, ddof=1),
        variance_error(gradients),
    )
