"""The meta-trained recurrent network: its T queries, and the best of them."""

import numpy as np

from replication.starts import Context

LABEL = "meta-trained RNN"


def start(context: Context) -> np.ndarray:
    """Roll the network out on the counted cost and hand over the best point it queried."""
    assert context.learner is not None
    metadata = context.learner.metadata
    theta = None
    if metadata.get("theta_0", "default") == "constants":
        theta = context.constant
    elif metadata["needs_start"]:
        theta = np.asarray(context.ansatz.heuristic(), float)
    # The cost comes divided by the 1-norm; the network may have been trained with another.
    problem = context.problem
    scale = problem.two_norm / problem.normaliser if metadata.get("norm", 1) == 2 else 1.0
    queries = metadata.get("queries", context.queries)
    return context.learner.suggest(context.cost, queries=queries, scale=scale, start=theta).best
