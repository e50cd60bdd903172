"""What a training step draws: batches of tasks, in groups where their circuits do not stack."""

import functools
from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp

from replication.metalearner.rollout import Task

Batch = Task | Sequence[Task]
"""Instances that weigh together, usually those of one size: in several groups where their circuits
do not stack, of which each counts by its number of instances."""


def groups_of(batch: Batch) -> list[Task]:
    """The groups of a batch, one where all circuits stack."""
    return [batch] if isinstance(batch, Task) else list(batch)


def _shares(batch: Batch) -> list[float]:
    """The fraction of a batch's instances that each group holds."""
    counts = [group.scale.shape[0] for group in groups_of(batch)]
    return [count / sum(counts) for count in counts]


def mean_over(batches: Sequence[Batch], of_group: Callable[[Task], jax.Array]) -> jax.Array:
    """The mean over batches of equal weight, of each the mean over its instances."""

    def of_batch(batch: Batch) -> jax.Array:
        means = [of_group(group) for group in groups_of(batch)]
        if len(means) == 1:
            return means[0]
        return jnp.dot(jnp.stack(means), jnp.asarray(_shares(batch), means[0].dtype))

    return jnp.mean(jnp.stack([of_batch(batch) for batch in batches]))


@functools.partial(jax.jit, static_argnames=("steps", "draws"))
def draws_of(keys: jax.Array, counts: jax.Array, *, steps: int, draws: int) -> jax.Array:
    """Which of the `counts` instances of each group a step takes: `(seed, step, group, draw)`."""

    def one(key: jax.Array, count: jax.Array) -> jax.Array:
        return jax.random.randint(key, (draws,), 0, count)

    def of_step(key: jax.Array, step: jax.Array) -> jax.Array:
        of_groups = jax.random.split(jax.random.fold_in(key, step), len(counts))
        return jax.vmap(one)(of_groups, counts)

    return jax.vmap(jax.vmap(of_step, (None, 0)), (0, None))(keys, jnp.arange(steps))


def _take(tasks: Task, indices: jax.Array) -> Task:
    return jax.tree.map(lambda leaf: jnp.asarray(leaf)[indices], tasks)


def shared_out(draws: int, batch: Batch) -> list[int]:
    """How many of a batch's `draws` each group has, at least one."""
    return [max(1, round(draws * share)) for share in _shares(batch)]


def instances_of(batches: list[list[Task]], indices: jax.Array) -> list[list[Task]]:
    """The instances of one step; `indices`: `(group, draw)`, as [`draws_of`][] gives them."""
    draws, left = indices.shape[-1], iter(indices)
    return [
        [
            _take(group, next(left)[:count])
            for group, count in zip(batch, shared_out(draws, batch), strict=True)
        ]
        for batch in batches
    ]
