"""Descents end in stationary points, those that SciPy's BFGS finds, and the same alone or not."""

import networkx as nx
import numpy as np
import pytest
from scipy.optimize import minimize

from replication.ansatze.qaoa import qaoa
from replication.errors import UserError
from replication.landscapes import (
    best_cut_fraction,
    best_edge_angles,
    descend_together,
    energies_together,
    values,
    values_and_gradients,
)
from replication.problems.maxcut import maxcut
from replication.problems.sk import SK
from replication.seeds import key_for

GRAPHS = [nx.random_regular_graph(3, 8, seed=seed) for seed in range(3)]


def _circuits(p):
    return [qaoa(maxcut(graph), p) for graph in GRAPHS]


def test_ends_are_stationary_and_lower():
    circuits = _circuits(3)
    starts = np.random.default_rng(0).uniform(-1, 1, (3, 20, 6))
    found = descend_together(circuits, starts)
    for circuit, first, thetas, energies in zip(circuits, starts, *reversed(found), strict=True):
        value, slope = values_and_gradients(circuit.energy, thetas)
        np.testing.assert_allclose(value, energies, atol=1e-10)
        assert np.abs(slope).max() < 1e-5
        assert (value <= values(circuit.energy, first)).all()


def test_a_descent_does_not_depend_on_the_others():
    circuits = _circuits(2)
    starts = np.random.default_rng(1).uniform(-1, 1, (3, 5, 4))
    together, alone = (
        descend_together(circuits, starts),
        descend_together(circuits[1:2], starts[1:2]),
    )
    np.testing.assert_allclose(together.energies[1], alone.energies[0], atol=1e-9)


def test_the_best_is_that_of_scipy():
    circuits, rng = _circuits(2), np.random.default_rng(2)
    best = descend_together(circuits, rng.uniform(-1, 1, (3, 40, 4))).best()
    for circuit, energy in zip(circuits, best.energies, strict=True):

        def cost(theta, circuit=circuit):
            value, slope = values_and_gradients(circuit.energy, theta[None])
            return value[0], slope[0]

        others = [minimize(cost, rng.uniform(-1, 1, 4), jac=True).fun for _ in range(15)]
        assert energy <= min(others) + 1e-8


def test_the_closed_optimum_of_one_layer():
    circuit = qaoa(maxcut(nx.heawood_graph()), 1)
    best = descend_together([circuit], [[[0.2, -0.2], [1.0, 0.1]]]).best()
    assert (1 - best.energies[0] / 21) / 2 == pytest.approx(best_cut_fraction(3), abs=1e-10)
    found = descend_together([circuit], [[[0.2, -0.2]]]).best()
    np.testing.assert_allclose(found.thetas[0], best_edge_angles(3), atol=1e-6)


def test_energies_of_many_instances_at_many_angles():
    circuits = [SK().circuit(SK().at(6).sample(key_for(0, "d", i)), 2) for i in range(3)]
    thetas = np.random.default_rng(3).uniform(-1, 1, (3, 70, 4))
    found = energies_together(circuits, thetas)
    for circuit, points, row in zip(circuits, thetas, found, strict=True):
        np.testing.assert_allclose(row, values(circuit.energy, points), atol=1e-12)


def test_errors_name_the_shapes():
    with pytest.raises(UserError, match=r"\(3, points, k\)"):
        descend_together(_circuits(1), np.zeros((2, 1, 2)))
    with pytest.raises(UserError, match="one size"):
        energies_together([*_circuits(1), qaoa(maxcut([(0, 1)]), 1)], np.zeros((4, 1, 2)))
