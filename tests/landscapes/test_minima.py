r"""Descents, classification, identification and counts of minima.

- $-\cos x - 0.8 \cos 2x$ has the minima 0 (energy -1.8) and π (energy 0.2) in a period, so that a
  sum over k angles has $2^k$, of k + 1 energies.
- QAOA of depth 1 on a triangle-free graph of degree 3: cut fraction
  $\frac12 + \frac{1}{2\sqrt3} \cdot \frac23 = 0.692450$.
- Chao1 by hand: counts (1, 1, 2, 5) give 4 + 4/2 = 6, variance 1 (4/2 + 8 + 16/4) = 14; (1, 1, 3)
  gives 3 + 1 = 4, variance 1 + 2·9/4 - 16/16 = 4.5. Of K equally likely kinds it estimates K.
"""

import jax
import jax.numpy as jnp
import networkx as nx
import numpy as np
import pytest

from replication import UserError, maxcut, qaoa
from replication.landscapes import (
    chao1,
    classify,
    descend,
    find_minima,
    index_of,
    polish,
    same,
    symmetries_of,
    values_and_gradients,
)
from replication.landscapes.symmetries import plain

RNG = np.random.default_rng(2)


def two_wells(theta):
    return -jnp.sum(jnp.cos(theta) + 0.8 * jnp.cos(2 * theta))


def test_distinct_minima_are_counted_once():
    starts = RNG.uniform(-np.pi, np.pi, (80, 2))
    found = find_minima(two_wells, starts, plain(np.full(2, 2 * np.pi)))
    np.testing.assert_allclose(found.energies, [-3.6, -1.6, 0.4], atol=1e-9)
    assert found.counts.sum() == 80
    assert (np.bincount(found.which) == found.counts).all()
    assert found.slopes.max() < 1e-7


def test_minima_of_equal_energy_and_other_curvature_differ():
    spectra = [[1.0, 2.0], [1.0, 3.0], [1.0, 2.0]]
    points = [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]
    assert same([0.5, 0.5, 0.5], points, spectra).tolist() == [0, 1, 0]
    flat = [[0.0, 2.0], [0.0, 3.0], [1.0, 2.0]]
    assert same([0.5, 0.5, 0.5], points, flat).tolist() == [0, 0, 1]
    energies = [0.5, 0.5 + 1e-6, 0.5]
    assert same(energies, np.zeros((3, 2)), np.ones((3, 2))).tolist() == [0, 1, 0]


@pytest.mark.parametrize("double", [True, False])
def test_descents_reach_the_closed_form(double):
    ansatz = qaoa(maxcut(nx.complete_bipartite_graph(3, 3)), p=1)
    starts = RNG.uniform(-0.7, 0.7, (20, 2))
    with jax.enable_x64(double):
        found = find_minima(ansatz.energy, starts, symmetries_of(ansatz))
    cut = (1 - found.energies[0] / 9) / 2
    assert cut == pytest.approx(0.5 + 1 / (3 * np.sqrt(3)), abs=1e-9)
    assert classify(found.spectra)[0] == "minimum"


def test_newton_goes_down_from_next_to_a_saddle():
    found = polish(lambda theta: (theta[0] ** 2 - 1) ** 2 + theta[1] ** 2, [[1e-3, 0.5]])
    np.testing.assert_allclose(found.points, [[1, 0]], atol=1e-8)


def test_adam_alone_is_not_at_the_end():
    # A descent that did no Newton steps would have this gradient.
    coarse = descend(two_wells, [[0.5, 0.5]], steps=1)
    assert coarse.slopes[0] < 1e-7
    assert np.linalg.norm(values_and_gradients(two_wells, [[0.5, 0.5]])[1]) > 1


def test_kinds_of_points():
    spectra = [[1e-9, 1.0], [-2.0, -1.0], [-1.0, 3.0], [0.5, 1.0]]
    assert classify(spectra).tolist() == ["flat", "saddle", "saddle", "minimum"]
    assert index_of(spectra).tolist() == [0, 2, 1, 0]


def test_chao1_by_hand():
    assert chao1([1, 1, 2, 5]) == pytest.approx((6, np.sqrt(14)))
    assert chao1([1, 1, 3]) == pytest.approx((4, np.sqrt(4.5)))
    estimate, error = chao1([9, 9])
    assert estimate == 2
    assert error == pytest.approx(np.sqrt(2 * np.exp(-9) * (1 - np.exp(-9))))


def test_chao1_estimates_the_number_of_equally_likely_kinds():
    draws = RNG.multinomial(60, np.full(30, 1 / 30), 400)
    found = np.array([chao1(row[row > 0]) for row in draws])
    seen = (draws > 0).sum(axis=1).mean()
    assert seen < 27
    # To second order f₁²/2f₂ is too large by about 1.2 here.
    assert found[:, 0].mean() == pytest.approx(31.2, abs=0.8)
    assert np.sqrt((found[:, 1] ** 2).mean()) == pytest.approx(found[:, 0].std(), rel=0.35)


@pytest.mark.parametrize("counts", [[], [0, 1], [1.5], [[1]]])
def test_counts_that_are_none_are_refused(counts):
    with pytest.raises(UserError, match="whole numbers of at least 1"):
        chao1(counts)
