"""A step of meta-training as work for peers, the size of PennyLane's demonstration of it.

S. Mangini, `learning2learn` (2021): graphs G(7, 3/7), QAOA of depth 1, an LSTM of two units whose
output is the next angles, 5 queries, Adam at 0.1, one graph a step.
"""

import functools
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import networkx as nx
import numpy as np
import optax

from bench.peers import workloads
from bench.peers.workloads import Own, Workload
from replication.ansatze.base import stack
from replication.metalearner.network import Network
from replication.metalearner.rollout import Task
from replication.metalearner.training import meta_loss, training_step
from replication.problems.ising import IsingProblem
from replication.problems.maxcut import maxcut
from replication.seeds import generator_for, key_for

QUERIES = 5
LEARNING_RATE = 0.1
SIZE = 7
BATCHES = (1, 20)
"""the demonstration's batch, and all its graphs at once"""
_SETTINGS = {"queries": QUERIES, "loss": "weighted", "weight": 1.0}


class Step(Workload):
    """One Adam step on the mean meta-loss of some graphs."""

    def __init__(self, batch: int) -> None:
        super().__init__(f"training-b{batch}", str(SIZE), 1)

    @functools.cached_property
    def problems(self) -> list[IsingProblem]:
        """The graphs; those of a smaller batch are the first of a larger one."""
        rng = generator_for(workloads.SEED, "peers", "training")
        batch = int(self.family.removeprefix("training-b"))
        return [maxcut(nx.gnp_random_graph(SIZE, 3 / 7, seed=rng)) for _ in range(batch)]

    @functools.cached_property
    def thetas(self) -> np.ndarray:
        r"""$\theta_0 = 0$, given with a cost of 0."""
        return np.zeros((len(self.problems), 2))

    @property
    def quantities(self) -> tuple[str, ...]:
        """What of it is timed."""
        return ("step",)

    def own(self, precision: str) -> "OwnStep":
        """Our training step."""
        return OwnStep(self, precision)


class OwnStep(Own):
    r"""Our training step on one batch, compiled, its arguments in place.

    The plain form with the identity as head, so that $\theta_{t+1} = h_{t+1}$ as in the
    demonstration; ours trains the head too.
    """

    def __init__(self, workload: Step, precision: str) -> None:
        self.workload = workload
        fresh = Network(2, 2, "plain", key=key_for(workloads.SEED, "peers", "network"))
        head = jnp.eye(2), jnp.zeros(2)
        fresh = eqx.tree_at(lambda n: (n.head.weight, n.head.bias), fresh, head)
        tasks = [
            Task(
                ansatz,
                offset=np.zeros(()),
                scale=np.asarray(problem.normaliser),
                unit=np.ones(2),
                start=np.zeros(2),
                free=True,
            )
            for ansatz, problem in zip(workload.ansatze, workload.problems, strict=True)
        ]
        self._network, self._tasks = jax.tree.map(
            lambda leaf: jnp.asarray(leaf, precision), (fresh, stack(tasks))
        )
        optimiser = optax.adam(LEARNING_RATE)
        step = functools.partial(training_step, optimiser=optimiser, **_SETTINGS)
        self._arguments = self._network, optimiser.init(self._network), [self._tasks]
        self._compiled = {"step": jax.jit(step).lower(*self._arguments).compile()}

    def reference(self) -> tuple[np.ndarray, np.ndarray]:
        """Meta-loss `(1,)` and its gradient by the cell's weights `(1, weights)`."""
        loss = functools.partial(meta_loss, **_SETTINGS)
        value, slopes = jax.value_and_grad(loss)(self._network, self._tasks)
        flat = [np.ravel(one) for one in _weights(slopes).values()]
        return np.reshape(value, 1), np.concatenate(flat)[None]

    def task(self, seconds: float) -> dict[str, Any]:
        """What a peer's process is given: circuits, costs and where its network begins."""
        recurrent = {name: one.tolist() for name, one in _weights(self._network).items()} | {
            "scales": [one.normaliser for one in self.workload.problems],
            "queries": QUERIES,
            "learning_rate": LEARNING_RATE,
        }
        return super().task(seconds) | {"recurrent": recurrent}


def _weights(network: Network) -> dict[str, np.ndarray]:
    """Of the cell, in the order in which slopes are compared; rows of gates i, f, g, o."""
    cell = network.cell
    found = {"input": cell.weight_ih, "recurrent": cell.weight_hh, "bias": cell.bias}
    return {name: np.asarray(one) for name, one in found.items()}
