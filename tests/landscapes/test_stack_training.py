"""Adam on stacks of circuits against loops that are written out, and closed forms of its extras."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.landscapes import models
from replication.landscapes.geometry import fisher_information
from replication.landscapes.stack_training import (
    Resets,
    descend,
    descend_naturally,
    schedule,
    shot_error,
)
from replication.simulators.observables import Projector


def stack(several):
    return jax.tree.map(lambda *leaves: np.stack(leaves), *several)


def keys(count):
    return jax.random.split(jax.random.key(3), count)


def two_circuits(layers=4):
    several = [models.random_layers(3, layers, key) for key in keys(2)]
    start = np.random.default_rng(0).uniform(-3, 3, (2, several[0].num_parameters))
    return several, start


def adam(energy, theta, rates, active):
    """Values of D. P. Kingma's and J. Ba's algorithm 1, with a step size for each step."""
    first, second, found = np.zeros_like(theta), np.zeros_like(theta), []
    for t, (rate, on) in enumerate(zip(rates, active, strict=True), start=1):
        value, slope = jax.value_and_grad(energy)(jnp.asarray(theta))
        slope = np.asarray(slope) * on
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        step = first / (1 - 0.9**t) / (np.sqrt(second / (1 - 0.999**t)) + 1e-8)
        theta = theta - rate * step * on
        found.append(float(value))
    return found


def test_it_is_adam_with_step_sizes_and_a_mask():
    several, start = two_circuits()
    rates = np.linspace(0.1, 0.02, 12)
    active = np.random.default_rng(1).random((12, start.shape[1])) < 0.7
    with jax.enable_x64(True):
        plan = schedule(rates, active.shape, active=active)
        found = descend(stack(several), start, plan, keys(2))
        for run, one in enumerate(several):
            expected = adam(one.energy, start[run], rates, active)
            np.testing.assert_allclose(found.values[run], expected, atol=1e-9)
    best = np.minimum.accumulate(found.values, axis=1)
    np.testing.assert_array_equal(found.best, best)


def test_noise_on_angles_damps_a_frequency():
    r"""$E\cos(\theta + \sigma\xi) = e^{-\sigma^2/2}\cos\theta$, of a cost (1 - cos)/2."""
    one, sigma, steps = models.product(1, "local"), 0.8, 4000
    start = np.array([[0.6]])
    with jax.enable_x64(True):
        plan = schedule(0.0, (steps, 1), noise=sigma)
        values = descend(stack([one]), start, plan, keys(1)).values[0]
    expected = (1 - np.exp(-(sigma**2) / 2) * np.cos(0.6)) / 2
    error = values.std(ddof=1) / np.sqrt(steps)
    assert abs(values.mean() - expected) < 4 * error
    # A sign or a factor 2 in σ² would show.
    assert error < 0.005


def test_without_progress_one_layer_is_drawn_again():
    several, start = two_circuits()
    with jax.enable_x64(True):
        plan = schedule(0.0, (13, start.shape[1]))
        found = descend(stack(several), start, plan, keys(2), Resets(patience=5, progress=100.0))
    # The first value counts as progress, whatever it is.
    changed = np.flatnonzero(np.diff(found.values[0]))
    np.testing.assert_array_equal(changed, [5, 10])


def test_a_reset_hits_the_layer_with_the_smallest_gradient():
    several, start = two_circuits()
    with jax.enable_x64(True):
        slopes = np.asarray(jax.grad(several[0].energy)(jnp.asarray(start[0])))
        # No value is below an impossible one: the angles after the reset are seen by `final`.
        plan = schedule(0.0, (3, start.shape[1]))
        resets = Resets(patience=1, progress=100.0)
        found = [descend(stack(several), start, plan, each, resets) for each in many_keys()]
    layer = int((slopes.reshape(4, -1) ** 2).sum(axis=1).argmin())
    moved = [one.final[0] != start[0] for one in found if one.values[0, 2] < one.values[0, 0]]
    assert moved
    for each in moved:
        np.testing.assert_array_equal(np.flatnonzero(each.reshape(4, -1).any(axis=1)), [layer])


def many_keys():
    return [jax.random.split(jax.random.key(seed), 2) for seed in range(8)]


def test_a_natural_step_is_that_of_the_damped_metric():
    several, start = two_circuits(layers=2)
    with jax.enable_x64(True):
        found = descend_naturally(
            stack(several), start, 4, keys(2), rate=0.1, every=2, damping=0.01
        )
        for run, one in enumerate(several):
            theta, expected = start[run], []
            for step in range(4):
                if step % 2 == 0:
                    metric = np.asarray(fisher_information(one.state, theta))
                value, slope = jax.value_and_grad(one.energy)(jnp.asarray(theta))
                expected.append(float(value))
                theta = theta - 0.1 * np.linalg.solve(metric + 0.01 * np.eye(6), slope)
            np.testing.assert_allclose(found.values[run], expected, atol=1e-10)


def test_the_error_of_shots_is_that_of_a_random_state():
    r"""$s^2$: one for each term of the chain; $p (1 - p)$ for a projector of mean p."""
    assert shot_error(models.ising_chain(4, 0.5), 50) == pytest.approx(np.sqrt((3 + 1) / 100))
    stacked = stack([models.ising_chain(4, 0.5)] * 3)
    assert shot_error(stacked, 50) == pytest.approx(np.sqrt(4 / 100))
    p = 1 / 16
    expected = np.sqrt(p * (1 - p) / 100)
    assert shot_error(models.all_zero(4, "global"), 50) == pytest.approx(expected)
    assert shot_error(Projector(np.eye(1, 16)), 50) == pytest.approx(expected)
    assert shot_error(models.ising_chain(4), 0) == 0
