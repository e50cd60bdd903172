"""Energies estimated from a finite number of shots, and a bound on the shots of a query."""

import math

import jax
import numpy as np
from numpy.typing import NDArray

from replication.ansatze.base import Ansatz
from replication.errors import UserError
from replication.problems.base import Problem


class SampledEnergy:
    r"""$\langle H\rangle$ as a device would estimate it: without bias, and noisy.

    Each setting $g$ of `ansatz.measurements` gets $m_g$ of the shots and gives the mean of its
    outcomes' values; the estimate is the sum of these means, the identity part of $H$ exact in it.
    Outcomes are drawn from their exact probabilities $P_g$, without readout or gate errors, so
    that with $\sigma_g^2$ the variance of the values under $P_g$
    $$\mathrm{Var} = \sum_g \sigma_g^2 / m_g.$$

    Shots are split in proportion to the settings' norms, what is known of them beforehand
    (D. Wecker, M. B. Hastings, M. Troyer 2015, doi:10.1103/PhysRevA.92.042303). Settings of norm 0
    are not measured.

    Outcomes of one value are pooled: counts of classes of outcomes, summed from a multinomial draw
    over the outcomes, are multinomial themselves, so the estimate is distributed
    exactly alike.

    **Attributes:** `settings`: how many settings are measured; `levels`: the distinct values that
    the outcomes of each can have.
    """

    def __init__(self, ansatz: Ansatz) -> None:
        """For one instance, not a batch."""
        measurements = ansatz.measurements
        self._ansatz = jax.device_put(ansatz)
        self._measured = [index for index, one in enumerate(measurements) if one.norm > 0]
        pooled = [
            np.unique(measurements[index].values, return_inverse=True) for index in self._measured
        ]
        self.levels = [levels for levels, _ in pooled]
        self._classes = [classes for _, classes in pooled]
        norms = np.array([measurements[index].norm for index in self._measured])
        self._fractions = norms / norms.sum()
        self.settings = len(self._measured)

    def __call__(self, theta: NDArray[np.floating], shots: int, rng: np.random.Generator) -> float:
        r"""One estimate of $\langle H\rangle$, offset included.

        **Arguments:**

        - `theta`: angles, shape `(k,)`.
        - `shots`: of all settings together.
        - `rng`: advanced by the draw, so that a second call gives other noise.

        **Raises:** [`UserError`][] as [`split_shots`][] does, and for angles of another shape.
        """
        split = self.split(shots)
        means = (
            rng.multinomial(count, probabilities) @ levels / count
            for probabilities, levels, count in zip(
                self.distributions(theta), self.levels, split, strict=True
            )
        )
        return float(sum(means))

    def distributions(self, theta: NDArray[np.floating]) -> list[NDArray[np.float64]]:
        """Probabilities of the `levels` of each setting, those of one setting summing to 1."""
        outcomes = _outcome_probabilities(self._ansatz, np.asarray(theta))
        pooled = (
            np.bincount(classes, np.asarray(outcomes[index], np.float64), levels.size)
            for index, levels, classes in zip(
                self._measured, self.levels, self._classes, strict=True
            )
        )
        return [one / one.sum() for one in pooled]

    def split(self, shots: int) -> NDArray[np.int64]:
        """How many of the `shots` each setting gets, at least 1; see [`split_shots`][]."""
        return split_shots(shots, self._fractions)


@jax.jit
def _outcome_probabilities(ansatz: Ansatz, theta: jax.Array) -> tuple[jax.Array, ...]:
    return ansatz.outcome_probabilities(theta)


def split_shots(shots: int, fractions: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole numbers that sum to `shots`, nearest to `shots * fractions` and each at least 1.

    Rounded down, with the shots left over given to the largest remainders; where the minimum of 1
    has spent too many, they are taken from those furthest above their fraction.

    **Arguments:** `fractions`: positive, shape `(settings,)`, summing to 1.

    **Raises:** [`UserError`][] for `shots` that is no whole number of at least one a setting.
    """
    least = fractions.size
    if isinstance(shots, bool) or not isinstance(shots, int | np.integer) or shots < least:
        raise UserError(
            f"shots = {shots!r} must be a whole number of at least {least}, one for each "
            "measurement setting"
        )
    ideal = shots * fractions
    split = np.maximum(1, np.floor(ideal).astype(np.int64))
    while split.sum() < shots:
        split[np.argmax(ideal - split)] += 1
    while split.sum() > shots:
        split[np.argmax(np.where(split > 1, split - ideal, -np.inf))] -= 1
    return split


def shots_per_query(problem: Problem, epsilon: float) -> float:
    r"""$M = (\sum_j |\alpha_j| / \varepsilon)^2$, claim C4 of the study.

    Shots that keep the standard error of $\langle H\rangle$ below `epsilon` whatever the state
    is, split over the Pauli terms by their coefficients $\alpha_j$ (identity left out).
    `epsilon` is a standard error, in the units of $H$. That reading of the paper's 0.05 is
    inferred: read as a *variance*, $M = (\sum_j |\alpha_j|)^2 / 0.05$ is 20 times smaller, and
    (7 ± 4)e5 shots for MaxCut become 3e4.

    **Raises:** [`UserError`][] unless `epsilon` is a positive finite number.
    """
    if not (math.isfinite(epsilon) and epsilon > 0):
        raise UserError(f"epsilon = {epsilon} must be a positive finite number")
    return (problem.normaliser / epsilon) ** 2
