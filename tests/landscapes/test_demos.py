"""Circuits of public demonstrations: blocks cancel, and products have their closed form."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.errors import UserError
from replication.landscapes import demos
from replication.landscapes.functions import each_with_gradient
from replication.landscapes.gradients import variance_error


def stacked(several):
    return jax.tree.map(lambda *leaves: np.stack(leaves), *several)


@pytest.mark.parametrize(("n", "depth", "blocks"), [(2, 1, 1), (3, 2, 2), (4, 3, 3)])
def test_blocks_cancel_all_but_a_rotation_of_the_first_qubit(n, depth, blocks):
    """With equal angles of the first gate and its inverse the state is the first one."""
    rng = np.random.default_rng(n)
    circuit, theta, place = demos.identity_blocks(n, depth, blocks, rng)
    undone = 2 * depth * 2 * n
    assert np.asarray(circuit.layer[0].axes)[2 * depth, 0] == circuit.layer[1].axes[0, 0]
    free = theta.copy()
    free[place] = -theta[undone]
    with jax.enable_x64(True):
        # Behind the last block is one ladder more, which the cost does not see.
        state = circuit.layer[2].apply(circuit.state(jnp.asarray(free)), None)
    np.testing.assert_allclose(np.abs(np.vdot(circuit.first, state)), 1, 0, 1e-12)
    assert float(circuit.energy(free)) == pytest.approx(0.5, abs=1e-12)


def test_blocks_have_the_deviation_of_one_rotation_whatever_their_size():
    r"""$1/\sqrt8$; 1000 circuits a size."""
    rng = np.random.default_rng(11)
    for n, depth, blocks in ((2, 2, 1), (4, 2, 2)):
        drawn = [demos.identity_blocks(n, depth, blocks, rng) for _ in range(1000)]
        thetas = np.stack([theta for _, theta, _ in drawn])
        circuits = stacked([circuit for circuit, _, _ in drawn])
        slopes = each_with_gradient(circuits, thetas)[1][:, drawn[0][2]]
        exact = demos.IDENTITY_BLOCKS_DEVIATION**2
        assert abs(slopes.var(ddof=1) - exact) < 3.5 * variance_error(slopes)
        assert np.abs(slopes).max() < np.sqrt(0.5) + 1e-12


def test_variances_of_the_product_are_those_found_elsewhere():
    found = [demos.one_layer_projector_variance(n, True) for n in range(2, 7)]
    np.testing.assert_allclose(found, [0.018177, 0.007895, 0.003334, 0.001383, 0.000566], 6e-4)
    assert np.polyfit(range(2, 7), np.log(found), 1)[0] == pytest.approx(-0.868, abs=5e-4)
    assert demos.one_layer_projector_variance(4, False) == pytest.approx(0.006573, abs=5e-7)


@pytest.mark.parametrize("half", [False, True])
def test_draws_of_the_product_agree(half):
    rng = np.random.default_rng(2)
    circuits = stacked([demos.one_layer_projector(3, rng) for _ in range(4000)])
    thetas = rng.uniform(0, np.pi if half else 2 * np.pi, (4000, 3))
    slopes = each_with_gradient(circuits, thetas)[1][:, -1]
    exact = demos.one_layer_projector_variance(3, half)
    assert abs(slopes.var(ddof=1) - exact) < 3.5 * variance_error(slopes)
    assert variance_error(slopes) < 0.05 * exact


def test_numbers_that_are_none_are_refused():
    with pytest.raises(UserError, match="blocks = 0 must be a whole number, at least 1"):
        demos.identity_blocks(3, 2, 0, np.random.default_rng(0))
