"""Step: the best single angle vector on the training set, and the ramp's scale for SK."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from replication.ansatze.base import Ansatz, random_angles, wrap
from replication.evaluation.optima import adam, in_turn
from replication.metalearner.rollout import Task, batch_of
from replication.problems.base import subset
from replication.seeds import generator_for
from replication.workflow import Job

_LEARNING_RATE = 0.05
_SCALES = np.geomspace(0.25, 16, 97)


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
            learning_rate=_LEARNING_RATE,
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


def _ramp_scale(batches: list[Task], heuristic: np.ndarray) -> float:
    """The factor on the ramp's γ slope of lowest mean cost, from a fine grid."""
    depth = heuristic.size // 2
    ramps = np.tile(heuristic, (len(_SCALES), 1))
    ramps[:, :depth] *= _SCALES[:, None]
    _, costs = descend(ramps, batches, steps=0, capacity=len(_SCALES))
    return float(_SCALES[int(np.argmin(costs))])


def _mean_heuristic(ansatze: Sequence[Ansatz]) -> np.ndarray:
    """The mean of the instances' heuristics, shape `(k,)`."""
    angles = np.array([np.asarray(ansatz.heuristic(), float) for ansatz in ansatze])
    # The mean of equal numbers may differ from them by a rounding.
    return angles[0] if (angles == angles[0]).all() else np.asarray(angles.mean(axis=0))


def run(job: Job) -> None:
    """One group for each set of sizes that some learner trains on, such as `2x2+2x3`."""
    experiment, settings = job.experiment, job.experiment.constants
    instances = job.problems("train")
    groups = {}
    for sizes in sorted(
        {experiment.train_sizes, *(experiment.train_sizes_of(name) for name in experiment.learners)}
    ):
        rng = generator_for(job.study.seed, "constants", job.names["experiment"], *sizes)
        batches = []
        for size in sizes:
            problems = subset(instances[size], settings.instances, sizes, rng)
            batches.append(batch_of(problems, experiment.circuit))
        ansatz = jax.tree.map(lambda leaf: leaf[0], batches[-1].ansatz)
        heuristic = _mean_heuristic([experiment.circuit(one) for one in problems])
        thetas = random_angles(ansatz, rng, settings.restarts)
        thetas[0] = heuristic
        on_device = jax.device_put(batches)
        scaled = experiment.problem.scaled_heuristic
        capacity = len(_SCALES) if scaled else 0
        ends, costs = descend(thetas, on_device, steps=settings.steps, capacity=capacity)
        best = wrap(ends[int(np.argmin(costs))], ansatz.periods)
        # Of θ and -θ, the one whose first angle has the heuristic's sign.
        best = best if best[0] * heuristic[0] >= 0 else -best
        groups["+".join(sizes)] = xr.Dataset(
            {
                "theta": ("parameter", best),
                "cost": float(np.min(costs)),
                "restart_cost": ("restart", costs),
                "ramp_scale": _ramp_scale(on_device, heuristic) if scaled else 1.0,
            },
            coords={"parameter": list(ansatz.parameter_names)},
        )
    job.save(xr.DataTree.from_dict(groups))
