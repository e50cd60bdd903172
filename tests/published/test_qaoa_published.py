"""Published cut fractions and energies, found again by optimising the angles here."""

import jax
import networkx as nx
import numpy as np
import pytest

from replication.ansatze.base import stack
from replication.ansatze.qaoa import qaoa
from replication.evaluation.optima import best_of_random
from replication.problems.maxcut import maxcut
from replication.problems.sk import SK

GRAPHS = {
    "petersen": (nx.petersen_graph, 5),
    "heawood": (nx.heawood_graph, 6),
    "cubical": (nx.cubical_graph, 4),
}


@pytest.mark.parametrize(
    ("name", "p", "fraction"),
    [
        ("cubical", 1, 0.6924),
        ("petersen", 1, 0.6924),
        ("heawood", 2, 0.7559),
    ],
)
def test_cut_fraction_of_3_regular_graphs(name, p, fraction):
    """Farhi et al. 2014, arXiv:1411.4028: at girth above 2p + 1 each edge sees a tree."""
    make, girth = GRAPHS[name]
    graph = make()
    assert nx.girth(graph) == girth >= 2 * p + 2
    problem = maxcut(graph)
    ansatz = qaoa(problem, p)
    # On a tree of odd degrees the best angles are the smallest ones.
    starts = np.random.default_rng(0).uniform(-0.8, 0.8, (4, 2 * p))
    theta, energy = best_of_random(
        ansatz, problem, starts, screening_steps=20, kept=8, descent_steps=60, polished=2
    )
    edges = graph.number_of_edges()
    np.testing.assert_allclose((edges - energy) / 2 / edges, fraction, 0, 1e-4)
    np.testing.assert_allclose(ansatz.energy(theta), energy, 1e-12)


def test_p_1_optimum_is_the_closed_form():
    r"""$\tan\gamma' = 1/\sqrt2$, $\beta = \pi/8$ give $\frac12 + \frac1{3\sqrt3}$ (Wang 2018)."""
    ansatz = qaoa(maxcut(nx.petersen_graph()), 1)
    theta = np.array([np.arctan(1 / np.sqrt(2)) / 2, -np.pi / 8])
    cut = (15 - float(ansatz.energy(theta))) / 30
    np.testing.assert_allclose(cut, 0.5 + 1 / np.sqrt(27), 1e-12)


def test_sk_mean_energy_at_p_1():
    r"""$E/n \to -0.3033 = -1/\sqrt{4e}$ at $\gamma = 1/2$, $\beta = -\pi/8$.

    Farhi et al. 2022, arXiv:1910.08187. For Gaussian couplings of variance 1/n the mean is
    $(1 - 1/n) \gamma \sin 4\beta\, e^{-2\gamma^2 (1 - 1/n)}$ at any size.
    """
    n, count = 9, 300
    theta = np.array([0.5, -np.pi / 8])

    def expected(n):
        return (
            (1 - 1 / n) * theta[0] * np.sin(4 * theta[1]) * np.exp(-2 * theta[0] ** 2 * (1 - 1 / n))
        )

    np.testing.assert_allclose(expected(np.inf), -0.3033, 0, 5e-5)
    keys = jax.random.split(jax.random.key(12), count)
    ansatze = stack([qaoa(SK().at(n).sample(key), 1) for key in keys])
    values = jax.vmap(lambda ansatz: ansatz.energy(theta))(ansatze) / n
    error = np.std(values, ddof=1) / np.sqrt(count)
    assert error < 0.005
    assert abs(np.mean(values) - expected(n)) < 4 * error
