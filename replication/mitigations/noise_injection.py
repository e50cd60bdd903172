"""Gradients at angles with noise that fades out: fast oscillations of the cost average out."""

from typing import TYPE_CHECKING

import numpy as np

from replication.mitigations import Setting

if TYPE_CHECKING:
    from replication.landscapes.stack_training import Trained

LABEL = "fading noise on angles"
SOURCE = "A. Bagaev, arXiv:2505.08759"
AMPLITUDE = 0.3
"""Standard deviation in the beginning, radians."""


def train(setting: Setting) -> "Trained":
    r"""From 0.3 rad linearly to none in the first half of the budget.

    Noise of deviation σ multiplies the cost's Fourier component of frequency k by
    $e^{-\sigma^2 |k|^2/2}$ in the mean. The first evaluation is at the start itself; the best
    angles are those with noise at which the cost was evaluated.
    """
    ramp = np.maximum(1 - 2 * np.arange(setting.evaluations) / setting.evaluations, 0)
    ramp[0] = 0
    return setting.descend(setting.uniform(), noise=AMPLITUDE * ramp)
