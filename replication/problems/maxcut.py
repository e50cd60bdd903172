"""MaxCut: any graph as a cost Hamiltonian, and the distributions of random graphs of the study."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from replication.errors import UserError
from replication.problems.base import PAPER, Published
from replication.problems.graphs import graph_of
from replication.problems.ising import IsingClass, IsingProblem
from replication.settings import setting

if TYPE_CHECKING:
    import jax
    import networkx as nx

Graphs = Literal["erdos_renyi", "regular", "watts_strogatz", "barabasi_albert", "planted_partition"]
Weights = Literal["unit", "uniform", "normal", "signs"]

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


def maxcut(graph: Any) -> IsingProblem:
    r"""$H = \sum_{(ij)\in E} w_{ij} Z_i Z_j$, so that cut $= (W - \langle H\rangle)/2$.

    ```pycon
    >>> from replication import maxcut
    >>> maxcut([(0, 1), (1, 2), (0, 2)]).exact_minimum()
    -1.0

    ```

    **Arguments:**

    - `graph`: a path of a file, a networkx or rustworkx graph, a matrix, a mapping or edges, as
      [`graph_of`][] takes them. Its nodes become qubits 0, 1, … in its order, and the problem's
      `nodes`.

    **Raises:** [`UserError`][] for a graph without edges, self-loops, parallel or directed edges,
    and weights that are not finite real numbers.
    """
    import networkx as nx

    found = graph_of(graph)
    couplings = nx.to_numpy_array(found, weight="weight")
    return IsingProblem("maxcut", couplings, np.zeros(len(couplings)), nodes=tuple(found))


class MaxCut(IsingClass):
    r"""MaxCut on random graphs; by default G(n, k/n), k uniform on 3 … n-1, unit weights.

    The graphs' distributions:

    - `erdos_renyi`: G(n, k/n), each of the n(n-1)/2 edges there with probability k/n.
    - `regular`: k-regular graphs, nearly uniform among them, nk even.
      A. Steger and N. C. Wormald, Combinatorics, Probability and Computing 8 (1999) 377.
    - `watts_strogatz`: a ring where everybody knows his k nearest neighbours, k even, each edge
      rewired with probability 0.3. doi:10.1038/30918.
    - `barabasi_albert`: nodes come one by one and choose k earlier ones in proportion to their
      degrees, the first of them a star of k+1 nodes. doi:10.1126/science.286.5439.509.
    - `planted_partition`: two halves (of n // 2 nodes and the others) with edges inside a half four
      times as likely as between them, mean degree k; where that asks for more than certainty, all
      edges inside are there and the remainder of k goes between.
      A. Condon and R. M. Karp, Random Structures and Algorithms 18 (2001) 116.

    Weights: `unit` for 1; `uniform` on [0, 2], variance 1/3; `normal` for 1 + N(0, 1)/2, variance
    1/4 and negative for one edge in 44; these have mean 1. `signs` for ±1 with equal odds: a spin
    glass on the graph. Under the same key the graph does not depend on the weights.

    Graphs need not be connected; one without edges is drawn again. The distributions other than
    `erdos_renyi` are drawn by networkx, seeded with 32 bits of the key, so their instances may
    change with networkx's version.
    """

    kind: Literal["maxcut"] = "maxcut"
    graphs: Graphs = setting("erdos_renyi", "code", "distribution of the graphs")
    degree: int | None = setting(
        None,
        "code",
        "k of G(n, k/n) and of a planted partition (mean degree), degree of regular graphs, "
        "neighbours of Watts-Strogatz, edges of a new node for Barabási-Albert; null for k uniform "
        "on 3 … n-1, and 4, or 2 for Barabási-Albert, for the others",
        ge=1,
    )
    weights: Weights = setting(
        "unit", "inferred", "edge weights: 1, uniform on [0, 2], 1 + N(0, 1)/2, or ±1"
    )

    label: ClassVar[str] = "MaxCut"
    title: ClassVar[str] = "MaxCut QAOA"
    terms: ClassVar[str] = "edges"
    # The ramp was made for unit weights.
    scaled_heuristic: ClassVar[bool] = False
    fixed: ClassVar[tuple[tuple[str, str, str, str], ...]] = (
        (
            "transfer",
            "Watts–Strogatz: probability to rewire an edge; planted partition: how many times "
            "likelier an edge is inside a half",
            "chosen",
            f"{REWIRING:g}; {AFFINITY:g}",
        ),
    )
    paper_shots: ClassVar[Published | None] = Published(7e5, 4e5, f"{PAPER}, MaxCut QAOA")

    @property
    def typical_degree(self) -> int | None:
        """`degree`, or the value that `None` means; `None` where every graph draws its own."""
        return DEGREES.get(self.graphs) if self.degree is None else self.degree

    def check_size(self, size: str) -> None:
        """Refuse a number of nodes that no graph of this distribution has."""
        super().check_size(size)
        degree = self.typical_degree
        if degree is None:
            return
        if degree >= int(size):
            raise UserError(f"degree {degree} must be below the size, {size}")
        if self.graphs == "regular" and degree * int(size) % 2:
            raise UserError(
                f"no graph on {size} nodes is {degree}-regular: size × degree must be even"
            )
        if self.graphs == "watts_strogatz" and degree % 2:
            raise UserError(f"degree {degree} must be even for Watts-Strogatz graphs")

    @property
    def symmetric(self) -> bool:
        """A cut is the same with its two sides exchanged."""
        return True

    def strata(self, size: str) -> list[Self]:
        """The ensemble itself, or one for each k where k is drawn.

        So a training set can hold as many graphs of each k.
        """
        if self.typical_degree is not None:
            return [self]
        return [self.model_copy(update={"degree": k}) for k in range(3, int(size))]

    def sample(self, size: str, key: "jax.Array") -> IsingProblem:
        """Draw one instance."""
        import jax

        n = int(size)
        pairs = np.triu_indices(n, 1)
        couplings = np.zeros((n, n))
        # Wider draws are other draws: without this, a key would mean two instances.
        with jax.enable_x64(True):
            weights = self._draw_weights(jax.random.fold_in(key, _WEIGHTS), len(pairs[0]))
            present = np.zeros(len(pairs[0]), bool)
            while not present.any():
                key, k_degree, k_edges = jax.random.split(key, 3)
                present = self._draw_edges(n, k_degree, k_edges, pairs)
        couplings[pairs] = np.where(present, weights, 0.0)
        return IsingProblem("maxcut", couplings + couplings.T, np.zeros(n))

    def ratio(
        self, problems: Sequence[IsingProblem], energy: np.ndarray, minimum: np.ndarray
    ) -> np.ndarray:
        """Cut over maximum cut."""
        total = np.array([one.couplings.sum() / 2 for one in problems])
        return (total - energy) / (total - minimum)

    def _draw_weights(self, key: "jax.Array", count: int) -> np.ndarray:
        import jax

        match self.weights:
            case "unit":
                return np.ones(count)
            case "uniform":
                return np.asarray(jax.random.uniform(key, (count,), maxval=2.0))
            case "normal":
                return 1 + np.asarray(jax.random.normal(key, (count,))) / 2
            case "signs":
                return np.asarray(jax.random.rademacher(key, (count,), dtype=float))

    def _draw_edges(
        self, n: int, k_degree: "jax.Array", k_edges: "jax.Array", pairs: tuple[np.ndarray, ...]
    ) -> np.ndarray:
        """Which of the pairs of nodes are edges, bool."""
        import jax
        import networkx as nx

        if self.graphs == "erdos_renyi":
            k = self.degree or int(jax.random.randint(k_degree, (), 3, n))
            return np.asarray(jax.random.uniform(k_edges, (len(pairs[0]),))) < k / n
        graph = self._networkx_graph(n, int(jax.random.bits(k_edges, dtype=np.uint32)))
        present: np.ndarray = nx.to_numpy_array(graph, range(n), dtype=bool)[pairs]
        return present

    def _networkx_graph(self, n: int, seed: int) -> "nx.Graph":
        import networkx as nx

        degree = self.degree or DEGREES[self.graphs]
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
