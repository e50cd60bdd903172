"""Quantum Fisher information against closed forms, and ranks as exact integers."""

import jax
import networkx as nx
import numpy as np
import pytest

from replication import maxcut, qaoa
from replication.errors import UserError
from replication.landscapes import models
from replication.landscapes.geometry import fisher_information, fisher_rank
from replication.landscapes.symmetry import is_asymmetric


def rank(ansatz, seed=0):
    theta = np.random.default_rng(seed).uniform(-3, 3, (2, ansatz.num_parameters))
    ranks = fisher_rank(fisher_information(ansatz.state, theta))
    assert len(set(ranks.tolist())) == 1
    return int(ranks[0])


def test_of_product_circuits_it_is_the_identity():
    one = models.product(3, "local")
    found = fisher_information(one.state, np.random.default_rng(1).uniform(-3, 3, (4, 3)))
    np.testing.assert_allclose(found, np.broadcast_to(np.eye(3), (4, 3, 3)), 0, 1e-12)


def test_it_is_the_second_order_of_the_fidelity():
    r"""$|\langle\psi(\theta)|\psi(\theta + d)\rangle|^2 = 1 - d^T F d / 4$ for small d."""
    one = models.random_layers(3, 2, jax.random.key(0))
    rng = np.random.default_rng(2)
    theta, move = rng.uniform(-3, 3, one.num_parameters), rng.normal(size=one.num_parameters)
    matrix = fisher_information(one.state, [theta])[0]
    step = 1e-3 * move
    overlap = np.vdot(one.state(theta), one.state(theta + step))
    np.testing.assert_allclose(1 - abs(overlap) ** 2, step @ matrix @ step / 4, 1e-3)


@pytest.mark.parametrize("n", [4, 6])
def test_on_a_ring_the_rank_saturates_at_the_number_of_spins(n):
    ring = maxcut(nx.cycle_graph(n))
    assert [rank(qaoa(ring, p)) for p in (1, n // 2, n)] == [2, n, n]


def test_without_a_symmetry_it_saturates_at_all_even_states():
    """2 d - 2 with d = 2^(n-1): 62 for six spins, and fewer parameters are all independent."""
    graph = next(
        g for g in nx.graph_atlas_g() if len(g) == 6 and is_asymmetric(nx.to_numpy_array(g))
    )
    problem = maxcut(graph)
    assert rank(qaoa(problem, 10)) == 20
    assert rank(qaoa(problem, 36)) == 62


def test_what_is_no_stack_of_matrices_is_refused():
    with pytest.raises(UserError, match=r"shape \(points, k, k\)"):
        fisher_rank(np.eye(3))
