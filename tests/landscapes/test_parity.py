"""The parity symmetries are exact: energies of images agree to 1e-12 at any depth."""

import networkx as nx
import numpy as np
import pytest

from replication.ansatze.qaoa import qaoa
from replication.errors import UserError
from replication.landscapes import degree_parity, parity_images, pattern_angles, shifted
from replication.problems.maxcut import maxcut

ODD, EVEN, MIXED = nx.petersen_graph(), nx.octahedral_graph(), nx.path_graph(4)


def _random(p, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, 2 * p)


@pytest.mark.parametrize(("graph", "parity"), [(ODD, "odd"), (EVEN, "even")])
@pytest.mark.parametrize("p", [1, 2, 3])
def test_energies_of_images_agree(graph, parity, p):
    circuit, theta = qaoa(maxcut(graph), p), _random(p)
    assert degree_parity(nx.to_numpy_array(graph)) == parity
    images = parity_images(theta, parity)
    assert len(images) == 2**p
    energies = [circuit.energy(one) for one in images]
    np.testing.assert_allclose(energies, circuit.energy(theta), atol=1e-12, rtol=0)


def test_the_symmetry_of_the_other_parity_is_none():
    circuit, theta = qaoa(maxcut(ODD), 2), _random(2)
    assert abs(circuit.energy(shifted(theta, 0, "even")) - circuit.energy(theta)) > 1e-2


def test_mixed_graphs_have_no_image_but_themselves():
    assert degree_parity(nx.to_numpy_array(MIXED)) == "mixed"
    np.testing.assert_allclose(
        parity_images([0.1, 0.2, -0.1, 0.3], "mixed"), [[0.1, 0.2, -0.1, 0.3]]
    )


@pytest.mark.parametrize(("graph", "parity"), [(ODD, "odd"), (EVEN, "even"), (MIXED, "mixed")])
def test_the_pattern_is_an_image_of_equal_energy_and_its_own_pattern(graph, parity):
    circuit, theta = qaoa(maxcut(graph), 3), _random(3, seed=4)
    found = pattern_angles(theta, parity)
    assert circuit.energy(found) == pytest.approx(circuit.energy(theta), abs=1e-12)
    assert found[3] <= 0
    np.testing.assert_allclose(pattern_angles(found, parity), found)


def test_errors_name_the_value():
    with pytest.raises(UserError, match="zeros and ones"):
        degree_parity([[0, 2], [2, 0]])
    with pytest.raises(UserError, match="'mixed'"):
        shifted([0.1, 0.2], 0, "mixed")
