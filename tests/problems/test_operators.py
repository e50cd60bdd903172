"""Operators of other packages and quadratic binary costs: the energies are theirs."""

import itertools

import numpy as np
import pytest
from openfermion import QubitOperator

import replication as r

EVERY = np.array([*itertools.product((0, 1), repeat=3)])
Q = np.array([[1.0, 2.0, 0.0], [0.0, -3.0, 0.5], [0.0, 1.5, 4.0]])


def whole(problem):
    diagonal = problem.diagonal
    return np.concatenate([diagonal, diagonal[::-1]]) if problem.symmetric else diagonal


def costs(matrix):
    return np.einsum("xi,ij,xj->x", EVERY, matrix, EVERY)


def test_a_qubo_has_the_energies_of_its_cost():
    problem = r.qubo(Q, constant=0.25)
    np.testing.assert_allclose(whole(problem), costs(Q) + 0.25, 0, 1e-12)
    names = "abc"
    named = {(names[i], names[j]): Q[i, j] for i, j in zip(*np.nonzero(Q), strict=True)}
    again = r.qubo(named, constant=0.25)
    np.testing.assert_array_equal(whole(again), whole(problem))
    assert again.nodes == ("a", "b", "c")


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros((2, 3)), "Q must be a square matrix"),
        ({"a": 1.0}, "key 'a' must be a pair of names"),
        ({("a", 1): 1.0}, "cannot be sorted"),
        ({(0, 1): np.nan}, r"Q\[0, 1\]"),
        ({(0, 1): "x"}, r"Q\[0, 1\]"),
    ],
)
def test_bad_quadratic_costs_are_refused(weights, message):
    with pytest.raises(r.UserError, match=message):
        r.qubo(weights)


def test_openfermion_there_and_back():
    operator = QubitOperator("Z0 Z2", 0.5) + QubitOperator("Z1", -2) + QubitOperator((), 3.0)
    operator += QubitOperator("Z0 Z1 Z2", 0.25)
    problem = r.ising(operator)
    assert problem.to_openfermion() == operator
    assert problem.num_spins == 3
    assert r.ising(operator, 1.0).offset == 4.0
    for bad, message in (("X0", "factor X"), ("Z0", "coefficient")):
        with pytest.raises(r.UserError, match=message):
            r.ising(QubitOperator(bad, 1j if bad == "Z0" else 1.0) + QubitOperator("Z1"))


def test_qiskit():
    info = pytest.importorskip("qiskit.quantum_info")
    # The rightmost letter is qubit 0.
    problem = r.ising(info.SparsePauliOp(["IIZ", "ZZI", "III"], [0.5, -1.0, 2.0]))
    assert problem.fields.tolist() == [0.5, 0, 0]
    assert problem.couplings[1, 2] == -1
    assert problem.offset == 2
    assert r.ising(info.SparsePauliOp(["IZ"])).num_spins == 2
    with pytest.raises(r.UserError, match="factor X"):
        r.ising(info.SparsePauliOp(["XI"]))


def test_pennylane():
    qml = pytest.importorskip("pennylane")
    operator = 0.5 * qml.Z("b") @ qml.Z("a") - 1.5 * qml.Z("a") + 2 * qml.I("a")
    problem = r.ising(operator)
    assert {*problem.nodes} == {"a", "b"}
    assert problem.energy({"a": 1, "b": 0}) == -0.5 + 1.5 + 2
    with pytest.raises(r.UserError, match="factor X"):
        r.ising(qml.X(0) + qml.Z(1))


@pytest.mark.parametrize("kind", ["BINARY", "SPIN"])
def test_dimod(kind):
    dimod = pytest.importorskip("dimod")
    model = dimod.BinaryQuadraticModel({"x": 1.0, "y": -2.0}, {("x", "y"): 3.0}, 0.5, kind)
    problem = r.ising(model)
    for x, y in itertools.product((0, 1), repeat=2):
        values = {"x": x, "y": y} if kind == "BINARY" else {"x": 2 * x - 1, "y": 2 * y - 1}
        assert problem.energy({"x": x, "y": y}) == pytest.approx(model.energy(values))
