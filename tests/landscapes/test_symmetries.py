r"""Symmetries of QAOA's angles against their derivation, and of a circuit of another family.

With integer weights $e^{-i\pi H/2} \propto \prod_i Z_i^{d_i}$. All $d_i$ even: the identity, so
that γ has the period π/2. All odd: the parity, which moves through later mixers with their angles
reversed, so that $\gamma_l + \pi/2$, $-\beta_{l'}$ for $l' \geq l$ is one more symmetry for each of
p layers, and with the mirror $\theta \to -\theta$ the group has $2^{p+1}$ elements. A graph with
degrees of both kinds has the mirror alone.
"""

import networkx as nx
import numpy as np
import pytest

from replication import UserError, hubbard, hubbard_ansatz, maxcut, qaoa, sk
from replication.landscapes import symmetries_of, values
from replication.landscapes.symmetries import plain

CUBIC = qaoa(maxcut(nx.complete_graph(4)), p=2)
RNG = np.random.default_rng(1)


def test_all_degrees_odd_give_a_parity_rule_for_each_layer():
    found = symmetries_of(CUBIC)
    assert len(found.signs) == 2**3
    np.testing.assert_allclose(found.periods, np.array([1, 1, 0.5, 0.5]) * np.pi)
    theta = RNG.uniform(-1, 1, 4)
    rules = (
        (theta + np.pi / 2 * np.eye(4)[0]) * [1, 1, -1, -1],
        (theta + np.pi / 2 * np.eye(4)[1]) * [1, 1, 1, -1],
    )
    for image in rules:
        assert float(CUBIC.energy(image)) == pytest.approx(float(CUBIC.energy(theta)), abs=1e-12)
        assert found.distances(theta, image[None])[0] < 1e-12
    wrong = theta * [1, 1, -1, 1]
    assert abs(float(CUBIC.energy(wrong)) - float(CUBIC.energy(theta))) > 1e-3
    assert found.distances(theta, wrong[None])[0] > 0.1


def test_all_degrees_even_halve_the_period():
    found = symmetries_of(qaoa(maxcut(nx.complete_graph(5)), p=2))
    np.testing.assert_allclose(found.periods, np.full(4, np.pi / 2))
    assert len(found.signs) == 2


def test_degrees_of_both_kinds_leave_the_mirror():
    paw = maxcut([(0, 1), (0, 2), (1, 2), (2, 3)])
    found = symmetries_of(qaoa(paw, p=2))
    np.testing.assert_allclose(found.periods, np.array([1, 1, 0.5, 0.5]) * np.pi)
    np.testing.assert_allclose(found.signs, [[1] * 4, [-1] * 4])


def test_one_layer_without_triangles_has_one_rule_more():
    # Its energy is sin 4β times an odd function of γ: β + π/4 and -γ leave it.
    found = symmetries_of(qaoa(maxcut(nx.path_graph(4)), p=1))
    assert len(found.signs) == 4
    theta = np.array([0.3, 0.2])
    assert found.distances(theta, np.array([[-0.3, 0.2 + np.pi / 4]]))[0] < 1e-12


def test_real_couplings_have_no_period_of_gamma():
    couplings = np.triu(RNG.normal(size=(4, 4)), 1)
    found = symmetries_of(qaoa(sk(couplings + couplings.T), p=1))
    assert np.isinf(found.periods[0])
    assert found.periods[1] == pytest.approx(np.pi / 2)


def test_all_images_have_one_energy_and_one_canonical_point():
    for ansatz in (CUBIC, hubbard_ansatz(hubbard((2, 2)), steps=1)):
        found = symmetries_of(ansatz)
        theta = RNG.uniform(-1, 1, (1, ansatz.num_parameters))
        images = found.images(theta)[:, 0]
        energies = values(ansatz.energy, images)
        np.testing.assert_allclose(energies, energies[0], atol=1e-12)
        canonical = found.canonical(images)
        np.testing.assert_allclose(canonical, canonical[:1].repeat(len(canonical), 0), atol=1e-5)
        assert len(np.unique(images.round(9), axis=0)) == len(images)


def test_periods_alone_know_no_mirror():
    found = plain(np.array([2.0, np.inf]))
    assert found.distances(np.zeros(2), np.array([[2.0, 0.0], [0.0, 2.0]])).tolist() == [0, 2]
    with pytest.raises(UserError, match="shape"):
        found.canonical(np.zeros(2))
