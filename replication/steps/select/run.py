"""Step: the network to use, chosen on the validation set, as a file for practitioners."""

import json

from replication.evaluation.networks import networks_of, validation_error
from replication.metalearner.artefact import MetaOptimizer
from replication.workflow import Job


def run(job: Job) -> None:
    """The lowest relative error on the validation set among all seeds of the candidates.

    The loss would not do: networks may be trained in different units.
    """
    experiment = job.experiment
    candidates = [
        network
        for name in experiment.candidates
        for network in networks_of(
            job.load("train", learner=name), job.names["experiment"], experiment, name
        )
    ]
    problems, tree = job.problems("validation"), job.load("optima", set="validation")
    optima = {size: tree[size].to_dataset()["energy"].values for size in problems}
    for one in candidates:
        error = validation_error(one, problems, optima, experiment.circuit)
        one.metadata["validation_error"] = error
    chosen = min(candidates, key=lambda network: network.metadata["validation_error"])
    provenance = json.loads(json.dumps(job.attributes(), default=str))
    MetaOptimizer(chosen.weights, chosen.metadata | {"provenance": provenance}).save(job.path)
