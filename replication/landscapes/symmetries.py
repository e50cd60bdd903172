"""Angles that mean the same state up to what the cost cannot see: without them counts are wrong."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from replication.ansatze.base import Ansatz, wrap
from replication.ansatze.names import families_of
from replication.errors import UserError
from replication.landscapes.functions import Energy, Floats, checked, values

_POINTS = 4
_AGREE = 1e-9
"""Of the largest energy: two energies that differ by less are the same."""
_HALVINGS = 3
_LARGEST_GROUP = 8192
_DIGITS = 6


class Symmetries(NamedTuple):
    r"""Maps $\theta \to s \circ \theta + b$ that leave a cost unchanged: a group up to periods.

    - `periods`: of each angle, infinite where it has none; shape `(k,)`.
    - `signs`: $s$ of each map, entries ±1, the identity first; shape `(maps, k)`.
    - `shifts`: $b$ of each map, in the units of the angles; shape `(maps, k)`.
    """

    periods: Floats
    signs: Floats
    shifts: Floats

    def images(self, thetas: Floats) -> Floats:
        """Of each of `(points, k)` its images in one period around zero, `(maps, points, k)`."""
        return wrap(self.signs[:, None] * thetas + self.shifts[:, None], self.periods)

    def distances(self, theta: Floats, others: Floats) -> Floats:
        """Euclidean distance of `theta` `(k,)` to the next image of each of `(points, k)`."""
        apart = wrap(theta - self.signs[:, None] * others - self.shifts[:, None], self.periods)
        return np.asarray(np.linalg.norm(apart, axis=-1).min(axis=0))

    def canonical(self, thetas: Floats) -> Floats:
        """Of each point the image next to zero, of equally near ones the first in order.

        Distances decide whether two points are the same, not this: where images are equally near
        up to rounding, either may come first.
        """
        images = self.images(checked(thetas, len(self.periods)))
        edge = np.isclose(images, -np.asarray(self.periods) / 2, atol=10.0**-_DIGITS, rtol=0)
        images = np.where(edge, -images, images)
        found = []
        for several in np.swapaxes(images, 0, 1):
            keys = np.round(-several[:, ::-1].T, _DIGITS)
            norms = np.round(np.linalg.norm(several, axis=1), _DIGITS)
            found.append(several[np.lexsort((*keys, norms))[0]])
        return np.array(found)


def plain(periods: Floats) -> Symmetries:
    """Periods alone."""
    periods = np.asarray(periods, float)
    return Symmetries(periods, np.ones((1, periods.size)), np.zeros((1, periods.size)))


def symmetries_of(ansatz: Ansatz) -> Symmetries:
    r"""The symmetries of a circuit's energy in its angles.

    Candidates follow from the ansatz; those that leave the energy at four fixed points unchanged
    to 1e-9 of it are kept:

    - *Periods* of the ansatz, halved as long as the energy allows.
    - *Mirror* $\theta \to -\theta$: complex conjugation, for real Hamiltonians and initial states.
    - *Parity*: half a period more of one angle and the other sign for another family of angles, in
      the same layer, from it on, or after it. For QAOA with integer weights
      $e^{-i\pi H/2} \propto \prod_i Z_i^{d_i}$, $d_i$ the sum of the weights at spin $i$. If all
      $d_i$ are even, the period of γ is π/2. If all are odd, the product is the parity
      $\prod_i Z_i$, which commutes with $H$ and reverses $X$, so that it moves to the end through
      later mixers with their angles reversed: $\gamma_l + \pi/2$ and $-\beta_{l'}$ for all
      $l' \geq l$.

    **Returns:** [`Symmetries`][]: all products of these.

    Brundin and García-Álvarez, arXiv:2407.04496, prove such symmetries.

    >>> from replication import maxcut, qaoa
    >>> found = symmetries_of(qaoa(maxcut([(0, 1), (1, 2), (2, 3), (0, 3)]), p=2))
    >>> (found.periods / np.pi).tolist(), len(found.signs)
    ([0.5, 0.5, 0.5, 0.5], 2)
    """
    k = ansatz.num_parameters
    points = 2 * np.sin(np.arange(1.0, _POINTS * k + 1) ** 2).reshape(_POINTS, k)
    periods = np.array(ansatz.periods, float)
    for _ in range(_HALVINGS):
        finite = np.flatnonzero(np.isfinite(periods))
        halves = [(np.ones(k), np.eye(k)[i] * periods[i] / 2) for i in finite]
        holds = _hold(ansatz.energy, points, halves)
        if not holds.any():
            break
        periods[finite[holds]] /= 2
    candidates = list(_candidates(ansatz, periods))
    holds = _hold(ansatz.energy, points, [one for _, one in candidates])
    kept: dict[int, tuple[Floats, Floats]] = {}
    for (which, one), good in zip(candidates, holds, strict=True):
        if good:
            kept.setdefault(which, one)
    return _closed(periods, list(kept.values()))


def _candidates(ansatz: Ansatz, periods: Floats) -> Iterator[tuple[int, tuple[Floats, Floats]]]:
    """Which angle is moved, -1 for none, and signs and shifts of the map."""
    k = ansatz.num_parameters
    names = ansatz.parameter_names
    families = np.array(families_of(names))
    layers = np.array([int(name.rsplit("_", 1)[1]) for name in names])
    yield -1, (-np.ones(k), np.zeros(k))
    for i in np.flatnonzero(np.isfinite(periods)):
        for family in dict.fromkeys(families[families != families[i]]):
            for near in (layers == layers[i], layers >= layers[i], layers > layers[i]):
                flipped = (families == family) & near
                yield int(i), (np.where(flipped, -1.0, 1.0), np.eye(k)[i] * periods[i] / 2)


def _hold(energy: Energy, points: Floats, maps: list[tuple[Floats, Floats]]) -> NDArray[np.bool_]:
    """Which of some maps leave the energy at `points` unchanged."""
    if not maps:
        return np.zeros(0, bool)
    moved = np.concatenate([points, *(signs * points + shift for signs, shift in maps)])
    found = values(energy, moved).reshape(-1, len(points))
    scale = np.abs(found).max()
    return np.asarray(np.abs(found[1:] - found[0]).max(axis=1) <= _AGREE * scale)


def _closed(periods: Floats, generators: list[tuple[Floats, Floats]]) -> Symmetries:
    """All products of maps, equal up to periods."""
    step = np.where(np.isfinite(periods), periods, 1.0)

    def key(signs: Floats, shift: Floats) -> bytes:
        # Shifts are halves of periods, or zero.
        turns = np.where(np.isfinite(periods), np.round(4 * shift / step) % 4, 0.0)
        return np.concatenate([signs, turns]).tobytes()

    one = np.ones(len(periods)), np.zeros(len(periods))
    found, fresh = {key(*one): one}, [one]
    while fresh:
        signs, shift = fresh.pop()
        for other, by in generators:
            made = signs * other, wrap(other * shift + by, periods)
            if key(*made) not in found:
                found[key(*made)] = made
                fresh.append(made)
        if len(found) > _LARGEST_GROUP:
            raise UserError(
                f"the circuit has more than {_LARGEST_GROUP} symmetries of its "
                f"{len(periods)} angles; use fewer layers"
            )
    signs, shifts = (np.array(part) for part in zip(*found.values(), strict=True))
    return Symmetries(periods, signs, shifts)
