"""Two variational circuits for the Hubbard model, run inside its particle-number sector."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, get_args, overload

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from numpy.typing import NDArray

from replication.ansatze import hubbard_cirq
from replication.ansatze.base import check_angles, real_angles, warn_unresolved
from replication.ansatze.hubbard_geometry import (
    Geometry,
    Kind,
    adiabatic_phases,
    bond_rotations,
    hop_periods,
    start_orbitals,
)
from replication.ansatze.hubbard_grouped import grouped
from replication.ansatze.hubbard_own import OwnHubbardAnsatz
from replication.ansatze.hubbard_swap_network import swap_network
from replication.ansatze.measurement import Measurement, drawn_sites
from replication.errors import UserError
from replication.extras import says_extra
from replication.simulators import fermions
from replication.simulators.chunks import chunk_for, in_chunks
from replication.simulators.memory import SIMULATED, check_sector
from replication.simulators.precision import full_precision, in_double

if TYPE_CHECKING:
    import cirq
    from typing_extensions import TypeIs

    from replication.problems.base import NaturalUnits
    from replication.problems.hubbard import HubbardProblem
    from replication.problems.hubbard_own import OwnHubbard

_LARGEST_ANGLE = 1e30


class Circuit(Protocol):
    """What one of the circuits offers, compiled for a geometry and a number of steps."""

    @property
    def counts(self) -> NDArray[np.int64]:
        """Doubly occupied sites of each configuration, shape `(D_up, D_down)`."""
        ...

    @property
    def gauges(self) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """Phases of both spins that take the state out of its gauge, shapes `(D,)`."""
        ...

    @property
    def ascending(self) -> NDArray[np.int64]:
        """Columns of the state in ascending order of spin-down configurations."""
        ...

    def evolve(self, theta: jax.Array) -> jax.Array:
        """The state in its gauge, shape `(D_up, c, D_down)`."""
        ...

    def expectations(self, theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        r"""$\langle \sum_{e\sigma} K_{e\sigma} \rangle$ and $\langle D \rangle$."""
        ...


class HubbardAnsatz(eqx.Module):
    r"""Energy of a Trotter-like circuit; build it with [`hubbard_ansatz`][].

    `theta` holds `(T_h, T_v, V)` of step 1, then of step 2, ... (no `T_h` or `T_v` along a
    side of length 1). With $K_e = a^\dagger_p a_q + \mathrm{h.c.}$ on the bond $e = pq$, of either
    spin, $K_{h,v}$ minus its sum over the horizontal or vertical bonds, and
    $D = \sum_i n_{i\uparrow} n_{i\downarrow}$:

    - `swap_network`: one sweep of the fermionic swap network over the modes (all spin up, then
      all spin down) applies, where two modes meet, $e^{-i \pi T K_e / 2}$ on a bond, which is
      $\mathrm{ISWAP}^{-T}$, and $e^{i \pi V n_\uparrow n_\downarrow}$ on a site,
      $\mathrm{CZ}^V$; then the same gates in reverse.
      `T` and `V` are exponents: half turns.
    - `grouped`: $e^{-i\theta_h K_h/2} e^{-i\theta_v K_v/2} e^{-i\theta_V D} e^{-i\theta_v K_v/2}
      e^{-i\theta_h K_h/2}$, rightmost first, angles in radians.

    The start is the ground state of the hopping term, vertical bonds stronger by 1e-6.

    `t` and `u` are the array leaves, so instances of one lattice (and one sign of `t`) stack
    into a batch: `jax.vmap(lambda ansatz, theta: ansatz.energy(theta))(stacked, thetas)`.

    Sources: I. D. Kivlichan et al., doi:10.1103/PhysRevLett.120.110501, and
    `SwapNetworkTrotterHubbardAnsatz` of OpenFermion-Cirq (swap network); D. Wecker,
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
        """Length of `theta`: three angles a step, two where a side has length 1."""
        return self.steps * len(self.geometry.letters)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """`("T_h_1", "T_v_1", "V_1", "T_h_2", ...)`."""
        letters = self.geometry.letters
        return tuple(f"{letter}_{step + 1}" for step in range(self.steps) for letter in letters)

    @property
    def periods(self) -> tuple[float, ...]:
        r"""Shift of each angle that leaves the state alone up to a phase, inf where none is known.

        `swap_network`: 4 for `T` and 2 for `V`. `grouped`: $2\pi$ for $\theta_V$, and
        $4\pi/g$ for a hopping angle where all differences of the one-particle levels along its
        side are whole multiples of one of them, `g` (sides of 2 or 3 sites, ...).
        """
        if self.kind == "swap_network":
            one_step = {"T_h": 4.0, "T_v": 4.0, "V": 2.0}
        else:
            one_step = hop_periods(self.geometry) | {"V": 2 * math.pi}
        return tuple(one_step[letter] for letter in self.geometry.letters) * self.steps

    def heuristic(self, units: "NaturalUnits | None" = None) -> NDArray[np.float64]:
        """Angles of an adiabatic switch-on of the repulsion, shape `(*batch, num_parameters)`.

        Duration `0.1 |u| steps`, so `d = 0.1 |u|` a step, with `u` scaled by
        `s = (step - 1/2) / steps`: `T = -t d / pi` wrapped to (-2, 2] and
        `V = -u s d / (2 pi)` wrapped to (-1, 1]; `grouped`: `t d` and `u s d`. That duration is
        one of the unit of energy; in natural `units` it is `d = 0.4 / |t|`.
        """
        t, u = np.asarray(self.t, float), np.asarray(self.u, float)
        angles: list[NDArray[np.float64]] = []
        for step in range(self.steps):
            hop, repulsion = adiabatic_phases(t, u, step, self.steps, natural=units is not None)
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
        r"""$\langle H \rangle$, identity part included, at theta of shape `(num_parameters,)`.

        In double precision, but for a JAX array, whose dtype the result has.

        **Raises:** [`UserError`][] for another shape, and beyond $2^{22}$ amplitudes.
        """
        angles = self._angles(theta)
        t, u = (jnp.asarray(coupling, angles.dtype) for coupling in (self.t, self.u))
        return _energy(self.geometry, self.steps, self.kind)(angles, t, u)

    @in_double
    def state(self, theta: ArrayLike) -> jax.Array:
        """Complex amplitudes `psi[up, down]` of the sector, shape `(D_up, D_down)`.

        Row and column follow [`configurations`][replication.simulators.fermions.configurations]:
        ascending integers whose bit `s` says whether site `s` is occupied. The mode order is all
        spin up, then all spin down;
        [`register_state`][replication.simulators.fermions.register_state] spreads it over the
        qubits.
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
        `[up, down]` of the sector, flattened: `outcome_probabilities` has their order.

        For one instance, not a batch. J. R. McClean et al., doi:10.1088/1367-2630/18/2/023023
        (grouping); C. Cade et al., doi:10.1103/PhysRevB.102.235122 (these settings for Hubbard).
        """
        t, u = (float(np.asarray(coupling)) for coupling in (self.t, self.u))
        sites = self.geometry.num_sites
        check_sector(sites, self.geometry.filling, SIMULATED)
        up, down = (fermions.configurations(sites, count) for count in self.geometry.filling)
        occupancy = fermions.double_occupancy(up, down).ravel().astype(float)
        found = [Measurement(u * occupancy, 0.75 * abs(u) * sites)]
        for matching in self.geometry.matchings:
            levels = np.add.outer(*(fermions.bond_levels(basis, matching) for basis in (up, down)))
            found.append(Measurement(-t * levels.ravel(), 2 * abs(t) * len(matching)))
        return tuple(found)

    @in_double
    def outcome_probabilities(self, theta: ArrayLike) -> tuple[jax.Array, ...]:
        """Probability of each outcome of each of the `measurements`, shapes `(D_up * D_down,)`.

        **Raises:** [`UserError`][] for a theta of another shape than `(num_parameters,)`.
        """
        return _probabilities(self.geometry, self.steps, self.kind)(self._angles(theta))

    def sample(self, theta: ArrayLike, shots: int, seed: int) -> NDArray[np.int8]:
        """Which modes are measured to be filled, all spin up first, shape `(shots, 2 N)`.

        **Arguments:** `theta`: angles, `(k,)`; `seed`: of the shots.
        """
        sites = self.outcome_probabilities(np.asarray(theta, float))[0]
        filling, count = self.geometry.filling, self.geometry.num_sites
        return drawn_sites(np.asarray(sites), filling, count, shots, seed)

    @says_extra
    def to_cirq(self, theta: ArrayLike) -> "cirq.Circuit":
        """The same circuit, from the vacuum, on one LineQubit a mode, all spin up first.

        `swap_network` uses gates between neighbours only. `grouped` rotates each hopping group
        into one-qubit phases by a change of basis.
        """
        angles = np.asarray(self._angles(theta), float).reshape(self.steps, -1)
        return hubbard_cirq.circuit(self.geometry, self.kind, angles)

    def _angles(self, theta: ArrayLike) -> jax.Array:
        check_angles(theta, self.num_parameters, self.parameter_names)
        angles = real_angles(theta)
        warn_unresolved(angles, math.pi * self.geometry.num_sites)
        # Multiples of larger ones would be infinite.
        return jnp.clip(angles, -_LARGEST_ANGLE, _LARGEST_ANGLE)


@overload
def hubbard_ansatz(
    problem: "HubbardProblem", steps: int = 3, kind: Kind | None = None
) -> HubbardAnsatz: ...


@overload
def hubbard_ansatz(
    problem: "OwnHubbard", steps: int = 3, kind: Kind | None = None
) -> OwnHubbardAnsatz: ...


def hubbard_ansatz(
    problem: "HubbardProblem | OwnHubbard", steps: int = 3, kind: Kind | None = None
) -> HubbardAnsatz | OwnHubbardAnsatz:
    """The ansatz of Trotter-like steps on a Hubbard problem.

    ```pycon
    >>> from replication import hubbard, hubbard_ansatz
    >>> hubbard_ansatz(hubbard((2, 2)), steps=1).parameter_names
    ('T_h_1', 'T_v_1', 'V_1')

    ```

    **Arguments:**

    - `problem`: made by [`hubbard`][replication.problems.hubbard.hubbard] or
      [`hubbard_on`][replication.problems.hubbard_own.hubbard_on].
    - `steps`: how many, at least 1.
    - `kind`: the circuit, see [`HubbardAnsatz`][]; `None` for `swap_network` on a rectangle, and
      for the only one on bonds of one's own, [`OwnHubbardAnsatz`][].

    **Raises:** [`UserError`][] for an unknown `kind`, for `steps < 1`, and where the hopping term
    has no unique ground state even with vertical bonds stronger by 1e-6.
    """
    if not hasattr(problem, "sector_shape"):
        raise UserError(
            "hubbard_ansatz takes a problem made by hubbard or hubbard_on, "
            f"got {type(problem).__name__}"
        )
    kinds = ("own",) if _is_own(problem) else get_args(Kind)
    kind = kind or kinds[0]
    if kind not in kinds:
        raise UserError(f"kind must be one of {', '.join(kinds)}, got {kind!r}")
    if not isinstance(steps, (int, np.integer)) or steps < 1:
        raise UserError(f"steps must be a whole number of at least 1, got {steps!r}")
    if _is_own(problem):
        return OwnHubbardAnsatz(problem, int(steps))
    if problem.t == 0:
        raise UserError("t must not be 0, for without hopping the ansatz has no unique start")
    sign = 1 if problem.t > 0 else -1
    geometry = Geometry(problem.shape, problem.periodic, problem.filling, sign)
    for particles in geometry.filling:
        start_orbitals(geometry, particles)
    t, u = np.asarray(problem.t, float), np.asarray(problem.u, float)
    return HubbardAnsatz(t=t, u=u, geometry=geometry, steps=int(steps), kind=kind)


def _is_own(problem: "HubbardProblem | OwnHubbard") -> "TypeIs[OwnHubbard]":
    return hasattr(problem, "groups")


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
    rotations = bond_rotations(geometry)

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


def _circuit(geometry: Geometry, steps: int, kind: Kind) -> Circuit:
    check_sector(geometry.num_sites, geometry.filling, SIMULATED)
    return (swap_network if kind == "swap_network" else grouped)(geometry, steps)


# --- the start and the one-particle levels


def _wrapped(angle: NDArray[np.float64], half: float) -> NDArray[np.float64]:
    """`angle` moved by whole periods `2 half` into (-half, half]."""
    return half - np.mod(half - angle, 2 * half)
