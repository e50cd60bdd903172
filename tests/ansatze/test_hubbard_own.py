"""The circuit on bonds of one's own: against matrix exponentials, Cirq and the rectangle's."""

import math
import warnings
from typing import Any

import cirq
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy

import replication as r
from replication.errors import UserError
from replication.problems.hubbard_own import OwnHubbard, hubbard_on
from replication.simulators import fermions
from tests.problems.test_hubbard_own import MESSY, as_own

PROBLEMS = {
    "messy": MESSY,
    "one group": hubbard_on({(0, 1): 1.0, (1, 2): 1.0, (2, 0): 1j}, 4.0, filling=(1, 1)),
    "rectangle": as_own(r.hubbard((2, 2), 0.8, 3.0)),
    "no repulsion": hubbard_on({(0, 1): 1.0, (1, 2): 1j}, 0.0, filling=(1, 1)),
    "empty and full": hubbard_on({(0, 1): 1.0, (1, 2): 0.5}, 2.0, filling=(0, 3)),
}
named = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)


def angles_for(ansatz: Any, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1.5, 1.5, ansatz.num_parameters)


def dense_state(problem: OwnHubbard, steps: int, theta: np.ndarray) -> np.ndarray:
    """The circuit as its formula says, with exponentials of the sector's whole matrices."""
    configs = [fermions.configurations(problem.num_sites, count) for count in problem.filling]

    def sector(matrix: np.ndarray) -> np.ndarray:
        up, down = (fermions.one_body(basis, matrix) for basis in configs)
        return scipy.sparse.kronsum(down, up).toarray()

    occupied = [(basis[:, None] >> np.arange(problem.num_sites)) & 1 for basis in configs]
    shares = np.array(problem.u) / (problem.repulsion or 1)
    doubly = ((occupied[0] * shares) @ occupied[1].T).ravel()
    hops = [
        sector(problem.hops(bonds) + (0 if k else np.diag(problem.on_site))) / problem.t
        for k, (_, bonds) in enumerate(problem.groups)
    ]
    one_body = np.diag(problem.on_site).astype(complex)
    for k, (_, bonds) in enumerate(problem.groups):
        one_body = one_body + (1 + 1e-6 * k) * problem.hops(bonds)
    state = np.linalg.eigh(sector(one_body))[1][:, 0]
    for *exponents, repulsion in theta.reshape(steps, -1):
        halves = [
            scipy.linalg.expm(0.5j * np.pi * t * hop)
            for t, hop in zip(exponents, hops, strict=True)
        ]
        for half in reversed(halves):
            state = half @ state
        state = np.exp(2j * np.pi * repulsion * doubly) * state
        for half in halves:
            state = half @ state
    return state


@named
@pytest.mark.parametrize("steps", [1, 3])
def test_state_and_energy_are_those_of_matrix_exponentials(problem: OwnHubbard, steps: int) -> None:
    ansatz = r.hubbard_ansatz(problem, steps)
    theta = angles_for(ansatz)
    expected = dense_state(problem, steps, theta)
    found = np.asarray(ansatz.state(theta)).ravel()
    assert abs(np.vdot(found, expected)) == pytest.approx(1, abs=1e-9)
    energy = np.vdot(expected, problem.sector_hamiltonian() @ expected).real
    assert ansatz.energy(theta) == pytest.approx(energy, abs=1e-8)
    assert np.asarray(ansatz.energy(theta)).dtype == np.float64


@named
def test_cirq_runs_the_same_circuit(problem: OwnHubbard) -> None:
    ansatz = r.hubbard_ansatz(problem, 2)
    theta = angles_for(ansatz, 1)
    qubits = cirq.LineQubit.range(2 * problem.num_sites)
    result = cirq.Simulator(dtype=np.complex128).simulate(ansatz.to_cirq(theta), qubit_order=qubits)
    expected = fermions.register_state(ansatz.state(theta), problem.filling, problem.num_sites)
    overlap = abs(np.vdot(result.final_state_vector, expected))
    assert overlap == pytest.approx(1, abs=1e-9)


def test_a_rectangle_has_the_energy_of_the_grouped_circuit() -> None:
    rectangle = r.hubbard((2, 3), 1.2, 3.0)
    own, grouped = r.hubbard_ansatz(as_own(rectangle), 3), r.hubbard_ansatz(rectangle, 3, "grouped")
    theta = angles_for(grouped)
    # Radians of the grouped circuit: theta_h of -K_h, theta_V of D.
    exponents = (theta.reshape(3, 3) / [-math.pi, -math.pi, -2 * math.pi]).ravel()
    assert own.energy(exponents) == pytest.approx(grouped.energy(theta), abs=1e-9)
    units = rectangle.natural_units
    for each in (None, units):
        expected = grouped.heuristic(each).reshape(3, 3) / [-math.pi, -math.pi, -2 * math.pi]
        np.testing.assert_allclose(own.heuristic(each), expected.ravel(), atol=1e-14)


@named
def test_gradients_are_those_of_finite_differences(problem: OwnHubbard) -> None:
    ansatz = r.hubbard_ansatz(problem, 2)
    theta = angles_for(ansatz, 2)
    found = jax.grad(lambda one: ansatz.energy(one))(jnp.asarray(theta))
    steps = 1e-5 * np.eye(len(theta))
    expected = [(ansatz.energy(theta + one) - ansatz.energy(theta - one)) / 2e-5 for one in steps]
    np.testing.assert_allclose(found, expected, atol=2e-8)


def test_single_precision_stays_and_agrees() -> None:
    ansatz = r.hubbard_ansatz(MESSY, 2)
    theta = angles_for(ansatz)
    single = ansatz.energy(jnp.asarray(theta, jnp.float32))
    assert single.dtype == jnp.float32
    assert float(single) == pytest.approx(float(ansatz.energy(theta)), abs=1e-4)
    batch = jax.vmap(lambda one: ansatz.energy(one))(jnp.stack([theta, -theta]))
    assert float(batch[0]) == pytest.approx(float(ansatz.energy(theta)), abs=1e-12)


@named
def test_measurements_add_up_to_the_energy_and_norms_to_the_normaliser(problem: OwnHubbard) -> None:
    ansatz = r.hubbard_ansatz(problem, 2)
    theta = angles_for(ansatz, 3)
    settings, outcomes = ansatz.measurements, ansatz.outcome_probabilities(theta)
    for one in outcomes:
        assert np.sum(one) == pytest.approx(1, abs=1e-12)
    pairs = zip(settings, outcomes, strict=True)
    mean = sum(float(np.dot(setting.values, one)) for setting, one in pairs)
    assert mean == pytest.approx(float(ansatz.energy(theta)), abs=1e-9)


def test_sampled_sites_cost_on_average_what_the_sites_do() -> None:
    ansatz = r.hubbard_ansatz(MESSY, 2)
    theta, sites = angles_for(ansatz), MESSY.num_sites
    drawn = ansatz.sample(theta, 20_000, seed=1)
    assert set(drawn[:, :sites].sum(axis=1)) == {MESSY.filling[0]}
    up, down = drawn[:, :sites], drawn[:, sites:]
    costs = (up * down) @ np.array(MESSY.u) + (up + down) @ np.array(MESSY.on_site)
    expected = float(np.dot(ansatz.measurements[0].values, ansatz.outcome_probabilities(theta)[0]))
    assert costs.mean() == pytest.approx(expected, abs=5 * costs.std() / np.sqrt(20_000))
    assert costs.std() > 0


def test_periods_leave_the_energy_alone() -> None:
    ansatz = r.hubbard_ansatz(PROBLEMS["rectangle"], 1)
    theta = angles_for(ansatz)
    assert ansatz.periods == (math.inf, math.inf, 1.0)
    moved = [*theta[:2], theta[2] + 1]
    assert ansatz.energy(moved) == pytest.approx(ansatz.energy(theta), abs=1e-10)
    assert r.hubbard_ansatz(MESSY, 1).periods[-1] == math.inf
    assert ansatz.angle_box.tolist() == [2, 2, 0.5]


def test_the_unit_of_energy_does_not_matter() -> None:
    for factor in (0.1, 10.0, 1e6):
        scaled = hubbard_on({"h": {(0, 1): factor, (2, 3): 0.8 * factor}, "v": {(1, 2): factor}},
                            2 * factor, on_site={0: factor, 1: 0, 2: 0, 3: 0})  # fmt: skip
        ansatz = r.hubbard_ansatz(scaled, 2)
        units = scaled.natural_units
        theta = ansatz.heuristic(units)
        y = (ansatz.energy(theta) - scaled.offset) / units.energy
        if factor == 0.1:
            first = theta, y
        np.testing.assert_allclose(theta, first[0], atol=1e-12)
        assert y == pytest.approx(first[1], abs=1e-12)


def test_a_network_for_ladders_serves_two_groups_and_says_that_it_was_not_trained_on_them() -> None:
    learner = r.load_meta_optimizer("hubbard-natural-r3")
    own = as_own(r.hubbard((2, 3), 1.0, 4.0))
    ansatz = learner.circuit(own)
    with pytest.warns(UserWarning, match="bonds of one's own"):
        found = learner.suggest(ansatz.energy, problem=own)
    gap = (float(found.best_value) - own.exact_minimum()) / (own.offset - own.exact_minimum())
    start = float(ansatz.energy(ansatz.heuristic(own.natural_units))) - own.exact_minimum()
    assert gap < 0.03
    assert gap < 0.5 * start / (own.offset - own.exact_minimum())


def test_a_network_refuses_groups_that_it_does_not_know() -> None:
    learner = r.load_meta_optimizer("hubbard-natural-r3")
    for bonds in (
        {(0, 1): 1.0},
        {"v": {(0, 1): 1.0}, "h": {(1, 2): 1.0, (2, 3): 1.0}},
        {"x": {(0, 1): 1.0}, "y": {(1, 2): 1.0, (2, 3): 1.0}},
    ):
        own = hubbard_on(bonds, 4.0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            with pytest.raises(UserError, match="T_h_1, T_v_1, V_1"):
                learner.suggest(lambda theta: 0.0, problem=own)


@pytest.mark.parametrize(
    ("problem", "kind", "message"),
    [
        (MESSY, "swap_network", "kind must be one of own, got 'swap_network'"),
        (MESSY, "other", "kind must be one of own, got 'other'"),
        (
            hubbard_on({(0, 1): 1.0, (1, 2): 1.0, (2, 0): 1.0}, filling=(2, 2)),
            None,
            r"filling \(2, 2\) leaves .* without a unique ground state",
        ),
    ],
)
def test_what_cannot_be_simulated_is_refused(problem: Any, kind: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        r.hubbard_ansatz(problem, 1, kind)
