"""Counts of classes of isomorphic graphs, drawn equally often."""

import collections

import networkx as nx
import numpy as np

from replication.probes.random_graphs import connected_graph, is_connected, unlabelled_graph

CONNECTED = {4: 6, 5: 21}  # OEIS A001349


def _frequencies(n, count):
    rng, kinds = np.random.default_rng(0), []
    counts = collections.Counter()
    for _ in range(count):
        graph = nx.from_numpy_array(unlabelled_graph(n, rng))
        found = next((i for i, one in enumerate(kinds) if nx.is_isomorphic(one, graph)), None)
        if found is None:
            kinds.append(graph)
            found = len(kinds) - 1
        counts[found] += 1
    return np.array(list(counts.values()))


def test_every_class_is_drawn_and_as_often():
    """Chi-square below its 99.9 % quantile; labelled graphs would give thousands."""
    from scipy.stats import chi2

    for n, classes in CONNECTED.items():
        counts = _frequencies(n, 60 * classes)
        assert len(counts) == classes
        assert ((counts - 60) ** 2 / 60).sum() < chi2.ppf(0.999, classes - 1)


def test_graphs_are_simple_and_connected():
    rng = np.random.default_rng(1)
    for draw, n in ((unlabelled_graph, 9), (connected_graph, 14)):
        graph = draw(n, rng)
        assert is_connected(graph)
        assert set(np.unique(graph)) <= {0.0, 1.0}
        assert (graph == graph.T).all()
        assert not np.diag(graph).any()
