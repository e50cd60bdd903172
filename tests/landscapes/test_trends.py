"""Slopes and their intervals, on lines that are known."""

import numpy as np
import pytest

from replication.errors import UserError
from replication.landscapes import trends


def test_the_interval_holds_the_slope_as_often_as_it_says():
    rng = np.random.default_rng(0)
    x, held = np.arange(6.0), 0
    for _ in range(400):
        errors = rng.uniform(0.1, 0.5, 6)
        _, low, high = trends.line(x, 2 - 0.7 * x + errors * rng.normal(size=6), errors)
        held += low <= -0.7 <= high
    # Widening makes it a little safer than 95 %.
    assert 0.93 < held / 400 <= 1


def test_scatter_beyond_the_errors_widens_the_interval():
    x, errors = np.arange(5.0), np.full(5, 0.01)
    _, low, high = trends.line(x, x, errors)
    _, wide_low, wide_high = trends.line(x, x + np.array([0.3, -0.3, 0.2, -0.3, 0.3]), errors)
    assert wide_high - wide_low > 10 * (high - low)


def test_rates_and_exponents_are_those_of_the_curve():
    x = np.array([2.0, 4.0, 8.0])
    rate = trends.exponential_rate(x, 3 * np.exp(-0.4 * x), 0.01 * np.exp(-0.4 * x))
    exponent = trends.power(x, 5 * x**1.5, 0.1 * x**1.5)
    np.testing.assert_allclose([rate[0], exponent[0]], [-0.4, 1.5], 1e-12)


@pytest.mark.parametrize(
    ("x", "y", "errors"),
    [([1, 1], [1, 2], [1, 1]), ([1, 2], [1, 2], [0, 1]), ([1, 2, 3], [1, 2], [1, 1])],
)
def test_what_makes_no_line_is_refused(x, y, errors):
    with pytest.raises(UserError):
        trends.line(x, y, errors)


def test_a_rate_needs_positive_numbers():
    with pytest.raises(UserError, match="above 0"):
        trends.exponential_rate([1, 2], [1, 0], [1, 1])
