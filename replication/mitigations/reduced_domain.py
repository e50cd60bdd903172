"""Angles drawn uniformly from a part of their period, with the deviation of Gaussian ones."""

from typing import TYPE_CHECKING

import numpy as np

from replication.mitigations import Setting
from replication.mitigations.gaussian import deviation

if TYPE_CHECKING:
    from replication.landscapes.stack_training import Trained

LABEL = "reduced domain"
SOURCE = "Y. Wang et al., arXiv:2302.06858"


def train(setting: Setting) -> "Trained":
    r"""U(-a π, a π), whose deviation a π/√3 is that of `gaussian`."""
    return setting.descend(setting.uniform(np.sqrt(3) * deviation(setting.circuits.layers)))
