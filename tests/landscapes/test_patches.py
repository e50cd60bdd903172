r"""Variance in a cube against closed forms, to four standard errors.

Of $g \cdot x + x^T H x/2$ on $[-r, r]^k$: $r^2|g|^2/3$ from the linear part, $(H_{ii}/2)^2 4r^4/45$
from squares, $H_{ij}^2 r^4/9$ from products. Of $\cos x \cos y$ over a full period: 1/4, and its
mean squared gradient is 1/2.
"""

import jax.numpy as jnp
import numpy as np
import pytest

from replication import UserError
from replication.landscapes import cube, patch_variance, signal


def test_variance_of_a_quadratic_cost():
    g, hessian = np.array([0.3, -0.2]), np.array([[1.0, 0.8], [0.8, -2.0]])
    r = 0.7
    found = patch_variance(
        lambda x: g @ x + x @ hessian @ x / 2, [0.0, 0.0], r, 20000, np.random.default_rng(5)
    )
    exact = r**2 * (g**2).sum() / 3 + r**4 * ((1 + 4) / 45 + 0.8**2 / 9)
    assert found.variance_error < 0.02 * exact
    assert found.variance == pytest.approx(exact, abs=4 * found.variance_error)
    squares = (g**2).sum() + r**2 / 3 * (hessian**2).sum()
    assert found.gradient == pytest.approx(squares, abs=4 * found.gradient_error)


def test_a_cube_of_a_period_sees_the_whole_landscape():
    def product(x):
        return jnp.prod(jnp.cos(x))

    found = patch_variance(product, [0.4, 1.3], np.pi, 20000, np.random.default_rng(6))
    assert found.variance == pytest.approx(0.25, abs=4 * found.variance_error)
    assert found.gradient == pytest.approx(0.5, abs=4 * found.gradient_error)
    assert signal(product, [[0.0, 0.0]]).tolist() == [0]


def test_several_centres_serve_in_turn():
    found = cube(np.random.default_rng(7), [[0.0], [10.0]], 0.1, 5)
    assert found.round(0)[:, 0].tolist() == [0, 10, 0, 10, 0]


@pytest.mark.parametrize(("half", "points"), [(0.0, 10), (0.1, 1)])
def test_a_patch_of_nothing_is_refused(half, points):
    with pytest.raises(UserError, match="half-width above 0"):
        cube(np.random.default_rng(8), [0.0], half, points)
