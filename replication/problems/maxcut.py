"""MaxCut: any graph as a cost Hamiltonian, and the laws of random graphs of the study."""

import reprlib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, Literal, get_args

import jax
import networkx as nx
import numpy as np
from networkx.classes.reportviews import EdgeView, OutEdgeView

from replication.errors import UserError
from replication.problems.ising import IsingProblem

Graphs = Literal["erdos_renyi", "regular", "watts_strogatz", "barabasi_albert", "planted_partition"]
Weights = Literal["unit", "uniform", "normal"]

DEGREES: dict[str, int] = {
    "regular": 4,
    "watts_strogatz": 4,
    "barabasi_albert": 2,
    "planted_partition": 4,
}
"""`degree` where none is given; G(n, k/n) draws its own."""

REWIRING = 0.3
"""Probability that Watts and Strogatz's edge is rewired."""

AFFINITY = 4.0
"""How many times as likely an edge is inside a half of a planted partition as between the two."""

# Far from the few numbers that a split of the key reaches.
_WEIGHTS = 2**31


def maxcut(graph: nx.Graph | Iterable[Any]) -> IsingProblem:
    r"""$H = \sum_{(ij)\in E} w_{ij} Z_i Z_j$, so that cut $= (W - \langle H\rangle)/2$.

    **Arguments:**

    - `graph`: a networkx graph (edge attribute `weight`, 1 where absent; nodes in the graph's
      order become qubits 0, 1, …), or an iterable of edges `(i, j)` or `(i, j, weight)`, whose
      nodes are taken in sorted order.

    **Raises:** [`UserError`][] for a graph without edges, self-loops, parallel or directed edges,
    weights that are not finite real numbers, and strings and mappings where edges are wanted.
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
        if not _is_weight(weight):
            kind = "" if isinstance(weight, float) else f" of type {type(weight).__name__}"
            raise UserError(
                f"edge ({i}, {j}) has weight {weight}{kind}; only finite real numbers are allowed"
            )
    couplings = nx.to_numpy_array(graph, weight="weight")
    return IsingProblem("maxcut", couplings, np.zeros(len(couplings)))


def _is_weight(weight: object) -> bool:
    if isinstance(weight, bool) or not isinstance(weight, Real):
        return False
    try:
        return bool(np.isfinite(float(weight)))
    except OverflowError:
        return False


# Iterables whose parts are not what was meant: characters, bytes, and keys without their values.
_NO_SEQUENCES = (str, bytes, bytearray, Mapping)


def _from_edges(edges: Iterable[Any]) -> nx.Graph:
    # The edges of a networkx graph are a mapping too, whose keys are the pairs meant.
    if type(edges) in (EdgeView, OutEdgeView):
        if any("weight" in data for _, _, data in edges.data()):  # type: ignore[attr-defined]
            raise UserError("graph.edges leaves out the weights of its graph; give the graph")
    elif isinstance(edges, _NO_SEQUENCES) or not np.iterable(edges):
        raise UserError(
            f"graph must be a networkx graph or an iterable of edges, got {reprlib.repr(edges)}"
        )
    found: dict[frozenset[Any], tuple[Any, ...]] = {}
    for edge in edges:
        parts = _parts(edge)
        # A set has no order that would tell the weight.
        if len(parts) not in (2, 3) or (len(parts) == 3 and isinstance(edge, Set)):
            raise UserError(f"edge {edge!r} must be (i, j) or (i, j, weight)")
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


def _parts(edge: Any) -> tuple[Any, ...]:
    """What an edge consists of; nothing for what is no edge."""
    if isinstance(edge, _NO_SEQUENCES):
        return ()
    try:
        return tuple(edge)
    except TypeError:
        return ()


@dataclass(frozen=True)
class MaxCutEnsemble:
    r"""Random graphs on n nodes under one of five laws, their edges weighted by one of three.

    **Arguments:**

    - `n`: number of nodes, at least 4.
    - `degree`: k below, at least 1 and below n; `None` for what stands with each law.
    - `graphs`: the law of the graphs.
        - `erdos_renyi`: G(n, k/n), each of the n(n-1)/2 edges there with probability k/n; `None`
          for k uniform on the integers 3 … n-1.
        - `regular`: k-regular graphs, nearly uniform among them, nk even; `None` for 4.
          A. Steger and N. C. Wormald, Combinatorics, Probability and Computing 8 (1999) 377.
        - `watts_strogatz`: a ring where everybody knows his k nearest neighbours, k even, each
          edge rewired with probability 0.3; `None` for 4. doi:10.1038/30918.
        - `barabasi_albert`: nodes come one by one and choose k earlier ones in proportion to their
          degrees, the first of them a star of k+1 nodes; `None` for 2.
          doi:10.1126/science.286.5439.509.
        - `planted_partition`: two halves (of n // 2 nodes and the others) with edges inside a half
          four times as likely as between them, mean degree k; where that asks for more than
          certainty, all edges inside are there and the rest of k goes between. `None` for 4.
          A. Condon and R. M. Karp, Random Structures and Algorithms 18 (2001) 116.
    - `weights`: `unit` for 1; `uniform` on [0, 2], variance 1/3; `normal` for 1 + N(0, 1)/2,
      variance 1/4 and negative for one edge in 44. All have mean 1.

    Graphs need not be connected; one without edges is drawn again.

    A key gives one instance, whatever JAX's default precision; under the same key the graph does
    not depend on `weights`. The laws other than `erdos_renyi` are drawn by networkx, seeded with
    32 bits of the key, so their instances may change with networkx's version.

    **Raises:** [`UserError`][] for an unknown law and an n or a degree that it cannot have.
    """

    n: int
    degree: int | None = None
    graphs: Graphs = "erdos_renyi"
    weights: Weights = "unit"

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("graphs", self.graphs, get_args(Graphs)),
            ("weights", self.weights, get_args(Weights)),
        ):
            if value not in allowed:
                raise UserError(f"{name} must be one of {', '.join(allowed)}, got {value!r}")
        if not isinstance(self.n, int | np.integer) or self.n < 4:
            raise UserError(f"n must be a whole number of at least 4 nodes, got {self.n!r}")
        degree = DEGREES.get(self.graphs) if self.degree is None else self.degree
        if degree is None:
            return
        whole = isinstance(degree, int | np.integer) and not isinstance(degree, bool)
        if not whole or not 1 <= degree < self.n:
            raise UserError(
                f"degree of {self.graphs} graphs on {self.n} nodes must be a whole number from 1 "
                f"to {self.n - 1}, got {degree!r}"
            )
        if self.graphs == "regular" and self.n * degree % 2:
            raise UserError(
                f"no graph on {self.n} nodes is {degree}-regular: n times degree must be even"
            )
        if self.graphs == "watts_strogatz" and degree % 2:
            raise UserError(
                f"degree of watts_strogatz graphs must be even, half of it to either side, "
                f"got {degree}"
            )

    @property
    def size(self) -> str:
        """Label of the size: the number of nodes."""
        return str(self.n)

    def strata(self) -> list["MaxCutEnsemble"]:
        """The ensemble itself, or one for each k where k is drawn.

        So a training set can hold as many graphs of each k.
        """
        if self.graphs != "erdos_renyi" or self.degree is not None:
            return [self]
        return [replace(self, degree=k) for k in range(3, self.n)]

    def sample(self, key: jax.Array) -> IsingProblem:
        """Draw one instance."""
        pairs = np.triu_indices(self.n, 1)
        couplings = np.zeros((self.n, self.n))
        # Wider draws are other draws: without this, a key would mean two instances.
        with jax.enable_x64(True):
            weights = self._draw_weights(jax.random.fold_in(key, _WEIGHTS), len(pairs[0]))
            present = np.zeros(len(pairs[0]), bool)
            while not present.any():
                key, k_degree, k_edges = jax.random.split(key, 3)
                present = self._draw_edges(k_degree, k_edges, pairs)
        couplings[pairs] = np.where(present, weights, 0.0)
        return IsingProblem("maxcut", couplings + couplings.T, np.zeros(self.n))

    def _draw_weights(self, key: jax.Array, count: int) -> np.ndarray:
        match self.weights:
            case "unit":
                return np.ones(count)
            case "uniform":
                return np.asarray(jax.random.uniform(key, (count,), maxval=2.0))
            case "normal":
                return 1 + np.asarray(jax.random.normal(key, (count,))) / 2

    def _draw_edges(
        self, k_degree: jax.Array, k_edges: jax.Array, pairs: tuple[np.ndarray, ...]
    ) -> np.ndarray:
        """Which of the pairs of nodes are edges, bool."""
        if self.graphs == "erdos_renyi":
            k = self.degree or int(jax.random.randint(k_degree, (), 3, self.n))
            return np.asarray(jax.random.uniform(k_edges, (len(pairs[0]),))) < k / self.n
        graph = self._networkx_graph(int(jax.random.bits(k_edges, dtype=np.uint32)))
        present: np.ndarray = nx.to_numpy_array(graph, range(self.n), dtype=bool)[pairs]
        return present

    def _networkx_graph(self, seed: int) -> nx.Graph:
        n, degree = self.n, self.degree or DEGREES[self.graphs]
        match self.graphs:
            case "regular":
                return nx.random_regular_graph(degree, n, seed=seed)
            case "watts_strogatz":
                return nx.watts_strogatz_graph(n, degree, REWIRING, seed=seed)
            case "barabasi_albert":
                return nx.barabasi_albert_graph(n, degree, seed=seed)
            case _:
                halves = (n // 2, n - n // 2)
                inside, between = planted_probabilities(halves, degree)
                table = [[inside, between], [between, inside]]
                return nx.stochastic_block_model(halves, table, seed=seed)


def planted_probabilities(halves: tuple[int, int], degree: float) -> tuple[float, float]:
    r"""Probabilities of an edge inside a half and between the halves, the mean degree given.

    With $a$ pairs inside and $b$ between, $a p + b q = n k / 2$ and $p = 4 q$, or $p = 1$ where
    that $p$ is above 1.
    """
    pairs_inside = sum(half * (half - 1) for half in halves) / 2
    pairs_between = halves[0] * halves[1]
    edges = sum(halves) * degree / 2
    inside = min(1.0, AFFINITY * edges / (AFFINITY * pairs_inside + pairs_between))
    return inside, (edges - inside * pairs_inside) / pairs_between
