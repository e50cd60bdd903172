"""Step: the network to use, chosen on the validation set, as a file for practitioners."""

import json

from replication.evaluation.networks import networks_of
from replication.metalearner.artefact import MetaOptimizer
from replication.workflow import Job


def run(job: Job) -> None:
    """The lowest validation loss among all seeds of the candidates."""
    candidates = [
        network
        for name in job.experiment.candidates
        for network in networks_of(
            job.load("train", learner=name), job.names["experiment"], job.experiment, name
        )
    ]
    chosen = min(candidates, key=lambda network: network.metadata["validation_loss"])
    provenance = json.loads(json.dumps(job.attributes(), default=str))
    MetaOptimizer(chosen.network, chosen.metadata | {"provenance": provenance}).save(job.path)
