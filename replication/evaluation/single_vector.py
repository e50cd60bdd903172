"""The best single vector of angles for many instances together."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from replication.evaluation.optima import adam, in_turn
from replication.metalearner.rollout import Task

LEARNING_RATE = 0.05
"""first rate of Adam"""
NATURAL_FACTORS = np.array([0.5, 0.71, 1.4, 2.0])
"""Factors on the heuristic from which restarts begin in natural units."""
INNER_STEPS = 5
INNER_RATE = 0.05
"""Gradient steps of Reptile on an instance, and their length: below 2 over the largest curvature of
a natural cost at its optimum, which is about 7."""


def mean_cost(theta: jax.Array, batches: Sequence[Task]) -> jax.Array:
    """Normalised cost of one vector, mean over instances, each size with the same weight."""
    means = [jnp.mean(jax.vmap(Task.cost, (0, None))(batch, theta)) for batch in batches]
    return jnp.mean(jnp.stack(means))


@jax.jit
def _descend(
    thetas: jax.Array, batches: list[Task], count: int, steps: int
) -> tuple[jax.Array, jax.Array]:
    """Adam on [`mean_cost`][] from each of the first `count` rows of `thetas`."""

    def one(theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        return adam(
            lambda theta: mean_cost(theta, batches),
            theta,
            steps=steps,
            learning_rate=LEARNING_RATE,
        )

    # One restart after another: a batch of restarts × instances would not fit the cache.
    return in_turn(one, thetas, count)


def descend(
    thetas: np.ndarray, batches: list[Task], *, steps: int, capacity: int
) -> tuple[np.ndarray, np.ndarray]:
    """Adam on [`mean_cost`][] from each row of `thetas` `(restarts, k)`; all ends, their costs.

    Rows are padded to `capacity`, so that one compiled program serves every number of rows and
    steps; no steps give the costs of `thetas` themselves.
    """
    count = len(thetas)
    places = np.resize(thetas, (max(capacity, count), thetas.shape[1]))
    ends, costs = map(np.asarray, _descend(places, batches, count, steps))
    return ends[:count], costs[:count]


@jax.jit
def _adapt(theta: jax.Array, batches: list[Task], count: jax.Array) -> jax.Array:
    """Reptile from `theta`: its moves towards where short descents on single instances end."""

    def adapted(theta: jax.Array, task: Task) -> jax.Array:
        gradient = jax.grad(task.cost)
        return jax.lax.fori_loop(0, INNER_STEPS, lambda _, x: x - INNER_RATE * gradient(x), theta)

    def move(step: jax.Array, theta: jax.Array) -> jax.Array:
        ends = [jnp.mean(jax.vmap(adapted, (None, 0))(theta, batch), axis=0) for batch in batches]
        rate = jnp.asarray(1 - step / count, theta.dtype)
        return theta + rate * (jnp.mean(jnp.stack(ends), axis=0) - theta)

    return jax.lax.fori_loop(0, count, move, theta)


def adapt(theta: np.ndarray, batches: list[Task], *, steps: int) -> np.ndarray:
    r"""The vector from which a few gradient steps on an instance come furthest, shape `(k,)`.

    $\theta \leftarrow \theta + \epsilon\, (\overline{\theta'} - \theta)$, θ' the end of
    `INNER_STEPS` plain gradient steps of `INNER_RATE` on one instance, its mean over all of them,
    and ε falling from 1 to 0. Nichol, Achiam and Schulman, arXiv:1803.02999 (Reptile).
    """
    return np.asarray(_adapt(theta, batches, np.asarray(steps)))
