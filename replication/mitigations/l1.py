"""A penalty on the angles' absolute values, which favours few large ones."""

from typing import TYPE_CHECKING

from replication.mitigations import Setting

if TYPE_CHECKING:
    from replication.landscapes.stack_training import Trained

LABEL = "L1 penalty"
SOURCE = "own version; no controlled publication is known"
WEIGHT = 0.1
"""Of the mean absolute angle, in units of the spread of energies, per radian."""


def train(setting: Setting) -> "Trained":
    """The penalty is in what is minimised, not in the recorded cost."""
    weight = WEIGHT * setting.spread / setting.shape[1]
    return setting.descend(setting.uniform(), penalty=weight)
