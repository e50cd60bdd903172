"""OpenFermion as an outside witness: the Hamiltonian, its ground energy and its coefficients."""

import jax
import numpy as np
import openfermion
import pytest

from replication.problems.maxcut import MaxCut
from replication.problems.sk import SK, sk


def problems():
    yield "maxcut", MaxCut().at(6).sample(jax.random.key(1))
    glass = SK().at(5).sample(jax.random.key(2))
    yield "sk", glass
    yield "fields", sk(glass.couplings, np.linspace(-1, 0.5, 5))
    yield "idle spin", sk(np.pad(glass.couplings[:3, :3], (0, 2)), [0, 0, 0, 0.5, 0])


@pytest.mark.parametrize("problem", [pytest.param(p, id=name) for name, p in problems()])
def test_operator(problem):
    operator = problem.to_openfermion()
    matrix = openfermion.get_sparse_operator(operator, n_qubits=problem.num_spins)
    levels = matrix.diagonal().real
    assert matrix.nnz <= levels.size
    kept = levels[: problem.diagonal.size]
    np.testing.assert_allclose(problem.diagonal, kept, 0, 1e-12)
    ground, _ = openfermion.get_ground_state(matrix)
    np.testing.assert_allclose(problem.exact_minimum(), ground, 0, 1e-8)
    # Induced norms without the identity are OpenFermion's own one-norm.
    np.testing.assert_allclose(problem.normaliser, operator.induced_norm(), 1e-12)
    assert operator.terms.get((), 0.0) == problem.offset
