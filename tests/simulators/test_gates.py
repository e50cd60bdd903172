"""Fermionic gates against matrix exponentials in Fock space, OpenFermion, and each other."""

import doctest
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg
from jax.test_util import check_grads

from replication.errors import UserError
from replication.problems.hubbard import hubbard
from replication.simulators import fermions, gates
from replication.simulators.gates import apply_hop, apply_onsite, apply_orbital_rotation

SECTORS = [(2, (1, 1)), (3, (2, 1)), (3, (0, 3)), (4, (2, 2)), (4, (3, 1))]
sectors = pytest.mark.parametrize(("sites", "filling"), SECTORS)


def random_state(sites, filling, seed=0):
    rng = np.random.default_rng([seed, sites, *filling])
    shape = [len(fermions.configurations(sites, count)) for count in filling]
    psi = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    return psi / np.linalg.norm(psi)


def random_orbitals(sites, seed=0):
    rng = np.random.default_rng([seed, sites])
    matrix = rng.standard_normal((sites, sites)) + 1j * rng.standard_normal((sites, sites))
    return np.linalg.qr(matrix)[0]


def on_register(psi, sites, filling, matrix):
    """A matrix on all qubits, applied to a state of the sector spread over them."""
    return matrix @ fermions.register_state(psi, filling, sites)


def assert_moves(moved, psi, sites, filling, matrix):
    mine = fermions.register_state(moved, filling, sites)
    np.testing.assert_allclose(mine, on_register(psi, sites, filling, matrix), atol=1e-12)


def exponential_of(operator, sites):
    """$e^{-iA}$ of a fermion operator as OpenFermion writes it, on all qubits."""
    openfermion = pytest.importorskip("openfermion")
    return scipy.linalg.expm(-1j * openfermion.get_sparse_operator(operator, 2 * sites).toarray())


def hops(p, q, sites, spins, strength=1.0):
    openfermion = pytest.importorskip("openfermion")
    total = openfermion.FermionOperator()
    for spin in spins:
        modes = (p + sites * spin, 1), (q + sites * spin, 0)
        hop = openfermion.FermionOperator(modes, strength)
        total += hop + openfermion.hermitian_conjugated(hop)
    return total


@sectors
@pytest.mark.parametrize("spins", [("up",), ("down",), ("up", "down")])
def test_a_hop_is_openfermions_exponential(sites, filling, spins):
    psi = random_state(sites, filling)
    numbers = [gates.BOTH.index(spin) for spin in spins]
    for p, q in [(0, 1), (sites - 1, 0)]:
        moved = apply_hop(psi, 0.7, [(p, q)], sites=sites, filling=filling, spins=spins)
        matrix = exponential_of(hops(p, q, sites, numbers, 0.7), sites)
        assert_moves(moved, psi, sites, filling, matrix)


@sectors
@pytest.mark.parametrize("at", [None, [0], [1, 0]])
def test_on_site_phases_are_openfermions_exponential(sites, filling, at):
    openfermion = pytest.importorskip("openfermion")
    psi = random_state(sites, filling)
    total = openfermion.FermionOperator()
    for site in range(sites) if at is None else at:
        both = (site, 1), (site, 0), (site + sites, 1), (site + sites, 0)
        total += openfermion.FermionOperator(both, 1.3)
    moved = apply_onsite(psi, 1.3, sites=sites, filling=filling, at=at)
    assert_moves(moved, psi, sites, filling, exponential_of(total, sites))


@sectors
@pytest.mark.parametrize("spins", [("down",), ("up", "down")])
def test_an_orbital_rotation_is_openfermions_exponential(sites, filling, spins):
    r"""$V = e^{-iK}$ for $e^{-i \sum K_{sp} a^\dagger_s a_p}$."""
    openfermion = pytest.importorskip("openfermion")
    psi, orbitals = random_state(sites, filling), random_orbitals(sites)
    generator = 1j * scipy.linalg.logm(orbitals)
    total = openfermion.FermionOperator()
    for spin in (gates.BOTH.index(spin) for spin in spins):
        for s, p in itertools.product(range(sites), repeat=2):
            modes = (s + sites * spin, 1), (p + sites * spin, 0)
            total += openfermion.FermionOperator(modes, generator[s, p])
    moved = apply_orbital_rotation(psi, orbitals, sites=sites, filling=filling, spins=spins)
    assert_moves(moved, psi, sites, filling, exponential_of(total, sites))


@sectors
def test_hops_are_the_dense_twin_in_the_order_given(sites, filling):
    psi, bonds = random_state(sites, filling), [(0, 1), (1, sites - 1), (0, 1)]
    bonds = [bond for bond in bonds if bond[0] != bond[1]]
    expected = psi
    for bond in bonds:
        up, down = (
            scipy.linalg.expm(
                -0.4j * fermions.hopping_matrix(fermions.configurations(sites, k), [bond]).toarray()
            )
            for k in filling
        )
        expected = up @ expected @ down.T
    moved = apply_hop(psi, 0.4, bonds, sites=sites, filling=filling)
    np.testing.assert_allclose(moved, expected, atol=1e-13)


def test_an_orbital_rotation_follows_products_and_moves_slater_determinants():
    lattice = {"sites": 4, "filling": (2, 1)}
    psi, first, second = random_state(4, (2, 1)), random_orbitals(4, 1), random_orbitals(4, 2)
    once = apply_orbital_rotation(psi, second @ first, **lattice)
    twice = apply_orbital_rotation(apply_orbital_rotation(psi, first, **lattice), second, **lattice)
    np.testing.assert_allclose(once, twice, atol=1e-13)
    basis = np.zeros((6, 4))
    basis[0, 0] = 1
    lowest = apply_orbital_rotation(basis, first.real, **lattice)
    up, down = (
        fermions.slater_amplitudes(first.real[:, :k], fermions.configurations(4, k)) for k in (2, 1)
    )
    np.testing.assert_allclose(lowest, np.outer(up, down), atol=1e-14)


def test_half_a_hop_and_its_rotation_agree():
    lattice = {"sites": 3, "filling": (2, 1)}
    psi = random_state(3, (2, 1))
    one_particle = np.zeros((3, 3))
    one_particle[0, 2] = one_particle[2, 0] = 0.3
    rotated = apply_orbital_rotation(psi, scipy.linalg.expm(-1j * one_particle), **lattice)
    np.testing.assert_allclose(rotated, apply_hop(psi, 0.3, [(0, 2)], **lattice), atol=1e-14)


LATTICE = {"sites": 3, "filling": (2, 1)}
CIRCUITS = {
    "hop": lambda psi, x: apply_hop(psi, x, [(0, 1), (1, 2)], **LATTICE),
    "on site": lambda psi, x: apply_onsite(psi, x, **LATTICE),
    "orbitals": lambda psi, x: apply_orbital_rotation(
        psi,
        jax.scipy.linalg.expm(jax.lax.complex(0 * x, x) * jnp.ones((3, 3), psi.dtype)),
        **LATTICE,
    ),
}


@pytest.mark.parametrize("circuit", CIRCUITS.values(), ids=CIRCUITS)
def test_gates_compile_batch_and_differentiate(circuit):
    psi, onto = (jnp.asarray(random_state(3, (2, 1), seed)) for seed in (0, 1))

    def overlap(x):
        return jnp.abs(jnp.vdot(onto, circuit(psi, x))) ** 2

    xs = jnp.array([0.2, -1.1, 4.0])
    batch = jax.jit(jax.vmap(overlap))
    np.testing.assert_allclose(batch(xs), [overlap(x) for x in xs], atol=1e-14)
    check_grads(jax.jit(overlap), (xs[0],), order=1, modes=["fwd", "rev"])
    slopes = jax.jit(jax.vmap(jax.grad(overlap)))(xs)
    expected = (batch(xs + 1e-6) - batch(xs - 1e-6)) / 2e-6
    np.testing.assert_allclose(slopes, expected, atol=1e-8)


def test_orbitals_without_a_rotation_have_slopes_too():
    """Most minors of the identity are singular."""

    def amplitude(angle):
        c, s = jnp.cos(angle), jnp.sin(angle)
        orbitals = (
            jnp.eye(4)
            .at[jnp.ix_(jnp.arange(2), jnp.arange(2))]
            .set(jnp.stack([jnp.stack([c, -s]), jnp.stack([s, c])]))
        )
        psi = apply_orbital_rotation(jnp.eye(4, 6)[:, :1], orbitals, sites=4, filling=(1, 0))
        return psi[1, 0].real

    assert jax.grad(amplitude)(0.0) == pytest.approx(1.0)


@pytest.mark.parametrize("circuit", CIRCUITS.values(), ids=CIRCUITS)
def test_single_precision_stays(circuit):
    psi = random_state(3, (2, 1))
    moved = circuit(jnp.asarray(psi, jnp.complex64), jnp.float32(0.4))
    assert moved.dtype == jnp.complex64
    np.testing.assert_allclose(moved, circuit(psi, 0.4), atol=1e-6)


def third_circuit(problem, theta):
    """Kinetic terms in one orbital rotation, then the repulsion: a first-order Trotter circuit."""
    lattice = {"sites": problem.num_sites, "filling": problem.filling}
    hopping = np.zeros((problem.num_sites, problem.num_sites))
    for p, q in itertools.chain(*problem.bonds):
        hopping[p, q] = hopping[q, p] = -problem.t
    shape = problem.sector_shape
    psi = jnp.zeros(shape, complex).at[0, 0].set(1)
    psi = apply_orbital_rotation(psi, np.linalg.eigh(hopping)[1], **lattice)
    for on_site, horizontal, vertical in theta.reshape(-1, 3):
        psi = apply_onsite(psi, on_site, **lattice)
        psi = apply_hop(psi, horizontal, problem.bonds[0], **lattice)
        psi = apply_hop(psi, vertical, problem.bonds[1], **lattice)
    return psi


def test_a_third_hubbard_circuit_takes_ten_lines():
    """It begins at the free ground state, and a gradient step lowers its energy."""
    problem = hubbard((2, 3), 1.0, 4.0)
    matrix = jnp.asarray(problem.sector_hamiltonian().toarray(), complex)

    @jax.jit
    def energy(theta):
        psi = third_circuit(problem, theta).ravel()
        return jnp.vdot(psi, matrix @ psi).real

    mean_field = hubbard((2, 3), 1.0, 0.0).exact_minimum() + 4.0 * 6 / 4
    assert energy(jnp.zeros(6)) == pytest.approx(mean_field)
    theta = np.random.default_rng(0).uniform(-1, 1, 6)
    steps = 1e-5 * np.eye(6)
    expected = [(energy(theta + step) - energy(theta - step)) / 2e-5 for step in steps]
    slope = jax.grad(energy)(theta)
    np.testing.assert_allclose(slope, expected, atol=1e-8)
    assert problem.exact_minimum() < energy(theta - 1e-2 * slope) < energy(theta)


def test_the_third_circuit_is_openfermions():
    openfermion = pytest.importorskip("openfermion")
    problem = hubbard((2, 2), 0.8, 3.0, filling=(2, 1))
    theta = np.random.default_rng(1).uniform(-1, 1, 3)
    psi = third_circuit(problem, np.zeros(3))
    expected = fermions.register_state(psi, problem.filling, 4)
    repulsion = hubbard((2, 2), 0.0, theta[0], filling=(2, 1)).to_openfermion()
    for operator in (
        repulsion,
        *(hops(p, q, 4, (0, 1), theta[1]) for p, q in problem.bonds[0]),
        *(hops(p, q, 4, (0, 1), theta[2]) for p, q in problem.bonds[1]),
    ):
        assert isinstance(operator, openfermion.FermionOperator)
        expected = exponential_of(operator, 4) @ expected
    mine = fermions.register_state(third_circuit(problem, theta), problem.filling, 4)
    np.testing.assert_allclose(mine, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: apply_hop(np.eye(2), 0.1, [(0, 1)], **LATTICE), r"state has shape \(2, 2\)"),
        (lambda: apply_onsite(np.ones(3), 0.1, **LATTICE), r"have shape \(3, 3\)"),
        (lambda: apply_hop(np.eye(3), 0.1, [(0, 3)], **LATTICE), r"bond \(0, 3\).*0 … 2"),
        (lambda: apply_hop(np.eye(3), 0.1, [(1, 1)], **LATTICE), r"bond \(1, 1\)"),
        (lambda: apply_orbital_rotation(np.eye(3), np.eye(2), **LATTICE), r"not \(3, 3\)"),
    ],
)
def test_what_does_not_fit_is_named(call, words):
    with pytest.raises(UserError, match=words):
        call()


def test_examples_run():
    assert doctest.testmod(gates) == (0, 16)
