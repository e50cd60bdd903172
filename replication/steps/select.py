"""Step: the network to use, chosen on the validation set, as a file for practitioners."""

import json

from replication.metalearner.artefact import MetaOptimizer, network_from
from replication.workflow import Job


def networks_of(job: Job, learner: str) -> list[MetaOptimizer]:
    """All seeds of a trained learner."""
    tree = job.load("train", learner=learner)
    trained, arrays_tree = tree.to_dataset(), tree["network"]
    settings = job.experiment.learners[learner]
    arrays = {str(name): array.values for name, array in arrays_tree.data_vars.items()}
    shared = {
        "name": job.names["experiment"],
        "problem": job.experiment.problem.model_dump(mode="json"),
        "depth": job.experiment.depth,
        "parameter_names": [str(name) for name in trained["parameter"].values],
        "queries": job.experiment.queries_of(learner),
        "inputs": settings.inputs,
        "theta_0": settings.theta_0,
        "norm": settings.norm,
        "needs_start": job.experiment.needs_start or settings.theta_0 == "constants",
        "train_sizes": list(job.experiment.train_sizes_of(learner)),
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


def run(job: Job) -> None:
    """The lowest validation loss among all seeds of the candidates."""
    candidates = [
        network for name in job.experiment.candidates for network in networks_of(job, name)
    ]
    chosen = min(candidates, key=lambda network: network.metadata["validation_loss"])
    provenance = json.loads(json.dumps(job.attributes(), default=str))
    MetaOptimizer(chosen.network, chosen.metadata | {"provenance": provenance}).save(job.path)
