"""Step sizes that fall along a cosine and start again, each time for twice as long."""

from typing import TYPE_CHECKING

import numpy as np

from replication.mitigations import Setting

if TYPE_CHECKING:
    from replication.landscapes.stack_training import Trained

LABEL = "cosine with restarts"
SOURCE = "I. Loshchilov and F. Hutter, arXiv:1608.03983"
PERIODS = 4


def train(setting: Setting) -> "Trained":
    """Four periods of 1, 2, 4 and 8 fifteenths of the budget."""
    lengths = 2 ** np.arange(PERIODS)
    ends = np.cumsum(lengths) / lengths.sum()
    at = np.arange(setting.evaluations) / setting.evaluations
    period = np.searchsorted(ends, at, side="right")
    phase = (at - (ends - lengths / lengths.sum())[period]) / (lengths / lengths.sum())[period]
    return setting.descend(setting.uniform(), rate=(1 + np.cos(np.pi * phase)) / 2)
