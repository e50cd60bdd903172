"""Gradients at random angles, against closed forms."""

import networkx as nx
import numpy as np
import pytest

from replication.ansatze.base import random_angles
from replication.ansatze.qaoa import qaoa
from replication.landscapes.gradients import gradient_variance
from replication.problems.maxcut import maxcut


@pytest.mark.parametrize("n", [5, 6, 9])
def test_variance_on_a_ring_is_the_closed_form(n):
    r"""At p = 1 every edge has $\langle ZZ\rangle = \pm\frac12 \sin 4\beta \sin 4\gamma$.

    So both derivatives have the variance 1 over full periods, for rings without triangles.
    E. Farhi, J. Goldstone and S. Gutmann, arXiv:1411.4028, section V.
    """
    problem = maxcut(nx.cycle_graph(n))
    ansatz = qaoa(problem, 1)
    thetas = random_angles(ansatz, np.random.default_rng(0), 4000)
    found = gradient_variance(ansatz, problem.normaliser, thetas)
    # (2 sin 4γ cos 4β)² has mean 1 and variance 1.25: six standard errors.
    np.testing.assert_allclose(found, 1, 0, 6 * np.sqrt(1.25 / 4000))


def test_scale_divides_twice():
    problem = maxcut([(0, 1), (1, 2), (2, 3)])
    ansatz = qaoa(problem, 2)
    thetas = random_angles(ansatz, np.random.default_rng(1), 20)
    once, twice = (gradient_variance(ansatz, scale, thetas) for scale in (1.0, 2.0))
    np.testing.assert_allclose(once, 4 * twice, 1e-14)
    assert once.shape == (4,)
