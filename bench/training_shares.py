"""Where a training step spends its time: circuits, network, optimiser, data.

    python -m bench.training_shares

Each part is compiled and timed by itself, in turn with the others, and stated as a share of the
whole step; parts that overlap or fuse in the whole make the sum differ from one.
"""

import functools
import os
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from replication import environment

if __name__ == "__main__":
    # JAX reads it when it is imported.
    os.environ |= environment.variables(threads=1, rolled=True)

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from replication.classes import Ansatz, ensemble_for
from replication.metalearner.network import Network, initialise
from replication.metalearner.rollout import Task, batch_of
from replication.metalearner.training import meta_loss, outer_optimiser, training_step
from replication.study import Experiment, Learner, load_study

CASES = (("maxcut-p4", "9"), ("sk-p4", "8"), ("hubbard-r3", "2x3"))
"""experiments of the study `paper`, each with its largest training size"""
ROUNDS = 7

Part = tuple[Callable[..., Any], tuple[Any, ...]]


class Quadratic(eqx.Module):
    """A cost that is next to nothing to compute, in the place of a circuit."""

    def energy(self, theta: jax.Array) -> jax.Array:
        return jnp.sum(theta**2)


class Shares(NamedTuple):
    """Milliseconds of a whole step and the parts' shares of it."""

    whole: float
    parts: dict[str, float]


def parts_of(experiment: Experiment, size: str, learner: Learner) -> dict[str, Part]:
    """The whole step and its parts, as functions with their arguments."""
    ensemble, queries = ensemble_for(experiment.problem, size), experiment.evaluation.queries
    keys = jax.random.split(jax.random.key(0), 4 * learner.batch)
    pool = jax.tree.map(jnp.asarray, batch_of(experiment, [ensemble.sample(key) for key in keys]))
    count = pool.start.shape[1]
    angles = np.full(count, 0.1)
    network = initialise(
        angles, learner.hidden, learner.form, starts_there=False, key=jax.random.key(1)
    )
    optimiser = outer_optimiser(learner)
    state = optimiser.init(network)
    step = functools.partial(
        training_step, optimiser=optimiser, queries=queries, loss=learner.loss, weight=0.5
    )

    def data(key: jax.Array, pool: Task) -> Task:
        chosen = jax.random.randint(key, (learner.batch,), 0, pool.scale.shape[0])
        return jax.tree.map(lambda leaf: leaf[chosen], pool)

    def whole(key: jax.Array, pool: Task, network: Network, state: Any) -> Any:
        return step(network, state, [data(key, pool)])

    def circuits(batch: Task, thetas: jax.Array) -> Any:
        both = jax.vmap(jax.value_and_grad(lambda theta, task: task.cost(theta)))
        return jax.lax.map(lambda theta: both(theta, batch), thetas)

    def alone(network: Network, batch: Task) -> Any:
        loss = functools.partial(meta_loss, queries=queries, loss=learner.loss, weight=0.5)
        return jax.value_and_grad(loss)(network, batch)

    def update(gradient: Network, state: Any, network: Network) -> Any:
        updates, state = optimiser.update(gradient, state)
        return eqx.apply_updates(network, updates), state

    key, batch = jax.random.key(2), data(jax.random.key(2), pool)
    stand_in: Ansatz = Quadratic()  # type: ignore[assignment]
    cheap = Task(stand_in, batch.offset, batch.scale, batch.start, batch.free)
    made = queries + (not batch.free)
    thetas = jnp.asarray(np.random.default_rng(0).uniform(-0.3, 0.3, (made, learner.batch, count)))
    return {
        "whole": (whole, (key, pool, network, state)),
        "circuits": (circuits, (batch, thetas)),
        "network and roll-out": (alone, (network, cheap)),
        "optimiser": (update, (network, state, network)),
        "data": (data, (key, pool)),
    }


def measure(parts: dict[str, Part], rounds: int = ROUNDS) -> Shares:
    """Lowest times over rounds in which the parts take turns."""
    compiled = {
        name: (jax.jit(function).lower(*arguments).compile(), arguments)
        for name, (function, arguments) in parts.items()
    }
    best = dict.fromkeys(parts, np.inf)
    for _ in range(rounds + 1):
        for name, (function, arguments) in compiled.items():
            begun = time.perf_counter()
            jax.block_until_ready(function(*arguments))
            best[name] = min(best[name], time.perf_counter() - begun)
    whole = best.pop("whole")
    return Shares(1e3 * whole, {name: seconds / whole for name, seconds in best.items()})


def main() -> None:
    """Print a table, a row a problem class."""
    study = load_study("paper")
    for name, size in CASES:
        experiment = study.experiments[name]
        found = measure(parts_of(experiment, size, experiment.learners["residual"]))
        shares = ", ".join(f"{part} {share:.0%}" for part, share in found.parts.items())
        print(f"{name}, {size}: {found.whole:.1f} ms a step: {shares}")


if __name__ == "__main__":
    main()
