"""Our circuits and conventions in Cirq, Qiskit, PennyLane and OpenQASM, by pinned energies.

The table is that of docs/conventions.md.
"""

import networkx as nx
import numpy as np
import pytest

import replication as r
from replication.metalearner.view import swapped

EDGES = [(0, 1, 0.5), (0, 2, 1.2), (1, 2, 0.8), (1, 3, 1.5), (2, 3, 1.0)]
GAMMA, BETA = np.array([0.3, 0.7]), np.array([-0.5, -0.2])
THETA = np.concatenate([GAMMA, BETA])
GRAPH = r.maxcut(EDGES)
FIELDS = r.sk(GRAPH.couplings, [0.2, 0, -0.4, 0.1])
CUBIC = r.ising([(0.7, (0, 1, 3)), (-0.4, (0, 1, 2, 3)), (1.0, (1, 2)), (0.3, (2,))], num_spins=4)
VALUE, WITH_FIELDS, UNSWAPPED = -2.2039360155, -2.1991103923, 0.5865461166
PROBLEMS = {"graph": (GRAPH, VALUE), "fields": (FIELDS, WITH_FIELDS), "cubic": (CUBIC, None)}


def own(problem, theta=THETA):
    return float(r.qaoa(problem, len(theta) // 2).energy(theta))


@pytest.fixture(params=PROBLEMS)
def case(request):
    problem, pinned = PROBLEMS[request.param]
    value = own(problem)
    assert pinned is None or value == pytest.approx(pinned, abs=1e-9)
    return problem, value


def energy_of(problem, probabilities):
    """Of probabilities of all bits, qubit 0 the most significant."""
    n = problem.num_spins
    every = np.arange(2**n)[:, None] >> np.arange(n - 1, -1, -1) & 1
    return float(problem.energy(every) @ probabilities)


def test_cirq(case):
    cirq = pytest.importorskip("cirq")
    problem, value = case
    for source in (problem, r.qaoa(problem, 2)):
        state = source.to_cirq(THETA).final_state_vector(dtype=np.complex128)
        assert energy_of(problem, np.abs(state) ** 2) == pytest.approx(value, abs=1e-9)
    assert cirq.LineQubit(3) in problem.to_cirq(THETA).all_qubits()


def test_qiskit(case):
    info = pytest.importorskip("qiskit.quantum_info")
    problem, value = case
    state = info.Statevector(problem.to_qiskit(THETA))
    operator = problem.to_sparse_pauli_op()
    assert state.expectation_value(operator).real == pytest.approx(value, abs=1e-9)
    # Qubit 0 is the least significant bit there.
    assert energy_of(problem, info.Statevector(state.reverse_qargs()).probabilities()) == (
        pytest.approx(value, abs=1e-9)
    )
    again = r.ising(operator)
    np.testing.assert_allclose(again.couplings, problem.couplings)


def test_the_order_of_angles_in_qiskits_own_ansatz():
    library = pytest.importorskip("qiskit.circuit.library")
    info = pytest.importorskip("qiskit.quantum_info")
    operator = GRAPH.to_sparse_pauli_op()
    circuit = library.qaoa_ansatz(operator, reps=2)
    values = [
        info.Statevector(circuit.assign_parameters(theta)).expectation_value(operator).real
        for theta in (swapped(THETA), THETA)
    ]
    assert values == pytest.approx([VALUE, UNSWAPPED], abs=1e-9)


def test_pennylane(case):
    qml = pytest.importorskip("pennylane")
    problem, value = case

    @qml.qnode(qml.device("default.qubit", wires=problem.num_spins))
    def energy(theta):
        problem.to_pennylane(theta)
        return qml.expval(problem.to_pennylane_operator())

    assert float(energy(THETA)) == pytest.approx(value, abs=1e-9)


def test_pennylanes_layers_take_the_same_angles():
    qml = pytest.importorskip("pennylane")
    cost, mixer = GRAPH.to_pennylane_operator(), qml.qaoa.x_mixer(range(4))

    @qml.qnode(qml.device("default.qubit", wires=4))
    def energy():
        for wire in range(4):
            qml.Hadamard(wire)
        for gamma, beta in zip(GAMMA, BETA, strict=True):
            qml.qaoa.cost_layer(gamma, cost)
            qml.qaoa.mixer_layer(beta, mixer)
        return qml.expval(cost)

    assert float(energy()) == pytest.approx(VALUE, abs=1e-9)


def test_pennylanes_maxcut_has_half_the_cost_and_twice_gamma():
    qml = pytest.importorskip("pennylane")
    unit = r.maxcut([edge[:2] for edge in EDGES])
    cost, mixer = qml.qaoa.maxcut(nx.Graph([edge[:2] for edge in EDGES]))

    @qml.qnode(qml.device("default.qubit", wires=4))
    def energy():
        for wire in range(4):
            qml.Hadamard(wire)
        for gamma, beta in zip(GAMMA, BETA, strict=True):
            qml.qaoa.cost_layer(2 * gamma, cost)
            qml.qaoa.mixer_layer(beta, mixer)
        return qml.expval(cost)

    assert own(unit) == pytest.approx(-1.4603406029, abs=1e-9)
    assert float(energy()) == pytest.approx((own(unit) - len(EDGES)) / 2, abs=1e-9)
    assert float(energy()) == pytest.approx(-3.2301703014, abs=1e-9)


def test_qasm(case):
    qasm3 = pytest.importorskip("qiskit.qasm3")
    pytest.importorskip("qiskit_qasm3_import")
    info = pytest.importorskip("qiskit.quantum_info")
    problem, value = case
    circuit = qasm3.loads(problem.to_qasm3(THETA))
    circuit.remove_final_measurements()
    state = info.Statevector(circuit)
    assert state.expectation_value(problem.to_sparse_pauli_op()).real == (
        pytest.approx(value, abs=1e-9)
    )


def test_qasm_as_text():
    lines = GRAPH.to_qasm3([0.5, -0.25]).splitlines()
    assert lines[:4] == ["OPENQASM 3.0;", 'include "stdgates.inc";', "qubit[4] q;", "bit[4] c;"]
    assert lines[4] == "h q[0];"
    assert lines[8:11] == ["cx q[0], q[1];", "rz(0.5) q[1];", "cx q[0], q[1];"]
    assert lines[-2:] == ["rx(-0.5) q[3];", "c = measure q;"]


def test_there_is_no_limit_to_the_number_of_qubits():
    ring = r.maxcut([(k, (k + 1) % 200) for k in range(200)])
    assert len(ring.to_cirq([0.1, 0.2]).all_qubits()) == 200
    assert r.load_meta_optimizer("maxcut-p4").weights.num_parameters == 8


@pytest.mark.filterwarnings("ignore")  # of Qiskit and its eigenvalue solver
def test_qiskits_own_loop():
    pytest.importorskip("qiskit_algorithms")
    from qiskit.primitives import StatevectorSampler
    from qiskit_algorithms import QAOA

    problem = r.maxcut(
        [
            *((0, 1, 0.5), (0, 2, 1.2), (1, 2, 0.8), (1, 3, 1.5), (2, 4, 0.7), (3, 4, 1.1)),
            *((3, 5, 0.9), (4, 5, 1.3), (0, 5, 0.6), (2, 3, 1.0)),
        ]
    )
    method = r.load_meta_optimizer("ising-p4").on(problem, order="qiskit")
    sampler = StatevectorSampler(default_shots=10_000, seed=1)
    found = QAOA(sampler, method, reps=4, initial_point=np.zeros(8)).compute_minimum_eigenvalue(
        problem.to_sparse_pauli_op()
    )
    assert found.optimal_value < -4.7
    assert problem.energy(found.best_measurement["bitstring"], order="qiskit") == (
        pytest.approx(-5.8)
    )


@pytest.mark.parametrize("theta", [[], [0.1], [[0.1, 0.2]], [0.1, np.inf], ["a", "b"]])
def test_angles_that_are_none_are_refused(theta):
    with pytest.raises(r.UserError, match="theta"):
        GRAPH.to_qasm3(theta)


def test_pennylane_differentiates_the_circuit():
    qml = pytest.importorskip("pennylane")
    problem = r.maxcut([(0, 1, 0.5), (0, 2, 1.2), (1, 2, 0.8)])
    ansatz, hamiltonian = r.qaoa(problem, 2), problem.to_pennylane_operator()

    @qml.qnode(qml.device("default.qubit", wires=3))
    def cost(theta):
        problem.to_pennylane(theta)
        return qml.expval(hamiltonian)

    theta = qml.numpy.array([0.3, 0.7, -0.5, -0.2], requires_grad=True)
    moves = 1e-5 * np.eye(4)
    slopes = [(ansatz.energy(theta + d) - ansatz.energy(theta - d)) / 2e-5 for d in moves]
    np.testing.assert_allclose(qml.grad(cost)(theta), slopes, atol=1e-6)
    with pytest.raises(r.UserError, match="theta must be p gammas, then p betas"):
        cost(theta[:3])
