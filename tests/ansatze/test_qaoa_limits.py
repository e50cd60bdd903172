"""Infinite trees and the SK model: published optima from an iteration of our own."""

import networkx as nx
import numpy as np
import pytest

from replication.ansatze import qaoa_limits
from replication.ansatze.qaoa import qaoa
from replication.problems.maxcut import maxcut

NU = [0.3033, 0.4075, 0.4726, 0.5157, 0.5476, 0.5721, 0.5915, 0.6073]
"""Basso et al., arXiv:2110.14206, and Farhi et al., arXiv:1910.08187: -E of the SK model."""

CUTS = {
    3: [0.692450, 0.755906, 0.792398, 0.816877],
    4: [0.662380, 0.716092, 0.748564, 0.769024],
    5: [0.643108, 0.690709, 0.719901, 0.738554],
}
"""Cut fractions of trees by degree, p = 1 … 4: Wurtz and Lykov, doi:10.1103/PhysRevA.104.052419,
and the exact optima of arXiv:2604.24633."""

PRINTED = {
    3: [0.20438, 0.39028, 0.49402, 0.57845, -0.59956, -0.43434, -0.29676, -0.15904],
    4: [0.1575, 0.29378, 0.33661, 0.3856, -0.60499, -0.4778, -0.36127, -0.18752],
}
"""Angles of p = 4 in the units of sum ZZ; Wurtz and Lykov print twice these γ."""


@pytest.mark.parametrize("p", range(1, 9))
def test_the_sk_energies_of_the_table_are_the_published_ones(p):
    energy = qaoa_limits.sk_energy(qaoa_limits.sk_angles(p))
    assert energy == pytest.approx(-NU[p - 1], abs=6e-5)


@pytest.mark.parametrize("p", [1, 2, 3])
def test_the_sk_angles_are_a_minimum(p):
    best = qaoa_limits.sk_angles(p)
    rng = np.random.default_rng(p)
    for _ in range(10):
        other = best + 0.02 * rng.standard_normal(2 * p)
        assert qaoa_limits.sk_energy(other) > qaoa_limits.sk_energy(best) - 1e-6


@pytest.mark.parametrize("degree", CUTS)
@pytest.mark.parametrize("p", [1, 2, 3, 4])
def test_the_best_angles_of_a_tree_cut_as_much_as_published(degree, p):
    natural = qaoa_limits.tree_angles(p, degree)
    angles = natural / np.repeat([np.sqrt(degree), 1], p)
    cut = (1 - qaoa_limits.tree_correlation(angles, degree)) / 2
    assert cut == pytest.approx(CUTS[degree][p - 1], abs=1e-5)


@pytest.mark.parametrize("degree", PRINTED)
def test_published_angles_have_their_published_cut(degree):
    cut = (1 - qaoa_limits.tree_correlation(np.array(PRINTED[degree]), degree)) / 2
    assert cut == pytest.approx(CUTS[degree][3], abs=2e-6)


@pytest.mark.parametrize("p", [1, 2])
def test_a_graph_without_short_cycles_is_the_tree(p):
    """The Heawood graph has girth 6: to two layers every edge sees a tree."""
    graph = nx.heawood_graph()
    angles = np.linspace(0.2, 0.5, 2 * p) * np.repeat([1, -1], p)
    energy = float(qaoa(maxcut(graph), p).energy(angles))
    tree = graph.number_of_edges() * qaoa_limits.tree_correlation(angles, 3)
    assert energy == pytest.approx(tree, abs=1e-9)


@pytest.mark.parametrize("degree", [2.7, 4.5, 7.0, 17.0])
def test_between_the_computed_degrees_little_is_lost(degree):
    natural = qaoa_limits.tree_angles(3, degree)
    best = qaoa_limits.best_tree_angles(3, degree, natural)
    unit = np.repeat([np.sqrt(degree), 1], 3)
    lost = np.diff([qaoa_limits.tree_correlation(one / unit, degree) for one in (best, natural)])
    assert 0 <= lost < 1e-3


def test_large_degrees_come_close_to_the_sk_model():
    np.testing.assert_allclose(qaoa_limits.tree_angles(2, 24), qaoa_limits.sk_angles(2), 0.05)


def test_beyond_the_table_schedules_are_interpolated():
    angles = qaoa_limits.sk_angles(10)
    assert angles.shape == (20,)
    assert (np.diff(angles) > 0).sum() == 18
    np.testing.assert_allclose(angles[[0, 9, 10, 19]], qaoa_limits.sk_angles(8)[[0, 7, 8, 15]])
