"""The Fermi-Hubbard model on rectangular lattices: an instance, its scales and its minimum."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import jax
import numpy as np
import scipy

from replication.errors import UserError
from replication.problems.ising import real_number
from replication.simulators.fermions import (
    Pair,
    configurations,
    double_occupancy,
    hopping_matrix,
)

if TYPE_CHECKING:
    from openfermion import FermionOperator

_LARGEST_SECTOR = 2**26
_DENSE_SECTOR = 64


@dataclass(frozen=True)
class HubbardProblem:
    r"""One instance; build it with :func:`hubbard`.

    $$H = -t \sum_{\langle ij \rangle \sigma} (c^\dagger_{i\sigma} c_{j\sigma} + \mathrm{h.c.})
          + U \sum_i n_{i\uparrow} n_{i\downarrow}$$

    restricted to ``filling = (n_up, n_down)`` particles. Site ``x + shape[0] * y`` sits at
    ``(x, y)``, as in OpenFermion's ``fermi_hubbard``; "horizontal" is along ``x``.
    """

    shape: tuple[int, int]
    t: float
    u: float
    periodic: tuple[bool, bool]
    filling: tuple[int, int]

    @property
    def kind(self) -> str:
        """The class of problems this one belongs to: ``"hubbard"``."""
        return "hubbard"

    @property
    def num_sites(self) -> int:
        """Number of lattice sites ``N``."""
        return self.shape[0] * self.shape[1]

    @property
    def sector_shape(self) -> tuple[int, int]:
        """Dimensions of the spin-up and the spin-down factor of the sector."""
        up, down = self.filling
        return math.comb(self.num_sites, up), math.comb(self.num_sites, down)

    @property
    def bonds(self) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
        """Horizontal and vertical bonds, see :func:`lattice_bonds`."""
        return lattice_bonds(self.shape, self.periodic)

    @property
    def normaliser(self) -> float:
        """1-norm of the Jordan-Wigner coefficients without the identity, ``2|t|B + 3|U|N/4``.

        A hop of either spin is ``(XZ..ZX + YZ..ZY) / 2``, a doubly occupied site
        ``(1 - Z - Z' + ZZ') / 4``; no two terms of the lattice coincide.
        """
        horizontal, vertical = self.bonds
        hops = len(horizontal) + len(vertical)
        return 2 * abs(self.t) * hops + 0.75 * abs(self.u) * self.num_sites

    @property
    def two_norm(self) -> float:
        """2-norm of the same coefficients: four of ``t/2`` a bond, three of ``U/4`` a site."""
        horizontal, vertical = self.bonds
        hops = len(horizontal) + len(vertical)
        return math.sqrt(self.t**2 * hops + 3 / 16 * self.u**2 * self.num_sites)

    @property
    def offset(self) -> float:
        """Coefficient of the identity after Jordan-Wigner, ``U N / 4`` at any filling.

        At half filling that is the mean energy of the sector, below which the ground energy lies.
        Above, it is not: with (4, 4) particles on 2x3, ``exact_minimum() - offset`` has either sign
        and errors relative to it explode. By the particle-hole symmetry of open lattices the same
        physics is had below half filling, at ``(N - n_up, N - n_down)``.
        """
        return 0.25 * self.u * self.num_sites

    def sector_hamiltonian(self) -> "scipy.sparse.csr_matrix":
        """``H`` in the sector, sparse; row ``up * D_down + down``, see ``simulators.fermions``."""
        up, down = (configurations(self.num_sites, count) for count in self.filling)
        horizontal, vertical = self.bonds
        hops = [hopping_matrix(configs, horizontal + vertical) for configs in (up, down)]
        hopping = scipy.sparse.kronsum(hops[1], hops[0])
        occupancy = double_occupancy(up, down).ravel().astype(float)
        return (scipy.sparse.diags(self.u * occupancy) - self.t * hopping).tocsr()

    def exact_minimum(self) -> float:
        """Lowest energy of the sector, identity part included, to better than 1e-10."""
        return _exact_minimum(self)

    def to_openfermion(self) -> "FermionOperator":
        """``H`` as a FermionOperator, modes ordered all spin up and then all spin down.

        That is the qubit order of ``HubbardAnsatz.to_cirq``. OpenFermion's own ``fermi_hubbard``
        interleaves the spins: ``openfermion.reorder(..., up_then_down)`` turns it into this one.
        """
        from openfermion import FermionOperator

        operator = FermionOperator()
        horizontal, vertical = self.bonds
        for p, q in horizontal + vertical:
            for shift in (0, self.num_sites):
                for first, second in ((p, q), (q, p)):
                    operator += FermionOperator(((first + shift, 1), (second + shift, 0)), -self.t)
        for site in range(self.num_sites):
            other = site + self.num_sites
            operator += FermionOperator(((site, 1), (site, 0), (other, 1), (other, 0)), self.u)
        return operator


@lru_cache(maxsize=4096)
def _exact_minimum(problem: HubbardProblem) -> float:
    hamiltonian = problem.sector_hamiltonian()
    size = hamiltonian.shape[0]
    if size <= _DENSE_SECTOR:
        return float(np.linalg.eigvalsh(hamiltonian.toarray())[0])
    guess = np.random.default_rng(0).standard_normal(size)
    lowest = scipy.sparse.linalg.eigsh(
        hamiltonian, k=1, which="SA", v0=guess, tol=0, return_eigenvectors=False
    )
    return float(lowest[0])


def hubbard(
    shape: tuple[int, int] = (2, 3),
    t: float = 1.0,
    u: float = 4.0,
    *,
    periodic: bool | tuple[bool, bool] = False,
    filling: tuple[int, int] | None = None,
) -> HubbardProblem:
    """The Hubbard model on ``shape = (L_x, L_y)`` sites with hopping ``t`` and repulsion ``u``.

    ``periodic`` closes both directions, or each its own when it is a pair (a side of length 2
    keeps its single bond). ``filling = (n_up, n_down)``; half filling with equal numbers of both
    spins unless said. Raises UserError on a shape, a filling or a number that makes no sense, and
    on a sector of more than 2**26 amplitudes.
    """
    sides = _pair_of_integers("shape", shape, least=1)
    sites = sides[0] * sides[1]
    hopping, repulsion = real_number("t", t), real_number("u", u)
    if filling is None and sites % 2:
        raise UserError(
            f"odd filling: {sides[0]}x{sides[1]} has {sites} sites, which half filling cannot "
            "share out equally between two spins; pass filling=(n_up, n_down)."
        )
    particles = _pair_of_integers(
        "filling", (sites // 2, sites // 2) if filling is None else filling, least=0
    )
    if max(particles) > sites:
        raise UserError(f"filling must be two integers from 0 to {sites}, got {filling}.")
    closed = _pair_of_flags(periodic)
    amplitudes = math.comb(sites, particles[0]) * math.comb(sites, particles[1])
    if amplitudes > _LARGEST_SECTOR:
        raise UserError(
            f"shape {sides} with filling {particles} needs {amplitudes} complex amplitudes "
            f"({amplitudes * 16 / 2**30:.3g} GiB for one state); the largest allowed is 2**26 "
            "(1 GiB)."
        )
    return HubbardProblem(sides, hopping, repulsion, closed, particles)


def _pair_of_flags(periodic: object) -> tuple[bool, bool]:
    if isinstance(periodic, bool | np.bool_):
        return bool(periodic), bool(periodic)
    if isinstance(periodic, np.ndarray):
        periodic = periodic.tolist()
    pair: tuple[object, ...] = tuple(periodic) if isinstance(periodic, tuple | list) else ()
    # Any text is true, "no" as well.
    flags = all(isinstance(one, int | np.integer | np.bool_) and one in (0, 1) for one in pair)
    if len(pair) != 2 or not flags:
        raise UserError(f"periodic must be True, False or a pair of them, got {periodic!r}.")
    return bool(pair[0]), bool(pair[1])


def _pair_of_integers(name: str, value: object, *, least: int) -> tuple[int, int]:
    entries = tuple(value) if isinstance(value, (tuple, list)) else ()
    whole = all(
        isinstance(entry, int | np.integer) and not isinstance(entry, bool) for entry in entries
    )
    if len(entries) != 2 or not whole or min(entries) < least:
        raise UserError(f"{name} must be two integers of at least {least}, got {value}.")
    return int(entries[0]), int(entries[1])


def lattice_bonds(
    shape: tuple[int, int], periodic: tuple[bool, bool]
) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Horizontal and vertical bonds as pairs ``p < q`` of sites ``x + shape[0] * y``.

    A closed side of length 2 has one bond and a side of length 1 has none, as in OpenFermion.
    """
    width, height = shape
    site = np.arange(width * height).reshape(height, width)

    def along(lines: np.ndarray, closed: bool) -> tuple[Pair, ...]:
        length = lines.shape[1]
        ends = [(k, k + 1) for k in range(length - 1)] + [(0, length - 1)] * (closed and length > 2)
        return tuple((int(line[a]), int(line[b])) for line in lines for a, b in ends)

    return along(site, periodic[0]), along(site.T, periodic[1])


@dataclass(frozen=True)
class HubbardEnsemble:
    """Open lattices of one shape and filling, ``t`` and ``u`` uniform on their ranges.

    ``filling = (n_up, n_down)``, half filling unless said. A key gives one ``t`` and ``u``,
    whatever JAX's default precision, and the same ones for every shape and filling.

    Raises UserError on ranges that do not increase, and on the shapes and fillings that
    :func:`hubbard` refuses.
    """

    shape: tuple[int, int] = (2, 3)
    t_range: tuple[float, float] = (0.1, 2.0)
    u_range: tuple[float, float] = (0.1, 4.0)
    filling: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        for name, ends in (("t_range", self.t_range), ("u_range", self.u_range)):
            pair = tuple(ends) if isinstance(ends, tuple | list | np.ndarray) else ()
            if len(pair) != 2:
                raise UserError(f"{name} must be two increasing numbers, got {ends!r}.")
            low, high = (real_number(f"{name}[{k}]", end) for k, end in enumerate(pair))
            if low > high:
                raise UserError(f"{name} must be two increasing numbers, got {ends}.")
        hubbard(self.shape, self.t_range[0], self.u_range[0], filling=self.filling)

    @property
    def size(self) -> str:
        """The shape as a label, such as ``"2x3"``."""
        return f"{self.shape[0]}x{self.shape[1]}"

    def strata(self) -> list["HubbardEnsemble"]:
        """The ensemble itself: it mixes no sizes."""
        return [self]

    def sample(self, key: jax.Array) -> HubbardProblem:
        """One instance drawn with a JAX random key."""
        t_key, u_key = jax.random.split(key)
        # Wider draws are other draws: without this, a key would mean two instances.
        with jax.enable_x64(True):
            t = float(jax.random.uniform(t_key, minval=self.t_range[0], maxval=self.t_range[1]))
            u = float(jax.random.uniform(u_key, minval=self.u_range[0], maxval=self.u_range[1]))
        return hubbard(self.shape, t, u, filling=self.filling)
