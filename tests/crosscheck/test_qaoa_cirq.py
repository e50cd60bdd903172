"""Cirq as an outside witness: the same circuit, energies and states, both precisions."""

import functools

import cirq
import jax
import networkx as nx
import numpy as np
import pytest

from replication.ansatze.qaoa import qaoa
from replication.problems.maxcut import maxcut
from replication.problems.sk import SK, sk

SIZES = range(4, 11)


def instance(n, fields):
    """Weighted and unweighted graphs and spin glasses, the depth running through 1 … 5."""
    rng = np.random.default_rng(n)
    p = 1 + n % 5
    if fields:
        couplings = SK().at(n).sample(jax.random.key(n)).couplings
        return sk(couplings, rng.normal(size=n)), p
    graph = nx.gnp_random_graph(n, 0.6, seed=n)
    if n % 3:
        nx.set_edge_attributes(graph, {e: rng.normal() for e in graph.edges}, "weight")
    return maxcut(graph), p


@jax.jit
def both(ansatz, theta):
    return ansatz.energy(theta), ansatz.state(theta)


@functools.cache
def witness(n, fields):
    problem, p = instance(n, fields)
    ansatz = qaoa(problem, p)
    # Next to the ramp the energy is far from zero, so that a relative error means something.
    theta = ansatz.heuristic() + np.random.default_rng(7).normal(0, 0.1, 2 * p)
    state = cirq.Simulator(dtype=np.complex128).simulate(ansatz.to_cirq(theta)).final_state_vector
    levels = np.concatenate([problem.diagonal, problem.diagonal[::-1]])
    levels = levels if problem.symmetric else problem.diagonal
    return ansatz, theta, state, float(levels @ np.abs(state) ** 2)


@pytest.mark.parametrize("fields", [False, True])
@pytest.mark.parametrize("n", SIZES)
def test_double_precision_to_1e_10(n, fields):
    ansatz, theta, expected_state, expected = witness(n, fields)
    energy, state = both(ansatz, theta)
    assert energy.dtype == np.float64
    np.testing.assert_allclose(energy, expected, 0, 1e-10)
    # Cirq's gates differ from exponentials by global phases only.
    overlap = np.vdot(expected_state, state)
    np.testing.assert_allclose(np.abs(overlap), 1, 0, 1e-12)
    np.testing.assert_allclose(state, expected_state * overlap / abs(overlap), 0, 1e-10)


@pytest.mark.parametrize("fields", [False, True])
@pytest.mark.parametrize("n", SIZES)
def test_single_precision_to_1e_5(n, fields):
    ansatz, theta, _, expected = witness(n, fields)
    energy, state = both(ansatz, theta.astype(np.float32))
    assert (energy.dtype, state.dtype) == (np.float32, np.complex64)
    np.testing.assert_allclose(energy, expected, 1e-5)


@pytest.mark.parametrize("fields", [False, True])
@pytest.mark.parametrize("n", SIZES)
def test_measured_bits_have_the_probabilities_of_the_circuit(n, fields):
    """Summed over H(x), for the bits themselves are folded by the spin flip."""
    ansatz, theta, state, _ = witness(n, fields)
    (mine,), (measurement,) = ansatz.outcome_probabilities(theta), ansatz.measurements
    problem, _ = instance(n, fields)
    bits = (np.arange(2**n)[:, None] >> np.arange(n)[::-1]) & 1
    spins = 1 - 2 * bits
    energies = 0.5 * np.einsum("xi,ij,xj->x", spins, problem.couplings, spins)
    energies = energies + spins @ problem.fields
    levels, index = np.unique(np.round(energies, 9), return_inverse=True)
    expected = np.bincount(index, np.abs(state) ** 2)
    places = np.searchsorted(levels, np.round(measurement.values, 9))
    np.testing.assert_array_equal(levels[places], np.round(measurement.values, 9))
    np.testing.assert_allclose(np.bincount(places, mine), expected, 0, 1e-12)


def test_the_circuit_covers_every_qubit_and_nothing_else():
    graph = nx.Graph([(0, 1)])
    graph.add_nodes_from([2, 3])
    circuit = qaoa(maxcut(graph), 1).to_cirq([0.3, 0.4])
    assert circuit.all_qubits() == frozenset(cirq.LineQubit.range(4))
    gates = [op for op in circuit.all_operations() if len(op.qubits) == 2]
    assert len(gates) == 1
