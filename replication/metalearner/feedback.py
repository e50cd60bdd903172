"""What a network does when it is given other costs than its own: does it use them?"""

from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from replication.errors import UserError
from replication.metalearner.artefact import MetaOptimizer
from replication.metalearner.inference import Floats, State, Weights
from replication.metalearner.network import Network
from replication.metalearner.rollout import Task, roll_out


def altered_points(
    network: Network,
    tasks: Task,
    queries: int,
    *,
    feedback: Literal["shuffled", "mean"],
    partners: jax.Array,
) -> jax.Array:
    r"""Points that a network proposes to each instance of a batch under altered feedback.

    At query t instance i is given $y_t$ of instance `partners[i]` (`shuffled`), or the mean of
    $y_t$ over the batch (`mean`), in place of its own.

    **Arguments:** `tasks`: a batch of one size, instance axis first; `partners`: shape
    `(instances,)`.

    **Returns:** $\theta_1 … \theta_T$ of every instance, shape `(instances, T, k)`.
    """

    def given(costs: jax.Array) -> jax.Array:
        return costs[partners] if feedback == "shuffled" else jnp.full_like(costs, jnp.mean(costs))

    return roll_out(network, tasks, queries, given).points


def derangement(rng: np.random.Generator, count: int) -> np.ndarray:
    """A random permutation that leaves nobody in place, shape `(count,)`; one cycle.

    **Raises:** [`UserError`][] where there is nobody to change places with.
    """
    if count < 2:
        raise UserError(f"shuffled feedback takes at least 2 instances, got {count}")
    order = rng.permutation(count)
    partners = np.empty(count, int)
    partners[order] = np.roll(order, 1)
    return partners


class Replay(MetaOptimizer):
    """A network's proposals fixed beforehand, each still a query of the cost."""

    def __init__(self, weights: Weights, metadata: dict[str, Any], points: np.ndarray) -> None:
        """`points`: shape `(T, k)`, radians."""
        super().__init__(weights, metadata)
        self.points = points

    def propose(self, state: State, theta: Floats, y: float, t: int) -> tuple[State, Floats]:
        """The point fixed for query t, whatever the cost was."""
        del theta, y
        return state, self.points[t]
