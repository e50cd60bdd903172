"""Graphs with and without automorphisms."""

import networkx as nx
import numpy as np
import pytest

from replication.landscapes.asymmetry import is_asymmetric
from replication.problems.sk import SK
from replication.seeds import key_for


@pytest.mark.parametrize("graph", [nx.cycle_graph(7), nx.complete_graph(5), nx.path_graph(4)])
def test_graphs_with_a_symmetry_are_not(graph):
    assert not is_asymmetric(nx.to_numpy_array(graph))


def test_connected_graphs_of_up_to_five_nodes_all_have_one():
    found = [g for g in nx.graph_atlas_g() if 2 <= len(g) <= 5]
    assert not any(is_asymmetric(nx.to_numpy_array(graph)) for graph in found)


def test_eight_graphs_of_six_nodes_have_none():
    """P. Erdős and A. Rényi, Acta Mathematica Academiae Scientiarum Hungaricae 14 (1963) 295."""
    found = [g for g in nx.graph_atlas_g() if len(g) == 6]
    assert sum(is_asymmetric(nx.to_numpy_array(graph)) for graph in found) == 8


def test_weights_break_symmetries():
    weighted = nx.to_numpy_array(nx.path_graph(4))
    weighted[0, 1] = weighted[1, 0] = 2.0
    assert is_asymmetric(weighted)
    assert is_asymmetric(SK().at(5).sample(key_for(0, "glass")).couplings)


def test_a_graph_in_two_parts_is_not():
    couplings = np.zeros((4, 4))
    couplings[0, 1] = couplings[1, 0] = 1.0
    couplings[2, 3] = couplings[3, 2] = 2.0
    assert not is_asymmetric(couplings)
