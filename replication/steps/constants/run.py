"""Step: the best single angle vectors on the training set, and the ramp's scale."""

from collections.abc import Iterable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from replication.ansatze.base import random_angles, wrap
from replication.ansatze.names import families_of
from replication.evaluation.optima import adam, in_turn
from replication.evaluation.training_set import group_of
from replication.metalearner.rollout import Task, batch_of
from replication.metalearner.units import Units, scales_of
from replication.problems.base import Problem, subset
from replication.seeds import generator_for
from replication.workflow import Job

_LEARNING_RATE = 0.05
_SCALES = np.geomspace(0.25, 16, 97)

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


def _scaled(heuristic: np.ndarray, which: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """The heuristic with some of its angles multiplied by each factor, `(factors, k)`."""
    return np.where(which, heuristic * factors[:, None], heuristic)


def _ramp_scale(batches: list[Task], heuristic: np.ndarray, which: np.ndarray) -> float:
    """The factor on the ramp's γ slope of lowest mean cost, from a fine grid."""
    ramps = _scaled(heuristic, which, _SCALES)
    _, costs = descend(ramps, batches, steps=0, capacity=len(_SCALES))
    return float(_SCALES[int(np.argmin(costs))])


def _mean_heuristic(tasks: Iterable[np.ndarray]) -> np.ndarray:
    """The mean of the instances' heuristics, shape `(k,)`."""
    angles = np.array(list(tasks))
    # The mean of equal numbers may differ from them by a rounding.
    return angles[0] if (angles == angles[0]).all() else np.asarray(angles.mean(axis=0))


def _best_vector(
    job: Job, problems: dict[str, list[Problem]], units: Units, rng: np.random.Generator
) -> xr.Dataset:
    """The best single vector in one kind of units, and what else the training set gives in it."""
    experiment, settings = job.experiment, job.experiment.constants
    batches = [batch_of(one, experiment.circuit, units=units) for one in problems.values()]
    last = list(problems.values())[-1]
    ansatz = experiment.circuit(last[0])
    names = ansatz.parameter_names
    own = [scales_of(one, names, units) for one in last]
    heuristic = _mean_heuristic(
        np.asarray(experiment.circuit(one).heuristic(scales.natural), float) * scales.angles
        for one, scales in zip(last, own, strict=True)
    )
    thetas = random_angles(ansatz, rng, settings.restarts)
    thetas[0] = heuristic
    timed = np.array([family in last[0].natural_units.angles for family in families_of(names)])
    periods = np.array(ansatz.periods)
    if units == "natural":
        # Of the ramps' factors, from which alone all restarts may end in a worse minimum.
        ramps = _scaled(heuristic, timed if timed.any() else ~timed, NATURAL_FACTORS)
        thetas[1 : 1 + len(ramps)] = ramps[: len(thetas) - 1]
        periods[timed] = np.inf
    on_device = jax.device_put(batches)
    scaled = timed.any() and (units == "natural" or experiment.problem.scaled_heuristic)
    capacity = len(_SCALES)
    ends, costs = descend(thetas, on_device, steps=settings.steps, capacity=capacity)
    best = wrap(ends[int(np.argmin(costs))], periods)
    # Of θ and -θ, the one whose first angle has the heuristic's sign.
    best = best if best[0] * heuristic[0] >= 0 else -best
    found = xr.Dataset(
        {
            "theta": ("parameter", best),
            "cost": float(np.min(costs)),
            "restart_cost": ("restart", costs),
            "ramp_scale": _ramp_scale(on_device, heuristic, timed) if scaled else 1.0,
        },
        coords={"parameter": list(names)},
    )
    if units == "natural":
        found["adapted"] = ("parameter", adapt(best, on_device, steps=settings.steps))
    return found


def run(job: Job) -> None:
    """Groups for each set of sizes that some learner trains on, such as `2x2+2x3`.

    In natural units they are in the group `natural`.
    """
    experiment, settings = job.experiment, job.experiment.constants
    instances = job.problems("train")
    groups = {}
    for sizes in sorted(
        {experiment.train_sizes, *(experiment.train_sizes_of(name) for name in experiment.learners)}
    ):
        rng = generator_for(job.study.seed, "constants", job.names["experiment"], *sizes)
        drawn = {size: subset(instances[size], settings.instances, sizes, rng) for size in sizes}
        both: tuple[Units, Units] = ("coefficients", "natural")
        for units in both:
            groups[group_of(sizes, units)] = _best_vector(job, drawn, units, rng)
    job.save(xr.DataTree.from_dict(groups))
