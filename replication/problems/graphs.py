"""The weighted graph that is meant by a path, a matrix, a mapping, edges or a graph object."""

import os
import reprlib
from collections.abc import Iterable, Mapping, Set
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from replication.checks import real_array
from replication.errors import UserError
from replication.problems.graph_files import read_graph, warn_of_other_numbers, weighted_graph

if TYPE_CHECKING:
    import networkx as nx

# Iterables whose parts are not what was meant: characters, bytes, and keys without their values.
_NO_EDGES = (str, bytes, bytearray, Mapping)


def graph_of(source: Any) -> "nx.Graph":
    """An undirected simple graph with real weights.

    **Arguments:**

    - `source`: a path (see [`read_graph`][]); a graph of networkx or rustworkx, nodes in its own
      order; a mapping from pairs of nodes to weights, or an iterable of edges `(i, j)` or
      `(i, j, weight)`, nodes in sorted order; a square matrix of weights, dense or of
      `scipy.sparse`, symmetric or one triangle of it, nodes 0 … n-1. Weights are 1 where none is
      given; a matrix's zeros are no edges.

    **Raises:** [`UserError`][] for a graph without edges, self-loops, parallel or directed edges,
    and weights that are not finite real numbers.
    """
    import networkx as nx

    if isinstance(source, str | os.PathLike):
        graph = read_graph(source)
    elif isinstance(source, nx.Graph):
        graph = source
        warn_of_other_numbers("the graph", graph)
    elif type(source).__module__.partition(".")[0] == "rustworkx":
        graph = _from_rustworkx(source)
    elif (matrix := _matrix(source)) is not None:
        graph = _from_matrix(matrix)
    else:
        graph = _from_edges(source)
    _check(graph)
    return graph


def _check(graph: "nx.Graph") -> None:
    import networkx as nx

    if graph.is_directed() or graph.is_multigraph():
        raise UserError(
            f"the graph is a {type(graph).__name__}; only undirected simple graphs are allowed"
        )
    if graph.number_of_edges() == 0:
        raise UserError(
            f"the graph has {graph.number_of_nodes()} nodes and no edges; at least one is needed"
        )
    for node in nx.nodes_with_selfloops(graph):
        raise UserError(f"the graph has a self-loop at node {node}; none is allowed")
    for i, j, weight in graph.edges(data="weight", default=1.0):
        if not _is_weight(weight):
            kind = "" if isinstance(weight, float) else f" of type {type(weight).__name__}"
            raise UserError(
                f"edge ({i}, {j}) has weight {weight!r}{kind}; only finite real numbers are allowed"
            )


def _is_weight(weight: object) -> bool:
    if isinstance(weight, bool) or not isinstance(weight, Real):
        return False
    try:
        return bool(np.isfinite(float(weight)))
    except OverflowError:
        return False


def _from_rustworkx(graph: Any) -> "nx.Graph":
    """Nodes by their indices, which skip those that were removed; weights as they are."""
    if type(graph).__name__ != "PyGraph":
        raise UserError(f"the graph is a {type(graph).__name__}; only rustworkx' PyGraph is taken")
    edges = [(i, j, 1.0 if w is None else w) for i, j, w in graph.weighted_edge_list()]
    return weighted_graph(edges, graph.node_indices())


def _matrix(source: Any) -> np.ndarray | None:
    """A square matrix of weights; `None` for what is none, such as an array of edges."""
    if hasattr(source, "toarray") and hasattr(source, "nnz"):
        source = source.toarray()
    elif not isinstance(source, np.ndarray):
        return None
    if source.ndim != 2 or source.shape[0] != source.shape[1] or source.dtype.kind not in "iufb":
        return None
    matrix = real_array("weights", source)
    if len(matrix) > 3:
        return matrix
    # Two or three edges are a square too, with whole nodes, but no symmetric one and no triangle
    # of zero diagonal.
    symmetric = np.array_equal(matrix, matrix.T, equal_nan=True) and not np.diag(matrix).any()
    triangle = not np.tril(matrix).any() or not np.triu(matrix).any()
    whole = not np.any(matrix[:, :2] % 1)
    return matrix if symmetric or triangle or not whole else None


def _from_matrix(matrix: np.ndarray) -> "nx.Graph":
    if not np.tril(matrix, -1).any() or not np.triu(matrix, 1).any():
        matrix = matrix + matrix.T - np.diag(np.diag(matrix))
    if not np.array_equal(matrix, matrix.T, equal_nan=True):
        i, j = (int(k) for k in np.argwhere(matrix != matrix.T)[0])
        raise UserError(
            f"weights must be symmetric or one triangle, but weights[{i}, {j}] = {matrix[i, j]} "
            f"and weights[{j}, {i}] = {matrix[j, i]}"
        )
    cells = zip(*np.nonzero(np.triu(matrix)), strict=True)
    edges = [(int(i), int(j), float(matrix[i, j])) for i, j in cells]
    return weighted_graph(edges, range(len(matrix)))


def _from_edges(edges: Any) -> "nx.Graph":
    import networkx as nx

    found: dict[frozenset[Any], tuple[Any, ...]] = {}
    for edge in _listed(edges):
        parts = _parts(edge)
        # A set has no order, so the weight is unknown.
        if len(parts) not in (2, 3) or (len(parts) == 3 and isinstance(edge, Set)):
            matrix = "; a matrix is given as an array of NumPy" if len(parts) > 3 else ""
            raise UserError(f"edge {edge!r} must be (i, j) or (i, j, weight){matrix}")
        try:
            ends = frozenset(parts[:2])
        except TypeError:
            raise UserError(f"edge {edge!r} has nodes that cannot be hashed") from None
        if ends in found:
            raise UserError(f"edge {parts} is there twice; parallel edges are not allowed")
        found[ends] = parts
    nodes = set().union(*found)
    graph = nx.Graph()
    try:
        graph.add_nodes_from(sorted(nodes))
    except TypeError:
        raise UserError(f"nodes {nodes} cannot be sorted; give a networkx graph instead") from None
    graph.add_weighted_edges_from((*parts, 1.0)[:3] for parts in found.values())
    return graph


def _listed(edges: Any) -> Iterable[Any]:
    """The edges of what has any: a mapping's with their weights."""
    from networkx.classes.reportviews import EdgeView, OutEdgeView

    # The edges of a networkx graph are a mapping too, whose keys are the pairs meant.
    if type(edges) in (EdgeView, OutEdgeView):
        if any("weight" in data for _, _, data in edges.data()):
            raise UserError("graph.edges leaves out the weights of its graph; give the graph")
        return [*edges]
    if isinstance(edges, Mapping):
        pairs = [(_parts(key), weight) for key, weight in edges.items()]
        for (parts, _), key in zip(pairs, edges, strict=True):
            if len(parts) != 2:
                raise UserError(f"key {key!r} of the graph must be a pair of nodes")
        return [(*parts, weight) for parts, weight in pairs]
    if type(edges).__module__.partition(".")[0] == "pandas":
        raise UserError(
            f"graph is a {type(edges).__name__}: give frame.to_numpy() for a matrix, or "
            "frame.itertuples(index=False) for edges"
        )
    if isinstance(edges, _NO_EDGES) or not np.iterable(edges):
        raise UserError(
            "graph must be a path, a graph of networkx or rustworkx, a matrix, a mapping from "
            f"pairs to weights or an iterable of edges, got {reprlib.repr(edges)}"
        )
    found: Iterable[Any] = edges
    return found


def _parts(edge: Any) -> tuple[Any, ...]:
    """What an edge consists of, in Python's own numbers; nothing for what is no edge."""
    if isinstance(edge, _NO_EDGES):
        return ()
    try:
        return tuple(
            one.item() if isinstance(one, np.integer | np.floating) else one for one in edge
        )
    except TypeError:
        return ()
