"""Trained networks, each with what its user must know of its training."""

from typing import TYPE_CHECKING

import xarray as xr

from replication.metalearner.artefact import MetaOptimizer, network_from

if TYPE_CHECKING:
    from replication.kinds.meta_learning import MetaLearning


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
        "needs_start": experiment.needs_start or settings.theta_0 == "constants",
        "train_sizes": list(experiment.train_sizes_of(learner)),
        "learner": learner,
    }
    return [
        MetaOptimizer(
            network_from(
                {name: array[seed] for name, array in arrays.items()},
                settings.form,
                settings.inputs,
            ),
            shared | {"seed": seed, "validation_loss": float(trained["best_loss"][seed])},
        )
        for seed in range(settings.seeds)
    ]
