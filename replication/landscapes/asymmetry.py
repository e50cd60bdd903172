"""Graphs and glasses without symmetries, and the exact variances of deep QAOA on them."""

import itertools
from typing import NamedTuple

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


class DeepLimits(NamedTuple):
    """Variances over random angles: of the cost, and of its derivatives by a γ and by a β."""

    loss: float
    gamma: float
    beta: float


def deep_limits(square: float, num_qubits: int, dimension: int) -> DeepLimits:
    r"""Exact variances of deep QAOA whose algebra is all of su(d).

    $S_2/(d+1)$ of the cost, $2 S_2^2 d^2/[(d+1)(d^2-1)]$ by γ and $2 n S_2 d^2/[(d+1)(d^2-1)]$ by
    β. M. Ragone et al., doi:10.1038/s41467-024-49909-3.

    >>> round(deep_limits(14.0, 8, 2**7).loss, 4)
    0.1085

    **Arguments:** `square`: $S_2$, the sum of the squared coefficients, the variance of the
    energies; `num_qubits`: n; `dimension`: d, $2^{n-1}$ if the flip of all spins is a symmetry.
    """
    common = 2 * square * dimension**2 / ((dimension + 1) * (dimension**2 - 1))
    return DeepLimits(square / (dimension + 1), common * square, common * num_qubits)
