"""Evolution of spinful lattice fermions inside one fixed-particle-number sector.

Basis. A spin species on `modes` sites with `k` particles has the configurations of
[`configurations`][]: integers whose bit `s` (value `2**s`) says whether site `s` is
occupied, sorted ascending, `|c> = prod_{s in c, ascending} a^dagger_s |vac>`. With the modes
ordered "all spin up, then all spin down" a Jordan-Wigner string never crosses from one species
to the other, so a state is a matrix `psi[up, down]` and a hop acts on one side of it.

Real gauge. On a bipartite lattice `G = diag(i**(particles on sublattice A))` makes every
`G^dagger exp(-i a (a^dagger_p a_q + h.c.)) G` a real rotation. A state is then kept as a real
array `(D_up, 2, D_down)`, real and imaginary part of `G^dagger psi`; without a bipartition as a
complex array `(D_up, 1, D_down)`. Both shapes go through the same kernels.

The gauge is the "Y gauge" of real mixers carried over to fermions; the sector idea is the one of
ffsim (https://github.com/qiskit-community/ffsim).
"""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import scipy
from numpy.typing import NDArray

from replication.simulators.lattice import Pair

A = TypeVar("A", np.float64, np.complex128)


def configurations(modes: int, particles: int) -> NDArray[np.int64]:
    """All occupations of `modes` sites by `particles` fermions, ascending, shape (D,)."""
    occupied = combinations(range(modes), particles)
    return np.sort(np.array([sum(1 << site for site in sites) for sites in occupied], np.int64))


def occupations(configs: NDArray[np.int64], modes: int) -> NDArray[np.int64]:
    """Which sites each configuration fills, 1 or 0, shape (D, modes)."""
    return (configs[:, None] >> np.arange(modes)) & 1


def reflected(configs: NDArray[np.int64], modes: int) -> NDArray[np.int64]:
    """The configurations with site `s` moved to `modes - 1 - s`, order of the list kept."""
    return (occupations(configs, modes) << np.arange(modes)[::-1]).sum(axis=1)


def hopping_matrix(configs: NDArray[np.int64], pairs: Sequence[Pair]) -> "scipy.sparse.csr_matrix":
    """`sum_(p, q) a^dagger_p a_q + h.c.` over `pairs` in the basis `configs`, (D, D) sparse.

    `configs` holds every configuration of one particle number, in any order.
    """
    order = np.argsort(configs)
    rows, columns, signs = [], [], []
    for p, q in pairs:
        ends = (1 << p) | (1 << q)
        low, high = min(p, q), max(p, q)
        between = (1 << high) - (1 << (low + 1))
        start = np.flatnonzero(np.isin(configs & ends, (1 << p, 1 << q)))
        target = order[np.searchsorted(configs, configs[start] ^ ends, sorter=order)]
        rows.append(target)
        columns.append(start)
        signs.append(1.0 - 2.0 * (np.bitwise_count(configs[start] & between) % 2))
    size = len(configs)
    if not pairs:
        return scipy.sparse.csr_matrix((size, size))
    entries = np.concatenate(signs), (np.concatenate(rows), np.concatenate(columns))
    return scipy.sparse.csr_matrix(entries, shape=(size, size))


def one_body(
    configs: NDArray[np.int64], matrix: NDArray[np.complex128]
) -> "scipy.sparse.csr_matrix":
    """`sum_pq h_pq a^dagger_p a_q` for a matrix h (modes, modes) in the basis `configs`, sparse."""
    size = len(configs)
    total = scipy.sparse.csr_matrix((size, size), dtype=complex)
    for p, q in zip(*np.nonzero(matrix), strict=True):
        if p == q:
            occupied = (configs >> p) & 1
            total = total + scipy.sparse.diags(matrix[p, p] * occupied)
        else:
            # Of both directions of a hop, the one that ends with p occupied.
            hop = hopping_matrix(configs, [(int(p), int(q))])
            total = total + scipy.sparse.diags(matrix[p, q] * ((configs >> p) & 1)) @ hop
    return total.tocsr()


def double_occupancy(up: NDArray[np.int64], down: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number of sites holding both spins, shape (D_up, D_down)."""
    return np.bitwise_count(up[:, None] & down[None, :]).astype(np.int64)


def slater_amplitudes(orbitals: NDArray[A], configs: NDArray[np.int64]) -> NDArray[A]:
    """Amplitudes `det(orbitals[occupied sites, :])` of a Slater determinant, shape (D,).

    `orbitals` has shape (modes, k) with orthonormal columns.
    """
    modes, particles = orbitals.shape
    sites = np.nonzero(occupations(configs, modes))[1].reshape(len(configs), particles)
    return np.linalg.det(orbitals[sites])


def compound(orbitals: NDArray[A], configs: NDArray[np.int64]) -> NDArray[A]:
    """All Slater determinants of `orbitals` (modes, modes): site rows, orbital columns, (D, D).

    Column `j` fills the orbitals in the bits of `configs[j]`.
    """
    chosen = occupations(configs, len(orbitals)).astype(bool)
    return np.stack([slater_amplitudes(orbitals[:, row], configs) for row in chosen], axis=1)


def matchings(bonds: Sequence[Pair]) -> tuple[tuple[Pair, ...], ...]:
    """`bonds` divided into sets in which no two share a site.

    Each goes into the first set with room for it. The bonds along one side of a lattice then make
    two sets, every other bond each; one where the side is 2 long, three where it is closed and odd.
    """
    sets: list[list[Pair]] = []
    for bond in bonds:
        free = (one for one in sets if not any(set(bond) & set(other) for other in one))
        chosen = next(free, None)
        if chosen is None:
            sets.append([bond])
        else:
            chosen.append(bond)
    return tuple(tuple(one) for one in sets)


def bond_orbitals(modes: int, matching: Sequence[Pair]) -> NDArray[np.float64]:
    """Eigenmodes of the hops on bonds that share no site, in columns, (modes, modes).

    On the bond `(p, q)` column `p` is `(|p> + |q>) / sqrt(2)` and column `q` is
    `(|p> - |q>) / sqrt(2)`; sites without a bond keep their own mode.
    """
    orbitals = np.eye(modes)
    for p, q in matching:
        orbitals[np.ix_((p, q), (p, q))] = np.array([[1.0, 1.0], [1.0, -1.0]]) / np.sqrt(2)
    return orbitals


def bond_levels(configs: NDArray[np.int64], matching: Sequence[Pair]) -> NDArray[np.int64]:
    """`sum_(p, q) (n_p - n_q)` of each configuration, shape (D,).

    That is `sum_(p, q) a^dagger_p a_q + h.c.` where the occupations are those of
    [`bond_orbitals`][].
    """
    first, second = (sum(1 << bond[end] for bond in matching) for end in (0, 1))
    occupied = [np.bitwise_count(configs & mask).astype(np.int64) for mask in (first, second)]
    return occupied[0] - occupied[1]


def gauge(configs: NDArray[np.int64], sublattice: int) -> NDArray[np.complex128]:
    """Diagonal of `G`: `i` to the number of particles on the sites of the bit mask."""
    return 1j ** (np.bitwise_count(configs & sublattice) % 4)


class RotationTable(NamedTuple):
    r"""An ordered product of hops that share one angle, as a trigonometric polynomial.

    $$U(a) = \prod_e e^{-i a K_e} = \sum_j \cos(j a)\,C_j + \sin(j a)\,S_j.$$

    Exact, because each factor is $1 + \sin(a) M + (1 - \cos a) M^2$ with $M = -i K_e$.
    `cosines` and `sines` list the harmonics `j` that occur; `matrices` their `C_j` and
    then `S_j`, shape (len(cosines) + len(sines), D, D), real in the real gauge.
    """

    cosines: NDArray[np.float64]
    sines: NDArray[np.float64]
    matrices: NDArray[np.inexact]


def rotation_table(
    configs: NDArray[np.int64], hops: Sequence[Pair], sublattice: int | None
) -> RotationTable:
    """The table of the product of `hops`, the first of them applied first.

    `sublattice` is the bit mask of sublattice A, or None where the lattice is not bipartite.
    """
    harmonics = np.arange(len(hops) + 1)
    angles = 2 * np.pi * np.arange(2 * len(hops) + 1) / (2 * len(hops) + 1)
    generators = [_generator(configs, pair, sublattice) for pair in hops]
    squares = [generator @ generator for generator in generators]
    samples = []
    for angle in angles:
        product = np.eye(len(configs), dtype=float if sublattice is not None else complex)
        for first, second in zip(generators, squares, strict=True):
            step = np.sin(angle) * (first @ product) + (1 - np.cos(angle)) * (second @ product)
            product = product + step
        samples.append(product)
    values = np.array(samples)
    weight = np.where(harmonics == 0, 1.0, 2.0)[:, None] / len(angles)
    phase = np.outer(harmonics, angles)
    cosine = np.tensordot(weight * np.cos(phase), values, axes=1)
    sine = np.tensordot(weight * np.sin(phase), values, axes=1)
    kept = [np.abs(part).max(axis=(1, 2)) > 1e-12 for part in (cosine, sine)]
    matrices = np.concatenate([cosine[kept[0]], sine[kept[1]]])
    matrices[np.abs(matrices) < 1e-14] = 0
    return RotationTable(harmonics[kept[0]] * 1.0, harmonics[kept[1]] * 1.0, matrices)


def _generator(
    configs: NDArray[np.int64], pair: Pair, sublattice: int | None
) -> "scipy.sparse.csr_matrix":
    hop = -1j * hopping_matrix(configs, [pair])
    if sublattice is None:
        return hop
    diagonal = scipy.sparse.diags(gauge(configs, sublattice))
    return (diagonal.conj() @ hop @ diagonal).real.tocsr()


def _first_turn(angle: jax.Array) -> jax.Array:
    """The same angle within a full circle, unchanged if it is there.

    Multiples of a large one are each rounded in their own way, and would be of no one angle.
    """
    within = jnp.arctan2(jnp.sin(angle), jnp.cos(angle))
    return jnp.where(jnp.abs(angle) > np.pi, within, angle)


def rotation(table: RotationTable, angle: jax.Array) -> jax.Array:
    """`U(angle)` of a table, shape (D, D); `angle` is a real scalar in radians."""
    angle = _first_turn(angle)
    cosines, sines = like(table.cosines, angle), like(table.sines, angle)
    flat = like(table.matrices.reshape(len(table.matrices), -1), angle)
    shape = table.matrices.shape[1:]

    def weights(angle: jax.Array) -> jax.Array:
        return jnp.concatenate([jnp.cos(cosines * angle), jnp.sin(sines * angle)])

    def slopes(angle: jax.Array) -> jax.Array:
        parts = -cosines * jnp.sin(cosines * angle), sines * jnp.cos(sines * angle)
        return jnp.concatenate(parts)

    @jax.custom_jvp
    def evaluate(angle: jax.Array) -> jax.Array:
        return (weights(angle).astype(flat.dtype) @ flat).reshape(shape)

    # The table is far larger than a cache: value and slope share one pass over it.
    @evaluate.defjvp
    def rule(primals: tuple[jax.Array], tangents: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
        both = jnp.stack([weights(primals[0]), slopes(primals[0])]).astype(flat.dtype) @ flat
        slope = both[1].reshape(shape) * tangents[0].astype(flat.dtype)
        return both[0].reshape(shape), slope

    return evaluate(angle)


def like(constant: NDArray[np.generic], real: jax.Array) -> jax.Array:
    """A constant in the precision of `real`, real or complex as it was."""
    as_it_was = np.complex64 if np.iscomplexobj(constant) else np.float32
    return jnp.asarray(constant, np.result_type(real.dtype, as_it_was))


def components(vector: NDArray[np.complex128], *, real_gauge: bool) -> NDArray[np.inexact]:
    """A vector (D,) as (D, 2) real and imaginary parts, or as (D, 1) complex numbers."""
    return np.stack([vector.real, vector.imag], axis=1) if real_gauge else vector[:, None]


def product_state(up: jax.Array, down: jax.Array) -> jax.Array:
    """`up (x) down` from [`components`][] (D_up, c) and (D_down, c): (D_up, c, D_down)."""
    if up.shape[1] == 1:
        return up[:, :, None] * down.T[None, :, :]
    quarter_turn = jnp.stack([-down[:, 1], down[:, 0]])
    return up[:, :1, None] * down.T[None] + up[:, 1:, None] * quarter_turn[None]


def act_up(matrix: jax.Array, state: jax.Array) -> jax.Array:
    """`matrix` (D_up, D_up) on the spin-up index of a (D_up, c, D_down) state."""
    return (matrix @ state.reshape(state.shape[0], -1)).reshape(state.shape)


def act_down(matrix: jax.Array, state: jax.Array) -> jax.Array:
    """`matrix` (D_down, D_down) on the spin-down index of a (D_up, c, D_down) state."""
    return (state.reshape(-1, state.shape[-1]) @ matrix.T).reshape(state.shape)


class Phases(NamedTuple):
    """`exp(i angles)` of every amplitude as real arrays, (D_up, D_down) where they are used."""

    angles: jax.Array
    cosine: jax.Array
    sine: jax.Array


@jax.custom_jvp
def apply_phases(state: jax.Array, phases: Phases) -> jax.Array:
    """The amplitudes times `exp(i angles)`.

    The slope in an angle is `i` times the result: the way back through cosine and sine, and
    through what they were computed from, would be up to half of a gradient's time.
    """
    return _with_phases(state, phases)


@apply_phases.defjvp
def _phases_rule(
    primals: tuple[jax.Array, Phases], tangents: tuple[jax.Array, Phases]
) -> tuple[jax.Array, jax.Array]:
    (state, phases), (d_state, d_phases) = primals, tangents
    result = _with_phases(state, phases)
    slope = d_phases.angles[:, None].astype(result.dtype) * _times_i(result)
    return result, _with_phases(d_state, phases) + slope


def _with_phases(state: jax.Array, phases: Phases) -> jax.Array:
    _, cosine, sine = phases
    if state.shape[1] == 1:
        return state * jax.lax.complex(cosine, sine)[:, None]
    real, imaginary = state[:, 0], state[:, 1]
    return jnp.stack([cosine * real - sine * imaginary, sine * real + cosine * imaginary], axis=1)


def _times_i(state: jax.Array) -> jax.Array:
    return 1j * state if state.shape[1] == 1 else jnp.stack([-state[:, 1], state[:, 0]], axis=1)


def count_phases(angles: jax.Array, counts: NDArray[np.int64]) -> Phases:
    """`exp(i angle counts)`, shape (*angles.shape, D_up, D_down); `counts` (D_up, D_down)."""
    # One cosine a count, not an amplitude.
    values = np.unique(counts)
    indicator = like(values[:, None, None] == counts, angles)
    multiples = jnp.multiply.outer(angles, like(values, angles))
    cosine, sine = (jnp.tensordot(f(multiples), indicator, 1) for f in (jnp.cos, jnp.sin))
    return Phases(jnp.multiply.outer(angles, like(counts, angles)), cosine, sine)


def sum_phases(up: jax.Array, down: jax.Array) -> Phases:
    """`exp(i (up + down))` for `up` (..., D_up) and `down` (..., D_down)."""
    # The addition theorem as a product of matrices, for XLA does not fuse one: as a sum of products
    # it would compute the cosines again for every amplitude.
    cos_up, sin_up = jnp.cos(up), jnp.sin(up)
    rows = jnp.array([[cos_up, -sin_up], [sin_up, cos_up]])
    columns = jnp.stack([jnp.cos(down), jnp.sin(down)])
    cosine, sine = jnp.einsum("pq...u,q...d->p...ud", rows, columns)
    return Phases(up[..., :, None] + down[..., None, :], cosine, sine)


def probabilities(state: jax.Array) -> jax.Array:
    """`|psi|**2`, shape (D_up, D_down)."""
    if state.shape[1] == 1:
        return (jnp.square(state.real) + jnp.square(state.imag))[:, 0]
    return jnp.sum(jnp.square(state), axis=1)


def amplitudes(state: jax.Array) -> jax.Array:
    """The complex (D_up, D_down) amplitudes of a (D_up, c, D_down) state, still in its gauge."""
    return state[:, 0] if state.shape[1] == 1 else jax.lax.complex(state[:, 0], state[:, 1])


def register_state(psi: jax.Array, filling: tuple[int, int], sites: int) -> NDArray[np.complex128]:
    """A sector state on `2 sites` qubits in Cirq's order, shape (4**sites,).

    Qubit `s` is mode `s`, all spin up first, and the most significant bit is qubit 0.
    """
    up, down = (reflected(configurations(sites, particles), sites) for particles in filling)
    register = np.zeros((2**sites, 2**sites), complex)
    register[np.ix_(up, down)] = np.asarray(psi)
    return register.ravel()


def hopping_operator(
    configs: NDArray[np.int64], pairs: Sequence[Pair], sublattice: int | None
) -> NDArray[np.float64]:
    """What [`hopping_expectation`][] contracts with: the dense hopping matrix, (D, D) real.

    With a `sublattice` the hopping is `i M` in the real gauge; this is then `M`.
    """
    if sublattice is None:
        return hopping_matrix(configs, pairs).toarray()
    return sum(
        (_generator(configs, pair, sublattice).toarray() for pair in pairs),
        np.zeros((len(configs), len(configs))),
    )


def hopping_expectation(state: jax.Array, up: jax.Array | None, down: jax.Array) -> jax.Array:
    """`<hopping>` of both spins from the arrays of [`hopping_operator`][].

    `up` is None where the state equals its transpose: both spins then hop alike, and the
    spin-down part is counted twice.
    """

    def one_side(matrix: jax.Array, act: Callable[[jax.Array, jax.Array], jax.Array]) -> jax.Array:
        if state.shape[1] == 1:
            return jnp.vdot(state, act(matrix.astype(state.dtype), state)).real
        return -2 * jnp.vdot(state[:, :1], act(matrix, state[:, 1:]))

    spin_down = one_side(down, act_down)
    return 2 * spin_down if up is None else one_side(up, act_up) + spin_down
