"""The constant angles are the best single vector, and the ramp's scale the best factor."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.evaluation import single_vector
from replication.metalearner.rollout import batch_of
from replication.steps.constants import run as constants


@pytest.fixture
def batch(job, problems):
    return batch_of(problems, job.experiment.circuit)


def test_mean_cost_is_the_mean_of_normalised_energies(job, problems, batch):
    theta = jnp.array([0.4, -0.3])
    tasks = [jax.tree.map(lambda leaf, i=i: leaf[i], batch) for i in range(2)]
    each = [
        float(task.ansatz.energy(theta)) / p.normaliser
        for task, p in zip(tasks, problems, strict=True)
    ]
    np.testing.assert_allclose(single_vector.mean_cost(theta, [batch]), np.mean(each), 1e-12)
    # Sizes have the same weight, however many instances they hold.
    first = jax.tree.map(lambda leaf: leaf[:1], batch)
    both = single_vector.mean_cost(theta, [batch, first])
    np.testing.assert_allclose(both, (np.mean(each) + each[0]) / 2, 1e-12)


def test_the_constant_is_a_minimum_over_a_grid(job, batch):
    constants.run(job)
    found = job.output["4"].to_dataset()
    gammas, betas = np.meshgrid(np.linspace(-2, 2, 61), np.linspace(-np.pi / 4, np.pi / 4, 31))
    grid = np.stack([gammas.ravel(), betas.ravel()], 1)
    costs = jax.jit(jax.vmap(single_vector.mean_cost, (0, None)))(grid, [batch])
    theta = jnp.asarray(found["theta"].values)
    np.testing.assert_allclose(found["cost"], single_vector.mean_cost(theta, [batch]), 0, 1e-9)
    assert found["cost"] <= np.min(costs) + 1e-3
    assert found["cost"] == found["restart_cost"].min()
    # Of the two mirror images the one on the ramp's side, and β in its middle cell.
    assert theta[0] > 0
    assert abs(theta[1]) <= np.pi / 4


def test_the_ramps_scale_is_the_best_factor_on_gamma(job, batch):
    constants.run(job)
    scale = float(job.output["4"].to_dataset()["ramp_scale"])
    factors = np.append(np.geomspace(0.25, 16, 400), scale)
    ramps = np.array([0.1875, -0.375]) * np.stack([factors, np.ones(401)], 1)
    costs = jax.jit(jax.vmap(single_vector.mean_cost, (0, None)))(ramps, [batch])
    assert costs[-1] <= costs.min() + 1e-3
    assert 0.25 < scale < 16


def test_without_steps_the_costs_are_those_of_the_angles(batch):
    thetas = np.array([[0.4, -0.3], [1.0, 0.2], [-0.5, 0.7]])
    ends, costs = single_vector.descend(thetas, [batch], steps=0, capacity=9)
    np.testing.assert_array_equal(ends, thetas)
    each = [single_vector.mean_cost(jnp.asarray(theta), [batch]) for theta in thetas]
    np.testing.assert_allclose(costs, each, 0, 1e-14)


def test_the_ramps_costs_and_the_constants_are_one_program(job):
    single_vector._descend.clear_cache()
    constants.run(job)
    assert single_vector._descend._cache_size() == 1
