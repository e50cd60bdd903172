"""The same graph from objects of all kinds."""

import warnings

import networkx as nx
import numpy as np
import pytest
import scipy.sparse

import replication as r
from replication.problems.graphs import graph_of

WEIGHTS = np.array([[0, 0.5, 2, 0], [0.5, 0, -1.5, 0], [2, -1.5, 0, 1], [0, 0, 1, 0]])
EDGES = [(0, 1, 0.5), (0, 2, 2.0), (1, 2, -1.5), (2, 3, 1.0)]
GRAPH = nx.from_numpy_array(WEIGHTS)
SOURCES = {
    "networkx": GRAPH,
    "edges": EDGES,
    "array of edges": np.array(EDGES),
    "mapping": {(i, j): w for i, j, w in EDGES},
    "matrix": WEIGHTS,
    "whole numbers": (2 * WEIGHTS).astype(int),
    "upper triangle": np.triu(WEIGHTS),
    "lower triangle": np.tril(WEIGHTS),
    "sparse": scipy.sparse.csr_array(WEIGHTS),
    "sparse triangle": scipy.sparse.coo_array(np.triu(WEIGHTS)),
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_gives_the_same_couplings(name):
    problem = r.maxcut(SOURCES[name])
    scale = 2 if name == "whole numbers" else 1
    np.testing.assert_array_equal(problem.couplings, scale * WEIGHTS)
    assert problem.nodes == (0, 1, 2, 3)


def test_rustworkx():
    rustworkx = pytest.importorskip("rustworkx")
    graph = rustworkx.PyGraph()
    graph.add_nodes_from("abcd")
    graph.add_edges_from(EDGES)
    np.testing.assert_array_equal(r.maxcut(graph).couplings, WEIGHTS)
    with pytest.raises(r.UserError, match="PyDiGraph"):
        r.maxcut(rustworkx.PyDiGraph())


def test_three_edges_are_no_matrix():
    edges = np.array([[0, 1, 1], [1, 2, 1], [0, 2, 2]])
    assert r.maxcut(edges).couplings[0, 2] == 2


@pytest.mark.parametrize("cells", [{(0, 1): 3.0}, {(0, 1): 3.0, (1, 0): 3.0}])
def test_small_matrices_are_matrices(cells):
    for n in (2, 3):
        matrix = np.zeros((n, n))
        for cell, weight in cells.items():
            matrix[cell] = weight
        problem = r.maxcut(matrix)
        assert problem.num_spins == n
        assert problem.couplings[0, 1] == 3


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (WEIGHTS + np.diag([1, 0, 0, 0]), "self-loop at node 0"),
        (WEIGHTS + np.eye(4)[[1, 0, 2, 3]] * [[0, 1, 0, 0]] * 0.5, "symmetric or one triangle"),
        (np.where(WEIGHTS == 0.5, np.nan, WEIGHTS), "only finite"),
        ({0: {1: 2.0}}, "key 0 of the graph must be a pair of nodes"),
        ({(0, 1, 2): 1.0}, r"key \(0, 1, 2\) of the graph must be a pair"),
        ({(0, 1): "x"}, "weight 'x' of type str"),
        ({(0, 1): 1.0, (1, 0): 1.0}, "parallel edges"),
        (3, "graph must be a path, a graph of networkx or rustworkx, a matrix"),
        (b"ab", "graph must be a path"),
        ("ab", "ab: unknown format ''"),
        (nx.DiGraph([(0, 1)]), "DiGraph; only undirected simple graphs"),
    ],
    ids=str,
)
def test_what_is_no_graph_is_refused(source, message):
    with pytest.raises(r.UserError, match=message):
        r.maxcut(source)


@pytest.mark.parametrize(
    "matrix",
    [
        [[0, 0.5, 1.2], [0.6, 0, 0.8], [1.2, 0.8, 0]],
        [[0, 0.3], [np.nextafter(0.3, 1), 0]],
        [[0, 0.3], [0.3, 0.1]],
        [[0, 0.5], [np.nan, 0]],
    ],
)
def test_a_small_matrix_with_a_mistake_is_no_list_of_edges(matrix):
    with pytest.raises(r.UserError, match=r"symmetric|self-loop"):
        r.maxcut(np.array(matrix))


def test_weights_of_another_name_are_said_for_a_graph_too():
    graph = nx.Graph()
    graph.add_edge(0, 1, cost=3.0)
    with pytest.warns(UserWarning, match="the graph: no edge has a weight, so all are 1; not read"):
        assert graph_of(graph) is graph
    graph.add_edge(1, 2, weight=2.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        graph_of(graph)


def test_nodes_of_an_array_are_numbers_of_python():
    nodes = r.maxcut(np.array([[0, 1, 0.5], [1, 2, 1.5], [2, 3, 1.0], [0, 3, 2.0]])).nodes
    assert {type(node) for node in nodes} == {float}


def test_a_matrix_of_lists_is_refused_with_the_cure():
    with pytest.raises(r.UserError, match="a matrix is given as an array of NumPy"):
        graph_of([[0, 1, 0, 1]] * 4)
