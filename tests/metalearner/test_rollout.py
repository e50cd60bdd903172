"""The roll-out equals a plain loop, is blind to the instance, and differentiates through it all."""

import jax
import numpy as np
import pytest

from replication.metalearner.losses import cumulative_regret
from replication.metalearner.network import Network, initialise
from replication.metalearner.rollout import batch_of, roll_out, task_for
from replication.problems.hubbard import hubbard
from replication.problems.maxcut import maxcut
from replication.study import Experiment

TRIANGLE = maxcut([(0, 1), (1, 2), (0, 2), (2, 3)])


@pytest.fixture(scope="module")
def ladder():
    """A Hubbard experiment, whose start is a query and whose energies have an offset."""
    return Experiment.model_validate(
        {
            "problem": {"kind": "hubbard", "ansatz": "grouped"},
            "title": "small",
            "depth": 1,
            "train_sizes": ["2x2"],
            "test": {"2x2": 1},
            "headline_size": "2x2",
            "learners": {"residual": {}},
        }
    )


def loop(network, task, queries):
    """The same in Python, one query after another."""
    theta = np.asarray(task.start)
    start_cost = y = 0.0 if task.free else float(task.cost(theta))
    memory, points, costs = network.memory(), [], []
    for t in range(queries):
        memory, theta = network(memory, theta, np.asarray(y), t == 0)
        y = float(task.cost(theta))
        points.append(theta)
        costs.append(y)
    return np.array(points), np.array(costs), start_cost


@pytest.mark.parametrize("form", ["plain", "residual"])
def test_equals_a_python_loop(experiment, form):
    task = task_for(experiment, TRIANGLE)
    network = initialise([0.3, -0.4], 4, form, starts_there=False, key=jax.random.key(0))
    found = jax.jit(roll_out, static_argnums=2)(network, task, 4)
    for value, expected in zip(found, loop(network, task, 4), strict=True):
        np.testing.assert_allclose(value, expected, 0, 1e-12)
    assert found.points.shape == (4, 2)


def test_hubbard_starts_at_its_queried_adiabatic_point(ladder):
    problem = hubbard((2, 2), t=1.0, u=3.0)
    task = task_for(ladder, problem)
    assert not task.free
    np.testing.assert_allclose(task.start, task.ansatz.heuristic())
    expected = (float(task.ansatz.energy(task.start)) - problem.offset) / problem.normaliser
    network = Network(3, 4, "residual", key=jax.random.key(0))
    found = jax.jit(roll_out, static_argnums=2)(network, task, 2)
    np.testing.assert_allclose(found.start_cost, expected, 1e-12)
    for value, by_loop in zip(found, loop(network, task, 2), strict=True):
        np.testing.assert_allclose(value, by_loop, 0, 1e-12)
    assert np.all(np.abs(found.costs) <= 1)


def test_the_free_start_really_is_free(experiment):
    """y(0) = 0 is not assumed but true: fields are absent from the ensembles."""
    task = task_for(experiment, TRIANGLE)
    assert task.free
    np.testing.assert_array_equal(task.start, 0)
    np.testing.assert_allclose(task.cost(task.start), 0, 0, 1e-15)


def test_the_first_query_is_blind_and_later_ones_see_the_cost_only(experiment):
    """Two graphs are told apart by nothing until their costs differ."""
    roll = jax.jit(roll_out, static_argnums=2)
    network = Network(2, 8, "plain", key=jax.random.key(3))
    first = roll(network, task_for(experiment, TRIANGLE), 3)
    second = roll(network, task_for(experiment, maxcut([(0, 1), (1, 2), (2, 3)])), 3)
    np.testing.assert_array_equal(first.points[0], second.points[0])
    assert abs(first.costs[0] - second.costs[0]) > 1e-6
    assert np.abs(first.points[1] - second.points[1]).max() > 1e-9
    # Relabelled nodes give the same costs, hence the same queries.
    relabelled = maxcut([(3, 2), (2, 1), (3, 1), (1, 0)])
    third = roll(network, task_for(experiment, relabelled), 3)
    np.testing.assert_allclose(third.points, first.points, 0, 1e-12)


def test_gradient_passes_through_circuit_and_time(experiment):
    task = task_for(experiment, TRIANGLE)
    network = Network(2, 3, "plain", key=jax.random.key(0))

    @jax.jit
    def loss(network):
        return cumulative_regret(roll_out(network, task, 3).costs, 0.0)

    gradient = jax.jit(jax.grad(loss))(network)
    leaves, structure = jax.tree.flatten(network)
    for position, (leaf, slope) in enumerate(zip(leaves, jax.tree.leaves(gradient), strict=True)):
        k = (0,) * leaf.ndim
        sides = [
            float(loss(jax.tree.unflatten(structure, _moved(leaves, position, k, step))))
            for step in (1e-5, -1e-5)
        ]
        np.testing.assert_allclose(slope[k], (sides[0] - sides[1]) / 2e-5, 1e-5, 1e-9)


def _moved(leaves, position, k, step):
    return [leaf.at[k].add(step) if i == position else leaf for i, leaf in enumerate(leaves)]


def test_batches_are_the_instances(experiment):
    problems = [TRIANGLE, maxcut([(0, 1), (1, 2), (2, 3)])]
    network = Network(2, 4, "plain", key=jax.random.key(1))
    batch = batch_of(experiment, problems)
    assert batch.scale.shape == (2,)
    found = jax.jit(jax.vmap(lambda task: roll_out(network, task, 3)))(batch)
    for i, problem in enumerate(problems):
        one = jax.jit(roll_out, static_argnums=2)(network, task_for(experiment, problem), 3)
        np.testing.assert_allclose(found.costs[i], one.costs, 0, 1e-12)


def test_single_precision_networks_roll_out_in_single_precision(experiment):
    network = Network(2, 4, "plain", key=jax.random.key(1))
    short = jax.tree.map(lambda leaf: leaf.astype(np.float32), network)
    task = task_for(experiment, TRIANGLE)
    found = roll_out(short, task, 3)
    assert {value.dtype for value in found} == {np.dtype(np.float32)}
    np.testing.assert_allclose(found.costs, roll_out(network, task, 3).costs, 0, 1e-5)
