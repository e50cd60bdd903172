"""Hubbard circuits against gate-by-gate twins, finite differences and their symmetries."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.sparse.linalg import expm_multiply

from replication.ansatze.hubbard import HubbardAnsatz, hubbard_ansatz
from replication.ansatze.hubbard_geometry import Geometry
from replication.ansatze.hubbard_swap_network import schedule, sweep
from replication.errors import UserError
from replication.problems.hubbard import HubbardProblem, hubbard
from replication.problems.hubbard_own import hubbard_on
from replication.problems.maxcut import maxcut
from replication.simulators import fermions

KINDS = ["swap_network", "grouped"]
PROBLEMS = {
    "2x2": hubbard((2, 2), 0.8, 3.0),
    "2x3": hubbard((2, 3), 1.1, 2.0),
    "3x2": hubbard((3, 2), 1.0, 4.0),
    "negative t": hubbard((2, 3), -0.9, 2.0),
    "1x2": hubbard((1, 2), 0.9, 2.1),
    "1x3, 2 and 1": hubbard((1, 3), 1.0, 2.0, filling=(2, 1)),
    "3x3, 1 and 2": hubbard((3, 3), 1.0, 2.0, filling=(1, 2)),
    "2x3, 1 and 4": hubbard((2, 3), 0.5, 1.3, filling=(1, 4)),
    "4x2, closed, 1 and 3": hubbard((4, 2), 0.5, 1.3, periodic=True, filling=(1, 3)),
    "4x1, closed": hubbard((4, 1), 0.5, 1.3, periodic=True, filling=(1, 3)),
    "3x2, odd ring": hubbard((3, 2), 0.7, 2.3, periodic=(True, False), filling=(2, 1)),
    "3x3, odd rings": hubbard((3, 3), 0.7, 2.3, periodic=True, filling=(1, 1)),
    "empty and full": hubbard((2, 2), 0.7, 2.3, filling=(0, 4)),
}
named_problems = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
all_kinds = pytest.mark.parametrize("kind", KINDS)


def angles_for(ansatz: HubbardAnsatz, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1.5, 1.5, ansatz.num_parameters)


class Twin:
    """The circuits gate by gate in the sector, with matrix exponentials and no shared kernel."""

    def __init__(self, problem: HubbardProblem) -> None:
        self.problem = problem
        self.up, self.down = (
            fermions.configurations(problem.num_sites, count) for count in problem.filling
        )
        horizontal, vertical = problem.bonds
        self.bonds = {
            name: bonds for name, bonds in (("T_h", horizontal), ("T_v", vertical)) if bonds
        }

    def hopping(self, pairs: list[tuple[int, int]], *spins: int) -> scipy.sparse.csc_matrix:
        sizes = [len(self.up), len(self.down)]
        parts = [
            fermions.hopping_matrix(configs, pairs if spin in spins else [])
            for spin, configs in enumerate((self.up, self.down))
        ]
        left = scipy.sparse.kron(parts[0], scipy.sparse.identity(sizes[1]))
        return (left + scipy.sparse.kron(scipy.sparse.identity(sizes[0]), parts[1])).tocsc()

    def occupied_twice(self, sites: list[int]) -> np.ndarray:
        mask = sum(1 << site for site in sites)
        return fermions.double_occupancy(self.up & mask, self.down & mask).ravel()

    def start(self) -> np.ndarray:
        groups = {"T_h": 1.0, "T_v": 1.0 + 1e-6}
        total = sum(
            weight * self.hopping(self.bonds.get(k, []), 0, 1) for k, weight in groups.items()
        )
        ground = np.linalg.eigh(-self.problem.t * total.toarray())[1][:, 0]
        return ground.astype(complex)

    def grouped(self, steps: np.ndarray) -> np.ndarray:
        state = self.start()
        for step in steps:
            angles = dict(zip([*self.bonds, "V"], step, strict=True))
            hops = [(-angles[k] / 2, self.hopping(self.bonds[k], 0, 1)) for k in self.bonds]
            for angle, hop in hops:
                state = expm_multiply(-1j * angle * hop, state)
            state = state * np.exp(
                -1j * angles["V"] * self.occupied_twice(range(self.problem.num_sites))
            )
            for angle, hop in hops[::-1]:
                state = expm_multiply(-1j * angle * hop, state)
        return state

    def swap_network(self, steps: np.ndarray) -> np.ndarray:
        state, sites = self.start(), self.problem.num_sites
        for step in steps:
            angles = dict(zip([*self.bonds, "V"], step, strict=True))
            order, gates = list(range(2 * sites)), []
            for layer in range(2 * sites):
                for left in range(layer % 2, 2 * sites - 1, 2):
                    gates.append(sorted(order[left : left + 2]))
                    order[left], order[left + 1] = order[left + 1], order[left]
            assert order == list(range(2 * sites))[::-1]
            for p, q in [*gates, *gates[::-1]]:
                if q == p + sites:
                    phase = np.exp(1j * np.pi * angles["V"] * self.occupied_twice([p]))
                    state = phase * state
                elif (p < sites) == (q < sites):
                    bond, spin = (p % sites, q % sites), int(p >= sites)
                    for letter, bonds in self.bonds.items():
                        if bond in bonds:
                            hop = self.hopping([bond], spin)
                            state = expm_multiply(-0.5j * np.pi * angles[letter] * hop, state)
        return state


@all_kinds
@named_problems
def test_state_and_energy_are_those_of_the_plain_circuit(
    problem: HubbardProblem, kind: str
) -> None:
    ansatz = hubbard_ansatz(problem, 2, kind)
    theta = angles_for(ansatz)
    expected = getattr(Twin(problem), kind)(theta.reshape(2, -1))
    mine = np.asarray(ansatz.state(theta)).ravel()
    assert abs(np.vdot(expected, mine)) == pytest.approx(1, abs=1e-10)
    energy = np.vdot(expected, problem.sector_hamiltonian() @ expected).real
    assert float(ansatz.energy(theta)) == pytest.approx(energy, abs=1e-9)


@named_problems
def test_measurements_sum_to_the_hamiltonian(problem: HubbardProblem) -> None:
    ansatz = hubbard_ansatz(problem, 1)
    on_site, *hops = ansatz.measurements
    total = np.diag(on_site.values)
    for measurement, matching in zip(hops, ansatz.geometry.matchings, strict=True):
        orbitals = fermions.bond_orbitals(problem.num_sites, matching)
        up, down = (
            fermions.compound(orbitals, fermions.configurations(problem.num_sites, count))
            for count in problem.filling
        )
        basis = np.kron(up, down)
        total = total + basis @ np.diag(measurement.values) @ basis.T
    np.testing.assert_allclose(total, problem.sector_hamiltonian().toarray(), atol=1e-12)
    norms = [measurement.norm for measurement in ansatz.measurements]
    assert sum(norms) == pytest.approx(problem.normaliser)


@all_kinds
@pytest.mark.parametrize("name", ["2x3", "2x3, 1 and 4", "3x2, odd ring", "1x2", "empty and full"])
def test_outcomes_of_the_measurements_average_to_the_energy(name: str, kind: str) -> None:
    ansatz = hubbard_ansatz(PROBLEMS[name], 2, kind)
    theta = angles_for(ansatz)
    found = ansatz.outcome_probabilities(theta)
    means = [
        probabilities @ measurement.values
        for probabilities, measurement in zip(found, ansatz.measurements, strict=True)
    ]
    assert [float(one.sum()) for one in found] == pytest.approx([1.0] * len(found))
    assert float(sum(means)) == pytest.approx(float(ansatz.energy(theta)), abs=1e-9)
    assert all(one.dtype == np.float32 for one in ansatz.outcome_probabilities(np.float32(theta)))


@all_kinds
@pytest.mark.parametrize("name", ["2x3, 1 and 4", "empty and full"])
def test_sampled_sites_are_filled_as_in_the_state(name: str, kind: str) -> None:
    problem = PROBLEMS[name]
    ansatz = hubbard_ansatz(problem, 2, kind)
    theta, sites = angles_for(ansatz), problem.num_sites
    drawn = ansatz.sample(theta, 4000, seed=1)
    assert drawn.shape == (4000, 2 * sites)
    assert set(drawn[:, :sites].sum(axis=1)) == {problem.filling[0]}
    assert set(drawn[:, sites:].sum(axis=1)) == {problem.filling[1]}
    both = np.abs(ansatz.state(theta)) ** 2
    for spin, count in enumerate(problem.filling):
        filled = fermions.occupations(fermions.configurations(sites, count), sites)
        expected = both.sum(axis=1 - spin) @ filled
        found = drawn[:, spin * sites :][:, :sites].mean(axis=0)
        # Five standard errors of a share.
        assert np.abs(found - expected).max() < 5 * 0.5 / np.sqrt(4000)
    np.testing.assert_array_equal(drawn, ansatz.sample(theta, 4000, seed=1))
    with pytest.raises(UserError, match="shots"):
        ansatz.sample(theta, 0, seed=1)


@pytest.mark.parametrize(
    ("shape", "periodic", "sets"),
    [
        ((2, 2), False, 2),
        ((2, 3), False, 3),
        ((2, 5), False, 3),
        ((1, 4), False, 2),
        ((3, 3), False, 4),
        ((4, 4), True, 4),
        ((3, 2), True, 4),
        ((1, 1), False, 0),
    ],
)
def test_bonds_fall_into_few_sets(shape: tuple[int, int], periodic: bool, sets: int) -> None:
    geometry = Geometry(shape, (periodic, periodic), (1, 1), 1)
    assert len(geometry.matchings) == sets
    together = [bond for matching in geometry.matchings for bond in matching]
    assert sorted(together) == sorted(bond for bonds in geometry.bonds.values() for bond in bonds)
    for matching in geometry.matchings:
        sites = [site for bond in matching for site in bond]
        assert len(sites) == len(set(sites))


@all_kinds
def test_one_site_has_its_repulsion_alone(kind: str) -> None:
    ansatz = hubbard_ansatz(hubbard((1, 1), u=3.0, filling=(1, 1)), 2, kind)
    assert ansatz.num_parameters == 2
    assert float(ansatz.energy(np.array([0.3, -0.7]))) == pytest.approx(3)


@all_kinds
@pytest.mark.parametrize("name", ["2x3", "2x3, 1 and 4", "3x2, odd ring", "1x2"])
def test_gradients_are_central_differences(name: str, kind: str) -> None:
    ansatz = hubbard_ansatz(PROBLEMS[name], 2, kind)
    energy = jax.jit(lambda theta: ansatz.energy(theta))
    theta, step = angles_for(ansatz, 1), 1e-5
    steps = step * np.eye(len(theta))
    expected = [(energy(theta + d) - energy(theta - d)) / (2 * step) for d in steps]
    np.testing.assert_allclose(jax.grad(ansatz.energy)(theta), expected, atol=2e-9)


@all_kinds
def test_slopes_in_the_couplings_are_expectations(kind: str) -> None:
    ansatz = hubbard_ansatz(PROBLEMS["2x2"], 1, kind)
    theta = jnp.asarray(angles_for(ansatz))

    def energy(t: float, u: float) -> jax.Array:
        return eqx.tree_at(lambda a: (a.t, a.u), ansatz, (t, u)).energy(theta)

    by_t, by_u = jax.grad(energy, (0, 1))(0.8, 3.0)
    assert by_t == pytest.approx(float(energy(1.0, 0.0)))
    assert by_u == pytest.approx(float(energy(0.0, 1.0)))


@all_kinds
def test_hessian_is_symmetric_and_differentiates_the_gradient(kind: str) -> None:
    ansatz = hubbard_ansatz(PROBLEMS["2x2"], 1, kind)
    theta, step = jnp.asarray(angles_for(ansatz)), 1e-5
    hessian = jax.hessian(ansatz.energy)(theta)
    gradient = jax.jit(jax.grad(lambda theta: ansatz.energy(theta)))
    for row, shift in zip(hessian, step * jnp.eye(len(theta)), strict=True):
        expected = (gradient(theta + shift) - gradient(theta - shift)) / (2 * step)
        np.testing.assert_allclose(row, expected, atol=1e-7)


@all_kinds
def test_a_batch_of_instances_is_the_instances(kind: str) -> None:
    problems = [hubbard((2, 3), 0.2 + 0.1 * k, 4 - 0.3 * k) for k in range(6)]
    ansatze = [hubbard_ansatz(problem, 2, kind) for problem in problems]
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *ansatze)
    thetas = np.stack([angles_for(ansatz, seed) for seed, ansatz in enumerate(ansatze)])

    def both(ansatz: HubbardAnsatz, theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        return jax.value_and_grad(ansatz.energy)(theta)

    values, slopes = jax.jit(jax.vmap(both))(stacked, thetas)
    for k, ansatz in enumerate(ansatze):
        value, slope = both(ansatz, thetas[k])
        assert values[k] == pytest.approx(float(value), abs=1e-11)
        np.testing.assert_allclose(slopes[k], slope, atol=1e-11)
    np.testing.assert_allclose(stacked.heuristic(), [ansatz.heuristic() for ansatz in ansatze])


def test_gradients_flow_through_a_roll_out() -> None:
    ansatz = hubbard_ansatz(PROBLEMS["2x2"], 1)

    def last(rate: jax.Array) -> jax.Array:
        def query(theta: jax.Array, _: None) -> tuple[jax.Array, jax.Array]:
            cost = jax.vmap(ansatz.energy)(theta)
            return theta - rate * cost[:, None], cost

        start = jnp.linspace(-0.4, 0.7, 12).reshape(4, 3)
        return jax.lax.scan(query, start, length=3)[1][-1].sum()

    rate, step = jnp.asarray(0.1), 1e-5
    expected = (last(rate + step) - last(rate - step)) / (2 * step)
    assert jax.jit(jax.grad(last))(rate) == pytest.approx(float(expected), rel=1e-7)


@all_kinds
@pytest.mark.parametrize("name", ["2x3", "3x2, odd ring"])
def test_float32_angles_give_float32_and_agree(name: str, kind: str) -> None:
    ansatz = hubbard_ansatz(PROBLEMS[name], 3, kind)
    theta = angles_for(ansatz).astype(np.float32)
    value, slope = jax.value_and_grad(ansatz.energy)(theta)
    assert value.dtype == slope.dtype == np.float32
    assert ansatz.state(theta).dtype == np.complex64
    exact, exact_slope = jax.value_and_grad(ansatz.energy)(theta.astype(float))
    assert float(value) == pytest.approx(float(exact), rel=1e-5, abs=1e-5)
    np.testing.assert_allclose(slope, exact_slope, atol=1e-5 * np.abs(exact_slope).max())


@all_kinds
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), name=st.sampled_from(["2x2", "1x3, 2 and 1"]))
def test_symmetric_images_have_one_energy(kind: str, seed: int, name: str) -> None:
    ansatz = hubbard_ansatz(PROBLEMS[name], 2, kind)
    theta = angles_for(ansatz, seed)
    energy = float(ansatz.energy(theta))
    assert float(ansatz.energy(-theta)) == pytest.approx(energy, abs=1e-10)
    for index, period in enumerate(ansatz.periods):
        if math.isfinite(period):
            moved = theta + period * np.eye(len(theta))[index]
            assert float(ansatz.energy(moved)) == pytest.approx(energy, abs=1e-9)
    lowest = PROBLEMS[name].exact_minimum()
    assert energy >= lowest - 1e-10


def test_energy_at_zero_angles_is_mean_field() -> None:
    problem = PROBLEMS["2x3"]
    for kind in KINDS:
        ansatz = hubbard_ansatz(problem, 2, kind)
        free = hubbard((2, 3), problem.t, 0.0).exact_minimum()
        expected = free + problem.u * 6 / 4
        assert float(ansatz.energy(np.zeros(6))) == pytest.approx(expected, abs=1e-10)


def test_periods_and_names() -> None:
    swap = hubbard_ansatz(PROBLEMS["2x3"], 2)
    assert swap.periods == (4.0, 4.0, 2.0) * 2
    assert swap.parameter_names == ("T_h_1", "T_v_1", "V_1", "T_h_2", "T_v_2", "V_2")
    grouped = hubbard_ansatz(PROBLEMS["2x3"], 1, "grouped")
    assert grouped.periods == pytest.approx((2 * math.pi, 4 * math.pi / math.sqrt(2), 2 * math.pi))
    assert hubbard_ansatz(hubbard((2, 4)), 1, "grouped").periods[1] == math.inf
    assert hubbard_ansatz(PROBLEMS["1x2"], 1).parameter_names == ("T_v_1", "V_1")
    assert hubbard_ansatz(PROBLEMS["4x1, closed"], 1).parameter_names == ("T_h_1", "V_1")


@pytest.mark.parametrize(("steps", "energy"), [(1, -0.798041), (3, -1.446157)])
def test_adiabatic_start_of_the_protocol(steps: int, energy: float) -> None:
    ansatz = hubbard_ansatz(hubbard((2, 2)), steps)
    theta = ansatz.heuristic()
    assert float(ansatz.energy(theta)) == pytest.approx(energy, abs=1e-6)
    if steps == 1:
        np.testing.assert_allclose(theta, -0.12732, atol=5e-6)


def test_heuristic_wraps_exponents_and_leaves_radians() -> None:
    problem = hubbard((2, 2), t=2.0, u=40.0)
    theta = hubbard_ansatz(problem, 1).heuristic()
    assert -2 < theta[0] <= 2
    assert -1 < theta[2] <= 1
    np.testing.assert_allclose(hubbard_ansatz(problem, 1, "grouped").heuristic(), [8, 8, 80])


@pytest.mark.slow
@pytest.mark.parametrize(("shape", "optimum"), [((2, 3), -2.796), ((3, 2), -2.559)])
def test_one_step_optimum_depends_on_the_orientation(
    shape: tuple[int, int], optimum: float
) -> None:
    ansatz = hubbard_ansatz(hubbard(shape), 1)
    both = jax.jit(lambda theta: jax.value_and_grad(ansatz.energy)(theta))
    starts = np.random.default_rng(0).uniform(-1, 1, (20, 3))
    best = min(
        minimize(lambda x: tuple(map(np.asarray, both(x))), start, jac=True).fun for start in starts
    )
    assert best == pytest.approx(optimum, abs=1e-3)


@pytest.mark.slow
@all_kinds
def test_the_largest_ladder_of_the_study(kind: str) -> None:
    problem = hubbard((2, 5))
    ansatz = hubbard_ansatz(problem, 1, kind)
    theta = ansatz.heuristic()
    psi = np.asarray(ansatz.state(theta)).ravel()
    assert np.linalg.norm(psi) == pytest.approx(1, abs=1e-12)
    energy = np.vdot(psi, problem.sector_hamiltonian() @ psi).real
    assert float(ansatz.energy(theta)) == pytest.approx(energy, abs=1e-10)


@pytest.mark.parametrize("shape", [(1, 2), (1, 3), (3, 3), (4, 3), (5, 2), (2, 6), (1, 7), (4, 4)])
@pytest.mark.parametrize("periodic", [False, True])
def test_every_sweep_needs_one_on_site_layer(shape: tuple[int, int], *, periodic: bool) -> None:
    geometry = Geometry(shape, (periodic, periodic), (1, 1), 1)
    hops = sorted(bond for part in sweep(geometry) for _, bonds in part for bond in bonds)
    assert hops == sorted(bond for bonds in geometry.bonds.values() for bond in bonds)
    segments, layers = schedule(geometry, 3)
    assert (len(segments), len(layers)) == (7, 6)


@pytest.mark.parametrize(
    ("problem", "keywords", "word"),
    [
        (hubbard((2, 2)), {"kind": "brick"}, "swap_network, grouped"),
        (hubbard((2, 2)), {"steps": 0}, "steps"),
        (hubbard((2, 2), t=0.0), {}, "t must not be 0"),
        (hubbard((4, 1), periodic=True), {}, "unique"),
    ],
)
def test_refuses_what_it_cannot_do(problem: HubbardProblem, keywords: dict, word: str) -> None:
    with pytest.raises(UserError, match=word) as caught:
        hubbard_ansatz(problem, **keywords)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["swap_network", "grouped", None])
def test_of_a_lattice_too_large_to_simulate_there_are_angles_and_circuits(kind) -> None:
    problem = hubbard((2, 7)) if kind else hubbard_on({(k, k + 1): 1.0 for k in range(13)}, 4.0)
    ansatz = hubbard_ansatz(problem, 1, kind)
    theta = ansatz.heuristic()
    assert ansatz.to_cirq(theta).all_qubits()
    for method in (ansatz.energy, ansatz.state, ansatz.outcome_probabilities):
        with pytest.raises(UserError, match="11778624 complex amplitudes, 0"):
            method(theta)
    with pytest.raises(UserError, match="computed up to 2"):
        _ = ansatz.measurements
    assert problem.normaliser > 0


def test_refuses_angles_of_the_wrong_shape() -> None:
    ansatz = hubbard_ansatz(hubbard((2, 2)), 1)
    for method in (ansatz.energy, ansatz.state, ansatz.outcome_probabilities, ansatz.to_cirq):
        with pytest.raises(UserError, match="T_h_1, T_v_1, V_1"):
            method(np.zeros(4))


def test_another_class_of_problem_is_refused():
    with pytest.raises(UserError, match="made by hubbard or hubbard_on, got IsingProblem"):
        hubbard_ansatz(maxcut([(0, 1)]))


def test_energy_compiles_as_it_is_written():
    first, other = (hubbard_ansatz(hubbard((2, 2), t=t), steps=1) for t in (1.0, 0.5))
    theta = first.heuristic()
    for ansatz in (first, other):
        np.testing.assert_allclose(jax.jit(ansatz.energy)(theta), ansatz.energy(theta), rtol=1e-12)
