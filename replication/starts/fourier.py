"""FOURIER: optimise the lowest frequencies of the schedules, one more at each depth."""

import numpy as np

from replication.search import descend
from replication.starts import Context

LABEL = "FOURIER"
FAMILY = "qaoa"
USES = "nothing"
OWN_BUDGET = True
ON_REQUEST = True

EDGE = 0.15


def start(context: Context) -> np.ndarray:
    r"""$\gamma_i = \sum_{k \le q} u_k \sin((k-1/2)(i-1/2)\pi/q)$ and $\beta_i$ by cosines alike.

    FOURIER[q, 0]: Nelder-Mead over u and v at each depth q below the last one, then one more
    frequency of amplitude 0. Queries count as in [`interp`][replication.starts.interp].

    Zhou et al., doi:10.1103/PhysRevX.10.021067.
    """
    from replication.ansatze.qaoa_limits import sk_angles

    names = context.families
    depth = len(names) // 2
    amplitudes = sk_angles(1) / transform(1)

    def theta(x: np.ndarray) -> np.ndarray:
        layers = x.size // 2
        angles = np.zeros((2, depth))
        rows = zip(waves(layers), x.reshape(2, -1), strict=True)
        angles[:, :layers] = [matrix @ row for matrix, row in rows]
        return angles.ravel() / context.units

    for layers in range(1, depth):
        found = descend(
            lambda x: context.cost(theta(x)),
            amplitudes,
            edges=np.full(2 * layers, EDGE),
            queries=context.cost.remaining + 1,
            tolerance=1e-3,
        )
        amplitudes = np.pad(found.reshape(2, -1), ((0, 0), (0, 1))).ravel()
    return theta(amplitudes)


def waves(layers: int) -> tuple[np.ndarray, np.ndarray]:
    """Sines and cosines by layer and frequency, shape `(q, q)` each."""
    phase = np.outer(np.arange(layers) + 0.5, np.arange(layers) + 0.5) * np.pi / layers
    return np.sin(phase), np.cos(phase)


def transform(layers: int) -> np.ndarray:
    """The one sine and the one cosine of a single layer."""
    sine, cosine = waves(layers)
    return np.array([sine[0, 0], cosine[0, 0]])
