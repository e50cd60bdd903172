"""Bits, their energies, and the best of measured ones."""

import itertools

import numpy as np
import pytest

import replication as r

GRAPH = r.maxcut([("a", "b", 0.5), ("b", "c", 1.5), ("a", "c", 2.0), ("c", "d", 1.0)])
MIXED = r.ising([(1.0, (0, 1, 2)), (-0.5, (0,)), (0.25, (1, 3)), (0.7, (0, 1, 2, 3))], 2.0)


@pytest.mark.parametrize("problem", [GRAPH, MIXED], ids=["graph", "mixed"])
def test_energies_are_those_of_the_diagonal(problem):
    every = np.array([*itertools.product((0, 1), repeat=4)])
    diagonal = problem.diagonal
    whole = np.concatenate([diagonal, diagonal[::-1]]) if problem.symmetric else diagonal
    np.testing.assert_allclose(problem.energy(every), whole, 0, 1e-12)
    assert problem.energy(every[5]) == problem.energy("0101") == pytest.approx(whole[5])
    assert problem.energy("1010", order="qiskit") == problem.energy("0101")


def test_the_best_of_counts_has_names_and_a_cut():
    best = GRAPH.best_of({"0010": 3, "1111": 9, "0110": 1})
    assert (best.bits, best.cut, best.times) == ("0010", 4.5, 3)
    assert best.of_nodes == {"a": 0, "b": 0, "c": 1, "d": 0}
    assert best.energy == GRAPH.energy(best.of_nodes) == 5 - 2 * 4.5
    assert GRAPH.best_of({"0100": 3, "11 11": 9}, order="qiskit").bits == "0010"
    assert MIXED.best_of(np.array([[0, 0, 0, 0], [1, 1, 0, 0]])).cut is None


def test_the_best_of_shots_counts_them():
    best = GRAPH.best_of(np.array([[0, 0, 1, 0], [1, 1, 1, 1], [0, 0, 1, 0]], bool))
    assert (best.bits, best.times) == ("0010", 2)


@pytest.mark.parametrize(
    ("bits", "message"),
    [
        ("001", "4 bits are needed"),
        ("00x1", "must be of 0 and 1 alone"),
        ([0, 1, 2, 0], "must be 0 or 1"),
        ([1, -1, 1, -1], "must be 0 or 1"),
        ({"a": 0, "b": 1}, "for every node and no other"),
        (np.zeros((3, 5)), r"got shape \(3, 5\)"),
        (3, "4 bits are needed"),
    ],
    ids=str,
)
def test_bits_of_another_kind_are_refused(bits, message):
    with pytest.raises(r.UserError, match=message):
        GRAPH.energy(bits)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({}, "no outcome"),
        ({"0000": 0}, "whole numbers above 0"),
        ({"0000": 0.5}, "whole numbers above 0"),
        (np.zeros((0, 4)), "bits of shots must have the shape"),
        ([0, 0, 1, 0], "bits of shots must have the shape"),
    ],
    ids=str,
)
def test_bad_counts_are_refused(counts, message):
    with pytest.raises(r.UserError, match=message):
        GRAPH.best_of(counts)


@pytest.mark.parametrize("problem", [GRAPH, MIXED], ids=["graph", "mixed"])
def test_samples_have_the_energy_of_the_state(problem):
    ansatz = r.qaoa(problem, p=2)
    theta = np.array([0.3, 0.2, -0.4, 0.5])
    energies = problem.energy(ansatz.sample(theta, 20_000, seed=1))
    error = energies.std() / np.sqrt(energies.size)
    assert abs(energies.mean() - float(ansatz.energy(theta))) < 4 * error
    np.testing.assert_array_equal(ansatz.sample(theta, 5, seed=3), ansatz.sample(theta, 5, seed=3))
    if problem.symmetric:
        # Both halves come.
        assert 0.45 < ansatz.sample(theta, 2000, seed=2)[:, 0].mean() < 0.55
    with pytest.raises(r.UserError, match="shots = 0 must be a whole number"):
        ansatz.sample(theta, 0, seed=1)
