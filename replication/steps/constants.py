"""Step: the best single angle vector on the training set, and the ramp's scale for SK."""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from replication.ansatze.base import wrap
from replication.ansatze.qaoa import QAOA
from replication.classes import problems_in, random_angles, share
from replication.evaluation.optima import adam
from replication.metalearner.rollout import Task, batch_of
from replication.seeds import generator_for
from replication.workflow import Job

_LEARNING_RATE = 0.05


def mean_cost(theta: jax.Array, batches: Sequence[Task]) -> jax.Array:
    """Normalised cost of one vector, mean over instances, each size with the same weight."""
    means = [jnp.mean(jax.vmap(Task.cost, (0, None))(batch, theta)) for batch in batches]
    return jnp.mean(jnp.stack(means))


@functools.partial(jax.jit, static_argnames="steps")
def best_constant(
    thetas: jax.Array, batches: list[Task], *, steps: int
) -> tuple[jax.Array, jax.Array]:
    """Adam on [`mean_cost`][] from each row of `thetas` `(restarts, k)`; all ends, their costs."""

    def descend(theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        return adam(
            lambda theta: mean_cost(theta, batches),
            theta,
            steps=steps,
            learning_rate=_LEARNING_RATE,
        )

    # One restart after another: a batch of restarts × instances would not fit the cache.
    return jax.lax.map(descend, thetas)


@jax.jit
def _costs(thetas: jax.Array, batches: list[Task]) -> jax.Array:
    """[`mean_cost`][] of each row of `thetas`."""
    return jax.lax.map(lambda theta: mean_cost(theta, batches), thetas)


def _ramp_scale(batches: list[Task], heuristic: np.ndarray) -> float:
    """The factor on the ramp's γ slope of lowest mean cost, from a fine grid."""
    depth = heuristic.size // 2
    scales = np.geomspace(0.25, 16, 97)
    ramps = np.concatenate(
        [scales[:, None] * heuristic[:depth], np.broadcast_to(heuristic[depth:], (97, depth))], 1
    )
    costs = _costs(jnp.asarray(ramps), batches)
    return float(scales[int(np.argmin(costs))])


def run(job: Job) -> None:
    """One group for each set of sizes that some learner trains on, such as `2x2+2x3`."""
    experiment, settings = job.experiment, job.experiment.constants
    instances = problems_in(job.load("instances", sample="train"), experiment, "train")
    groups = {}
    for sizes in sorted(
        {experiment.train_sizes, *(experiment.train_sizes_of(name) for name in experiment.learners)}
    ):
        rng = generator_for(job.study.seed, "constants", job.names["experiment"], *sizes)
        batches = []
        for size in sizes:
            problems = share(instances[size], settings.instances, sizes, rng)
            batches.append(batch_of(experiment, problems))
        ansatz = jax.tree.map(lambda leaf: leaf[0], batches[-1].ansatz)
        # QAOA's heuristic is one vector; Hubbard's depends on t and U, and is each task's start.
        heuristic = (
            ansatz.heuristic()
            if isinstance(ansatz, QAOA)
            else np.asarray(batches[-1].start).mean(axis=0)
        )
        thetas = random_angles(ansatz, rng, settings.restarts)
        thetas[0] = heuristic
        on_device = jax.tree.map(jnp.asarray, batches)
        ends, costs = best_constant(jnp.asarray(thetas), on_device, steps=settings.steps)
        best = wrap(np.asarray(ends[int(np.argmin(costs))]), ansatz.periods)
        # Of θ and -θ, the one whose first angle has the heuristic's sign.
        best = best if best[0] * heuristic[0] >= 0 else -best
        unit = experiment.problem.kind != "sk"
        groups["+".join(sizes)] = xr.Dataset(
            {
                "theta": ("parameter", best),
                "cost": float(np.min(costs)),
                "restart_cost": ("restart", np.asarray(costs)),
                "ramp_scale": 1.0 if unit else _ramp_scale(on_device, heuristic),
            },
            coords={"parameter": list(ansatz.parameter_names)},
        )
    job.save(xr.DataTree.from_dict(groups))
