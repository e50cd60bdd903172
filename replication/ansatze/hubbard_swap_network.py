"""The swap-network Hubbard circuit: its gates in order, merged into few matrices of each spin."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import groupby
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from replication.ansatze.hubbard_geometry import Geometry, plane_orbitals, start_orbitals
from replication.simulators import fermions
from replication.simulators.fermions import RotationTable
from replication.simulators.lattice import Pair


class Hops(NamedTuple):
    """Hops of the spin-up modes that share the angle `pi / 2 * weights @ theta`, in order."""

    weights: tuple[float, ...]
    bonds: tuple[Pair, ...]


class Run(NamedTuple):
    """[`Hops`][] as matrices of both spins; `weights` includes the `pi / 2`."""

    weights: NDArray[np.float64]
    up: RotationTable
    down: RotationTable


class SwapNetwork(NamedTuple):
    """The swap-network circuit as `2 steps` on-site layers between segments of hops."""

    segments: tuple[tuple[Run, ...], ...]
    """Hops before the first layer, between the layers and after the last."""
    layers: tuple[NDArray[np.float64], ...]
    """For each on-site layer, weights of theta in its angle."""
    start: tuple[NDArray[np.inexact], NDArray[np.inexact]]
    hops: tuple[NDArray[np.float64], NDArray[np.float64]]
    counts: NDArray[np.int64]
    gauges: tuple[NDArray[np.complex128], NDArray[np.complex128]]
    ascending: NDArray[np.int64]
    """Columns of the turned spin-down basis in ascending order of configurations."""
    symmetric: bool
    """Whether both spins have the same matrices, so that the state equals its transpose."""

    def evolve(self, theta: jax.Array) -> jax.Array:
        """The state in its gauge, the spin-down basis turned; shape `(D_up, c, D_down)`."""
        up, down = (fermions.like(vector, theta) for vector in self.start)
        for run in self.segments[0]:
            for_up, for_down = self._matrices(run, theta)
            up, down = for_up @ up, for_down @ down
        state = fermions.product_state(up, down)
        for weights, runs in zip(self.layers, self.segments[1:], strict=True):
            phases = fermions.count_phases(_weighted(weights, theta), self.counts)
            state = fermions.apply_phases(state, phases)
            pairs = [self._matrices(run, theta) for run in runs]
            if pairs:
                for_up = _product([matrix for matrix, _ in pairs])
                for_down = for_up if self.symmetric else _product([matrix for _, matrix in pairs])
                state = fermions.act_down(for_down, fermions.act_up(for_up, state))
        return state

    def expectations(self, theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        r"""$\langle \sum_{e\sigma} K_{e\sigma} \rangle$ and $\langle D \rangle$."""
        state = self.evolve(theta)
        up, down = (fermions.like(matrix, theta) for matrix in self.hops)
        hopping = fermions.hopping_expectation(state, None if self.symmetric else up, down)
        occupancy = fermions.probabilities(state)
        return hopping, jnp.vdot(occupancy, fermions.like(self.counts, theta))

    def _matrices(self, run: Run, theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        angle = _weighted(run.weights, theta)
        up = fermions.rotation(run.up, angle)
        return up, up if self.symmetric else fermions.rotation(run.down, angle)


def _weighted(weights: NDArray[np.float64], theta: jax.Array) -> jax.Array:
    return fermions.like(weights, theta) @ theta


def _product(matrices: Sequence[jax.Array]) -> jax.Array:
    """The matrices multiplied, the first of them acting first."""
    result = matrices[0]
    for matrix in matrices[1:]:
        result = matrix @ result
    return result


@lru_cache(maxsize=16)
def swap_network(geometry: Geometry, steps: int) -> SwapNetwork:
    """The circuit of so many steps."""
    sites, mask = geometry.num_sites, geometry.sublattice
    up, down = geometry.configurations()
    turned_mask = None if mask is None else int(fermions.reflected(np.array([mask]), sites)[0])
    symmetric = geometry.filling[0] == geometry.filling[1]
    bonds = tuple(bond for group in geometry.bonds.values() for bond in group)
    orbitals = plane_orbitals(geometry)[2]
    gauges, starts = [], []
    for configs, sublattice, particles in zip(
        (up, down), (mask, turned_mask), geometry.filling, strict=True
    ):
        phases = fermions.gauge(configs, 0 if sublattice is None else sublattice)
        filled = orbitals[:, start_orbitals(geometry, particles)]
        vector = phases.conj() * fermions.slater_amplitudes(filled, configs)
        gauges.append(phases)
        starts.append(fermions.components(vector, real_gauge=mask is not None))

    @cache
    def tables(hops: tuple[Pair, ...]) -> tuple[RotationTable, RotationTable]:
        table = fermions.rotation_table(up, hops, mask)
        if symmetric:
            return table, table
        return table, fermions.rotation_table(down, _turned(hops, sites), turned_mask)

    segments, layers = schedule(geometry, steps)
    return SwapNetwork(
        segments=tuple(
            tuple(Run(np.pi / 2 * np.array(run.weights), *tables(run.bonds)) for run in segment)
            for segment in segments
        ),
        layers=tuple(np.pi * np.array(weights) for weights in layers),
        start=(starts[0], starts[1]),
        hops=(
            fermions.hopping_operator(up, bonds, mask),
            fermions.hopping_operator(down, bonds, turned_mask),
        ),
        counts=fermions.double_occupancy(up, down),
        gauges=(gauges[0], gauges[1]),
        ascending=np.argsort(down),
        symmetric=symmetric,
    )


def _turned(bonds: Iterable[Pair], sites: int) -> tuple[Pair, ...]:
    return tuple((sites - 1 - p, sites - 1 - q) for p, q in bonds)


def schedule(geometry: Geometry, steps: int) -> tuple[list[list[Hops]], list[tuple[float, ...]]]:
    """The whole circuit as segments of spin-up hops around on-site layers, neighbours merged."""
    before, after = sweep(geometry)
    letters = geometry.letters
    segments: list[list[Hops]] = [[]]
    layers: list[tuple[float, ...]] = []
    for step in range(steps):
        weights = {
            letter: tuple(np.eye(steps * len(letters))[step * len(letters) + place].tolist())
            for place, letter in enumerate(letters)
        }
        first, last = (
            [Hops(weights[letter], bonds) for letter, bonds in part] for part in (before, after)
        )
        for run in first:
            _append(segments[-1], run)
        for part in (last, first):
            layers.append(weights["V"])
            segments.append([])
            mirrored = [Hops(run.weights, run.bonds[::-1]) for run in part[::-1]]
            for run in [*part, *mirrored] if part is last else mirrored:
                _append(segments[-1], run)
    return segments, layers


def _append(segment: list[Hops], run: Hops) -> None:
    """Add a run, merged into the one before it where both are one rotation."""
    previous = segment[-1] if segment else None
    if previous is not None and previous.weights == run.weights:
        segment[-1] = Hops(run.weights, previous.bonds + run.bonds)
    elif previous is not None and _same_matching(previous.bonds, run.bonds):
        summed = np.add(previous.weights, run.weights).tolist()
        segment[-1] = Hops(tuple(summed), run.bonds)
    else:
        segment.append(run)


def _same_matching(first: tuple[Pair, ...], second: tuple[Pair, ...]) -> bool:
    """Whether both are the same bonds and these, sharing no site, commute."""
    return set(first) == set(second) and len({s for bond in second for s in bond}) == 2 * len(
        second
    )


def meetings(modes: int, *, offset: bool = False) -> Iterator[Pair]:
    """Positions `(i, i + 1)` that one sweep of the swap network exchanges, in order."""
    for layer in range(modes):
        for position in range((layer + offset) % 2, modes - 1, 2):
            yield position, position + 1


def gate(geometry: Geometry, first: int, second: int) -> str | None:
    """The letter of the gate between two modes, or None."""
    sites = geometry.num_sites
    p, q = sorted((first, second))
    if q == p + sites:
        return "V"
    if p < sites <= q:
        return None
    bond = (p % sites, q % sites)
    return next((letter for letter, bonds in geometry.bonds.items() if bond in bonds), None)


@lru_cache(maxsize=16)
def sweep(
    geometry: Geometry,
) -> tuple[list[tuple[str, tuple[Pair, ...]]], list[tuple[str, tuple[Pair, ...]]]]:
    """Spin-up hops of one sweep before and after its on-site gates, in runs of one letter.

    The order of gates that share a mode is kept. On every lattice all on-site gates of a sweep can
    then be done at once; the other spin does the same hops turned by 180 degrees.
    """
    sites = geometry.num_sites
    modes = list(range(2 * sites))
    late: set[int] = set()
    before: list[tuple[str, Pair]] = []
    after: list[tuple[str, Pair]] = []
    hopped_late: set[int] = set()
    for position, following in meetings(2 * sites):
        p, q = sorted((modes[position], modes[following]))
        modes[position], modes[following] = modes[following], modes[position]
        letter = gate(geometry, p, q)
        if letter is None:
            continue
        if letter == "V":
            if hopped_late & {p, q}:
                raise AssertionError(f"on-site gates of {geometry} cannot be done at once")
            late |= {p, q}
            continue
        is_late = bool(late & {p, q})
        if is_late:
            late |= {p, q}
            hopped_late |= {p, q}
        if q < sites:
            (after if is_late else before).append((letter, (p, q)))
    return _runs(before), _runs(after)


def _runs(hops: Iterable[tuple[str, Pair]]) -> list[tuple[str, tuple[Pair, ...]]]:
    return [
        (letter, tuple(bond for _, bond in group))
        for letter, group in groupby(hops, key=lambda hop: hop[0])
    ]
