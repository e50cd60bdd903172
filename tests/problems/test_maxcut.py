"""MaxCut: cuts against brute force, the ensemble's law, and refusals."""

import itertools

import jax
import networkx as nx
import numpy as np
import pytest

from replication.errors import UserError
from replication.problems.maxcut import MaxCutEnsemble, maxcut


def largest_cut(graph):
    nodes = list(graph)
    return max(
        nx.cut_size(graph, side, weight="weight") if 0 < len(side) < len(nodes) else 0
        for count in range(len(nodes))
        for side in itertools.combinations(nodes, count)
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_minimum_is_the_largest_cut(weighted):
    graph = nx.gnp_random_graph(7, 0.6, seed=3)
    if weighted:
        rng = np.random.default_rng(0)
        nx.set_edge_attributes(graph, {e: rng.uniform(0.1, 2) for e in graph.edges}, "weight")
    problem = maxcut(graph)
    total = graph.size(weight="weight")
    cut = (total - problem.exact_minimum()) / 2
    np.testing.assert_allclose(cut, largest_cut(graph), 1e-13)
    np.testing.assert_allclose(problem.normaliser, total, 1e-13)
    assert problem.kind == "maxcut"
    assert problem.symmetric


def test_edge_lists_and_graphs_are_one():
    edges = [(0, 1), (1, 2, 2.5), (3, 2)]
    graph = nx.Graph([(0, 1), (2, 3)])
    graph.add_edge(1, 2, weight=2.5)
    expected = np.zeros((4, 4))
    for i, j, weight in [(0, 1, 1), (1, 2, 2.5), (2, 3, 1)]:
        expected[i, j] = expected[j, i] = weight
    np.testing.assert_array_equal(maxcut(edges).couplings, expected)
    np.testing.assert_array_equal(maxcut(iter(edges)).couplings, expected)
    np.testing.assert_array_equal(maxcut(graph).couplings, expected)


def test_nodes_become_qubits_in_the_stated_order():
    graph = nx.Graph()
    graph.add_nodes_from("cab")
    graph.add_edge("c", "b")
    np.testing.assert_array_equal(np.argwhere(maxcut(graph).couplings), [[0, 2], [2, 0]])
    # A list's nodes are sorted, whatever order its edges name them in.
    np.testing.assert_array_equal(
        np.argwhere(maxcut([("c", "b"), ("b", "a")]).couplings), [[0, 1], [1, 0], [1, 2], [2, 1]]
    )


@pytest.mark.parametrize(
    ("graph", "sentence"),
    [
        (nx.empty_graph(5), "5 nodes and no edges; at least one is needed"),
        ([], "0 nodes and no edges"),
        ([(0, 1), (2, 2)], "self-loop at node 2"),
        ([(0, 1, np.nan)], r"edge \(0, 1\) has weight nan; only finite"),
        ([(0, 1, "heavy")], r"edge \(0, 1\) has weight heavy"),
        ([(0, 1, 1 + 2j)], r"edge \(0, 1\) has weight \(1\+2j\)"),
        ([(0, 1, np.complex128(1j))], r"edge \(0, 1\) has weight 1j"),
        ([(0, 1, 2, 3)], r"edge \(0, 1, 2, 3\) must be \(i, j\) or \(i, j, weight\)"),
        ([0, 1], r"edge 0 must be \(i, j\) or \(i, j, weight\)"),
        ([(0, 1), (1, 0, 3.0)], r"edge \(1, 0, 3.0\) is there twice"),
        ([(0, 1), (0, "a")], "nodes .* cannot be sorted"),
        (nx.DiGraph([(0, 1)]), "DiGraph; only undirected simple graphs"),
        (nx.MultiGraph([(0, 1), (0, 1)]), "MultiGraph; only undirected simple graphs"),
        (nx.path_graph(31), "31 spins would take about 96 GiB"),
    ],
)
def test_bad_graphs_are_refused_by_name(graph, sentence):
    with pytest.raises(UserError, match=sentence):
        maxcut(graph)


def test_ensemble_follows_its_law():
    """Mean edge count within five standard errors, for a fixed and for a mixed degree."""
    n, pairs, count = 6, 15, 200
    keys = jax.random.split(jax.random.key(0), count)
    fixed = [MaxCutEnsemble(n, 4).sample(key).couplings for key in keys]
    edges = np.array([j.sum() / 2 for j in fixed])
    spread = np.sqrt(pairs * (4 / 6) * (2 / 6))
    assert abs(edges.mean() - pairs * 4 / 6) < 5 * spread / np.sqrt(count)
    assert 0.7 * spread < edges.std() < 1.3 * spread
    mixed = np.array([MaxCutEnsemble(n).sample(key).couplings.sum() / 2 for key in keys])
    assert abs(mixed.mean() - pairs * 4 / 6) < 5 * mixed.std() / np.sqrt(count)
    assert mixed.std() > edges.std()
    assert {float(w) for j in fixed for w in np.unique(j)} == {0.0, 1.0}
    assert all(j.any() for j in fixed)


def test_strata_and_size():
    ensemble = MaxCutEnsemble(7)
    assert [one.degree for one in ensemble.strata()] == [3, 4, 5, 6]
    assert {one.n for one in ensemble.strata()} == {7}
    assert ensemble.size == "7"
    same = [ensemble.sample(jax.random.key(5)).couplings for _ in range(2)]
    np.testing.assert_array_equal(*same)
