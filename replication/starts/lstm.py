"""The meta-trained recurrent network: its T queries, and the best of them."""

import numpy as np

from replication.starts import Context

LABEL = "meta-trained RNN"
KINDS = ("maxcut", "sk", "hubbard")


def start(context: Context) -> np.ndarray:
    """Roll the network out on the counted cost and hand over the best point it queried."""
    assert context.learner is not None
    theta = (
        np.asarray(context.ansatz.heuristic(), float)
        if context.learner.metadata["needs_start"]
        else None
    )
    return context.learner.suggest(context.cost, queries=context.queries, start=theta).best
