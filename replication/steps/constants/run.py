"""Step: the best single angle vectors on the training set, and the ramp's scale."""

from collections.abc import Iterable

import jax
import numpy as np
import xarray as xr

from replication.ansatze.base import random_angles, wrap
from replication.ansatze.names import families_of
from replication.evaluation.single_vector import NATURAL_FACTORS, adapt, descend
from replication.evaluation.training_set import group_of
from replication.metalearner.rollout import Task, batch_of
from replication.metalearner.units import Units, scales_of
from replication.problems.base import Problem, subset
from replication.seeds import generator_for
from replication.workflow import Job

_SCALES = np.geomspace(0.25, 16, 97)


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
