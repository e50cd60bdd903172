"""A Trotter circuit for the Hubbard model on bonds of one's own, inside its sector."""

import math
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from numpy.typing import NDArray

from replication.ansatze.base import check_angles, real_angles, warn_unresolved
from replication.ansatze.hubbard_geometry import TIE_BREAK, adiabatic_phases
from replication.ansatze.measurement import Measurement, drawn_sites
from replication.errors import UserError
from replication.extras import says_extra
from replication.simulators import fermions
from replication.simulators.memory import SIMULATED, check_sector
from replication.simulators.precision import full_precision, in_double

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import cirq

    from replication.problems.base import NaturalUnits
    from replication.problems.hubbard_own import Bond, OwnHubbard

_GAP = 1e-9


class Levels(NamedTuple):
    """One-particle levels of a part of the Hamiltonian, and what they are over all sites.

    - `orbitals`: in columns, `(N, N)`.
    - `energies`: in units of the root mean square hopping, `(N,)`.
    """

    orbitals: NDArray[np.complex128]
    energies: NDArray[np.float64]


class OwnHubbardAnsatz:
    r"""Energy of a Trotter-like circuit; `hubbard_ansatz` builds it for [`OwnHubbard`][].

    `theta` holds, step by step, an angle for each group of bonds, `T_h` for the group `"h"`, and
    `V`. With the hops of a group $H_g = -\sum_e (t_e c^\dagger_p c_q + \mathrm{h.c.})$, the root
    mean square $\tau$ of all $|t|$ and the mean $\bar U$, a step is

    $$\prod_{g} e^{i \pi T_g H_g / 2\tau} \; e^{2 \pi i V \sum_i (U_i/\bar U)
    n_{i\uparrow} n_{i\downarrow}} \; \prod_{g \text{ reversed}} e^{i \pi T_g H_g / 2\tau},$$

    rightmost first. Energies of sites belong to the first group. Angles are exponents of gates in
    half turns, as those of the swap network on a rectangle: both circuits go over into the same
    evolution for small angles, so that a network which was trained on ladders can be tried.

    The start is the ground state of hops and energies of sites, each group of bonds stronger by
    1e-6 than the one before.
    """

    kind = "own"

    def __init__(self, problem: "OwnHubbard", steps: int) -> None:
        self.problem, self.steps = problem, steps
        # Refused here, not at the first query.
        self._filled = [self._ground_orbitals(count) for count in problem.filling]

    @property
    def letters(self) -> tuple[str, ...]:
        """The angles of one step."""
        return (*(f"T_{name}".rstrip("_") for name, _ in self.problem.groups), "V")

    @property
    def num_parameters(self) -> int:
        """Length of `theta`: one angle a group and `V`, a step."""
        return self.steps * len(self.letters)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """`("T_h_1", "T_v_1", "V_1", "T_h_2", ...)`."""
        return tuple(
            f"{letter}_{step + 1}" for step in range(self.steps) for letter in self.letters
        )

    @property
    def periods(self) -> tuple[float, ...]:
        """1 for `V` where all sites repel alike; infinite elsewhere, where none is known."""
        alike = len(set(self.problem.u)) == 1
        one_step = [math.inf] * len(self.problem.groups) + [1.0 if alike else math.inf]
        return tuple(one_step) * self.steps

    @property
    def angle_box(self) -> np.ndarray:
        """T from (-2, 2), V from (-1/2, 1/2)."""
        return np.array(([2.0] * len(self.problem.groups) + [0.5]) * self.steps)

    @property
    def neutral_at_zero(self) -> bool:
        """False: at zero angles the state is the ground state of the hopping."""
        return False

    def heuristic(self, units: "NaturalUnits | None" = None) -> NDArray[np.float64]:
        """Angles of an adiabatic switch-on of the repulsion, shape `(num_parameters,)`.

        As those of a rectangle, with $t = \\tau$ and $U = \\bar U$.
        """
        t, u = np.asarray(self.problem.t), np.asarray(self.problem.repulsion)
        angles: list[float] = []
        for step in range(self.steps):
            hop, repulsion = adiabatic_phases(t, u, step, self.steps, natural=units is not None)
            angles += [-float(hop) / math.pi] * len(self.problem.groups)
            angles.append(-float(repulsion) / (2 * math.pi))
        return np.array(angles)

    @in_double
    def energy(self, theta: ArrayLike) -> jax.Array:
        r"""$\langle H \rangle$, identity part included, at theta of shape `(num_parameters,)`.

        In double precision, but for a JAX array, whose dtype the result has.

        **Raises:** [`UserError`][] for another shape, and beyond $2^{22}$ amplitudes.
        """
        return self._energy(self._angles(theta))

    @in_double
    def state(self, theta: ArrayLike) -> jax.Array:
        """Complex amplitudes `psi[up, down]` of the sector, shape `(D_up, D_down)`."""
        return self._state(self._angles(theta))

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        r"""The settings that together measure $H$: sites first, then sets of disjoint bonds.

        A hop $t a^\dagger_p a_q + \mathrm{h.c.}$ is $|t| (n_+ - n_-)$ in the modes
        $(a^\dagger_p \pm a^\dagger_q t^*/|t|)/\sqrt2$.
        """
        problem = self.problem
        check_sector(problem.num_sites, problem.filling, SIMULATED)
        single, double = np.abs(problem.site_weights())
        norm = float(np.sum(2 * single + double))
        found = [Measurement(problem.site_energies().ravel(), norm)]
        for bonds in self._matchings:
            strengths = self._bond_strengths(bonds)
            levels = [self._occupied(count) @ strengths for count in problem.filling]
            hops = 2 * math.fsum(abs(bond.t) for bond in bonds)
            found.append(Measurement(-np.add.outer(*levels).ravel(), hops))
        return tuple(found)

    @in_double
    def outcome_probabilities(self, theta: ArrayLike) -> tuple[jax.Array, ...]:
        """Probability of each outcome of each of the `measurements`, shapes `(D_up * D_down,)`.

        **Raises:** [`UserError`][] for a theta of another shape than `(num_parameters,)`.
        """
        psi = self._state(self._angles(theta))
        bases = [self._bases(self._bond_modes(bonds)) for bonds in self._matchings]
        states = [psi, *(_into(psi, *basis) for basis in bases)]
        return tuple((jnp.square(one.real) + jnp.square(one.imag)).ravel() for one in states)

    def sample(self, theta: ArrayLike, shots: int, seed: int) -> NDArray[np.int8]:
        """Which modes are measured to be filled, all spin up first, shape `(shots, 2 N)`.

        **Arguments:** `theta`: angles, `(k,)`; `seed`: of the shots.
        """
        sites = self.outcome_probabilities(np.asarray(theta, float))[0]
        filling, count = self.problem.filling, self.problem.num_sites
        return drawn_sites(np.asarray(sites), filling, count, shots, seed)

    @says_extra
    def to_cirq(self, theta: ArrayLike) -> "cirq.Circuit":
        """The same circuit, from the vacuum, on one LineQubit a mode, all spin up first."""
        import cirq
        from openfermion import bogoliubov_transform, prepare_slater_determinant

        sites = self.problem.num_sites
        qubits = cirq.LineQubit.range(2 * sites)
        registers = qubits[:sites], qubits[sites:]
        circuit = cirq.Circuit()
        for register, filled in zip(registers, self._filled, strict=True):
            if filled.shape[1]:
                circuit.append(prepare_slater_determinant(register, filled.T))

        def hop(levels: Levels, exponent: float) -> "Iterator[cirq.OP_TREE]":
            for register in registers:
                rotation = bogoliubov_transform(register, levels.orbitals.T)
                to_orbitals = list(cirq.flatten_to_ops(rotation))
                yield cirq.inverse(to_orbitals)
                for qubit, energy in zip(register, levels.energies, strict=True):
                    yield cirq.ZPowGate(exponent=exponent * energy / 2)(qubit)
                yield to_orbitals

        for *hops, repulsion in self._angles(theta).reshape(self.steps, -1).tolist():
            pairs = [*zip(self._levels, hops, strict=True)]
            # The rightmost factor acts first.
            circuit.append(hop(*pair) for pair in reversed(pairs))
            for up, down, share in zip(*registers, self._shares, strict=True):
                circuit.append(cirq.CZPowGate(exponent=2 * repulsion * share)(up, down))
            circuit.append(hop(*pair) for pair in pairs)
        return circuit

    def _angles(self, theta: ArrayLike) -> jax.Array:
        check_angles(theta, self.num_parameters, self.parameter_names)
        angles = real_angles(theta)
        warn_unresolved(angles, 2 * math.pi * self.problem.num_sites)
        return angles

    @cached_property
    def _shares(self) -> NDArray[np.float64]:
        """Each site's repulsion over the mean; as it is where the mean is 0."""
        return np.array(self.problem.u) / (self.problem.repulsion or 1.0)

    def _ground_orbitals(self, particles: int) -> NDArray[np.complex128]:
        """Orbitals that one spin of the start fills, in columns; refuses a degenerate choice."""
        problem = self.problem
        matrix = np.diag(problem.on_site).astype(complex)
        for number, (_, bonds) in enumerate(problem.groups):
            matrix += (1 + number * TIE_BREAK) * problem.hops(bonds)
        levels, orbitals = np.linalg.eigh(matrix)
        if 0 < particles < len(levels) and levels[particles] - levels[particles - 1] < (
            _GAP * problem.t
        ):
            raise UserError(
                f"filling {problem.filling} leaves hops and energies of sites without a unique "
                "ground state to start from; choose another filling, or make a site or bond differ"
            )
        return orbitals[:, :particles]

    @cached_property
    def _levels(self) -> list[Levels]:
        """Levels of each group of bonds, of the first one with the energies of sites."""
        problem, found = self.problem, []
        for number, (_, bonds) in enumerate(problem.groups):
            matrix = (
                problem.hops(bonds) if number else problem.hops(bonds) + np.diag(problem.on_site)
            )
            energies, orbitals = np.linalg.eigh(matrix / problem.t)
            found.append(Levels(orbitals, energies))
        return found

    def _occupied(self, particles: int) -> NDArray[np.int64]:
        """Which modes the configurations of one spin fill, shape `(D, N)`."""
        sites = self.problem.num_sites
        return fermions.occupations(fermions.configurations(sites, particles), sites)

    def _bases(
        self, orbitals: NDArray[np.complex128]
    ) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
        """For both spins, site configurations (rows) against those of orbitals, `(D, D)`."""
        sites = self.problem.num_sites
        up, down = (
            fermions.compound(orbitals, fermions.configurations(sites, count))
            for count in self.problem.filling
        )
        return up, down

    @property
    def _matchings(self) -> "list[tuple[Bond, ...]]":
        """All bonds in sets that share no site."""
        by_pair = {(bond.p, bond.q): bond for bond in self.problem.bonds}
        sets = fermions.matchings([*by_pair])
        return [tuple(by_pair[pair] for pair in one) for one in sets]

    def _bond_modes(self, bonds: "Sequence[Bond]") -> NDArray[np.complex128]:
        """Eigenmodes of some disjoint hops, in columns: lower one first, `(N, N)`."""
        modes = np.eye(self.problem.num_sites, dtype=complex)
        for p, q, t in bonds:
            phase = t.conjugate() / abs(t) if t else 1.0
            modes[np.ix_((p, q), (p, q))] = np.array([[1, 1], [phase, -phase]]) / np.sqrt(2)
        return modes

    def _bond_strengths(self, bonds: "Sequence[Bond]") -> NDArray[np.float64]:
        """What a particle in each of these modes adds to the hops, `(N,)`."""
        strengths = np.zeros(self.problem.num_sites)
        for p, q, t in bonds:
            strengths[[p, q]] = abs(t), -abs(t)
        return strengths

    @cached_property
    def _state(self) -> "Callable[[jax.Array], jax.Array]":
        """The compiled circuit: angles to amplitudes, `(D_up, D_down)`."""
        problem = self.problem
        sites, counts = problem.num_sites, problem.filling
        check_sector(sites, counts, SIMULATED)
        configs = [fermions.configurations(sites, count) for count in counts]
        spins = zip(self._filled, configs, strict=True)
        start = np.outer(*(fermions.slater_amplitudes(filled, basis) for filled, basis in spins))
        bases = [self._bases(levels.orbitals) for levels in self._levels]
        energies = [
            np.add.outer(*(self._occupied(count) @ levels.energies for count in counts))
            for levels in self._levels
        ]
        up, down = (self._occupied(count) for count in counts)
        repelled = (up * self._shares) @ down.T

        def turned(psi: jax.Array, group: int, angle: jax.Array) -> jax.Array:
            phases = jax.lax.complex(*_circle(angle * fermions.like(energies[group], angle)))
            return _out_of(phases * _into(psi, *bases[group]), *bases[group])

        def step(psi: jax.Array, angles: jax.Array) -> tuple[jax.Array, None]:
            half_turns = angles[:-1] * (math.pi / 2)
            for group in reversed(range(len(bases))):
                psi = turned(psi, group, half_turns[group])
            phase = 2 * math.pi * angles[-1] * fermions.like(repelled, angles)
            psi = psi * jax.lax.complex(*_circle(phase))
            for group in range(len(bases)):
                psi = turned(psi, group, half_turns[group])
            return psi, None

        @jax.jit
        @full_precision
        def state(theta: jax.Array) -> jax.Array:
            first = fermions.like(start.astype(complex), theta)
            return jax.lax.scan(step, first, theta.reshape(self.steps, -1))[0]

        return state

    @cached_property
    def _energy(self) -> "Callable[[jax.Array], jax.Array]":
        """The compiled energy."""
        problem = self.problem
        check_sector(problem.num_sites, problem.filling, SIMULATED)
        hops = problem.hops(problem.bonds)
        up, down = (
            fermions.one_body(fermions.configurations(problem.num_sites, count), hops).toarray()
            for count in problem.filling
        )
        on_sites = problem.site_energies()

        @jax.jit
        @full_precision
        def energy(theta: jax.Array) -> jax.Array:
            psi = self._state(theta)
            hopped = fermions.like(up, theta) @ psi + psi @ fermions.like(down, theta).T
            probabilities = jnp.square(psi.real) + jnp.square(psi.imag)
            fixed = jnp.vdot(probabilities, fermions.like(on_sites, theta))
            return jnp.vdot(psi, hopped).real + fixed

        return energy


def _circle(angle: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jnp.cos(angle), jnp.sin(angle)


def _into(psi: jax.Array, up: NDArray[np.complex128], down: NDArray[np.complex128]) -> jax.Array:
    """A state over sites as one over configurations of orbitals."""
    return fermions.like(up.conj().T, psi.real) @ psi @ fermions.like(down.conj(), psi.real)


def _out_of(psi: jax.Array, up: NDArray[np.complex128], down: NDArray[np.complex128]) -> jax.Array:
    """The way back of [`_into`][]."""
    return fermions.like(up, psi.real) @ psi @ fermions.like(down.T, psi.real)
