"""Two variational circuits for the Hubbard model, run inside its particle-number sector."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from numpy.typing import NDArray

from replication.ansatze.base import check_angles, in_double, real_angles
from replication.ansatze.measurement import Measurement
from replication.errors import UserError
from replication.simulators import fermions
from replication.simulators.chunks import chunk_for, in_chunks
from replication.simulators.fermions import RotationTable
from replication.simulators.lattice import Pair, lattice_bonds
from replication.simulators.precision import full_precision

if TYPE_CHECKING:
    import cirq

    from replication.problems.hubbard import HubbardProblem

Kind = Literal["swap_network", "grouped"]

_LARGEST_SECTOR = 2**22
_TIE_BREAK = 1e-6


class Geometry(NamedTuple):
    """What fixes every array of the simulation but not the couplings: the key of the caches."""

    shape: tuple[int, int]
    periodic: tuple[bool, bool]
    filling: tuple[int, int]
    hopping_sign: int
    """Sign of ``t``, which decides the Slater determinant that the circuit starts from."""

    @property
    def num_sites(self) -> int:
        return self.shape[0] * self.shape[1]

    @property
    def bonds(self) -> dict[str, tuple[Pair, ...]]:
        """Bonds by the letter of their angle, ``T_h`` and ``T_v``, where there are any."""
        horizontal, vertical = lattice_bonds(self.shape, self.periodic)
        return {name: bonds for name, bonds in (("T_h", horizontal), ("T_v", vertical)) if bonds}

    @property
    def letters(self) -> tuple[str, ...]:
        """The angles of one step."""
        return (*self.bonds, "V")

    @property
    def sublattice(self) -> int | None:
        """Bit mask of the sites with even ``x + y``, or None where the lattice is not bipartite."""
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

        The swap network is its own image under that turn joined to a spin flip, so in these bases
        both spins hop by the same matrices.
        """
        up, down = (fermions.configurations(self.num_sites, count) for count in self.filling)
        return up, fermions.reflected(down, self.num_sites)


class HubbardAnsatz(eqx.Module):
    r"""Energy of a Trotter-like circuit; build it with :func:`hubbard_ansatz`.

    ``theta`` holds ``(T_h, T_v, V)`` of step 1, then of step 2, ... (no ``T_h`` or ``T_v`` along a
    side of length 1). With $K_e = a^\dagger_p a_q + \mathrm{h.c.}$ on the bond $e = pq$, of either
    spin, $K_{h,v}$ minus its sum over the horizontal or vertical bonds, and
    $D = \sum_i n_{i\uparrow} n_{i\downarrow}$:

    - ``swap_network``: one sweep of the fermionic swap network over the modes (all spin up, then
      all spin down) applies, where two modes meet, $e^{-i \pi T K_e / 2}$ on a bond (ISWAP$^{-T}$)
      and $e^{i \pi V n_\uparrow n_\downarrow}$ on a site (CZ$^V$); then the same gates in reverse.
      ``T`` and ``V`` are exponents: half turns.
    - ``grouped``: $e^{-i\theta_h K_h/2} e^{-i\theta_v K_v/2} e^{-i\theta_V D} e^{-i\theta_v K_v/2}
      e^{-i\theta_h K_h/2}$, rightmost first, angles in radians.

    The start is the ground state of the hopping term, vertical bonds stronger by 1e-6.

    ``t`` and ``u`` are the array leaves, so instances of one lattice (and one sign of ``t``) stack
    into a batch: ``jax.vmap(lambda ansatz, theta: ansatz.energy(theta))(stacked, thetas)``.

    Sources: I. D. Kivlichan et al., doi:10.1103/PhysRevLett.120.110501, and
    ``SwapNetworkTrotterHubbardAnsatz`` of OpenFermion-Cirq (swap network); D. Wecker,
    M. B. Hastings, M. Troyer, doi:10.1103/PhysRevA.92.042303 (grouped).
    """

    t: ArrayLike
    u: ArrayLike
    geometry: Geometry = eqx.field(static=True)
    steps: int = eqx.field(static=True)
    kind: Kind = eqx.field(static=True)

    # By identity, since arrays have no hash and jax.jit(ansatz.energy) needs one.
    __hash__ = object.__hash__

    @property
    def num_parameters(self) -> int:
        """Length of ``theta``: three angles a step, two where a side has length 1."""
        return self.steps * len(self.geometry.letters)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """``("T_h_1", "T_v_1", "V_1", "T_h_2", ...)``."""
        letters = self.geometry.letters
        return tuple(f"{letter}_{step + 1}" for step in range(self.steps) for letter in letters)

    @property
    def periods(self) -> tuple[float, ...]:
        r"""Shift of each angle that leaves the state alone up to a phase, inf where none is known.

        ``swap_network``: 4 for ``T`` and 2 for ``V``. ``grouped``: $2\pi$ for $\theta_V$, and
        $4\pi/g$ for a hopping angle where all differences of the one-particle levels along its
        side are whole multiples of one of them, ``g`` (sides of 2 or 3 sites, ...).
        """
        if self.kind == "swap_network":
            one_step = {"T_h": 4.0, "T_v": 4.0, "V": 2.0}
        else:
            width, height = (_chain(*side)[0] for side in _sides(self.geometry))
            one_step = {"T_h": _period(width), "T_v": _period(height), "V": 2 * math.pi}
        return tuple(one_step[letter] for letter in self.geometry.letters) * self.steps

    def heuristic(self) -> NDArray[np.float64]:
        """Angles of an adiabatic switch-on of the repulsion, shape (*batch, num_parameters).

        Duration ``0.1 |u| steps``, so ``d = 0.1 |u|`` a step, with ``u`` scaled by
        ``s = (step - 1/2) / steps``: ``T = -t d / pi`` wrapped to (-2, 2] and
        ``V = -u s d / (2 pi)`` wrapped to (-1, 1]; ``grouped``: ``t d`` and ``u s d``.
        """
        t, u = np.asarray(self.t, float), np.asarray(self.u, float)
        duration = 0.1 * np.abs(u)
        angles: list[NDArray[np.float64]] = []
        for step in range(self.steps):
            hop, repulsion = t * duration, u * duration * (step + 0.5) / self.steps
            if self.kind == "swap_network":
                hop, repulsion = _wrapped(-hop / np.pi, 2), _wrapped(-repulsion / (2 * np.pi), 1)
            angles += [repulsion if letter == "V" else hop for letter in self.geometry.letters]
        return np.stack(angles, axis=-1)

    @property
    def angle_box(self) -> np.ndarray:
        """Half a period of each angle: T from (-2, 2), V from (-1, 1); π/2 where there is none."""
        periods = np.array(self.periods)
        return np.where(np.isfinite(periods), periods, np.pi) / 2

    @property
    def neutral_at_zero(self) -> bool:
        """False: at zero angles the state is the ground state of the hopping."""
        return False

    @in_double
    def energy(self, theta: ArrayLike) -> jax.Array:
        """``<H>``, identity part included; theta of shape (num_parameters,).

        In double precision, but for a JAX array, whose dtype the result has.

        Raises UserError for another shape.
        """
        angles = self._angles(theta)
        t, u = (jnp.asarray(coupling, angles.dtype) for coupling in (self.t, self.u))
        return _energy(self.geometry, self.steps, self.kind)(angles, t, u)

    @in_double
    def state(self, theta: ArrayLike) -> jax.Array:
        """Complex amplitudes ``psi[up, down]`` of the sector, shape (D_up, D_down).

        Row and column follow ``fermions.configurations``: ascending integers whose bit ``s`` says
        whether site ``s`` is occupied. The mode order is all spin up, then all spin down;
        :func:`replication.simulators.fermions.register_state` spreads it over the qubits.
        """
        angles = self._angles(theta)
        return _state(self.geometry, self.steps, self.kind)(angles)

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        r"""The settings that together measure $H$: sites first, then the bonds set by set.

        - On-site terms: all modes in the computational basis; outcome $x$ gives
          $U \sum_i n_{i\uparrow} n_{i\downarrow}$, its identity part included. Norm
          $\frac34 |U| N$.
        - A set of bonds without a common site, both spins at once: a hop
          $a^\dagger_p a_q + \mathrm{h.c.}$ is $n_+ - n_-$ in the modes $(a_p \pm a_q)/\sqrt2$,
          so outcome $x$ gives $-t \sum (n_+ - n_-)$. Norm $2|t|$ a bond. An open ladder needs
          three sets, 2x2 needs two: no grouping by disjoint bonds has fewer.

        On a device the two modes of each bond are brought side by side by fermionic swaps, which
        take the Jordan-Wigner strings along, then meet in one Givens rotation by 45 degrees, and
        all qubits are read out; swaps and rotations are taken to be without error here, and no
        shot is thrown away for its particle number. The outcomes are configurations
        ``[up, down]`` of the sector, flattened: `outcome_probabilities` has their order.

        For one instance, not a batch. J. R. McClean et al., doi:10.1088/1367-2630/18/2/023023
        (grouping); C. Cade et al., doi:10.1103/PhysRevB.102.235122 (these settings for Hubbard).
        """
        t, u = (float(np.asarray(coupling)) for coupling in (self.t, self.u))
        sites = self.geometry.num_sites
        up, down = (fermions.configurations(sites, count) for count in self.geometry.filling)
        occupancy = fermions.double_occupancy(up, down).ravel().astype(float)
        found = [Measurement(u * occupancy, 0.75 * abs(u) * sites)]
        for matching in self.geometry.matchings:
            levels = np.add.outer(*(fermions.bond_levels(basis, matching) for basis in (up, down)))
            found.append(Measurement(-t * levels.ravel(), 2 * abs(t) * len(matching)))
        return tuple(found)

    def outcome_probabilities(self, theta: ArrayLike) -> tuple[jax.Array, ...]:
        """Probability of each outcome of each of the `measurements`, shapes (D_up * D_down,).

        Raises UserError for a theta of another shape than (num_parameters,).
        """
        return _probabilities(self.geometry, self.steps, self.kind)(self._angles(theta))

    def to_cirq(self, theta: ArrayLike) -> "cirq.Circuit":
        """The same circuit, from the vacuum, on one LineQubit a mode, all spin up first.

        ``swap_network`` uses gates between neighbours only. ``grouped`` turns each hopping group
        into one-qubit phases by a change of basis.
        """
        import cirq

        angles = np.asarray(self._angles(theta), float).reshape(self.steps, -1)
        qubits = cirq.LineQubit.range(2 * self.geometry.num_sites)
        operations = _swap_operations if self.kind == "swap_network" else _grouped_operations
        circuit = cirq.Circuit(_preparation(self.geometry, qubits))
        for step in angles:
            values = dict(zip(self.geometry.letters, step.tolist(), strict=True))
            circuit.append(operations(self.geometry, values, qubits))
        return circuit

    def _angles(self, theta: ArrayLike) -> jax.Array:
        check_angles(theta, self.num_parameters, self.parameter_names)
        return real_angles(theta)


def hubbard_ansatz(
    problem: "HubbardProblem", steps: int = 3, kind: Kind = "swap_network"
) -> HubbardAnsatz:
    """The ansatz of ``steps`` Trotter-like steps on ``problem``.

    Raises UserError on an unknown ``kind``, on ``steps < 1``, where the hopping term has no unique
    ground state even with vertical bonds stronger by 1e-6, and beyond 2**22 amplitudes.
    """
    if not hasattr(problem, "sector_shape"):
        raise UserError(
            f"hubbard_ansatz takes a problem made by hubbard, got {type(problem).__name__}"
        )
    if kind not in get_args(Kind):
        raise UserError(f"kind must be one of {', '.join(get_args(Kind))}, got {kind!r}")
    if not isinstance(steps, (int, np.integer)) or steps < 1:
        raise UserError(f"steps must be a whole number of at least 1, got {steps!r}")
    if problem.t == 0:
        raise UserError("t must not be 0, for without hopping the ansatz has no unique start")
    rows, columns = problem.sector_shape
    if rows * columns > _LARGEST_SECTOR:
        gates = 16 * problem.num_sites * (rows**2 + columns**2) / 2**30
        raise UserError(
            f"shape {problem.shape} with filling {problem.filling} has {rows * columns} amplitudes "
            f"and would need about {gates:.2g} GiB for its gates; the ansatz goes up to 2**22"
        )
    sign = 1 if problem.t > 0 else -1
    geometry = Geometry(problem.shape, problem.periodic, problem.filling, sign)
    for particles in geometry.filling:
        _start_orbitals(geometry, particles)
    t, u = np.asarray(problem.t, float), np.asarray(problem.u, float)
    return HubbardAnsatz(t=t, u=u, geometry=geometry, steps=int(steps), kind=kind)


@lru_cache(maxsize=64)
def _energy(
    geometry: Geometry, steps: int, kind: Kind
) -> Callable[[jax.Array, jax.Array, jax.Array], jax.Array]:
    circuit = _circuit(geometry, steps, kind)

    @full_precision
    def plain(theta: jax.Array, t: jax.Array, u: jax.Array) -> jax.Array:
        hopping, repulsion = circuit.expectations(theta)
        return u * repulsion - t * hopping

    chunk = chunk_for(circuit.counts.size)
    # Inlined: a training makes much of both kernels, and traces each of them once.
    value = in_chunks(jax.jit(plain, inline=True), chunk)
    both = jax.value_and_grad(plain, argnums=(0, 1, 2))
    slopes = in_chunks(jax.jit(both, inline=True), chunk)

    # Gradients are taken at once in the forward pass, so that a roll-out through many queries keeps
    # a handful of numbers for each of them and not the states of the whole circuit.
    @jax.custom_jvp
    def energy(theta: jax.Array, t: jax.Array, u: jax.Array) -> jax.Array:
        return value(theta, t, u)

    @energy.defjvp
    @full_precision
    def rule(
        primals: tuple[jax.Array, ...], tangents: tuple[jax.Array, ...]
    ) -> tuple[jax.Array, jax.Array]:
        result, slope = slopes(*primals)
        return result, sum(
            (jnp.vdot(one, other) for one, other in zip(slope, tangents, strict=True)),
            jnp.zeros((), result.dtype),
        )

    return jax.jit(energy)


@lru_cache(maxsize=64)
def _state(geometry: Geometry, steps: int, kind: Kind) -> Callable[[jax.Array], jax.Array]:
    circuit = _circuit(geometry, steps, kind)

    @jax.jit
    @full_precision
    def state(theta: jax.Array) -> jax.Array:
        up, down = (fermions.like(phases, theta) for phases in circuit.gauges)
        psi = fermions.amplitudes(circuit.evolve(theta)) * jnp.outer(up, down)
        return psi[:, circuit.ascending]

    return state


@lru_cache(maxsize=64)
def _probabilities(
    geometry: Geometry, steps: int, kind: Kind
) -> Callable[[jax.Array], tuple[jax.Array, ...]]:
    state = _state(geometry, steps, kind)
    rotations = _bond_rotations(geometry)

    @jax.jit
    @full_precision
    def probabilities(theta: jax.Array) -> tuple[jax.Array, ...]:
        psi = state(theta)
        # Real rotations act on real and imaginary part alike.
        over_sites = jnp.stack([psi.real, psi.imag], axis=1)
        over_bonds = [
            fermions.act_down(
                fermions.like(down, theta),
                fermions.act_up(fermions.like(up, theta), over_sites),
            )
            for up, down in rotations
        ]
        states = [over_sites, *over_bonds]
        return tuple(fermions.probabilities(one).ravel() for one in states)

    return probabilities


@lru_cache(maxsize=16)
def _bond_rotations(
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


def _circuit(geometry: Geometry, steps: int, kind: Kind) -> "SwapNetwork | Grouped":
    return (_swap_network if kind == "swap_network" else _grouped)(geometry, steps)


# --- the start and the one-particle levels


def _sides(geometry: Geometry) -> tuple[tuple[int, bool], tuple[int, bool]]:
    (width, height), (closed_x, closed_y) = geometry.shape, geometry.periodic
    return (width, closed_x), (height, closed_y)


def _chain(length: int, closed: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Levels and orbitals (in columns) of minus the hopping along one line of sites."""
    hopping = np.zeros((length, length))
    for p, q in lattice_bonds((length, 1), (closed, False))[0]:
        hopping[p, q] = hopping[q, p] = -1
    return np.linalg.eigh(hopping)


def _orbitals(
    geometry: Geometry,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Horizontal and vertical levels (N,) and orbitals (N, N) in columns, as plane products.

    Products of the orbitals of a line stay exact where levels nearly coincide.
    """
    (levels_x, lines_x), (levels_y, lines_y) = (_chain(*side) for side in _sides(geometry))
    width, height = geometry.shape
    orbitals = np.asarray(np.kron(lines_y, lines_x), np.float64)
    return np.tile(levels_x, height), np.repeat(levels_y, width), orbitals


def _start_orbitals(geometry: Geometry, particles: int) -> list[int]:
    """Which orbitals one spin of the start fills; refuses a degenerate choice."""
    horizontal, vertical, _ = _orbitals(geometry)
    levels = geometry.hopping_sign * (horizontal + (1 + _TIE_BREAK) * vertical)
    order = np.argsort(levels)
    if 0 < particles < len(order):
        gap = levels[order[particles]] - levels[order[particles - 1]]
        if gap < 1e-3 * _TIE_BREAK:
            raise UserError(
                f"filling {geometry.filling} leaves the hopping term of shape {geometry.shape}, "
                f"periodic {geometry.periodic}, without a unique ground state, even with vertical "
                "bonds stronger by 1e-6; choose a closed shell"
            )
    return sorted(int(orbital) for orbital in order[:particles])


def _period(levels: NDArray[np.float64]) -> float:
    gaps = np.abs(levels[:, None] - levels)
    distinct = gaps[gaps > 1e-9]
    for gap in np.sort(distinct):
        multiples = distinct / gap
        if np.allclose(multiples, np.round(multiples), atol=1e-9):
            return float(4 * math.pi / gap)
    return math.inf


def _wrapped(angle: NDArray[np.float64], half: float) -> NDArray[np.float64]:
    """``angle`` moved by whole periods ``2 half`` into (-half, half]."""
    return half - np.mod(half - angle, 2 * half)


# --- grouped


class Grouped(NamedTuple):
    """The grouped circuit: hopping is a phase in the basis of one-particle levels."""

    steps: int
    letters: tuple[str, ...]
    bases: tuple[NDArray[np.float64], NDArray[np.float64]]
    """For each spin, site configurations (rows) against level configurations, (D, D)."""
    levels: tuple[NDArray[np.float64], NDArray[np.float64]]
    """For each spin, energies of ``K`` a letter, shape (len(letters) - 1, D)."""
    filled: tuple[int, int]
    """For each spin, the level configuration of the start."""
    counts: NDArray[np.int64]
    gauges: tuple[NDArray[np.complex128], NDArray[np.complex128]]
    ascending: NDArray[np.int64]

    def evolve(self, theta: jax.Array) -> jax.Array:
        """The state over sites, shape (D_up, 2, D_down)."""
        state = self._to_sites(self._evolve_levels(theta))
        first = theta[: len(self.letters) - 1] / 2
        up, down = (
            jnp.full(len(basis), -(first @ fermions.like(levels[:, filled], theta)))
            for basis, levels, filled in zip(self.bases, self.levels, self.filled, strict=True)
        )
        return fermions.turn(state, fermions.sum_phases(up, down))

    def expectations(self, theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        """``<sum_(e, spin) K_e>`` and ``<D>``."""
        state = self._evolve_levels(theta)
        levels = np.add.outer(*(levels.sum(axis=0) for levels in self.levels))
        hopping = -jnp.vdot(fermions.probabilities(state), fermions.like(levels, theta))
        occupancy = fermions.probabilities(self._to_sites(state))
        return hopping, jnp.vdot(occupancy, fermions.like(self.counts, theta))

    def _evolve_levels(self, theta: jax.Array) -> jax.Array:
        """The state over levels, without the first half hop: the start has but a phase of it."""
        angles = theta.reshape(self.steps, -1)
        hops, repulsion = angles[:, :-1] / 2, angles[:, -1]
        levels = [fermions.like(levels, theta) for levels in self.levels]
        [one, other] = [basis[:, k] for basis, k in zip(self.bases, self.filled, strict=True)]
        real = np.outer(one, other)
        state = fermions.like(np.stack([real, 0 * real], axis=1), theta)
        # The half hops that end a step and begin the next are one.
        after = hops + jnp.concatenate([hops[1:], jnp.zeros_like(hops[:1])])
        up, down = (-(after @ spin) for spin in levels)
        # All steps at once: on small lattices it is the number of operations that takes the time.
        phases = fermions.count_phases(-repulsion, self.counts), fermions.sum_phases(up, down)
        for step in range(self.steps):
            repelled, hopped = jax.tree.map(itemgetter(step), phases)
            if step:
                state = self._to_sites(state)
            state = self._to_levels(fermions.turn(state, repelled))
            state = fermions.turn(state, hopped)
        return state

    def _to_sites(self, state: jax.Array) -> jax.Array:
        up, down = (fermions.like(basis, state) for basis in self.bases)
        return fermions.act_down(down, fermions.act_up(up, state))

    def _to_levels(self, state: jax.Array) -> jax.Array:
        up, down = (fermions.like(basis.T, state) for basis in self.bases)
        return fermions.act_down(down, fermions.act_up(up, state))


@lru_cache(maxsize=16)
def _grouped(geometry: Geometry, steps: int) -> Grouped:
    configs = [fermions.configurations(geometry.num_sites, count) for count in geometry.filling]
    horizontal, vertical, orbitals = _orbitals(geometry)
    by_letter = {"T_h": horizontal, "T_v": vertical}
    rows = np.array([by_letter[letter] for letter in geometry.bonds]).reshape(-1, len(horizontal))
    starts = [_start_orbitals(geometry, count) for count in geometry.filling]
    filled = [
        int(np.searchsorted(basis, sum(1 << orbital for orbital in chosen)))
        for basis, chosen in zip(configs, starts, strict=True)
    ]
    bases = [fermions.compound(orbitals, basis) for basis in configs]
    levels = [rows @ ((basis >> np.arange(geometry.num_sites)[:, None]) & 1) for basis in configs]
    return Grouped(
        steps=steps,
        letters=geometry.letters,
        bases=(bases[0], bases[1]),
        levels=(levels[0], levels[1]),
        filled=(filled[0], filled[1]),
        counts=fermions.double_occupancy(configs[0], configs[1]),
        gauges=(np.ones(len(configs[0]), complex), np.ones(len(configs[1]), complex)),
        ascending=np.arange(len(configs[1])),
    )


# --- swap network


class Hops(NamedTuple):
    """Hops of the spin-up modes that share the angle ``pi / 2 * weights @ theta``, in order."""

    weights: tuple[float, ...]
    bonds: tuple[Pair, ...]


class Run(NamedTuple):
    """:class:`Hops` as matrices of both spins; ``weights`` includes the ``pi / 2``."""

    weights: NDArray[np.float64]
    up: RotationTable
    down: RotationTable


class SwapNetwork(NamedTuple):
    """The swap-network circuit as ``2 steps`` on-site layers between segments of hops."""

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
        """The state in its gauge, the spin-down basis turned; shape (D_up, c, D_down)."""
        up, down = (fermions.like(vector, theta) for vector in self.start)
        for run in self.segments[0]:
            for_up, for_down = self._matrices(run, theta)
            up, down = for_up @ up, for_down @ down
        state = fermions.product_state(up, down)
        for weights, runs in zip(self.layers, self.segments[1:], strict=True):
            phases = fermions.count_phases(_weighted(weights, theta), self.counts)
            state = fermions.turn(state, phases)
            pairs = [self._matrices(run, theta) for run in runs]
            if pairs:
                for_up = _product([matrix for matrix, _ in pairs])
                for_down = for_up if self.symmetric else _product([matrix for _, matrix in pairs])
                state = fermions.act_down(for_down, fermions.act_up(for_up, state))
        return state

    def expectations(self, theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        """``<sum_(e, spin) K_e>`` and ``<D>``."""
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
def _swap_network(geometry: Geometry, steps: int) -> SwapNetwork:
    sites, mask = geometry.num_sites, geometry.sublattice
    up, down = geometry.configurations()
    turned_mask = None if mask is None else int(fermions.reflected(np.array([mask]), sites)[0])
    symmetric = geometry.filling[0] == geometry.filling[1]
    bonds = tuple(bond for group in geometry.bonds.values() for bond in group)
    orbitals = _orbitals(geometry)[2]
    gauges, starts = [], []
    for configs, sublattice, particles in zip(
        (up, down), (mask, turned_mask), geometry.filling, strict=True
    ):
        phases = fermions.gauge(configs, 0 if sublattice is None else sublattice)
        filled = orbitals[:, _start_orbitals(geometry, particles)]
        vector = phases.conj() * fermions.slater_amplitudes(filled, configs)
        gauges.append(phases)
        starts.append(fermions.components(vector, real_gauge=mask is not None))

    @cache
    def tables(hops: tuple[Pair, ...]) -> tuple[RotationTable, RotationTable]:
        table = fermions.rotation_table(up, hops, mask)
        if symmetric:
            return table, table
        return table, fermions.rotation_table(down, _turned(hops, sites), turned_mask)

    segments, layers = _schedule(geometry, steps)
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


def _schedule(geometry: Geometry, steps: int) -> tuple[list[list[Hops]], list[tuple[float, ...]]]:
    """The whole circuit as segments of spin-up hops around on-site layers, neighbours merged."""
    before, after = _sweep(geometry)
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


def _meetings(modes: int, *, offset: bool = False) -> Iterator[Pair]:
    """Positions ``(i, i + 1)`` that one sweep of the swap network exchanges, in order."""
    for layer in range(modes):
        for position in range((layer + offset) % 2, modes - 1, 2):
            yield position, position + 1


def _gate(geometry: Geometry, first: int, second: int) -> str | None:
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
def _sweep(
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
    for position, following in _meetings(2 * sites):
        p, q = sorted((modes[position], modes[following]))
        modes[position], modes[following] = modes[following], modes[position]
        letter = _gate(geometry, p, q)
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


# --- circuits for Cirq


def _preparation(geometry: Geometry, qubits: "Sequence[cirq.Qid]") -> "Iterator[cirq.OP_TREE]":
    from openfermion import prepare_slater_determinant

    orbitals, sites = _orbitals(geometry)[2], geometry.num_sites
    for spin, particles in enumerate(geometry.filling):
        filled = orbitals[:, _start_orbitals(geometry, particles)].T
        if particles:
            register = qubits[spin * sites : (spin + 1) * sites]
            yield prepare_slater_determinant(register, filled.astype(complex))


def _swap_operations(
    geometry: Geometry, values: dict[str, float], qubits: "Sequence[cirq.Qid]"
) -> "Iterator[cirq.OP_TREE]":
    import cirq
    from openfermion import FSWAP

    modes = list(range(len(qubits)))
    sweep = list(_meetings(len(qubits)))
    for position, following in [*sweep, *reversed(sweep)]:
        p, q = modes[position], modes[following]
        modes[position], modes[following] = q, p
        pair = qubits[position], qubits[following]
        letter = _gate(geometry, p, q)
        if letter == "V":
            yield cirq.CZPowGate(exponent=values["V"])(*pair)
        elif letter is not None:
            yield cirq.ISwapPowGate(exponent=-values[letter])(*pair)
        yield FSWAP(*pair)


def _grouped_operations(
    geometry: Geometry, values: dict[str, float], qubits: "Sequence[cirq.Qid]"
) -> "Iterator[cirq.OP_TREE]":
    import cirq
    from openfermion import bogoliubov_transform

    sites = geometry.num_sites
    horizontal, vertical, orbitals = _orbitals(geometry)
    levels = values.get("T_h", 0.0) * horizontal + values.get("T_v", 0.0) * vertical

    def half_hop() -> "Iterator[cirq.OP_TREE]":
        for register in (qubits[:sites], qubits[sites:]):
            to_orbitals = list(cirq.flatten_to_ops(bogoliubov_transform(register, orbitals.T)))
            yield cirq.inverse(to_orbitals)
            for qubit, level in zip(register, levels, strict=True):
                yield cirq.ZPowGate(exponent=-level / (2 * math.pi))(qubit)
            yield to_orbitals

    yield half_hop()
    for up, down in zip(qubits[:sites], qubits[sites:], strict=True):
        yield cirq.CZPowGate(exponent=-values["V"] / math.pi)(up, down)
    yield half_hop()
