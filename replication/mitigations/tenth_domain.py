"""Angles drawn uniformly from a tenth of their period, whatever the depth."""

from typing import TYPE_CHECKING

import numpy as np

from replication.mitigations import Setting

if TYPE_CHECKING:
    from replication.landscapes.stack_training import Trained

LABEL = "a tenth of the domain"
SOURCE = "Y. Wang et al., arXiv:2302.06858"


def train(setting: Setting) -> "Trained":
    """U(-a π, a π) with a = 0.1."""
    return setting.descend(setting.uniform(0.1 * np.pi))
