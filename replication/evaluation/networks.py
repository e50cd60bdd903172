"""Trained networks, each with what its user must know of its training."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from replication.metalearner.artefact import MetaOptimizer
from replication.metalearner.inference import Weights
from replication.metalearner.rollout import batch_of, roll_out

if TYPE_CHECKING:
    from replication.ansatze.base import Ansatz
    from replication.kinds.meta_learning import MetaLearning
    from replication.problems.base import Problem


def networks_of(
    tree: xr.DataTree, name: str, experiment: "MetaLearning", learner: str
) -> list[MetaOptimizer]:
    """All seeds of a trained learner.

    **Arguments:** `tree`: the output of its training; `name`: that of the experiment.
    """
    trained, arrays_tree = tree.to_dataset(), tree["network"]
    settings = experiment.learners[learner]
    arrays = {str(name): array.values for name, array in arrays_tree.data_vars.items()}
    shared = {
        "name": name,
        "problem": experiment.problem.model_dump(mode="json"),
        "depth": experiment.depth,
        "parameter_names": [str(name) for name in trained["parameter"].values],
        "queries": experiment.queries_of(learner),
        "inputs": settings.inputs,
        "theta_0": settings.theta_0,
        "norm": settings.norm,
        "units": settings.units,
        "trained_on": json.loads(trained.attrs["trained_on"]),
        "needs_start": experiment.needs_start or settings.theta_0 == "constants",
        "train_sizes": list(experiment.train_sizes_of(learner)),
        "learner": learner,
    }
    return [
        MetaOptimizer(
            Weights(
                {name: array[seed] for name, array in arrays.items()},
                settings.form,
                settings.inputs,
            ),
            shared | {"seed": seed, "validation_loss": float(trained["best_loss"][seed])},
        )
        for seed in range(settings.seeds)
    ]


def validation_error(
    learner: MetaOptimizer,
    problems: "Mapping[str, Sequence[Problem]]",
    optima: Mapping[str, np.ndarray],
    circuit: "Callable[[Problem], Ansatz]",
) -> float:
    """Mean relative error of the best point of a roll-out, each size with the same weight.

    It does not depend on the units that the network is trained in, as the validation loss does.

    **Arguments:** `problems`: instances of every size; `optima`: their lowest energies known.
    """
    of_sizes = []
    norm = learner.metadata["norm"]
    for size, several in problems.items():
        tasks = batch_of(several, circuit, units=learner.units, norm=norm)
        _, costs, start = roll_out(learner.network, tasks, learner.metadata["queries"])
        best = np.minimum(np.asarray(costs).min(axis=1), np.asarray(start)) * tasks.scale
        optimum = optima[size] - tasks.offset
        of_sizes.append(np.mean((best - optimum) / np.abs(optimum)))
    return float(np.mean(of_sizes))
