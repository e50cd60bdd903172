"""Angles drawn from a normal distribution that is narrower the deeper the circuit."""

from typing import TYPE_CHECKING

import numpy as np

from replication.mitigations import Setting

if TYPE_CHECKING:
    from replication.landscapes.stack_training import Trained

LABEL = "Gaussian angles"
SOURCE = "K. Zhang et al., arXiv:2203.09376"
LOCALITY = 2
"""Qubits that a term of the cost acts on, S."""


def train(setting: Setting) -> "Trained":
    """N(0, 1/(4 S (L + 2))) for L layers."""
    sigma = deviation(setting.circuits.layers)
    return setting.descend(setting.drawn(lambda rng, size: rng.normal(0, sigma, size)))


def deviation(layers: int) -> float:
    """The standard deviation, radians."""
    return float(1 / np.sqrt(4 * LOCALITY * (layers + 2)))
