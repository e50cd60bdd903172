r"""Closed forms against the simulator, published numbers and limits.

- Cut fractions of d = 2 … 11 and the optimum are those of Wurtz and Lykov's table of fixed angles
  (arXiv:2107.00677), in which γ is -2γ of this suite.
- SK: $E_J\langle H\rangle/n = -x e^{-x}$; the value at n = 26 is printed in QOKit's notebook.
- State preparation: at leading order F's maximum is where $e^{-in\beta}$ and
  $(e^{-i\gamma} - 1)\cos^n\beta$ have one phase, 1 + 2 = 3 in modulus, so that $2^n F \to 9$.
"""

import networkx as nx
import numpy as np
import pytest

from replication.ansatze.qaoa import qaoa
from replication.ansatze.qaoa_limits import sk_energy, tree_correlation
from replication.errors import UserError
from replication.landscapes import (
    best_cut_fraction,
    best_edge_angles,
    best_preparation,
    edge_correlation,
    mean_sk_energy,
    preparation_fidelity,
    single_layer_energy,
    values_and_gradients,
)
from replication.problems.maxcut import maxcut
from replication.problems.sk import SK, sk
from replication.seeds import key_for

CUTS = (0.75, 0.692450, 0.662380, 0.643108, 0.629402, 0.619009, 0.610778, 0.604049, 0.598415)
CUTS += (0.593607,)
FIXED = {3: (0.61547970, 0.69245005)}  # published γ and ratio at p = 1, folded
SK_VALUES = {6: -0.27468, 8: -0.28247, 10: -0.28693, 12: -0.28982, 14: -0.29184, 26: -0.29726}


def test_an_edge_of_a_graph_without_triangles_has_the_closed_form():
    for graph, degree in ((nx.petersen_graph(), 3), (nx.hypercube_graph(4), 4)):
        circuit = qaoa(maxcut(graph), 1)
        energy = circuit.energy([0.3, -0.2]) / graph.number_of_edges()
        assert float(edge_correlation(0.3, -0.2, degree)) == pytest.approx(energy, abs=1e-12)


@pytest.mark.parametrize("degree", range(2, 12))
def test_the_optimum_of_a_tree(degree):
    """A zero gradient, the published fraction, and the value of the tree of any depth."""
    theta = best_edge_angles(degree)
    assert best_cut_fraction(degree) == pytest.approx(CUTS[degree - 2], abs=1e-6)
    assert (1 - edge_correlation(*theta, degree)) / 2 == pytest.approx(best_cut_fraction(degree))
    assert tree_correlation(theta, degree) == pytest.approx(float(edge_correlation(*theta, degree)))
    beside = [edge_correlation(*(theta + move), degree) for move in ([1e-4, 0], [-1e-4, 0])]
    assert min(beside) > edge_correlation(*theta, degree)


def test_the_optimum_is_the_published_one():
    """Found again by a grid: angles to 1e-6, which a wrong factor 2 or sign would miss."""
    gamma, fraction = FIXED[3]
    assert best_edge_angles(3)[0] == pytest.approx(gamma / 2, abs=1e-6)
    assert best_edge_angles(3)[1] == -np.pi / 8
    assert best_cut_fraction(3) == pytest.approx(fraction, abs=1e-6)
    gammas = np.linspace(0, np.pi / 2, 2001)
    assert edge_correlation(gammas, -np.pi / 8, 3).min() >= 1 - 2 * fraction - 1e-6


def test_fixed_angles_of_two_layers_on_a_graph_of_girth_six():
    """The Heawood graph's edges see no cycle at p = 2: the published ratio 0.75591 is exact."""
    theta = np.array([0.48771 / 2, 0.89799 / 2, -0.55506, -0.29251])
    energy = qaoa(maxcut(nx.heawood_graph()), 2).energy(theta)
    assert (1 - energy / 21) / 2 == pytest.approx(0.75591, abs=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_the_energy_of_any_couplings(seed):
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.normal(size=(7, 7)) * (rng.random((7, 7)) < 0.7), 1)
    couplings, theta = upper + upper.T, rng.uniform(-1, 1, 2)
    exact = qaoa(sk(couplings), 1).energy(theta)
    assert single_layer_energy(couplings, *theta) == pytest.approx(exact, abs=1e-12)


def test_the_mean_over_sk_couplings():
    for n, value in SK_VALUES.items():
        assert mean_sk_energy(n) == pytest.approx(value, abs=5e-6)
    assert mean_sk_energy(10**6) == pytest.approx(-1 / np.sqrt(4 * np.e), abs=1e-6)
    assert mean_sk_energy(10**6) == pytest.approx(sk_energy([0.5, -np.pi / 8]), abs=1e-6)


@pytest.mark.parametrize(("n", "angles"), [(6, (0.5, -np.pi / 8)), (10, (0.3, 0.2))])
def test_the_mean_over_sk_couplings_is_that_of_instances(n, angles):
    drawn = [SK().at(n).sample(key_for(0, "sk line", n, i)).couplings for i in range(2000)]
    energies = np.array([single_layer_energy(one, *angles) for one in drawn]) / n
    error = energies.std(ddof=1) / np.sqrt(len(energies))
    assert error < 0.005
    assert abs(energies.mean() - mean_sk_energy(n, *angles)) < 3 * error


def test_the_parity_rule_of_a_tree():
    gamma, beta = np.linspace(-1, 1, 9), 0.3
    for degree, sign in ((2, -1), (3, 1), (4, -1), (7, 1)):
        mirrored = edge_correlation(np.pi / 2 - gamma, beta, degree)
        np.testing.assert_allclose(
            mirrored, sign * edge_correlation(gamma, beta, degree), atol=1e-12
        )


def test_fidelity_is_that_of_the_state():
    """By matrices: the projector's phase, then the mixer as a product of rotations."""
    n, gamma, beta, target = 4, 0.7, 0.4, 5
    state = np.full(2**n, 2 ** (-n / 2), complex)
    state[target] *= np.exp(-1j * gamma)
    rotation = np.array([[np.cos(beta), -1j * np.sin(beta)], [-1j * np.sin(beta), np.cos(beta)]])
    mixer = np.eye(1)
    for _ in range(n):
        mixer = np.kron(mixer, rotation)
    found = abs((mixer @ state)[target]) ** 2
    assert preparation_fidelity(gamma, beta, n) == pytest.approx(found, abs=1e-14)


@pytest.mark.parametrize("n", [2, 3, 6, 17])
def test_the_best_preparation_beats_a_grid(n):
    gamma, beta = np.meshgrid(np.linspace(-np.pi, np.pi, 201), np.linspace(-np.pi, np.pi, 801))
    found = best_preparation(n)
    assert found.fidelity >= preparation_fidelity(gamma, beta, n).max() - 1e-15
    at = preparation_fidelity(found.gamma, found.beta, n)
    assert found.fidelity == pytest.approx(float(at))


def test_preparation_has_its_limits():
    """Deviations fall as 1/n: at n = 4000 they are below 1e-2."""
    n = 4000
    found, following = best_preparation(n), best_preparation(n + 1)
    assert n * (1 - n * found.beta / np.pi) == pytest.approx(4, abs=0.02)
    assert n * (1 - found.gamma / np.pi) == pytest.approx(2, abs=0.01)
    scaled = (
        abs(
            np.exp(-1j * n * found.beta) + (np.exp(-1j * found.gamma) - 1) * np.cos(found.beta) ** n
        )
        ** 2
    )
    assert scaled == pytest.approx(9, abs=0.05)
    assert n**2 * (found.beta - following.beta) / np.pi == pytest.approx(1, abs=0.01)


def test_gradients_of_the_simulator_vanish_at_the_closed_optimum():
    circuit = qaoa(maxcut(nx.heawood_graph()), 1)
    slope = values_and_gradients(circuit.energy, [best_edge_angles(3)])[1]
    assert np.abs(slope).max() < 1e-10


def test_errors_name_the_value():
    for call in (
        lambda: edge_correlation(0.1, 0.1, 2.5),
        lambda: best_edge_angles(0),
        lambda: best_cut_fraction(0.5),
        lambda: mean_sk_energy(1),
        lambda: best_preparation(1),
        lambda: single_layer_energy([[0, 1]], 0.1, 0.1),
        lambda: single_layer_energy([[0, 1], [2, 0]], 0.1, 0.1),
    ):
        with pytest.raises(UserError):
            call()
