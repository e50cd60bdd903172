"""The roll-out equals a plain loop, is blind to the instance, and differentiates through it all."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.ansatze.hubbard import hubbard_ansatz
from replication.ansatze.qaoa import qaoa
from replication.metalearner.losses import cumulative_regret
from replication.metalearner.network import Network, initialise
from replication.metalearner.rollout import RollOut, batch_of, roll_out, task_for
from replication.problems.hubbard import hubbard
from replication.problems.maxcut import maxcut

TRIANGLE = maxcut([(0, 1), (1, 2), (0, 2), (2, 3)])
PATH = maxcut([(0, 1), (1, 2), (2, 3)])


def shallow(problem):
    """QAOA of one layer."""
    return qaoa(problem, 1)


def task_of(problem):
    return task_for(problem, shallow(problem))


def alone(network, task, queries):
    """The roll-out of a single instance: a batch of one."""
    batch = jax.tree.map(lambda leaf: np.asarray(leaf)[None], task)
    found = jax.jit(roll_out, static_argnums=2)(network, batch, queries)
    return RollOut(*(value[0] for value in found))


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
def test_equals_a_python_loop(form):
    task = task_of(TRIANGLE)
    network = initialise([0.3, -0.4], 4, form, starts_there=False, key=jax.random.key(0))
    found = alone(network, task, 4)
    for value, expected in zip(found, loop(network, task, 4), strict=True):
        np.testing.assert_allclose(value, expected, 0, 1e-12)
    assert found.points.shape == (4, 2)


def test_hubbard_starts_at_its_queried_adiabatic_point():
    problem = hubbard((2, 2), t=1.0, u=3.0)
    task = task_for(problem, hubbard_ansatz(problem, steps=1, kind="grouped"))
    assert not task.free
    np.testing.assert_allclose(task.start, task.ansatz.heuristic())
    expected = (float(task.ansatz.energy(task.start)) - problem.offset) / problem.normaliser
    network = Network(3, 4, "residual", key=jax.random.key(0))
    found = alone(network, task, 2)
    np.testing.assert_allclose(found.start_cost, expected, 1e-12)
    for value, by_loop in zip(found, loop(network, task, 2), strict=True):
        np.testing.assert_allclose(value, by_loop, 0, 1e-12)
    assert np.all(np.abs(found.costs) <= 1)


def test_the_free_start_really_is_free():
    """y(0) = 0 is not assumed but true: the start has no mean of any Z, nor of any two."""
    task = task_of(TRIANGLE)
    assert task.free
    np.testing.assert_array_equal(task.start, 0)
    np.testing.assert_allclose(task.cost(task.start), 0, 0, 1e-15)


def test_the_first_query_is_blind_and_later_ones_see_the_cost_only():
    """Two graphs differ in nothing until their costs differ."""
    network = Network(2, 8, "plain", key=jax.random.key(3))
    first = alone(network, task_of(TRIANGLE), 3)
    second = alone(network, task_of(PATH), 3)
    np.testing.assert_array_equal(first.points[0], second.points[0])
    assert abs(first.costs[0] - second.costs[0]) > 1e-6
    assert np.abs(first.points[1] - second.points[1]).max() > 1e-9
    # Relabelled nodes give the same costs, hence the same queries.
    relabelled = maxcut([(3, 2), (2, 1), (3, 1), (1, 0)])
    third = alone(network, task_of(relabelled), 3)
    np.testing.assert_allclose(third.points, first.points, 0, 1e-12)


def test_gradient_passes_through_circuit_and_time():
    batch = batch_of([TRIANGLE, PATH], shallow)
    network = Network(2, 3, "residual", key=jax.random.key(0))

    @jax.jit
    def loss(network):
        return cumulative_regret(roll_out(network, batch, 3).costs[1], 0.0)

    gradient = jax.jit(jax.grad(loss))(network)
    leaves, structure = jax.tree.flatten(network)
    for position, (leaf, slope) in enumerate(zip(leaves, jax.tree.leaves(gradient), strict=True)):
        if leaf is network.residual:
            # Which form it is is no weight.
            assert not slope
            continue
        k = (0,) * leaf.ndim
        sides = [
            float(loss(jax.tree.unflatten(structure, _moved(leaves, position, k, step))))
            for step in (1e-5, -1e-5)
        ]
        np.testing.assert_allclose(slope[k], (sides[0] - sides[1]) / 2e-5, 1e-5, 1e-9)


def _moved(leaves, position, k, step):
    return [
        jnp.asarray(leaf).at[k].add(step) if i == position else leaf
        for i, leaf in enumerate(leaves)
    ]


def test_batches_are_the_instances():
    problems = [TRIANGLE, PATH]
    network = Network(2, 4, "plain", key=jax.random.key(1))
    batch = batch_of(problems, shallow)
    assert batch.scale.shape == (2,)
    found = jax.jit(roll_out, static_argnums=2)(network, batch, 3)
    assert [value.shape for value in found] == [(2, 3, 2), (2, 3), (2,)]
    for i, problem in enumerate(problems):
        one = alone(network, task_of(problem), 3)
        np.testing.assert_allclose(found.costs[i], one.costs, 0, 1e-12)
        np.testing.assert_allclose(found.points[i], one.points, 0, 1e-12)


def test_seeds_roll_out_side_by_side():
    """A vmap over networks: each its own numbers and slopes."""
    batch = batch_of([TRIANGLE, PATH], shallow)
    keys = jax.random.split(jax.random.key(4), 3)
    networks = jax.vmap(lambda key: Network(2, 4, "plain", key=key))(keys)
    slope = jax.jit(jax.value_and_grad(lambda network: roll_out(network, batch, 3).costs.sum()))
    found = jax.jit(jax.vmap(slope))(networks)
    for i in range(3):
        expected = slope(jax.tree.map(lambda leaf, i=i: leaf[i], networks))
        for value, one in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
            np.testing.assert_allclose(value[i], one, 0, 1e-12)


def test_single_precision_networks_roll_out_in_single_precision():
    network = Network(2, 4, "plain", key=jax.random.key(1))
    short = jax.tree.map(lambda leaf: leaf.astype(np.float32), network)
    batch = batch_of([TRIANGLE, PATH], shallow)
    found = roll_out(short, batch, 3)
    assert {value.dtype for value in found} == {np.dtype(np.float32)}
    np.testing.assert_allclose(found.costs, roll_out(network, batch, 3).costs, 0, 1e-5)
