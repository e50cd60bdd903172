r"""Gradient flow against basins that are known.

$f(x) = -\cos x - 0.8 \cos 2x$ has its maxima at $\pm x_b$, $\cos x_b = -1/3.2$; flow ends at 0 from
between them and at π from beyond. A sum over two angles ends in its global minimum from the square
$|x|, |y| < x_b$: a fraction $(x_b/\pi)^2 = 0.3614$ of a period. L-BFGS' first steps are long enough
to cross edges.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication import UserError, maxcut, qaoa
from replication.landscapes import bfgs, flow, in_best, lbfgs

EDGE = np.arccos(-1 / 3.2)
RNG = np.random.default_rng(4)


def two_wells(theta):
    return -jnp.sum(jnp.cos(theta) + 0.8 * jnp.cos(2 * theta))


@pytest.mark.parametrize("double", [True, False])
def test_flow_ends_in_the_basin_of_its_start(double):
    starts = RNG.uniform(-np.pi, np.pi, (300, 2))
    with jax.enable_x64(double):
        found = flow(two_wells, starts)
    assert found.settled.all()
    inside = (np.abs(starts) < EDGE).all(axis=1)
    # Within the error of a step an edge may be crossed.
    near = (np.abs(np.abs(starts) - EDGE) < 2e-3).any(axis=1)
    ended = in_best(found.energies, -3.6)
    assert (ended == inside)[~near].all()
    assert ended.mean() == pytest.approx((EDGE / np.pi) ** 2, abs=3 * 0.028)


def test_flow_follows_a_curved_stiff_valley():
    # The valley y = x² of curvature 2000 leads down to x = 1 from anywhere but beyond its pass.
    def valley(theta):
        return 1000 * (theta[1] - theta[0] ** 2) ** 2 + (theta[0] - 1) ** 2

    found = flow(valley, [[-1.0, 1.5], [0.0, -0.5]])
    np.testing.assert_allclose(found.points, 1, atol=1e-5)
    assert found.settled.all()
    assert found.steps.max() < 400


def test_lbfgs_jumps_and_flow_does_not():
    starts = RNG.uniform(-np.pi, np.pi, (60, 2))
    inside = (np.abs(starts) < EDGE).all(axis=1)
    for method in (lbfgs, bfgs):
        points, energies = method(two_wells, starts)
        np.testing.assert_allclose(np.sin(points), 0, atol=1e-4)
        assert (in_best(energies, -3.6) != inside).any()


def test_a_scale_of_the_cost_changes_no_end():
    ansatz = qaoa(maxcut([(0, 1), (1, 2), (2, 3), (0, 2)]), p=2)
    starts = RNG.uniform(-1, 1, (8, 4))
    one, other = (flow(ansatz.energy, starts, scale=scale) for scale in (1.0, 4.0))
    np.testing.assert_allclose(one.energies, other.energies, atol=1e-7)


def test_a_scale_of_zero_is_refused():
    with pytest.raises(UserError, match="must be positive"):
        flow(two_wells, [[0.0, 0.0]], scale=0.0)
