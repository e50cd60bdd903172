"""Optima with gradients: known ones are found, and polishing never makes worse."""

import math

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import OptimizeResult

from replication.ansatze.base import random_angles, symmetric_distance
from replication.ansatze.qaoa import qaoa
from replication.evaluation import optima
from replication.evaluation.optima import best_of_random, descend, polish
from replication.problems.maxcut import maxcut

EDGE = maxcut([(0, 1)])
STEPS = {"screening_steps": 20, "kept": 5, "descent_steps": 20}
HEXAGON = maxcut([(i, (i + 1) % 6) for i in range(6)])


def test_one_edge_is_solved_exactly_at_p_1():
    r"""$E = \sin 4\beta \sin 2\gamma$, so $-1$ at $\gamma = \pi/4$, $\beta = -\pi/8$."""
    ansatz = qaoa(EDGE, 1)
    theta, energy = polish(ansatz, EDGE, np.array([0.5, -0.2]))
    np.testing.assert_allclose(energy, -1, 0, 1e-12)
    optimum = np.array([math.pi / 4, -math.pi / 8])
    assert symmetric_distance(theta, optimum, ansatz.periods) < 1e-5


@pytest.mark.parametrize("p", [1, 2])
def test_a_ring_reaches_its_known_ratio(p):
    """Cut fraction (2p + 1)/(2p + 2) on an even ring longer than 2p + 1, arXiv:1411.4028."""
    ansatz = qaoa(HEXAGON, p)
    starts = random_angles(ansatz, np.random.default_rng(0), 6)
    theta, energy = best_of_random(
        ansatz, HEXAGON, starts, screening_steps=20, kept=4, descent_steps=40, polished=3
    )
    np.testing.assert_allclose((6 - energy) / 12, (2 * p + 1) / (2 * p + 2), 0, 1e-9)
    np.testing.assert_allclose(ansatz.energy(theta), energy, 0, 1e-10)


@pytest.mark.parametrize("kind", ["maxcut", "sk", "hubbard"])
def test_polish_is_never_worse_and_ends_flat(settings, kind):
    experiment, problem = settings[kind]
    ansatz = experiment.circuit(problem)
    for start in random_angles(ansatz, np.random.default_rng(1), 4):
        before = float(ansatz.energy(start))
        theta, energy = polish(ansatz, problem, start)
        assert energy <= before
        np.testing.assert_allclose(ansatz.energy(theta), energy, 0, 1e-9)
        assert energy >= problem.exact_minimum() - 1e-9
        # Polishing again gains nothing.
        _, again = polish(ansatz, problem, theta)
        assert energy - 1e-7 <= again <= energy


def test_polish_keeps_a_point_that_cannot_be_bettered():
    """At a maximum the gradient vanishes: the point comes back as it was, not as NaN."""
    ansatz = qaoa(EDGE, 1)
    summit = np.array([math.pi / 4, math.pi / 8])
    theta, energy = polish(ansatz, EDGE, summit)
    np.testing.assert_allclose(energy, 1, 0, 1e-9)
    np.testing.assert_allclose(theta, summit, 0, 1e-6)


def test_a_search_that_ends_higher_is_not_believed(monkeypatch):
    ansatz, start = qaoa(EDGE, 1), np.array([0.5, -0.2])
    worse = OptimizeResult(x=np.zeros(2), fun=0.0)
    monkeypatch.setattr(optima, "minimize", lambda *_, **__: worse)
    theta, energy = polish(ansatz, EDGE, start)
    np.testing.assert_array_equal(theta, start)
    np.testing.assert_allclose(energy, ansatz.energy(start), 1e-12)


def test_descent_moves_every_start_down(settings):
    experiment, problem = settings["sk"]
    ansatz = experiment.circuit(problem)
    starts = jnp.asarray(random_angles(ansatz, np.random.default_rng(2), 5))
    scale = jnp.asarray(problem.normaliser)
    thetas, energies = descend(ansatz, starts, scale, steps=40, learning_rate=0.05)
    assert thetas.shape == starts.shape
    for start, theta, energy in zip(starts, thetas, energies, strict=True):
        np.testing.assert_allclose(ansatz.energy(theta), energy, 0, 1e-10)
        assert energy < ansatz.energy(start)


def test_the_best_is_among_all_the_descended(settings):
    """Polishing one start alone cannot beat polishing all of them."""
    experiment, problem = settings["sk"]
    ansatz = experiment.circuit(problem)
    starts = random_angles(ansatz, np.random.default_rng(3), 5)
    _, few = best_of_random(ansatz, problem, starts, **STEPS, polished=1)
    _, many = best_of_random(ansatz, problem, starts, **STEPS, polished=5)
    singles = [
        best_of_random(ansatz, problem, start[None], **STEPS, polished=1)[1] for start in starts
    ]
    np.testing.assert_allclose(many, min(singles), 0, 1e-9)
    assert many <= few + 1e-12


@pytest.mark.parametrize(("count", "capacity"), [(1, 12), (5, 12), (7, 7), (12, 3)])
def test_room_for_more_starts_changes_no_number(settings, count, capacity):
    experiment, problem = settings["maxcut"]
    ansatz = experiment.circuit(problem)
    starts = random_angles(ansatz, np.random.default_rng(4), count)
    scale = np.asarray(problem.normaliser)
    found = descend(ansatz, starts, scale, steps=7, learning_rate=0.1, capacity=capacity)
    each = [descend(ansatz, one[None], scale, steps=7, learning_rate=0.1) for one in starts]
    np.testing.assert_allclose(found[0], [thetas[0] for thetas, _ in each], 0, 1e-12)
    np.testing.assert_allclose(found[1], [energies[0] for _, energies in each], 0, 1e-12)


def test_both_stages_are_one_program(settings):
    experiment, problem = settings["hubbard"]
    ansatz = experiment.circuit(problem)
    starts = random_angles(ansatz, np.random.default_rng(5), 9)
    optima._descend.clear_cache()
    best_of_random(ansatz, problem, starts, **STEPS, polished=1)
    assert optima._descend._cache_size() == 1
