"""Blocks that begin as the identity, whatever their axes."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.landscapes import models
from replication.landscapes.functions import each_with_gradient
from replication.landscapes.gradients import variance_error
from replication.mitigations.identity_blocks import blocks

COUNT = 400


def made(make, qubits, layers, count=COUNT, seed=0):
    """Circuits with blocks, and their angles; the first qubit's noise is the same for all n."""
    keys = jax.random.split(jax.random.key(seed), count)
    several = [make(qubits, layers, key) for key in keys]
    circuits = jax.tree.map(lambda *leaves: np.stack(leaves), *several)
    rng = np.random.default_rng(seed)
    return blocks(circuits, rng.uniform(-np.pi, np.pi, (count, several[0].num_parameters)))


@pytest.mark.parametrize(("qubits", "layers"), [(3, 4), (4, 8), (2, 6), (5, 12)])
def test_the_state_is_the_first_one(qubits, layers):
    circuits, angles = made(models.random_layers, qubits, layers, count=3)
    assert (angles != 0).mean() == pytest.approx(layers // 4 * 2 / layers)
    with jax.enable_x64(True):
        for run in range(3):
            one = jax.tree.map(lambda leaf, run=run: leaf[run], circuits)
            psi = one.state(jnp.asarray(angles[run]))
            np.testing.assert_allclose(psi, one.first, atol=1e-14)


def test_axes_are_those_given_but_for_the_mirrored_layers():
    given = np.asarray(models.random_layers(3, 8, jax.random.key(4)).layer[0].axes)
    circuits, _ = made(
        lambda n, layers, key: models.random_layers(n, layers, jax.random.key(4)), 3, 8, 2
    )
    axes = circuits.layer[0].axes[1]
    np.testing.assert_array_equal(axes[[0, 1, 2, 4, 5, 6]], given[[0, 1, 2, 4, 5, 6]])
    np.testing.assert_array_equal(axes[[3, 7]], given[[1, 5]])


def with_one_rotation(qubits):
    """Derivatives by the first angle, which is random where all else cancels."""
    circuits, angles = made(models.mcclean, qubits, 8)
    delta = np.random.default_rng(9).uniform(-np.pi, np.pi, COUNT)
    axes = np.array(circuits.layer[0].axes)
    axes[:, 0, 0] = np.random.default_rng(8).integers(1, 4, COUNT)
    circuits = dataclasses.replace(
        circuits, layer=(dataclasses.replace(circuits.layer[0], axes=axes), *circuits.layer[1:])
    )
    angles[:, 0] = delta
    return each_with_gradient(circuits, angles)[1][:, 0]


def test_all_but_one_rotation_cancel_at_every_size():
    r"""Var = 1/8, a standard deviation of 0.35355, on $R_Y(\pi/4)$ with cost $Z_0 Z_1$.

    $\langle Z_1\rangle^2 = 1/2$ times the mean over the axes of (1/4, 1/2, 0) for X, Y, Z: a
    rotation by δ takes $\langle Z_0\rangle$ to $\cos δ/\sqrt2$, $\cos(π/4 + δ)$, $1/\sqrt2$.
    """
    found = {qubits: with_one_rotation(qubits) for qubits in (2, 4, 7)}
    error = variance_error(found[2])
    assert abs(found[2].var(ddof=1) - 1 / 8) < 4 * error < 0.04
    # Draw by draw the same at every size.
    for other in (4, 7):
        np.testing.assert_allclose(found[other], found[2], atol=1e-12)
