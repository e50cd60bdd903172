"""Altered feedback changes what a listening network proposes, and nothing for a deaf one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.ansatze.qaoa import qaoa
from replication.errors import UserError
from replication.metalearner.artefact import MetaOptimizer
from replication.metalearner.feedback import Replay, altered_points, derangement
from replication.metalearner.network import Network, weights_of
from replication.metalearner.rollout import batch_of, roll_out
from replication.problems.sk import SK


@pytest.fixture(scope="module")
def tasks():
    problems = [SK().at(4).sample(key) for key in jax.random.split(jax.random.key(0), 3)]
    return jax.tree.map(jnp.asarray, batch_of(problems, lambda one: qaoa(one, 1)))


@pytest.fixture(scope="module")
def network():
    return Network(2, 4, "plain", key=jax.random.key(1))


def own(network, tasks):
    return roll_out(network, tasks, 4).points


def test_given_its_own_costs_a_network_proposes_what_it_does_anyway(network, tasks):
    points = altered_points(network, tasks, 4, feedback="shuffled", partners=jnp.arange(3))
    np.testing.assert_allclose(points, own(network, tasks), 0, 1e-12)


def test_given_a_partners_costs_it_proposes_something_else(network, tasks):
    partners = jnp.array([1, 2, 0])
    points = altered_points(network, tasks, 4, feedback="shuffled", partners=partners)
    expected = own(network, tasks)
    # The first proposal is made before any cost is given; the second rests on the first cost.
    np.testing.assert_allclose(points[:, 0], expected[:, 0], 0, 1e-12)
    np.testing.assert_allclose(points[:, 1], expected[partners, 1], 0, 1e-12)
    assert np.abs(points[:, 2:] - expected[:, 2:]).max() > 1e-6


def test_given_the_mean_all_instances_get_the_same_angles(network, tasks):
    points = altered_points(network, tasks, 4, feedback="mean", partners=jnp.arange(3))
    np.testing.assert_allclose(points, np.broadcast_to(points[:1], points.shape), 0, 1e-12)
    assert np.ptp(own(network, tasks), axis=0).max() > 1e-6


def test_a_network_without_costs_does_not_mind(network, tasks):
    deaf = Network(2, 4, "plain", "angles", key=jax.random.key(1))
    partners = jnp.array([1, 2, 0])
    points = altered_points(deaf, tasks, 4, feedback="shuffled", partners=partners)
    np.testing.assert_allclose(points, own(deaf, tasks), 0, 1e-12)
    np.testing.assert_allclose(points, np.broadcast_to(points[:1], points.shape), 0, 1e-12)
    assert np.abs(points - own(network, tasks)).max() > 1e-6


@pytest.mark.parametrize("count", [2, 3, 10])
def test_a_derangement_is_a_permutation_that_leaves_nobody_in_place(count):
    for seed in range(20):
        found = derangement(np.random.default_rng(seed), count)
        assert sorted(found) == list(range(count))
        assert (found != np.arange(count)).all()


def test_one_instance_cannot_be_shuffled():
    with pytest.raises(UserError, match="at least 2 instances, got 1"):
        derangement(np.random.default_rng(0), 1)


def test_a_replay_queries_the_points_it_was_given(network):
    points = np.array([[0.1, 0.2], [0.3, 0.4], [-0.1, 0.0]])
    found = Replay(weights_of(network), {}, points).suggest(
        lambda theta: float(theta[0]), queries=3
    )
    np.testing.assert_array_equal(found.points, points)
    np.testing.assert_array_equal(found.best, points[2])
    listened = MetaOptimizer(weights_of(network), {}).suggest(
        lambda theta: float(theta[0]), queries=3
    )
    assert np.abs(listened.points - points).max() > 1e-3
