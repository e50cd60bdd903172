"""Bayesian optimisation: each query where a Gaussian process expects the largest improvement."""

import warnings
from collections.abc import Callable

import numpy as np

from replication.starts import Context

LABEL = "Bayesian optimisation (GP)"
USES = "nothing"
RANDOM_FIRST = 4
CANDIDATES = 2000


def start(context: Context) -> np.ndarray:
    """Four random queries, then expected improvement until all are used; the best point of them.

    The search stays in the box of the random start, knows nothing of the problem class and does
    not use that angles are periodic. Angles enter the process divided by their standard deviation
    in that box.

    Jones, Schonlau and Welch 1998, doi:10.1023/A:1008306431147.
    """
    from threadpoolctl import threadpool_limits

    from replication.ansatze.base import random_angles

    def draw(count: int) -> np.ndarray:
        return random_angles(context.ansatz, context.rng, count)

    first = min(RANDOM_FIRST, context.queries)
    points = list(draw(first))
    values = [context.cost(theta) for theta in points]
    # Matrices this small are twentyfold slower when threads have to wait for a busy core.
    with threadpool_limits(1):
        for _ in range(context.queries - first):
            points.append(_most_promising(np.array(points), np.array(values), draw, context.rng))
            values.append(context.cost(points[-1]))
    return context.cost.best_point


def _most_promising(
    points: np.ndarray,
    values: np.ndarray,
    draw: Callable[[int], np.ndarray],
    rng: np.random.Generator,
) -> np.ndarray:
    """Point of largest expected improvement, shape `(k,)`.

    The best of random candidates, then of three clouds around the best so far, each a quarter as
    wide as the one before; all inside the candidates' box.

    **Arguments:** `points`: `(queries, k)`; `values`: `(queries,)`; `draw`: random angles,
    count to `(count, k)`.
    """
    candidates = draw(CANDIDATES)
    low, high, scale = candidates.min(axis=0), candidates.max(axis=0), candidates.std(axis=0)
    improvement = _expected_improvement(points / scale, values)
    best = candidates[np.argmax(improvement(candidates / scale))]
    for width in (1 / 4, 1 / 16, 1 / 64):
        cloud = best + width * scale * rng.standard_normal((CANDIDATES // 10, best.size))
        cloud = np.vstack([best, np.clip(cloud, low, high)])
        best = cloud[np.argmax(improvement(cloud / scale))]
    return best


def _expected_improvement(
    points: np.ndarray, values: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    r"""$E \max(f_\text{best} - f(x), 0)$ under a Gaussian process fitted to what was seen.

    Matérn 5/2 kernel with one length for all scaled angles and white noise, both fitted by maximum
    likelihood, values standardised. With mean μ and standard deviation σ the expectation is
    (f_best − μ) Φ(z) + σ φ(z), z = (f_best − μ)/σ.

    **Returns:** a function of points, `(count, k)` to `(count,)`.
    """
    from scipy.stats import norm
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    kernel = ConstantKernel(1.0, (0.1, 10.0)) * Matern(1.0, (0.1, 10.0), nu=2.5)
    process = GaussianProcessRegressor(kernel + WhiteKernel(1e-4, (1e-6, 0.1)), normalize_y=True)
    with warnings.catch_warnings():
        # A handful of points often leaves a length or the noise at its bound, which is meant.
        warnings.simplefilter("ignore", ConvergenceWarning)
        process.fit(points, values)

    def improvement(x: np.ndarray) -> np.ndarray:
        mean, deviation = process.predict(x, return_std=True)
        z = (values.min() - mean) / deviation
        expected: np.ndarray = deviation * (z * norm.cdf(z) + norm.pdf(z))
        return expected

    return improvement
