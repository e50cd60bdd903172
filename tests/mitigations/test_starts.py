"""Where mitigations begin: deviations, signals, and what a circuit is while layers wait."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication import mitigations
from replication.landscapes import models
from replication.mitigations import Setting
from replication.mitigations.gaussian import deviation
from replication.simulators.circuits import Circuit

LAYERS = 24


def setting(qubits, runs, layers=LAYERS, evaluations=1, **changes):
    keys = jax.random.split(jax.random.key(qubits), runs)
    several = [models.random_layers(qubits, layers, key) for key in keys]
    circuits = jax.tree.map(lambda *leaves: np.stack(leaves), *several)
    rngs = tuple(np.random.default_rng(run) for run in range(runs))
    return Setting(circuits, rngs, evaluations, 0.05, 10.0, **changes)


def squares(name, qubits, runs=60):
    """Mean square of a derivative at each run's start."""
    found = mitigations.load(name).train(setting(qubits, runs))
    return found.norms[:, 0] ** 2 / found.circuits.num_parameters


def test_the_deviation_of_gaussian_angles():
    """1/(4 · 2 · 26) squared at 24 layers."""
    assert deviation(24) == pytest.approx(0.0693375, abs=1e-7)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("uniform", np.pi / np.sqrt(3)),
        ("gaussian", deviation(LAYERS)),
        ("reduced_domain", deviation(LAYERS)),
        ("tenth_domain", 0.1 * np.pi / np.sqrt(3)),
    ],
)
def test_starts_have_their_deviation(name, expected):
    start = mitigations.load(name).train(setting(4, 40)).start
    error = expected / np.sqrt(2 * start.size)
    assert abs(start.std() - expected) < 4 * error


def test_the_gain_of_gaussian_angles_grows_with_the_size():
    """Ratio of mean squares at 8 qubits above that at 4, by more than three standard errors.

    At few qubits it is below 1: small angles leave the state near a stationary one.
    """
    logs = {}
    for qubits in (4, 8):
        pair = [squares(name, qubits) for name in ("gaussian", "uniform")]
        means = [each.mean() for each in pair]
        errors = [each.std(ddof=1) / np.sqrt(each.size) for each in pair]
        relative = np.hypot(*(e / m for e, m in zip(errors, means, strict=True)))
        logs[qubits] = np.log(means[0] / means[1]), relative
    gain = logs[8][0] - logs[4][0]
    assert gain > 3 * np.hypot(logs[4][1], logs[8][1])


def test_waiting_layers_are_the_identity():
    """A circuit whose last layers have zero angles, an even number, is the one without them."""
    whole = models.random_layers(4, 8, jax.random.key(0))
    layer = jax.tree.map(lambda leaf: np.asarray(leaf)[:4], whole.layer)
    short = Circuit(layer, whole.observable, whole.first, 4)
    theta = np.random.default_rng(0).uniform(-3, 3, 16)
    padded = np.concatenate([theta, np.zeros(16)])
    np.testing.assert_allclose(whole.energy(padded), short.energy(theta), atol=1e-13)


def test_layers_are_added_in_groups_and_then_trained_together():
    """Of 80 evaluations 20 for each of two groups: the second waits and the first is frozen."""
    given = setting(3, 1, layers=8, evaluations=80)
    found = mitigations.load("layerwise").train(given)
    own = jax.tree.map(lambda leaf: leaf[0], given.circuits)
    with jax.enable_x64(True):
        slopes = np.asarray(jax.grad(own.energy)(jnp.zeros(24)))
    assert np.abs(slopes).max() > 0.1
    first = mitigations.load("layerwise").train(setting(3, 1, layers=8, evaluations=20))
    # With so few it has reached the second group after 5: the first five values are the same.
    np.testing.assert_array_equal(first.values[0, :5], found.values[0, :5])
    assert not found.start.any()


def test_a_warm_start_takes_over_what_the_smaller_circuit_learned():
    smaller = setting(3, 2, layers=4).circuits
    given = setting(5, 2, layers=4, evaluations=40, smaller=smaller)
    found = mitigations.load("warm_start").train(given)
    start = found.start.reshape(2, 4, 5)
    assert not start[:, :, 3:].any()
    few = setting(3, 2, layers=4, evaluations=20)
    expected = mitigations.load("uniform").train(few).final.reshape(2, 4, 3)
    np.testing.assert_array_equal(start[:, :, :3], expected)


def test_a_penalty_leaves_smaller_angles():
    found = {
        name: np.abs(mitigations.load(name).train(setting(4, 4, 6, 400)).final).mean()
        for name in ("uniform", "l1")
    }
    assert found["l1"] < 0.9 * found["uniform"]


def test_step_sizes_fall_and_start_again():
    """Periods of 1, 2, 4 and 8 fifteenths: the cost may rise only where a period begins."""
    found = mitigations.load("cosine_restarts").train(setting(3, 1, 4, 150))
    moved = np.abs(np.diff(found.values[0]))
    for end in (10, 30, 70):
        assert moved[end - 2] < moved[end]
