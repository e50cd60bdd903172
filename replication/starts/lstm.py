"""The meta-trained recurrent network: its T queries, and the best of them."""

import numpy as np

from replication.starts import Context

LABEL = "meta-trained RNN"
USES = "the training set"


def start(context: Context) -> np.ndarray:
    """Roll the network out on the counted cost and hand over the best point it queried."""
    learner, problem = context.learner, context.problem
    assert learner is not None
    metadata = learner.metadata
    theta = None
    natural = problem.natural_units if learner.units == "natural" else None
    if metadata.get("theta_0", "default") == "constants":
        points = context.training.natural if natural else context.training
        theta = points.constant / (context.units if natural else 1)
    elif metadata["needs_start"]:
        theta = np.asarray(context.ansatz.heuristic(natural), float)
    scales = learner.scales_of(problem, context.ansatz.parameter_names)
    # The cost comes divided by the 1-norm; the network may have been trained with another scale.
    return learner.suggest(
        context.cost,
        metadata.get("queries", context.queries),
        scales.energy / problem.normaliser,
        start=theta,
        unit=scales.angles,
    ).best
