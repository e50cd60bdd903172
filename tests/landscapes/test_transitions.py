r"""Transition states of QAOA, saddles of a known landscape, and trees by hand.

Sack et al., arXiv:2209.01159: a minimum of depth p gives 2p+1 points of depth p+1 with one negative
curvature each, from which descents go strictly lower. On networkx' `random_regular_graph(3, 8,
seed=1)` the greedy path has the energies -5.5685 (p = 2) and -6.7220 (p = 3), computed before by
independent code, to 1e-3. $\cos x + \cos y$ has the saddles (0, π) and (π, 0), of energy 0, between
its minimum and that of the next period.
"""

import jax.numpy as jnp
import networkx as nx
import numpy as np
import pytest

from replication import UserError, maxcut, qaoa
from replication.landscapes import (
    both_sides,
    descend,
    disconnectivity_tree,
    find_saddles,
    greedy_path,
    values,
    zero_pairs,
)

RNG = np.random.default_rng(3)


def test_zero_pairs_are_all_of_them_and_the_same_circuit():
    problem = maxcut([(0, 1), (1, 2), (2, 3)])
    theta = RNG.uniform(-1, 1, 6)
    points = zero_pairs(theta)
    assert points.shape == (7, 8)
    assert len(np.unique(points, axis=0)) == 7
    energies = values(qaoa(problem, 4).energy, points)
    np.testing.assert_allclose(energies, float(qaoa(problem, 3).energy(theta)), atol=1e-12)


@pytest.mark.parametrize("theta", [[], [1.0], [[1.0, 2.0]]])
def test_angles_of_no_depth_are_refused(theta):
    with pytest.raises(UserError, match="p angles"):
        zero_pairs(theta)


def test_the_greedy_path_of_a_cubic_graph():
    problem = maxcut(nx.random_regular_graph(3, 8, seed=1))
    starts = RNG.uniform(-1, 1, (8, 2)) * [np.pi / 2, np.pi / 4]
    first = descend(qaoa(problem, 1).energy, starts)
    lowest = first.points[first.energies.argmin()]
    path = greedy_path({p: qaoa(problem, p).energy for p in (2, 3)}, lowest)
    for p, states, energy in zip((2, 3), path, (-5.5685, -6.7220), strict=True):
        assert states.indices.tolist() == [1] * (2 * p - 1)
        assert states.slopes.max() < 1e-6
        assert (states.end_energies < states.energies[:, None] - 0.1).all()
        assert states.end_energies.min() == pytest.approx(energy, abs=1e-3)


def test_saddles_of_an_egg_crate():
    starts = RNG.uniform(-np.pi, np.pi, (20, 2))
    found = find_saddles(lambda theta: jnp.cos(theta).sum(), starts)
    assert len(found.points) > 5
    np.testing.assert_allclose(found.energies, 0, atol=1e-9)
    np.testing.assert_allclose(found.end_energies, -2, atol=1e-9)
    assert (found.indices == 1).all()
    np.testing.assert_allclose(np.abs(np.cos(found.points)), 1, atol=1e-9)
    apart = np.abs(found.ends[:, 0] - found.ends[:, 1])
    np.testing.assert_allclose(np.sort(apart / np.pi), [[0, 2]] * len(apart), atol=1e-6)


def test_a_bowl_has_no_saddle():
    with pytest.raises(UserError, match="none of 4 starts"):
        find_saddles(lambda theta: jnp.sum(theta**2), RNG.uniform(-1, 1, (4, 2)))


def test_a_minimum_has_no_negative_curvature():
    assert both_sides(lambda theta: jnp.sum(theta**2), [[0.0, 0.0]]).indices.tolist() == [0]


def test_a_tree_by_hand():
    tree = disconnectivity_tree(
        [0.0, 1.0, 2.0, 0.5], [5.0, 3.0, 4.0, 3.5], [[0, 1], [1, 2], [0, 2], [1, 1]]
    )
    assert tree.children.tolist() == [[1, 2], [0, 4]]
    assert tree.heights.tolist() == [3, 4]
    assert tree.roots == [3, 5]
    assert tree.order.tolist() == [0, 1, 2, 3]
    assert tree.barrier(1, 2) == 3
    assert tree.barrier(0, 2) == 4
    assert tree.barrier(0, 3) == np.inf
    assert tree.barrier(2, 2) == 2


def test_links_to_nowhere_are_refused():
    with pytest.raises(UserError, match="from 0 to 1"):
        disconnectivity_tree([0.0, 1.0], [2.0], [[0, 2]])
