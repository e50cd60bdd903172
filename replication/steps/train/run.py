"""Step: train one learner, all its seeds side by side, with checkpoints."""

import functools
import json
from typing import Any

import jax
import numpy as np
import xarray as xr

from replication.evaluation.training_set import group_of
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_settings import Learner
from replication.metalearner.network import Network, arrays_of, starting_at
from replication.metalearner.rollout import Task, batch_of
from replication.metalearner.training import Trained, blend, train
from replication.metalearner.units import ranges_of
from replication.problems.base import Problem
from replication.seeds import key_for
from replication.workflow import Job


def few(problems: list[Problem], count: int | None) -> list[Problem]:
    """`count` of the problems, spread evenly over them (their order is by stratum)."""
    if count is None or count >= len(problems):
        return problems
    return [problems[index] for index in np.linspace(0, len(problems) - 1, count).astype(int)]


def _batch(experiment: MetaLearning, problems: list[Problem], scales: dict[str, Any]) -> list[Task]:
    """The tasks of one size, one batch for each kind of circuit."""
    return [
        batch_of(several, functools.partial(maker.circuit, depth=experiment.depth), **scales)
        for maker, several in experiment.problem.groups(problems)
    ]


def _drawn(learner: Learner, num_parameters: int, keys: jax.Array) -> Network:
    """A random network of each key."""

    def one(key: jax.Array) -> Network:
        return Network(num_parameters, learner.hidden, learner.form, learner.inputs, key=key)

    return jax.jit(jax.vmap(one))(keys)


def _stored(
    learner: Learner, trained: Trained, names: np.ndarray
) -> tuple[xr.Dataset, dict[str, Any]]:
    """The curves of a training as labelled arrays, and the networks' own arrays."""
    checks = trained.log.validation_loss.shape[1]
    arrays = {
        key: (("seed", *(f"{key}_{axis}" for axis in range(array.ndim - 1))), array)
        for key, array in arrays_of(trained.networks).items()
    }
    log = xr.Dataset(
        {
            "loss": (("seed", "step"), trained.log.loss),
            "gradient_norm": (("seed", "step"), trained.log.gradient_norm),
            "validation_loss": (("seed", "check"), trained.log.validation_loss),
            "best_loss": ("seed", trained.validation_loss),
            "best_step": ("seed", trained.best_step),
            "stopped_step": ("seed", trained.stopped_step),
            "blend": ("step", blend(learner)),
        },
        coords={
            "seed": np.arange(learner.seeds),
            "step": np.arange(1, learner.steps + 1),
            "check_step": (
                "check",
                np.minimum((np.arange(checks) + 1) * learner.validate_every, learner.steps),
            ),
            "parameter": names,
        },
    )
    return log, arrays


def run(job: Job) -> None:
    """Networks start at the constant angles (see `starting_at`) and are chosen on validation."""
    experiment = job.experiment
    name, label = job.names["experiment"], job.names["learner"]
    learner, sizes = experiment.learners[label], experiment.train_sizes_of(label)
    constants = job.load("constants")[group_of(sizes, learner.units)].to_dataset()
    constant = constants["theta"]
    start = constant.values if learner.theta_0 == "constants" else None
    sets = {split: job.problems(split) for split in ("train", "validation")}
    sets["train"] = {size: few(each, learner.instances) for size, each in sets["train"].items()}
    scales: dict[str, Any] = {"units": learner.units, "norm": learner.norm, "start": start}
    tasks = {
        split: {size: _batch(experiment, instances[size], scales) for size in sizes}
        for split, instances in sets.items()
    }
    keys = {
        use: jax.numpy.stack(
            [key_for(job.study.seed, use, name, label, seed) for seed in range(learner.seeds)]
        )
        for use in ("initial network", "training batches")
    }
    networks = _drawn(learner, constant.size, keys["initial network"])
    if learner.initial == "constants":
        starts_there = not tasks["train"][sizes[0]][0].free
        networks = starting_at(constant.values, networks, starts_there=starts_there)

    def report(step: int, steps: int, validated: jax.Array) -> None:
        if step % (5 * learner.validate_every) == 0 or step == steps:
            shown = " ".join(f"{value:.4f}" for value in np.asarray(validated))
            print(f"train {name} {label}: step {step} of {steps}, validation {shown}", flush=True)

    job.work.mkdir(parents=True, exist_ok=True)
    trained = train(
        learner,
        networks,
        tasks["train"],
        tasks["validation"],
        queries=experiment.queries_of(label),
        keys=keys["training batches"],
        checkpoint=job.work / "checkpoint.npz",
        report=report,
    )
    log, arrays = _stored(learner, trained, constant["parameter"].values)
    seen = [one for size in sizes for one in sets["train"][size]]
    log.attrs["trained_on"] = json.dumps(ranges_of(seen, learner.units))
    job.save(xr.DataTree.from_dict({"/": log, "network": xr.Dataset(arrays)}))
    job.clear_work()
