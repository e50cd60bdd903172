"""The network: both forms by hand, what it may see, and where it begins."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.metalearner.network import Network, initialise

ANGLES = np.array([0.4, -0.3])


def by_hand(network, memory, theta, y, first):
    """The textbook LSTM (input, forget, cell, output gate) and the head, in NumPy."""
    cell, head = network.cell, network.head
    h, c = map(np.asarray, memory)
    gates = cell.weight_ih @ np.append(theta, y) + cell.weight_hh @ h + cell.bias
    i, f, g, o = np.split(np.asarray(gates), 4)
    sigmoid = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    step = head.weight @ h + head.bias
    if network.form == "residual":
        step = step + theta + (network.anchor if first else 0)
    return (h, c), step


@pytest.mark.parametrize("form", ["plain", "residual"])
@pytest.mark.parametrize("first", [True, False])
def test_one_query_by_hand(form, first):
    network = Network(2, 3, form, key=jax.random.key(1))
    network = eqx.tree_at(lambda n: n.anchor, network, jnp.array([2.0, -5.0]))
    rng = np.random.default_rng(0)
    memory = rng.normal(size=3), rng.normal(size=3)
    theta, y = rng.normal(size=2), np.asarray(0.3)
    found = network(memory, theta, y, first)
    expected = by_hand(network, memory, theta, y, first)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, 1e-12, 1e-14)


@pytest.mark.parametrize("inputs", ["angles_and_cost", "angles"])
def test_batches_and_slopes_are_those_of_equinox(inputs):
    """Its own cell and head, an instance at a time: values, and slopes in everything."""
    network = Network(2, 3, "residual", inputs, key=jax.random.key(2))
    rng = np.random.default_rng(1)
    arrays = [rng.normal(size=shape) for shape in [(5, 3), (5, 3), (5, 2), (5,)]]
    weights = [rng.normal(size=(5, size)) for size in (3, 3, 2)]

    def batch(network, hidden, state, theta, y):
        return jax.vmap(network, (0, 0, 0, None))((hidden, state), theta, y, True)

    def one(network, hidden, state, theta, y):
        given = y if inputs == "angles_and_cost" else 0 * y
        memory = network.cell(jnp.append(theta, given), (hidden, state))
        return memory, network.head(memory[0]) + theta + network.anchor

    def scalar(function):
        def total(network, *arrays):
            leaves = jax.tree.leaves(function(network, *arrays))
            return sum((a * w).sum() for a, w in zip(leaves, weights, strict=True))

        return jax.value_and_grad(total, argnums=(0, 1, 2, 3, 4))(network, *arrays)

    found, expected = scalar(batch), scalar(jax.vmap(one, (None, 0, 0, 0, 0)))
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, 1e-12, 1e-13)


def test_one_instance_has_slopes(network):
    """Without a batch axis, as a user's own loop would call it."""
    y = np.asarray(0.2)
    single = jax.grad(lambda n: n(n.memory(), ANGLES, y, True)[1].sum())(network)
    many = lambda n: jax.vmap(n, (0, 0, 0, None))  # noqa: E731
    batch = jax.grad(lambda n: many(n)(n.memory(1), ANGLES[None], y[None], True)[1].sum())(network)
    for a, b in zip(jax.tree.leaves(single), jax.tree.leaves(batch), strict=True):
        np.testing.assert_allclose(a, b, 0, 1e-14)
    assert np.abs(single.cell.weight_ih).max() > 1e-3


def test_it_sees_angles_and_costs_only(network):
    """The input is k angles and one cost wide: no place for an instance."""
    assert network.cell.input_size == 2 + 1
    memory = network.memory()
    assert [part.shape for part in memory] == [(4,), (4,)]
    assert [part.shape for part in network.memory(5)] == [(5, 4), (5, 4)]
    assert not any(part.any() for part in memory)


@pytest.mark.parametrize("form", ["plain", "residual"])
@pytest.mark.parametrize("starts_there", [True, False])
def test_a_fresh_network_proposes_about_the_given_angles(form, starts_there):
    network = initialise(ANGLES, 16, form, starts_there=starts_there, key=jax.random.key(0))
    theta = ANGLES if starts_there else np.zeros(2)
    memory = network.memory()
    for t in range(3):
        memory, theta = network(memory, theta, np.asarray(-0.2), t == 0)
        # Head weights are below 0.1 / sqrt(16), so a step's swing is at most 16 * 0.025 * |h|.
        assert np.abs(theta - ANGLES).max() < 0.1
    assert np.abs(theta - ANGLES).max() > 1e-6


@pytest.mark.parametrize("form", ["plain", "residual"])
def test_without_its_head_it_is_the_constant_vector(form):
    network = initialise(ANGLES, 4, form, starts_there=False, key=jax.random.key(0))
    network = eqx.tree_at(lambda n: n.head.weight, network, replace_fn=lambda w: 0 * w)
    memory, theta = network.memory(), np.zeros(2)
    for t in range(4):
        memory, theta = network(memory, theta, np.asarray(0.9), t == 0)
        np.testing.assert_allclose(theta, ANGLES, 1e-14)


def test_different_keys_give_different_networks():
    first, second, again = (
        initialise(ANGLES, 4, "plain", starts_there=False, key=jax.random.key(k)) for k in (0, 1, 0)
    )
    assert not np.allclose(first.cell.weight_ih, second.cell.weight_ih)
    assert eqx.tree_equal(first, again)


@pytest.mark.parametrize("form", ["plain", "residual"])
def test_the_form_has_no_slope(form):
    """It is data, so that one program trains both forms; training leaves it alone."""
    network = Network(2, 3, form, key=jax.random.key(4))
    assert network.form == form

    def total(network):
        memory, theta = network(network.memory(), jnp.array([0.3, -0.2]), jnp.asarray(0.7), True)
        return jnp.sum(theta**2) + jnp.sum(memory[0])

    assert jax.grad(total)(network).residual == 0


def test_both_forms_of_a_network_are_of_one_structure():
    """Several seeds at once, as they are trained."""

    def structure(form):
        keys = jax.random.split(jax.random.key(5), 3)
        return jax.tree.structure(jax.vmap(lambda k: Network(2, 3, form, key=k))(keys))

    assert structure("plain") == structure("residual")
