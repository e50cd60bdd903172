"""The Fermi-Hubbard model on bonds of one's own: any graph, hops with phases, energies of sites."""

import cmath
import math
import reprlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from replication.checks import real_number
from replication.errors import UserError
from replication.extras import says_extra
from replication.problems.base import NaturalUnits
from replication.problems.sector import lowest_energy, particles_of
from replication.simulators.memory import DIAGONALISED, check_sector

if TYPE_CHECKING:
    import scipy
    from numpy.typing import NDArray
    from openfermion import FermionOperator


class Bond(NamedTuple):
    """A hop between two sites, by their numbers, and its amplitude."""

    p: int
    q: int
    t: complex


@dataclass(frozen=True)
class OwnHubbard:
    r"""One instance; build it with [`hubbard_on`][].

    $$H = -\sum_{(p,q)\sigma} (t_{pq} c^\dagger_{p\sigma} c_{q\sigma} + \mathrm{h.c.})
          + \sum_i U_i n_{i\uparrow} n_{i\downarrow} + \sum_{i\sigma} \epsilon_i n_{i\sigma}$$

    restricted to `filling = (n_up, n_down)` particles. `nodes` are the names of the sites.
    """

    nodes: tuple[Hashable, ...]
    groups: tuple[tuple[str, tuple[Bond, ...]], ...]
    u: tuple[float, ...]
    on_site: tuple[float, ...]
    filling: tuple[int, int]

    @property
    def kind(self) -> str:
        """The class of problems whose networks serve it: `"hubbard"`."""
        return "hubbard"

    @property
    def num_sites(self) -> int:
        """Number of sites N."""
        return len(self.nodes)

    @property
    def sector_shape(self) -> tuple[int, int]:
        """Dimensions of the spin-up and the spin-down factor of the sector."""
        up, down = self.filling
        return math.comb(self.num_sites, up), math.comb(self.num_sites, down)

    @property
    def bonds(self) -> tuple[Bond, ...]:
        """The bonds of all groups."""
        return tuple(bond for _, bonds in self.groups for bond in bonds)

    @property
    def t(self) -> float:
        """Root mean square of |t| over the bonds."""
        return math.sqrt(math.fsum(abs(bond.t) ** 2 for bond in self.bonds) / len(self.bonds))

    @property
    def repulsion(self) -> float:
        """Mean of U over the sites."""
        return math.fsum(self.u) / self.num_sites

    def site_weights(self) -> "NDArray[np.float64]":
        """Coefficients of Z, of either spin, and of ZZ' of each site, shape `(2, N)`."""
        u, on_site = np.array(self.u), np.array(self.on_site)
        return np.stack([u / 4 + on_site / 2, u / 4])

    @property
    def normaliser(self) -> float:
        """1-norm of the Jordan-Wigner coefficients without the identity.

        `2 (|Re t| + |Im t|)` a bond; on a site `Z` of either spin has `U/4 + ε/2`, `ZZ'` has `U/4`.
        """
        single, double = np.abs(self.site_weights())
        hops = math.fsum(abs(bond.t.real) + abs(bond.t.imag) for bond in self.bonds)
        return 2 * hops + float(np.sum(2 * single + double))

    @property
    def two_norm(self) -> float:
        """2-norm of the same coefficients: `|t|²` a bond, `2 (U/4 + ε/2)² + (U/4)²` a site."""
        single, double = self.site_weights() ** 2
        hops = math.fsum(abs(bond.t) ** 2 for bond in self.bonds)
        return math.sqrt(hops + float(np.sum(2 * single + double)))

    @property
    def natural_units(self) -> NaturalUnits:
        """Energies in units of N times the root mean square of |t|."""
        return NaturalUnits(self.num_sites * self.t, {})

    @property
    def features(self) -> dict[str, float]:
        """Size, interaction, filling, and that the bonds are of one's own, unlike a ladder's."""
        up, down = self.filling
        return {
            "number of sites": float(self.num_sites),
            "U / t": self.repulsion / self.t,
            "particles a site": (up + down) / self.num_sites,
            "spin a site": abs(up - down) / self.num_sites,
            "bonds of one's own": float(len(self.bonds)),
        }

    @property
    def offset(self) -> float:
        """Coefficient of the identity after Jordan-Wigner, the sum of `U/4 + ε` over the sites."""
        return math.fsum(self.u) / 4 + math.fsum(self.on_site)

    @property
    def strengths(self) -> dict[str, float]:
        """Hopping and repulsion, root mean square and mean."""
        return {"|t|": self.t, "U": self.repulsion}

    @property
    def mean(self) -> float:
        """Mean of a site's energies times the probability that it is filled, once or twice."""
        up, down = (particles / self.num_sites for particles in self.filling)
        return math.fsum(self.u) * up * down + math.fsum(self.on_site) * (up + down)

    def one_body(self) -> "NDArray[np.complex128]":
        """Hops and energies of sites as the matrix of one particle, shape `(N, N)`."""
        return self.hops(self.bonds) + np.diag(self.on_site)

    def hops(self, bonds: Sequence[Bond]) -> "NDArray[np.complex128]":
        """The hops of some bonds as the matrix of one particle, shape `(N, N)`."""
        matrix = np.zeros((self.num_sites, self.num_sites), complex)
        for p, q, t in bonds:
            matrix[p, q] -= t
            matrix[q, p] -= t.conjugate()
        return matrix

    def site_energies(self) -> "NDArray[np.float64]":
        """Repulsion and energies of sites for each pair of configurations, `(D_up, D_down)`."""
        from replication.simulators import fermions

        up, down = (
            fermions.occupations(fermions.configurations(self.num_sites, count), self.num_sites)
            for count in self.filling
        )
        single = np.add.outer(up @ np.array(self.on_site), down @ np.array(self.on_site))
        return np.asarray((up * np.array(self.u)) @ down.T + single, np.float64)

    def sector_hamiltonian(self) -> "scipy.sparse.csr_matrix":
        """H in the sector, sparse; row `up * D_down + down`, see `simulators.fermions`.

        **Raises:** [`UserError`][] for a sector of more than 2^26 amplitudes.
        """
        import scipy

        from replication.simulators import fermions

        check_sector(self.num_sites, self.filling, DIAGONALISED)
        hops = self.hops(self.bonds)
        up, down = (
            fermions.one_body(fermions.configurations(self.num_sites, count), hops)
            for count in self.filling
        )
        return (
            scipy.sparse.kronsum(down, up) + scipy.sparse.diags(self.site_energies().ravel())
        ).tocsr()

    def exact_minimum(self) -> float:
        """Lowest energy of the sector, identity part included, to better than 1e-10.

        **Raises:** [`UserError`][] as [`OwnHubbard.sector_hamiltonian`][].
        """
        return _exact_minimum(self)

    @says_extra
    def to_openfermion(self) -> "FermionOperator":
        """H as a FermionOperator, modes ordered all spin up and then all spin down."""
        from openfermion import FermionOperator

        operator, sites = FermionOperator(), self.num_sites
        for p, q, t in self.bonds:
            for shift in (0, sites):
                operator += FermionOperator(((p + shift, 1), (q + shift, 0)), -t)
                operator += FermionOperator(((q + shift, 1), (p + shift, 0)), -t.conjugate())
        for site, (u, energy) in enumerate(zip(self.u, self.on_site, strict=True)):
            other = site + sites
            operator += FermionOperator(((site, 1), (site, 0), (other, 1), (other, 0)), u)
            for mode in (site, other):
                operator += FermionOperator(((mode, 1), (mode, 0)), energy)
        return operator


@lru_cache(maxsize=256)
def _exact_minimum(problem: OwnHubbard) -> float:
    return lowest_energy(problem.sector_hamiltonian())


def hubbard_on(
    bonds: Mapping[Any, Any],
    u: Any = 4.0,
    *,
    on_site: Any = 0.0,
    filling: tuple[int, int] | None = None,
) -> OwnHubbard:
    """The Hubbard model on bonds of one's own.

    A triangle with a quarter of a flux quantum, and a chain in two groups of bonds, as a network
    for ladders takes them:

    ```pycon
    >>> from replication import hubbard_on
    >>> triangle = hubbard_on({(0, 1): 1.0, (1, 2): 1.0, (2, 0): 1j}, u=4.0, filling=(1, 1))
    >>> round(triangle.exact_minimum(), 6)
    -2.636185
    >>> chain = hubbard_on({"h": {(0, 1): 1.0, (2, 3): 1.0}, "v": {(1, 2): 1.0}}, u=4.0)
    >>> round(chain.exact_minimum(), 6)
    -1.953145

    ```

    **Arguments:**

    - `bonds`: hopping amplitudes t_pq by pairs of sites, which may have any names; a complex one
      (a Peierls phase) is the one of $c^\\dagger_p c_q$ for the pair `(p, q)`. Or such mappings by
      the name of a group: bonds of the group `"h"` share the angle `T_h` of a Trotter step. A
      network for ladders knows the groups `"h"` and `"v"`, in this order.
    - `u`: on-site repulsion, one number or one for each site by its name.
    - `on_site`: energy ε of a particle on a site, in the same form.
    - `filling`: particles of either spin, `(n_up, n_down)`; `None` for half filling with equal
      numbers of both.

    **Raises:** [`UserError`][] naming a bond, site, group or number that makes no sense.
    """
    by_group = _by_group(bonds)
    found = dict.fromkeys(site for pairs in by_group.values() for pair in pairs for site in pair)
    for mapping in (u, on_site):
        if isinstance(mapping, Mapping):
            found |= dict.fromkeys(mapping)
    nodes = _ordered(found)
    place = {node: number for number, node in enumerate(nodes)}
    groups = tuple(
        (name, tuple(Bond(place[p], place[q], t) for (p, q), t in pairs.items()))
        for name, pairs in by_group.items()
    )
    if not any(bond.t for _, group in groups for bond in group):
        raise UserError("at least one bond must have a hopping amplitude other than 0")
    return OwnHubbard(
        nodes,
        groups,
        _by_site("u", u, nodes),
        _by_site("on_site", on_site, nodes),
        particles_of(filling, len(nodes)),
    )


def _by_group(bonds: object) -> dict[str, dict[tuple[Hashable, Hashable], complex]]:
    """Amplitudes by group and pair; one group without a name where pairs come without groups."""
    form = "bonds must map pairs of sites to amplitudes, or names of groups to such mappings"
    if not isinstance(bonds, Mapping) or not bonds:
        raise UserError(f"{form}, got {reprlib.repr(bonds)}")
    named = all(isinstance(each, Mapping) for each in bonds.values())
    found: dict[str, dict[tuple[Hashable, Hashable], complex]] = {}
    known: set[frozenset[Hashable]] = set()
    for name, pairs in bonds.items() if named else [("", bonds)]:
        if named and not (isinstance(name, str) and name.isidentifier() and name != "V"):
            raise UserError(f"the name of a group must be a word other than V, got {name!r}")
        if not pairs:
            raise UserError(f"group {name!r} has no bonds")
        found[name] = {}
        for pair, t in pairs.items():
            if not isinstance(pair, tuple) or len(pair) != 2 or pair[0] == pair[1]:
                raise UserError(f"{form}; {pair!r} is no pair of two sites")
            if frozenset(pair) in known:
                raise UserError(f"the bond {pair!r} is given twice")
            known.add(frozenset(pair))
            found[name][pair] = _amplitude(f"t of bond {pair!r}", t)
    return found


def _amplitude(name: str, value: object) -> complex:
    array = np.asarray(value)
    if array.shape != () or array.dtype.kind not in "iufc" or not cmath.isfinite(complex(array)):
        raise UserError(f"{name} must be a finite number, got {reprlib.repr(value)}")
    return complex(array)


def _ordered(nodes: Mapping[Hashable, None]) -> tuple[Hashable, ...]:
    """Names of sites, ascending where they can be compared, else as they came."""
    try:
        return tuple(sorted(nodes))  # type: ignore[type-var]
    except TypeError:
        return tuple(nodes)


def _by_site(name: str, value: object, nodes: tuple[Hashable, ...]) -> tuple[float, ...]:
    if not isinstance(value, Mapping):
        return (real_number(name, value),) * len(nodes)
    if missing := [node for node in nodes if node not in value]:
        raise UserError(f"{name} has no number for site {missing[0]!r}")
    return tuple(real_number(f"{name} of site {node!r}", value[node]) for node in nodes)
