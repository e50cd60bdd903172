"""The layer with the smallest gradient is drawn again whenever the training is stuck."""

from typing import TYPE_CHECKING

from replication.mitigations import Setting

if TYPE_CHECKING:
    from replication.landscapes.stack_training import Trained

LABEL = "reset of the flattest layer"
SOURCE = "own version; no controlled publication is known"
PATIENCE = 100
"""Evaluations without progress."""
PROGRESS = 1e-3
"""Of the lowest cost, in units of the spread of energies."""


def train(setting: Setting) -> "Trained":
    """Uniform angles for that layer after 100 evaluations without progress."""
    from replication.landscapes.stack_training import Resets

    resets = Resets(PATIENCE, PROGRESS * setting.spread)
    return setting.descend(setting.uniform(), resets=resets)
