"""Gradient trainings from many starts at once, with the cost and the gradient's norm on the way."""

from typing import TYPE_CHECKING, Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from replication.checks import check_whole
from replication.errors import UserError
from replication.landscapes.functions import BATCH, Energy, Floats, checked, is_traceable

if TYPE_CHECKING:
    import optax


class Trainings(NamedTuple):
    """Trainings of a cost from several starts.

    - `values`: costs, shape `(starts, steps + 1)`, the first ones before any step.
    - `gradient_norms`: Euclidean norms of the gradient there, per radian.
    - `thetas`: angles after the last step, `(starts, k)`.
    - `best`: those of the lowest cost on the way, `(starts, k)`.
    """

    values: Floats
    gradient_norms: Floats
    thetas: Floats
    best: Floats


def train(
    energy: Energy, thetas: Any, optimiser: "optax.GradientTransformation", steps: int
) -> Trainings:
    r"""Minimise a cost by exact gradients from every start.

    >>> import jax.numpy as jnp
    >>> import optax
    >>> found = train(lambda theta: (theta**2).sum() / 2, [[3.0, 4.0]], optax.sgd(0.5), 2)
    >>> found.gradient_norms.tolist(), found.thetas.tolist()
    ([[5.0, 2.5, 1.25]], [[0.75, 1.0]])

    **Arguments:**

    - `energy`: the cost, a JAX function of angles of shape `(k,)`.
    - `thetas`: starts, `(starts, k)`, radians.
    - `optimiser`: of optax, such as `optax.sgd(0.2)` for $\theta \to \theta - 0.2 \nabla E$.
    - `steps`: at least 1.

    **Raises:** [`UserError`][] for fewer steps, and for a cost that JAX cannot differentiate.
    """
    thetas = checked(thetas)
    check_whole("steps", steps, 1)
    with jax.enable_x64(True):
        if not is_traceable(energy, thetas.shape[1]):
            raise UserError("the cost to train must be a JAX function of angles of shape (k,)")
        found = _train(energy, jnp.asarray(thetas), optimiser, int(steps))
    return Trainings(*(np.asarray(each, float) for each in found))


@eqx.filter_jit
def _train(
    energy: Energy, thetas: jax.Array, optimiser: "optax.GradientTransformation", steps: int
) -> tuple[jax.Array, ...]:
    cost_and_slope = jax.value_and_grad(lambda at: jnp.asarray(energy(at)))

    def one(start: jax.Array) -> tuple[jax.Array, ...]:
        def evaluated(theta: jax.Array, best: Any) -> tuple[jax.Array, Any, tuple[jax.Array, ...]]:
            value, slope = cost_and_slope(theta)
            better = value < best[0]
            best = jnp.where(better, value, best[0]), jnp.where(better, theta, best[1])
            return slope, best, (value, jnp.linalg.norm(slope))

        def step(state: Any, _: None) -> tuple[Any, tuple[jax.Array, ...]]:
            theta, memory, best = state
            slope, best, found = evaluated(theta, best)
            # Optax raises floats to whole numbers of steps.
            with jax.numpy_dtype_promotion("standard"):
                move, memory = optimiser.update(slope, memory, theta)
            return (theta + move, memory, best), found

        first = (start, optimiser.init(start), (jnp.array(jnp.inf, start.dtype), start))
        (theta, _, best), (values, norms) = jax.lax.scan(step, first, length=steps)
        _, best, (value, norm) = evaluated(theta, best)
        return jnp.append(values, value), jnp.append(norms, norm), theta, best[1]

    return jax.lax.map(one, thetas, batch_size=BATCH)
