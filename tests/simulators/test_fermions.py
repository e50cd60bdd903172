"""Sector kernels against fermion operators written out in the full Fock space."""

from functools import reduce

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg

from replication.simulators import fermions


def annihilator(mode: int, modes: int) -> np.ndarray:
    """Jordan-Wigner matrix of ``a_mode``; the bit of mode ``s`` has the value ``2**s``."""
    lower, sign = np.array([[0.0, 1.0], [0.0, 0.0]]), np.diag([1.0, -1.0])
    factors = [sign if s < mode else lower if s == mode else np.eye(2) for s in range(modes)]
    return reduce(np.kron, factors[::-1])


def dense_hop(p: int, q: int, modes: int) -> np.ndarray:
    hop = annihilator(p, modes).T @ annihilator(q, modes)
    return hop + hop.T


def test_configurations_are_ascending_and_turning_twice_is_nothing() -> None:
    configs = fermions.configurations(5, 2)
    assert len(configs) == 10
    assert np.all(np.diff(configs) > 0)
    assert np.all(np.bitwise_count(configs) == 2)
    assert np.array_equal(fermions.reflected(fermions.reflected(configs, 5), 5), configs)
    assert fermions.reflected(np.array([0b00011]), 5) == 0b11000
    assert fermions.configurations(3, 0).tolist() == [0]


@pytest.mark.parametrize("particles", [0, 1, 2, 3, 4])
def test_hopping_matrix_has_the_jordan_wigner_signs(particles: int) -> None:
    configs, pairs = fermions.configurations(4, particles), [(0, 1), (3, 1), (0, 3)]
    dense = sum(dense_hop(p, q, 4) for p, q in pairs)
    for basis in (configs, configs[::-1], fermions.reflected(configs, 4)):
        mine = fermions.hopping_matrix(basis, pairs).toarray()
        np.testing.assert_array_equal(mine, dense[np.ix_(basis, basis)])


def test_turned_basis_hops_like_the_plain_one() -> None:
    configs = fermions.configurations(5, 3)
    plain = fermions.hopping_matrix(configs, [(0, 2), (1, 4)])
    turned = fermions.hopping_matrix(fermions.reflected(configs, 5), [(4, 2), (3, 0)])
    np.testing.assert_array_equal(plain.toarray(), turned.toarray())


def test_slater_amplitudes_are_created_orbital_by_orbital() -> None:
    modes, configs = 4, fermions.configurations(4, 2)
    orbitals = np.linalg.qr(np.random.default_rng(0).standard_normal((modes, 2)))[0]
    state = np.eye(2**modes)[0]
    for orbital in orbitals.T[::-1]:
        state = sum(c * annihilator(s, modes).T @ state for s, c in enumerate(orbital))
    np.testing.assert_allclose(fermions.slater_amplitudes(orbitals, configs), state[configs])


def test_compound_is_orthogonal_and_follows_products() -> None:
    generator = np.random.default_rng(1)
    first, second = (np.linalg.qr(generator.standard_normal((5, 5)))[0] for _ in range(2))
    configs = fermions.configurations(5, 2)
    left, right = fermions.compound(first, configs), fermions.compound(second, configs)
    np.testing.assert_allclose(left @ left.T, np.eye(10), atol=1e-14)
    np.testing.assert_allclose(fermions.compound(first @ second, configs), left @ right, atol=1e-14)


@pytest.mark.parametrize(
    ("bonds", "sets"),
    [
        ([], ()),
        ([(0, 1), (1, 2), (2, 3)], (((0, 1), (2, 3)), ((1, 2),))),
        ([(0, 1), (1, 2), (0, 2)], (((0, 1),), ((1, 2),), ((0, 2),))),
        ([(0, 1), (2, 3), (4, 5)], (((0, 1), (2, 3), (4, 5)),)),
    ],
)
def test_matchings_share_no_site(bonds: list, sets: tuple) -> None:
    assert fermions.matchings(bonds) == sets


@pytest.mark.parametrize("particles", [0, 1, 2, 3, 5])
def test_hops_on_a_matching_are_occupations_of_its_orbitals(particles: int) -> None:
    """Neighbours or not, in either direction, and a site that is left alone."""
    modes, matching = 5, [(0, 3), (4, 1)]
    configs = fermions.configurations(modes, particles)
    orbitals = fermions.bond_orbitals(modes, matching)
    np.testing.assert_allclose(orbitals.T @ orbitals, np.eye(modes), atol=1e-15)
    basis = fermions.compound(orbitals, configs)
    dense = sum(dense_hop(p, q, modes) for p, q in matching)[np.ix_(configs, configs)]
    levels = np.diag(fermions.bond_levels(configs, matching))
    np.testing.assert_allclose(basis.T @ dense @ basis, levels, atol=1e-14)


@pytest.mark.parametrize("sublattice", [0b1001, None])
def test_rotation_is_the_ordered_product_of_exponentials(sublattice: int | None) -> None:
    configs, hops, angle = fermions.configurations(4, 2), [(0, 1), (1, 3), (2, 3), (0, 1)], 0.83
    table = fermions.rotation_table(configs, hops, sublattice)
    assert np.iscomplexobj(table.matrices) == (sublattice is None)
    expected = np.eye(len(configs))
    for p, q in hops:
        hop = dense_hop(p, q, 4)[np.ix_(configs, configs)]
        expected = scipy.linalg.expm(-1j * angle * hop) @ expected
    phases = fermions.gauge(configs, sublattice or 0)
    expected = phases.conj()[:, None] * expected * phases
    mine = fermions.rotation(table, jnp.asarray(angle))
    np.testing.assert_allclose(mine, expected, atol=1e-13)


def test_rotation_differentiates_more_than_once() -> None:
    table = fermions.rotation_table(fermions.configurations(3, 1), [(0, 1), (1, 2)], 0b101)

    def entry(angle: jax.Array) -> jax.Array:
        return fermions.rotation(table, angle)[0, 2]

    x, step = jnp.asarray(0.4), 1e-5
    slope = (entry(x + step) - entry(x - step)) / (2 * step)
    curve = (jax.grad(entry)(x + step) - jax.grad(entry)(x - step)) / (2 * step)
    assert jax.grad(entry)(x) == pytest.approx(float(slope), abs=1e-9)
    assert jax.hessian(entry)(x) == pytest.approx(float(curve), abs=1e-9)


@pytest.mark.parametrize("real_gauge", [True, False])
def test_kernels_act_on_amplitudes_as_plain_matrices(*, real_gauge: bool) -> None:
    generator = np.random.default_rng(2)

    def vector(size: int) -> np.ndarray:
        return generator.standard_normal(size) + 1j * generator.standard_normal(size)

    up, down = vector(3), vector(4)
    state = fermions.product_state(
        *(jnp.asarray(fermions.components(part, real_gauge=real_gauge)) for part in (up, down))
    )
    psi = np.outer(up, down)
    np.testing.assert_allclose(fermions.amplitudes(state), psi)
    np.testing.assert_allclose(fermions.probabilities(state), abs(psi) ** 2)
    left, right = generator.standard_normal((3, 3)), generator.standard_normal((4, 4))
    moved = fermions.act_down(
        jnp.asarray(right, state.dtype), fermions.act_up(jnp.asarray(left, state.dtype), state)
    )
    np.testing.assert_allclose(fermions.amplitudes(moved), left @ psi @ right.T)
    counts, angle = generator.integers(0, 3, (3, 4)), 0.7
    turned = fermions.apply_phases(state, fermions.count_phases(jnp.asarray(angle), counts))
    np.testing.assert_allclose(fermions.amplitudes(turned), np.exp(1j * angle * counts) * psi)
    angles_up, angles_down = generator.standard_normal(3), generator.standard_normal(4)
    phases = fermions.sum_phases(jnp.asarray(angles_up), jnp.asarray(angles_down))
    factors = np.exp(1j * (angles_up[:, None] + angles_down))
    moved = fermions.apply_phases(state, phases)
    np.testing.assert_allclose(fermions.amplitudes(moved), factors * psi)


def test_phases_of_many_turns_at_once() -> None:
    generator = np.random.default_rng(5)
    angles, counts = jnp.asarray(generator.standard_normal(2)), generator.integers(0, 4, (3, 4))
    up, down = (jnp.asarray(generator.standard_normal((2, size))) for size in (3, 4))
    together = fermions.count_phases(angles, counts), fermions.sum_phases(up, down)
    for k in range(2):
        apart = fermions.count_phases(angles[k], counts), fermions.sum_phases(up[k], down[k])
        for one, other in zip(jax.tree.leaves(together), jax.tree.leaves(apart), strict=True):
            np.testing.assert_allclose(one[k], other, atol=1e-14)


@pytest.mark.parametrize("real_gauge", [True, False])
def test_phases_have_right_derivatives_of_first_and_second_order(*, real_gauge: bool) -> None:
    generator = np.random.default_rng(6)
    counts = generator.integers(0, 3, (3, 4))
    start, onto = (
        generator.standard_normal((3, 4)) + 1j * generator.standard_normal((3, 4)) for _ in "ab"
    )

    def overlap(turned: jax.Array) -> jax.Array:
        return jnp.real(jnp.sum(jnp.asarray(onto) * turned))

    def ours(angles: jax.Array) -> jax.Array:
        real = jnp.stack([start.real, start.imag], axis=1)
        state = real if real_gauge else jnp.asarray(start)[:, None]
        state = fermions.apply_phases(state, fermions.count_phases(angles[0], counts))
        phases = fermions.sum_phases(angles[1] * jnp.arange(3.0), angles[2] * jnp.arange(4.0))
        return overlap(fermions.amplitudes(fermions.apply_phases(state, phases)))

    def plainly(angles: jax.Array) -> jax.Array:
        sums = jnp.add.outer(angles[1] * jnp.arange(3.0), angles[2] * jnp.arange(4.0))
        total = angles[0] * jnp.asarray(counts, float) + sums
        return overlap(jax.lax.complex(jnp.cos(total), jnp.sin(total)) * start)

    angles = jnp.array([0.3, -0.7, 1.1])
    for derivative in (jax.grad, jax.jacfwd, jax.hessian):
        np.testing.assert_allclose(
            derivative(ours)(angles), derivative(plainly)(angles), atol=1e-12
        )


@pytest.mark.parametrize("sublattice", [0b101, None])
def test_hopping_expectation_undoes_the_gauge(sublattice: int | None) -> None:
    generator = np.random.default_rng(3)
    up, down = fermions.configurations(3, 1), fermions.configurations(3, 2)
    pairs = [(0, 1), (1, 2)]
    psi = generator.standard_normal((3, 3)) + 1j * generator.standard_normal((3, 3))
    plain = [fermions.hopping_matrix(configs, pairs).toarray() for configs in (up, down)]
    expected = np.vdot(psi, plain[0] @ psi + psi @ plain[1].T).real
    phases = [fermions.gauge(configs, sublattice or 0) for configs in (up, down)]
    gauged = phases[0].conj()[:, None] * psi * phases[1].conj()
    state = np.stack([gauged.real, gauged.imag], 1) if sublattice else gauged[:, None]
    operators = [fermions.hopping_operator(configs, pairs, sublattice) for configs in (up, down)]
    mine = fermions.hopping_expectation(jnp.asarray(state), *map(jnp.asarray, operators))
    assert mine == pytest.approx(expected)


def test_register_state_puts_qubit_0_first() -> None:
    psi = np.zeros((2, 2))
    psi[0, 1] = 1.0
    register = fermions.register_state(psi, (1, 1), 2)
    assert np.flatnonzero(register).tolist() == [0b1001]
