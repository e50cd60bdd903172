"""Whether a graph or glass has symmetries besides the flip of all spins."""

import itertools

import networkx as nx
import numpy as np
from networkx.algorithms.isomorphism import GraphMatcher, numerical_edge_match

from replication.landscapes.functions import Floats


def is_asymmetric(couplings: Floats) -> bool:
    """Whether couplings `(n, n)` connect all spins and no permutation of spins leaves them alike.

    Then QAOA's generators span all of su(d) on the even states, $d = 2^{n-1}$, for almost all
    graphs. J. Mao et al., arXiv:2512.24577.

    >>> import networkx as nx
    >>> is_asymmetric(nx.to_numpy_array(nx.cycle_graph(6)))
    False
    """
    graph = nx.from_numpy_array(np.asarray(couplings, float))
    if not nx.is_connected(graph):
        return False
    matcher = GraphMatcher(graph, graph, edge_match=numerical_edge_match("weight", 0.0))
    return len([*itertools.islice(matcher.isomorphisms_iter(), 2)]) == 1
