"""MaxCut: cuts against brute force, the ensemble's distribution, and refusals."""

import itertools
from decimal import Decimal
from fractions import Fraction
from typing import get_args

import jax
import networkx as nx
import numpy as np
import pytest

from replication.errors import UserError
from replication.problems.maxcut import (
    DEGREES,
    Graphs,
    MaxCut,
    Weights,
    maxcut,
    planted_probabilities,
)


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
        ([(0, 1, "heavy")], r"edge \(0, 1\) has weight 'heavy'"),
        ([(0, 1, 1 + 2j)], r"edge \(0, 1\) has weight \(1\+2j\)"),
        ([(0, 1, np.complex128(1j))], r"edge \(0, 1\) has weight .*1j.* of type complex128"),
        ([(0, 1, 2, 3)], r"edge \(0, 1, 2, 3\) must be \(i, j\) or \(i, j, weight\)"),
        ([0, 1], r"edge 0 must be \(i, j\) or \(i, j, weight\)"),
        ([(0, 1), (1, 0, 3.0)], r"edge \(1, 0, 3.0\) is there twice"),
        ([(0, 1), (0, "a")], "nodes .* cannot be sorted"),
        *[
            ([(0, 1, weight)], rf"edge \(0, 1\) has weight .* of type {kind}; only finite real")
            for weight, kind in [
                (1j, "complex"),
                (complex(1, 0), "complex"),
                (np.complex64(1), "complex64"),
                ("2.5", "str"),
                (b"2", "bytes"),
                (True, "bool"),
                (np.True_, "bool"),
                (None, "NoneType"),
                (np.array(2.0), "ndarray"),
                ([1.0], "list"),
                ({1.0: 2.0}, "dict"),
                (Decimal("0.5"), "Decimal"),
                (10**400, "int"),
                (np.ma.masked, "MaskedConstant"),
            ]
        ],
        *[
            (graph, "graph must be a path, a graph of networkx or rustworkx, .* of edges, got ")
            for graph in [
                b"ab",
                bytearray(b"ab"),
                5,
                None,
                np.array(1.0),
            ]
        ],
        ("ab", "ab: unknown format ''"),
        ({}, "0 nodes and no edges"),
        ({0: [1], 1: [0]}, "key 0 of the graph must be a pair of nodes"),
        *[
            ([(0, 1), edge], r"must be \(i, j\) or \(i, j, weight\)")
            for edge in [
                "ab",
                "abc",
                b"ab",
                bytearray(b"ab"),
                {0: 1, 2: 3},
                {0, 1, 2},
                None,
                1.5,
                np.array(1.0),
                (1,),
                (),
            ]
        ],
        ([(0, 1), ([0], [1])], r"edge \(\[0\], \[1\]\) has nodes that cannot be hashed"),
        (nx.DiGraph([(0, 1)]), "DiGraph; only undirected simple graphs"),
        (nx.MultiGraph([(0, 1), (0, 1)]), "MultiGraph; only undirected simple graphs"),
    ],
)
def test_bad_graphs_are_refused_by_name(graph, sentence):
    with pytest.raises(UserError, match=sentence):
        maxcut(graph)


@pytest.mark.parametrize("weight", [1j, "2.5", True, Decimal(1), np.array(2.0), 10**400])
def test_a_networkx_weight_that_is_no_finite_real_number_is_named(weight):
    graph = nx.path_graph(3)
    graph.edges[1, 2]["weight"] = weight
    with pytest.raises(UserError, match=r"^edge \(1, 2\) has weight .* only finite real numbers"):
        maxcut(graph)


@pytest.mark.parametrize(
    "edges",
    [
        [[0, 1], [1, 2]],
        ((0, 1), (1, 2)),
        {(0, 1), (1, 2)},
        [{0, 1}, frozenset({1, 2})],
        np.array([[0, 1], [1, 2]]),
        [(0, 1, np.float32(1)), (1, 2, Fraction(1))],
        nx.path_graph(3).edges,
        (pair for pair in [(0, 1), (1, 2)]),
    ],
    ids=lambda edges: type(edges).__name__,
)
def test_edges_of_any_type_are_taken(edges):
    path = [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    np.testing.assert_array_equal(maxcut(edges).couplings, path)


def test_edges_of_a_graph_are_not_taken_without_their_weights_or_with_their_keys():
    graph = nx.path_graph(3)
    graph.edges[1, 2]["weight"] = 2.5
    with pytest.raises(UserError, match="leaves out the weights of its graph; give the graph"):
        maxcut(graph.edges)
    with pytest.raises(UserError, match="of the graph must be a pair of nodes"):
        maxcut(nx.MultiGraph([(0, 1), (1, 2)]).edges)


def test_ensemble_follows_its_distribution():
    """Mean edge count within five standard errors, for a fixed and for a mixed degree."""
    n, pairs, count = 6, 15, 200
    keys = jax.random.split(jax.random.key(0), count)
    fixed = [MaxCut(degree=4).at(n).sample(key).couplings for key in keys]
    edges = np.array([j.sum() / 2 for j in fixed])
    spread = np.sqrt(pairs * (4 / 6) * (2 / 6))
    assert abs(edges.mean() - pairs * 4 / 6) < 5 * spread / np.sqrt(count)
    assert 0.7 * spread < edges.std() < 1.3 * spread
    mixed = np.array([MaxCut().at(n).sample(key).couplings.sum() / 2 for key in keys])
    assert abs(mixed.mean() - pairs * 4 / 6) < 5 * mixed.std() / np.sqrt(count)
    assert mixed.std() > edges.std()
    assert {float(w) for j in fixed for w in np.unique(j)} == {0.0, 1.0}
    assert all(j.any() for j in fixed)


def draw(ensemble, count, seed=0):
    return np.stack(
        [ensemble.sample(key).couplings for key in jax.random.split(jax.random.key(seed), count)]
    )


def test_the_default_distribution_keeps_its_numbers():
    """Drawn by the first release: published instances hang on them."""
    edges = MaxCut().at(6).sample(jax.random.key(7)).couplings[np.triu_indices(6, 1)]
    np.testing.assert_array_equal(edges, list(map(int, "101011001011010")))


@pytest.mark.parametrize("weights", get_args(Weights))
@pytest.mark.parametrize("graphs", get_args(Graphs))
def test_every_distribution_is_a_function_of_the_key(graphs, weights):
    ensemble = MaxCut(graphs=graphs, weights=weights).at(7)
    first, again, other = (ensemble.sample(jax.random.key(k)).couplings for k in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    np.testing.assert_array_equal(first, first.T)
    with jax.enable_x64(False):
        np.testing.assert_array_equal(ensemble.sample(jax.random.key(1)).couplings, first)
    unit = MaxCut(graphs=graphs).at(7).sample(jax.random.key(1)).couplings
    np.testing.assert_array_equal(first != 0, unit != 0)


@pytest.mark.parametrize(("n", "degree"), [(8, None), (8, 3), (7, 2), (6, 5)])
def test_regular_graphs_are_regular(n, degree):
    degrees = draw(MaxCut(degree=degree, graphs="regular").at(n), 10).sum(axis=2)
    np.testing.assert_array_equal(degrees, degree or 4)


@pytest.mark.parametrize("degree", [None, 2])
def test_watts_strogatz_rewires_three_edges_in_ten(degree):
    n, k, count = 12, degree or 4, 150
    drawn = draw(MaxCut(degree=degree, graphs="watts_strogatz").at(n), count)
    np.testing.assert_array_equal(drawn.sum(axis=(1, 2)), n * k)
    steps = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    ring = np.minimum(steps, n - steps) <= k // 2
    kept = (drawn * ring).sum() / drawn.sum()
    # A little above 0.7: a rewired edge may land where another one has left the ring.
    assert 0.68 < kept < 0.78


@pytest.mark.parametrize("degree", [None, 3])
def test_barabasi_albert_grows_from_a_star(degree):
    n, m = 14, degree or 2
    drawn = draw(MaxCut(degree=degree, graphs="barabasi_albert").at(n), 100)
    np.testing.assert_array_equal(drawn.sum(axis=(1, 2)) / 2, m + (n - m - 1) * m)
    earlier = np.tril(drawn).sum(axis=2)
    np.testing.assert_array_equal(earlier[:, m + 1 :], m)
    # The rich get richer: degrees spread more than where newcomers choose blindly.
    assert drawn.sum(axis=2).max(axis=1).mean() > 1.8 * drawn.sum() / drawn[..., 0].size


@pytest.mark.parametrize(("n", "degree"), [(12, None), (9, 3), (6, None), (13, 11)])
def test_planted_partitions_keep_their_mean_degree(n, degree):
    k, count, half = degree or 4, 200, n // 2
    inside, between = planted_probabilities((half, n - half), k)
    assert 0 <= between <= inside <= 1
    assert inside == pytest.approx(4 * between) or inside == 1
    drawn = draw(MaxCut(degree=degree, graphs="planted_partition").at(n), count)
    same = np.equal.outer(np.arange(n) < half, np.arange(n) < half) & ~np.eye(n, dtype=bool)
    for chance, pairs in ((inside, same), (between, ~same & ~np.eye(n, dtype=bool))):
        trials = count * pairs.sum() / 2
        tolerance = 5 * np.sqrt(chance * (1 - chance) / trials) + 1e-12
        assert abs((drawn * pairs).sum() / 2 / trials - chance) < tolerance
    expected = inside * same.sum() + between * (n * (n - 1) - same.sum())
    assert expected == pytest.approx(n * k)


@pytest.mark.parametrize(
    ("weights", "variance", "kurtosis"), [("uniform", 1 / 3, 9 / 5), ("normal", 1 / 4, 3)]
)
def test_weights_have_mean_one_and_their_variance(weights, variance, kurtosis):
    drawn = draw(MaxCut(degree=11, weights=weights).at(12), 100)
    edges = drawn[:, *np.triu_indices(12, 1)].ravel()
    edges = edges[edges != 0]
    error = np.sqrt(variance / edges.size)
    assert abs(edges.mean() - 1) < 5 * error
    assert abs(edges.var() - variance) < 5 * variance * np.sqrt((kurtosis - 1) / edges.size)
    fourth = np.mean((edges - 1) ** 4) / variance**2
    assert abs(fourth - kurtosis) < 0.2 * kurtosis
    if weights == "uniform":
        assert 0 <= edges.min() < 0.01 < 1.99 < edges.max() <= 2


def test_weights_of_different_edges_are_independent():
    drawn = draw(MaxCut(degree=3, graphs="regular", weights="normal").at(4), 400)
    edges = drawn[:, *np.triu_indices(4, 1)]
    off_diagonal = np.corrcoef(edges.T)[np.triu_indices(6, 1)]
    assert np.abs(off_diagonal).max() < 5 / np.sqrt(400)


def test_a_graph_without_edges_is_drawn_again():
    """G(4, 1/4) has none in one draw of six."""
    assert (draw(MaxCut(degree=1).at(4), 100) != 0).any(axis=(1, 2)).all()
    assert (
        (draw(MaxCut(degree=1, graphs="planted_partition").at(4), 100) != 0).any(axis=(1, 2)).all()
    )


@pytest.mark.parametrize(
    ("size", "settings", "sentence"),
    [
        (3, {}, "size '3' must be a number of qubits from 4 to 24"),
        (6, {"degree": 6}, "degree 6 must be below the size, 6"),
        (4, {"graphs": "regular"}, "degree 4 must be below the size, 4"),
        (7, {"degree": 3, "graphs": "regular"}, "no graph on 7 nodes is 3-regular"),
        (7, {"degree": 3, "graphs": "watts_strogatz"}, "degree 3 must be even"),
        (5, {"degree": 5, "graphs": "barabasi_albert"}, "degree 5 must be below the size, 5"),
        (5, {"degree": 5, "graphs": "planted_partition"}, "degree 5 must be below the size, 5"),
    ],
)
def test_impossible_sizes_are_refused_by_name(size, settings, sentence):
    with pytest.raises(UserError, match=sentence) as caught:
        MaxCut(**settings).at(size)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"graphs": "petersen"}, "'erdos_renyi', .* or 'planted_partition'"),
        ({"weights": "heavy"}, "'unit', 'uniform', 'normal' or 'signs'"),
        ({"degree": 0}, "greater than or equal to 1"),
        ({"degree": 2.5}, "valid integer"),
    ],
)
def test_unknown_settings_are_refused_by_name(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        MaxCut(**settings)


def test_every_distribution_but_one_has_a_degree_where_none_is_given():
    assert set(DEGREES) == set(get_args(Graphs)) - {"erdos_renyi"}


@pytest.mark.parametrize(
    "ensemble", [MaxCut(degree=4).at(7), MaxCut(degree=4, graphs="regular", weights="normal").at(7)]
)
def test_one_degree_is_one_stratum(ensemble):
    assert ensemble.strata() == [ensemble]


def test_strata_keep_the_weights():
    strata = MaxCut(weights="uniform").at(5).strata()
    assert strata == [MaxCut(degree=k, weights="uniform").at(5) for k in (3, 4)]


def test_strata_and_size():
    ensemble = MaxCut().at(7)
    assert [one.settings.degree for one in ensemble.strata()] == [3, 4, 5, 6]
    assert {one.size for one in ensemble.strata()} == {"7"}
    assert ensemble.size == "7"
    same = [ensemble.sample(jax.random.key(5)).couplings for _ in range(2)]
    np.testing.assert_array_equal(*same)
