"""MaxCut: any graph as a cost Hamiltonian, and the random graphs G(n, k/n) of the study."""

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import jax
import networkx as nx
import numpy as np

from replication.errors import UserError
from replication.problems.ising import IsingProblem


def maxcut(graph: nx.Graph | Iterable[Any]) -> IsingProblem:
    r"""$H = \sum_{(ij)\in E} w_{ij} Z_i Z_j$, so that cut $= (W - \langle H\rangle)/2$.

    **Arguments:**

    - `graph`: a networkx graph (edge attribute `weight`, 1 where absent; nodes in the graph's
      order become qubits 0, 1, …), or an iterable of edges `(i, j)` or `(i, j, weight)`, whose
      nodes are taken in sorted order.

    **Raises:** [`UserError`][] for a graph without edges, self-loops, parallel or directed edges,
    and weights that are not finite numbers.
    """
    if not isinstance(graph, nx.Graph):
        graph = _from_edges(graph)
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
        if not isinstance(weight, Real) or not np.isfinite(float(weight)):
            raise UserError(f"edge ({i}, {j}) has weight {weight}; only finite numbers are allowed")
    couplings = nx.to_numpy_array(graph, weight="weight")
    return IsingProblem("maxcut", couplings, np.zeros(len(couplings)))


def _from_edges(edges: Iterable[Any]) -> nx.Graph:
    found: dict[frozenset[Any], tuple[Any, ...]] = {}
    for edge in edges:
        if not isinstance(edge, Iterable) or len(parts := tuple(edge)) not in (2, 3):
            raise UserError(f"edge {edge!r} must be (i, j) or (i, j, weight)")
        if frozenset(parts[:2]) in found:
            raise UserError(f"edge {parts} is there twice; parallel edges are not allowed")
        found[frozenset(parts[:2])] = parts
    nodes = set().union(*found)
    graph = nx.Graph()
    try:
        graph.add_nodes_from(sorted(nodes))
    except TypeError:
        raise UserError(f"nodes {nodes} cannot be sorted; give a networkx graph instead") from None
    graph.add_weighted_edges_from((*parts, 1.0)[:3] for parts in found.values())
    return graph


@dataclass(frozen=True)
class MaxCutEnsemble:
    """Graphs G(n, k/n): each of the n(n-1)/2 edges is there with probability k/n.

    **Arguments:**

    - `n`: number of nodes, at least 4.
    - `degree`: k, or `None` for k uniform on the integers 3 … n-1.

    Graphs need not be connected; one without edges is drawn again.
    """

    n: int
    degree: int | None = None

    @property
    def size(self) -> str:
        """Label of the size: the number of nodes."""
        return str(self.n)

    def strata(self) -> list["MaxCutEnsemble"]:
        """One ensemble for each k, so that a training set can hold as many graphs of each."""
        return [MaxCutEnsemble(self.n, k) for k in range(3, self.n)]

    def sample(self, key: jax.Array) -> IsingProblem:
        """Draw one instance."""
        pairs = np.triu_indices(self.n, 1)
        while True:
            key, k_degree, k_edges = jax.random.split(key, 3)
            k = self.degree or int(jax.random.randint(k_degree, (), 3, self.n))
            present = np.asarray(jax.random.uniform(k_edges, (len(pairs[0]),))) < k / self.n
            if present.any():
                break
        couplings = np.zeros((self.n, self.n))
        couplings[pairs] = present
        return IsingProblem("maxcut", couplings + couplings.T, np.zeros(self.n))
