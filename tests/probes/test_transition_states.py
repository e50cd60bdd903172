"""The probe of transition states: the published index and numbers of points, on a small graph."""

import networkx as nx
import numpy as np
import pydantic
import pytest

from replication.probes import load
from replication.probes.transition_states import REFERENCE

SETTINGS = {
    "problem": {"kind": "maxcut"},
    "size": "4",
    "instances": 0,
    "edges": [[0, 1], [1, 2], [2, 3], [0, 3], [0, 2]],
    "depth": 2,
    "starts": 24,
    "saddle_starts": 24,
}


def probe(**changes):
    return load("transition_states").model_validate({**SETTINGS, **changes})


@pytest.fixture(scope="module")
def measured():
    return probe().measure(5)


def test_the_reference_is_the_graph_of_the_check_values():
    graph = nx.random_regular_graph(3, 8, seed=1)
    assert {tuple(sorted(edge)) for edge in graph.edges} == set(REFERENCE)


def test_points_of_depth_two_have_index_one(measured):
    assert measured["instance"].values.tolist() == ["given"]
    index = measured["index"].sel(depth=2).values.ravel()
    assert index.tolist() == [1, 1, 1]
    assert measured["slope"].sel(depth=2).max() < 1e-7
    assert measured["index"].sel(depth=1).max() == -1
    one, two = measured["greedy"].values.ravel()
    np.testing.assert_allclose(measured["state_energy"].sel(depth=2).values, one, atol=1e-9)
    assert two < one - 0.1
    assert two >= measured["ground"].item()


def test_the_tree_connects_minima_below_its_heights(measured):
    deepest = measured.isel(instance=0).sel(depth=2)
    count = deepest["distinct"].item()
    leaves = deepest["leaf"].values[:count]
    assert (np.diff(leaves) > 0).all()
    # The greedy path is among them, here not the best: it is greedy.
    greedy = deepest["greedy"].item()
    assert np.abs(leaves - greedy).min() < 1e-6
    assert leaves[0] <= deepest["random_best"].item() + 1e-6
    children, heights = deepest["child"].values, deepest["height"].values
    for pair, height in zip(children[children[:, 0] >= 0], heights, strict=False):
        for node in pair:
            below = leaves[node] if node < count else heights[node - count]
            assert below <= height + 1e-9
    assert sorted(deepest["leaf_order"].values[:count]) == list(range(count))


def test_what_it_cannot_measure_is_refused():
    with pytest.raises(pydantic.ValidationError, match="nothing to measure"):
        probe(edges=[])
    with pytest.raises(pydantic.ValidationError, match="known of qaoa"):
        probe(problem={"kind": "hubbard"}, size="2x2")
