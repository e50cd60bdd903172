"""What a network does when it is told other costs than its own: does it use what it is told?"""

from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from replication.metalearner.artefact import MetaOptimizer
from replication.metalearner.network import Memory, Network
from replication.metalearner.rollout import Task

_Carry = tuple[Memory, jax.Array, jax.Array]


def _told(costs: jax.Array, partners: jax.Array, feedback: str) -> jax.Array:
    return costs[partners] if feedback == "shuffled" else jnp.full_like(costs, jnp.mean(costs))


def altered_points(
    network: Network,
    tasks: Task,
    queries: int,
    *,
    feedback: Literal["shuffled", "mean"],
    partners: jax.Array,
) -> jax.Array:
    r"""Points that a network proposes to each instance of a batch under altered feedback.

    All instances are rolled out side by side. At query t instance i is told $y_t$ of instance
    `partners[i]` (`shuffled`), or the mean of $y_t$ over the batch (`mean`), in place of its own.

    **Arguments:** `tasks`: a batch of one size, instance axis first; `partners`: shape
    `(instances,)`.

    **Returns:** $\theta_1 … \theta_T$ of every instance, shape `(instances, T, k)`.
    """
    start = jnp.asarray(tasks.start, network.anchor.dtype)
    cost = jax.vmap(Task.cost)
    count = start.shape[0]
    first_cost = jnp.zeros(count, start.dtype) if tasks.free else cost(tasks, start)
    memory = jax.tree.map(lambda one: jnp.tile(one, (count, 1)), network.memory())

    def query(carry: _Carry, first: jax.Array) -> tuple[_Carry, jax.Array]:
        memory, theta, y = carry
        told = _told(y, partners, feedback)
        memory, theta = jax.vmap(network, (0, 0, 0, None))(memory, theta, told, first)
        return (memory, theta, cost(tasks, theta)), theta

    first = jnp.arange(queries) == 0
    _, points = jax.lax.scan(query, (memory, start, first_cost), first)
    return jnp.swapaxes(points, 0, 1)


def derangement(rng: np.random.Generator, count: int) -> np.ndarray:
    """A random permutation that leaves nobody in place, shape `(count,)`; one cycle."""
    order = rng.permutation(count)
    partners = np.empty(count, int)
    partners[order] = np.roll(order, 1)
    return partners


class Replay(MetaOptimizer):
    """A network's proposals fixed beforehand, each still a query of the cost."""

    def __init__(self, network: Network, metadata: dict[str, Any], points: np.ndarray) -> None:
        """`points`: shape `(T, k)`."""
        super().__init__(network, metadata)
        self.points = points

    def propose(
        self, memory: Memory, theta: np.ndarray, y: float, t: int
    ) -> tuple[Memory, np.ndarray]:
        """The point fixed for query t, whatever the cost was."""
        del theta, y
        return memory, self.points[t]
