"""Geometry of a Hubbard circuit: lattice, bases of both spins, one-particle levels, the start."""

import math
from functools import cache, lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from replication.errors import UserError
from replication.simulators import fermions
from replication.simulators.lattice import Pair, lattice_bonds

Kind = Literal["swap_network", "grouped"]
"""The circuits."""

NATURAL_STEP = 0.4
"""Duration of a Trotter step of the adiabatic schedule in natural units, of 1/|t|."""

TIE_BREAK = 1e-6
"""By how much vertical bonds, or each next group of bonds, are stronger for the start."""


class Geometry(NamedTuple):
    """What fixes every array of the simulation but not the couplings: the key of the caches."""

    shape: tuple[int, int]
    periodic: tuple[bool, bool]
    filling: tuple[int, int]
    hopping_sign: int
    """Sign of `t`, which decides the Slater determinant that the circuit starts from."""

    @property
    def num_sites(self) -> int:
        return self.shape[0] * self.shape[1]

    @property
    def bonds(self) -> dict[str, tuple[Pair, ...]]:
        """Bonds by the letter of their angle, `T_h` and `T_v`, where there are any."""
        horizontal, vertical = lattice_bonds(self.shape, self.periodic)
        return {name: bonds for name, bonds in (("T_h", horizontal), ("T_v", vertical)) if bonds}

    @property
    def letters(self) -> tuple[str, ...]:
        """The angles of one step."""
        return (*self.bonds, "V")

    @property
    def sublattice(self) -> int | None:
        """Bit mask of the sites with even `x + y`, or None where the lattice is not bipartite."""
        sides = zip(self.shape, self.periodic, strict=True)
        if any(closed and side > 2 and side % 2 for side, closed in sides):
            return None
        width = self.shape[0]
        return sum(1 << s for s in range(self.num_sites) if (s % width + s // width) % 2 == 0)

    @property
    def matchings(self) -> tuple[tuple[Pair, ...], ...]:
        """Bonds in sets that share no site, horizontal ones first."""
        return tuple(one for bonds in self.bonds.values() for one in fermions.matchings(bonds))

    def configurations(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Bases of both spins, the spin-down one turned by 180 degrees.

        The swap network is its own image under that rotation joined to a spin flip, so in these
        bases both spins hop by the same matrices.
        """
        up, down = (fermions.configurations(self.num_sites, count) for count in self.filling)
        return up, fermions.reflected(down, self.num_sites)


def _sides(geometry: Geometry) -> tuple[tuple[int, bool], tuple[int, bool]]:
    """Length of each side and whether it is closed."""
    (width, height), (closed_x, closed_y) = geometry.shape, geometry.periodic
    return (width, closed_x), (height, closed_y)


def _chain(length: int, closed: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Levels and orbitals (in columns) of minus the hopping along one line of sites."""
    hopping = np.zeros((length, length))
    for p, q in lattice_bonds((length, 1), (closed, False))[0]:
        hopping[p, q] = hopping[q, p] = -1
    return np.linalg.eigh(hopping)


def plane_orbitals(
    geometry: Geometry,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Horizontal and vertical levels (N,) and orbitals (N, N) in columns, as plane products.

    Products of the orbitals of a line stay exact where levels nearly coincide.
    """
    (levels_x, lines_x), (levels_y, lines_y) = (_chain(*side) for side in _sides(geometry))
    width, height = geometry.shape
    orbitals = np.asarray(np.kron(lines_y, lines_x), np.float64)
    return np.tile(levels_x, height), np.repeat(levels_y, width), orbitals


def start_orbitals(geometry: Geometry, particles: int) -> list[int]:
    """Which orbitals one spin of the start fills; refuses a degenerate choice."""
    horizontal, vertical, _ = plane_orbitals(geometry)
    levels = geometry.hopping_sign * (horizontal + (1 + TIE_BREAK) * vertical)
    order = np.argsort(levels)
    if 0 < particles < len(order):
        gap = levels[order[particles]] - levels[order[particles - 1]]
        if gap < 1e-3 * TIE_BREAK:
            raise UserError(
                f"filling {geometry.filling} leaves the hopping term of shape {geometry.shape}, "
                f"periodic {geometry.periodic}, without a unique ground state, even with vertical "
                "bonds stronger by 1e-6; choose a closed shell"
            )
    return sorted(int(orbital) for orbital in order[:particles])


def hop_periods(geometry: Geometry) -> dict[str, float]:
    r"""Periods of the hopping angles in radians: $e^{-i\theta K}$ is a global phase there.

    $4\pi/g$ where all differences of the one-particle levels along a side are whole multiples of
    one of them, `g`; infinite elsewhere.
    """
    width, height = (_chain(*side)[0] for side in _sides(geometry))
    return {"T_h": _period(width), "T_v": _period(height)}


def _period(levels: NDArray[np.float64]) -> float:
    gaps = np.abs(levels[:, None] - levels)
    distinct = gaps[gaps > 1e-9]
    for gap in np.sort(distinct):
        multiples = distinct / gap
        if np.allclose(multiples, np.round(multiples), atol=1e-9):
            return float(4 * math.pi / gap)
    return math.inf


def adiabatic_phases(
    t: NDArray[np.float64], u: NDArray[np.float64], step: int, steps: int, *, natural: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Time by `t` and by the repulsion of one Trotter step of its adiabatic switch-on, in radians.

    `t d` and `u s d` with `s = (step + 1/2) / steps`. The step takes `d = 0.1 |u|` in one unit of
    energy, `d = 0.4 / |t|` in natural units.
    """
    duration = NATURAL_STEP / np.abs(t) if natural else 0.1 * np.abs(u)
    return t * duration, u * duration * (step + 0.5) / steps


@lru_cache(maxsize=16)
def bond_rotations(
    geometry: Geometry,
) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], ...]:
    """For each set of bonds, site configurations to those of its eigenmodes, for both spins."""
    sites = geometry.num_sites

    @cache
    def rotation(matching: tuple[Pair, ...], particles: int) -> NDArray[np.float64]:
        configs = fermions.configurations(sites, particles)
        return fermions.compound(fermions.bond_orbitals(sites, matching), configs).T

    up, down = geometry.filling
    return tuple((rotation(one, up), rotation(one, down)) for one in geometry.matchings)
