"""Cirq as a witness: the circuits on qubits give the sector's amplitudes."""

from collections.abc import Iterator

import numpy as np
import pytest

from replication.ansatze.hubbard import HubbardAnsatz, hubbard_ansatz
from replication.problems.hubbard import HubbardProblem, hubbard
from replication.simulators.fermions import bond_orbitals, register_state

cirq = pytest.importorskip("cirq")
openfermion = pytest.importorskip("openfermion")

PROBLEMS = {
    "2x2": hubbard((2, 2), 0.8, 3.0),
    "1x2": hubbard((1, 2), 0.8, 3.0),
    "2x3": hubbard((2, 3), 0.8, 3.0),
    "3x1, 2 and 1": hubbard((3, 1), 0.8, 3.0, filling=(2, 1)),
    "3x2, odd ring": hubbard((3, 2), 0.7, 2.3, periodic=(True, False), filling=(2, 1)),
    "2x2, 0 and 1": hubbard((2, 2), -0.8, 3.0, filling=(0, 1)),
}
named_problems = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)


def simulate(circuit: "cirq.Circuit", problem: HubbardProblem) -> np.ndarray:
    qubits = cirq.LineQubit.range(2 * problem.num_sites)
    simulator = cirq.Simulator(dtype=np.complex128)
    return simulator.simulate(circuit, qubit_order=qubits).final_state_vector


def expected_register(ansatz: HubbardAnsatz, problem: HubbardProblem, theta: np.ndarray):
    return register_state(ansatz.state(theta), problem.filling, problem.num_sites)


def assert_same_ray(first: np.ndarray, second: np.ndarray) -> None:
    overlap = np.vdot(first, second)
    np.testing.assert_allclose(first * overlap / abs(overlap), second, atol=1e-10)


@pytest.mark.parametrize("kind", ["swap_network", "grouped"])
@named_problems
def test_circuit_prepares_the_sector_state(problem: HubbardProblem, kind: str) -> None:
    ansatz = hubbard_ansatz(problem, 2, kind)
    theta = np.random.default_rng(0).uniform(-1, 1, ansatz.num_parameters)
    final = simulate(ansatz.to_cirq(theta), problem)
    assert_same_ray(final, expected_register(ansatz, problem, theta))


@pytest.mark.parametrize("kind", ["swap_network", "grouped"])
@pytest.mark.parametrize("name", ["2x2", "2x3", "3x2, odd ring"])
def test_rotated_circuits_measure_the_settings(name: str, kind: str) -> None:
    """As on a device: Givens rotations between neighbouring qubits, then all qubits read out."""
    problem = PROBLEMS[name]
    sites = problem.num_sites
    ansatz = hubbard_ansatz(problem, 1, kind)
    theta = np.random.default_rng(3).uniform(-1, 1, ansatz.num_parameters)
    qubits = cirq.LineQubit.range(2 * sites)
    measured = ansatz.outcome_probabilities(theta)
    for matching, mine in zip([(), *ansatz.geometry.matchings], measured, strict=True):
        orbitals = bond_orbitals(sites, matching)
        circuit = ansatz.to_cirq(theta)
        for register in (qubits[:sites], qubits[sites:]):
            to_orbitals = openfermion.bogoliubov_transform(register, orbitals.T)
            circuit.append(cirq.inverse(list(cirq.flatten_to_ops(to_orbitals))))
        seen = np.abs(simulate(circuit, problem)) ** 2
        expected = register_state(mine.reshape(problem.sector_shape), problem.filling, sites)
        np.testing.assert_allclose(seen, expected.real, atol=1e-12)


def archived_step(problem: HubbardProblem, values: dict[str, float], qubits: list) -> Iterator:
    """One step as OpenFermion-Cirq built it, from OpenFermion's own swap network."""
    sites = problem.num_sites
    horizontal, vertical = (set(bonds) for bonds in problem.bonds)

    def gates(p: int, q: int, a: "cirq.Qid", b: "cirq.Qid") -> Iterator:
        bond = tuple(sorted((p % sites, q % sites)))
        if (p < sites) == (q < sites):
            if bond in horizontal:
                yield cirq.ISwapPowGate(exponent=-values["T_h"])(a, b)
            if bond in vertical:
                yield cirq.ISwapPowGate(exponent=-values["T_v"])(a, b)
        elif abs(p - q) == sites:
            yield cirq.CZPowGate(exponent=values["V"])(a, b)

    def backwards(p: int, q: int, a: "cirq.Qid", b: "cirq.Qid") -> list:
        return list(gates(p, q, a, b))[::-1]

    yield openfermion.swap_network(qubits, gates, fermionic=True)
    yield openfermion.swap_network(qubits[::-1], backwards, fermionic=True, offset=True)


@named_problems
def test_sector_state_is_that_of_openfermions_swap_network(problem: HubbardProblem) -> None:
    ansatz = hubbard_ansatz(problem, 2)
    theta = np.random.default_rng(1).uniform(-1, 1, ansatz.num_parameters)
    qubits = cirq.LineQubit.range(2 * problem.num_sites)
    start = simulate(
        hubbard_ansatz(problem, 1).to_cirq(np.zeros(ansatz.num_parameters // 2)), problem
    )
    circuit = cirq.Circuit(cirq.I.on_each(*qubits))
    for step in theta.reshape(2, -1):
        letters = [name.rsplit("_", 1)[0] for name in ansatz.parameter_names]
        values = dict(zip(letters, step.tolist(), strict=False))
        circuit.append(archived_step(problem, values, qubits))
    final = cirq.Simulator(dtype=np.complex128).simulate(
        circuit, qubit_order=qubits, initial_state=start
    )
    assert_same_ray(final.final_state_vector, expected_register(ansatz, problem, theta))


def test_start_is_the_ground_state_of_openfermions_quadratic_hopping() -> None:
    problem = PROBLEMS["2x3"]
    hopping = hubbard(problem.shape, problem.t, 0.0)
    matrix = openfermion.get_sparse_operator(hopping.to_openfermion(), 12)
    ansatz = hubbard_ansatz(problem, 1)
    start = simulate(ansatz.to_cirq(np.zeros(3)), problem)
    energy = np.vdot(start, matrix @ start).real
    assert energy == pytest.approx(hopping.exact_minimum(), abs=1e-10)


@pytest.mark.slow
def test_energy_is_the_expectation_of_the_qubit_hamiltonian() -> None:
    problem = PROBLEMS["2x3"]
    ansatz = hubbard_ansatz(problem, 3)
    theta = np.random.default_rng(2).uniform(-1, 1, 9)
    matrix = openfermion.get_sparse_operator(problem.to_openfermion(), 12)
    final = simulate(ansatz.to_cirq(theta), problem)
    energy = np.vdot(final, matrix @ final).real
    assert float(ansatz.energy(theta)) == pytest.approx(energy, abs=1e-10)
