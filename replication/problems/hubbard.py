"""The Fermi-Hubbard model on rectangular lattices: an instance, its scales and its minimum.

JAX and SciPy are imported where they are used: many processes read a study and draw no instance.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pydantic

from replication.checks import real_number
from replication.errors import UserError
from replication.extras import says_extra
from replication.problems.base import PAPER, NaturalUnits, ProblemClass, Published
from replication.problems.hubbard_own import OwnHubbard
from replication.problems.sector import (
    lowest_energy,
    pair_of_integers,
    particles_of,
)
from replication.settings import setting
from replication.simulators.lattice import Pair, lattice_bonds
from replication.simulators.memory import DIAGONALISED, check_sector, gibibytes

if TYPE_CHECKING:
    import jax
    import scipy
    import xarray as xr
    from openfermion import FermionOperator

    from replication.ansatze.hubbard import HubbardAnsatz
    from replication.ansatze.hubbard_own import OwnHubbardAnsatz


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
    def natural_units(self) -> NaturalUnits:
        """Energies in units of ``N |t|``; angles are without unit already.

        **Raises:** [`UserError`][] where ``t`` is 0.
        """
        if self.t == 0:
            raise UserError("t must not be 0: it is the natural unit of energy")
        return NaturalUnits(self.num_sites * abs(self.t), {})

    @property
    def features(self) -> dict[str, float]:
        """Size, interaction and filling."""
        up, down = self.filling
        return {
            "number of sites": float(self.num_sites),
            "sites along x": float(self.shape[0]),
            "U / t": self.u / self.t if self.t else math.inf,
            "particles a site": (up + down) / self.num_sites,
            "spin a site": abs(up - down) / self.num_sites,
        }

    @property
    def offset(self) -> float:
        """Coefficient of the identity after Jordan-Wigner, ``U N / 4`` at any filling.

        At half filling that is the mean energy of the sector, below which the ground energy lies.
        Above, it is not: with (4, 4) particles on 2x3, ``exact_minimum() - offset`` has either sign
        and errors relative to it explode. By the particle-hole symmetry of open lattices the same
        physics is had below half filling, at ``(N - n_up, N - n_down)``.
        """
        return 0.25 * self.u * self.num_sites

    @property
    def strengths(self) -> dict[str, float]:
        """Hopping and repulsion."""
        return {"|t|": abs(self.t), "U": self.u}

    @property
    def mean(self) -> float:
        """``U n_up n_down / N``: no hop has a diagonal element."""
        return self.u * self.filling[0] * self.filling[1] / self.num_sites

    def sector_hamiltonian(self) -> "scipy.sparse.csr_matrix":
        """``H`` in the sector, sparse; row ``up * D_down + down``, see ``simulators.fermions``.

        **Raises:** [`UserError`][] for a sector of more than 2^26 amplitudes.
        """
        import scipy

        from replication.simulators import fermions

        check_sector(self.num_sites, self.filling, DIAGONALISED)
        up, down = (fermions.configurations(self.num_sites, count) for count in self.filling)
        horizontal, vertical = self.bonds
        hops = [fermions.hopping_matrix(configs, horizontal + vertical) for configs in (up, down)]
        hopping = scipy.sparse.kronsum(hops[1], hops[0])
        occupancy = fermions.double_occupancy(up, down).ravel().astype(float)
        return (scipy.sparse.diags(self.u * occupancy) - self.t * hopping).tocsr()

    def turned(self) -> "HubbardProblem":
        """The same lattice with x and y exchanged: site `(x, y)` is `(y, x)`.

        Circuits go along x first, and networks know one direction: one that was trained on ladders
        2×L is used on a ladder L×2 by turning it.

        ```pycon
        >>> from replication import hubbard
        >>> hubbard((3, 2)).turned() == hubbard((2, 3))
        True

        ```
        """
        (length, width), (along, across) = self.shape, self.periodic
        return replace(self, shape=(width, length), periodic=(across, along))

    def exact_minimum(self) -> float:
        """Lowest energy of the sector, identity part included, to better than 1e-10.

        **Raises:** [`UserError`][] as [`HubbardProblem.sector_hamiltonian`][].
        """
        return _exact_minimum(self)

    @says_extra
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
    return lowest_energy(problem.sector_hamiltonian())


def hubbard(
    shape: tuple[int, int] = (2, 3),
    t: float = 1.0,
    u: float = 4.0,
    *,
    periodic: bool | tuple[bool, bool] = False,
    filling: tuple[int, int] | None = None,
) -> HubbardProblem:
    """The Hubbard model on a rectangular lattice.

    ```pycon
    >>> from replication import hubbard
    >>> round(hubbard((2, 2), t=1.0, u=4.0).exact_minimum(), 10)
    -2.1027484835

    ```

    **Arguments:**

    - `shape`: sites along x and y.
    - `t`: hopping; `u`: on-site repulsion, in the same unit of energy.
    - `periodic`: closes both directions, or each its own where it is a pair; a side of length 2
      keeps its single bond.
    - `filling`: particles of either spin, `(n_up, n_down)`; `None` for half filling with equal
      numbers of both.

    **Raises:** [`UserError`][] for a shape, a filling or a number that makes no sense.
    """
    sides = pair_of_integers(shape)
    if sides is None or min(sides) < 1:
        raise UserError(f"shape must be two integers of at least 1, got {shape!r}")
    sites = sides[0] * sides[1]
    hopping, repulsion = real_number("t", t), real_number("u", u)
    particles = particles_of(filling, sites)
    closed = _pair_of_flags(periodic)
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


class Hubbard(ProblemClass):
    """Fermi-Hubbard ladders, open boundary, half filling.

    Under the same key `t` and `u` are the same for every shape and filling.
    """

    kind: Literal["hubbard"] = "hubbard"
    t_range: tuple[pydantic.PositiveFloat, pydantic.PositiveFloat] = setting(
        (0.1, 2.0), "inferred", "hopping t, uniform on this range"
    )
    u_range: tuple[pydantic.PositiveFloat, pydantic.PositiveFloat] = setting(
        (0.1, 4.0), "inferred", "on-site repulsion U, uniform on this range"
    )
    ansatz: Literal["swap_network", "grouped"] = setting(
        "swap_network", "inferred", "circuit: fermionic swap network, or whole groups exponentiated"
    )
    filling: tuple[pydantic.PositiveInt, pydantic.PositiveInt] | None = setting(
        None, "inferred", "particles of either spin; null for half filling"
    )

    label: ClassVar[str] = "Hubbard"
    title: ClassVar[str] = "Hubbard VQE"
    depth_label: ClassVar[str] = "Trotter steps r"
    size_label: ClassVar[str] = "ladder"
    layer: ClassVar[str] = "step"
    example_size: ClassVar[str] = "2x2"
    algorithm: ClassVar[str] = "VQE"
    family: ClassVar[str] = "trotter"
    neutral_at_zero: ClassVar[bool] = False
    circuit_settings: ClassVar[frozenset[str]] = frozenset({"ansatz"})
    fixed: ClassVar[tuple[tuple[str, str, str, str], ...]] = (
        ("lattice", "Hubbard: boundary", "inferred", "open"),
        (
            "swap_network",
            "Hubbard: gates of a Trotter step",
            "inferred",
            "one sweep with T_h, T_v, V where modes meet, then its mirror image",
        ),
        (
            "state",
            "Hubbard: initial state",
            "chosen",
            "ground state of the hopping, vertical bonds stronger by 1e-6",
        ),
    )
    paper_shots: ClassVar[Published | None] = Published(3e5, 2e5, f"{PAPER}, Hubbard VQE")

    @pydantic.field_validator("t_range", "u_range")
    @classmethod
    def _increasing(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] > value[1]:
            raise ValueError(f"the range [{value[0]}, {value[1]}] must increase")
        return value

    @property
    def angle_unit(self) -> str:
        """Exponents of gates, in half turns, of the swap network; else radians."""
        return "exponent units" if self.ansatz == "swap_network" else "rad"

    def size_text(self, size: str) -> str:
        """Such as "2 × 4"."""
        return size.replace("x", " × ")

    def check_size(self, size: str) -> None:
        """Refuse what is no lattice such as `2x3`, or not of this filling, or too large."""
        parts = size.split("x")
        if len(parts) != 2 or not all(re.fullmatch("[1-9][0-9]*", part) for part in parts):
            raise UserError(f"size {size!r} must be like '2x3' (L_x by L_y sites)")
        sites = int(parts[0]) * int(parts[1])
        if sites % 2 and self.filling is None:
            raise UserError(f"size {size!r} has {sites} sites; half filling needs an even number")
        if self.filling is not None and max(self.filling) > sites:
            raise UserError(
                f"filling {list(self.filling)} does not fit size {size!r} of {sites} sites"
            )
        if sites > 12:
            memory = gibibytes(math.comb(min(sites, 500), min(sites, 500) // 2) ** 2)
            raise UserError(
                f"size {size!r} is out of reach: one state of {sites} sites takes {memory} GiB; "
                "at most 12 sites are allowed"
            )

    def check_sizes(self, sizes: Sequence[str]) -> None:
        """Refuse chains beside ladders, or chains of both directions: they lack other angles."""
        chains = [size for size in sizes if "1" in size.split("x")]
        if chains and (len(chains) < len(sizes) or len({c[:2] == "1x" for c in chains}) > 1):
            raise UserError(
                f"sizes {', '.join(sizes)} cannot be mixed: along a side of length 1 there is "
                "no angle"
            )

    def sample(self, size: str, key: "jax.Array") -> HubbardProblem:
        """Draw one instance."""
        import jax

        t_key, u_key = jax.random.split(key)
        # Wider draws are other draws: without this, a key would mean two instances.
        with jax.enable_x64(True):
            t = float(jax.random.uniform(t_key, minval=self.t_range[0], maxval=self.t_range[1]))
            u = float(jax.random.uniform(u_key, minval=self.u_range[0], maxval=self.u_range[1]))
        return hubbard(lattice(size), t, u, filling=self.filling)

    def circuit(
        self, problem: HubbardProblem | OwnHubbard, depth: int
    ) -> "HubbardAnsatz | OwnHubbardAnsatz":
        """`depth` Trotter steps of the circuit that `ansatz` names."""
        from replication.ansatze.hubbard import hubbard_ansatz

        # Bonds of one's own have one circuit.
        own = isinstance(problem, OwnHubbard)
        return hubbard_ansatz(problem, steps=depth, kind=None if own else self.ansatz)

    def to_dataset(self, problems: Sequence[HubbardProblem]) -> "xr.Dataset":
        """`t` and `u`."""
        import xarray as xr

        return xr.Dataset(
            {
                "t": ("instance", [problem.t for problem in problems]),
                "u": ("instance", [problem.u for problem in problems]),
            }
        )

    def from_dataset(self, dataset: "xr.Dataset", size: str) -> list[HubbardProblem]:
        """The instances that [`Hubbard.to_dataset`][] stored."""
        return [
            hubbard(lattice(size), t=float(t), u=float(u), filling=self.filling)
            for t, u in zip(dataset["t"].values, dataset["u"].values, strict=True)
        ]


def lattice(size: str) -> tuple[int, int]:
    """`"2x3"` to `(2, 3)`."""
    l_x, l_y = size.split("x")
    return int(l_x), int(l_y)
