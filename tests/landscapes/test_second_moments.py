"""Exact second moments of random circuits, against their deep limit, by hand, and draws."""

import jax
import numpy as np
import pytest

from replication.errors import UserError
from replication.landscapes import models
from replication.landscapes.functions import each_with_gradient
from replication.landscapes.gradients import variance_error
from replication.landscapes.second_moments import mcclean_variance


@pytest.mark.parametrize("n", [2, 4, 6])
def test_deep_circuits_have_the_limit_of_a_two_design(n):
    assert mcclean_variance(n, 400 * n) == pytest.approx(models.limit_of_mcclean(n), rel=1e-9)


def test_one_layer_by_hand():
    r"""$Z_0 Z_1$ commutes with the ladder: $\frac14 \cdot \frac5{12}$, whatever n."""
    for n in (2, 5):
        assert mcclean_variance(n, 1) == pytest.approx(5 / 48, rel=1e-14)


def test_depths_of_six_qubits_are_those_measured_elsewhere():
    """Independent NumPy code, some 3 to 4 per cent of error; at L = 50: 0.00604 ± 0.00023."""
    found = [mcclean_variance(6, layers) for layers in (1, 2, 4, 8, 16, 32)]
    np.testing.assert_allclose(found, [0.095, 0.100, 0.080, 0.048, 0.030, 0.011], rtol=0.15)
    assert abs(mcclean_variance(6, 50) - 0.00604) < 3 * 0.00023


@pytest.mark.parametrize(("n", "layers"), [(2, 2), (3, 3), (5, 6)])
def test_draws_of_shallow_circuits_agree(n, layers):
    rng = np.random.default_rng(n)
    several = [models.mcclean(n, layers, jax.random.key(index)) for index in range(1500)]
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *several)
    thetas = rng.uniform(0, 2 * np.pi, (1500, several[0].num_parameters))
    slopes = each_with_gradient(stacked, thetas)[1][:, 0]
    exact = mcclean_variance(n, layers)
    assert abs(slopes.var(ddof=1) - exact) < 3.5 * variance_error(slopes)
    assert variance_error(slopes) < 0.1 * exact


@pytest.mark.parametrize(("numbers", "words"), [((1, 3), "num_qubits = 1"), ((4, 0), "layers = 0")])
def test_other_numbers_are_refused(numbers, words):
    with pytest.raises(UserError, match=words):
        mcclean_variance(*numbers)
