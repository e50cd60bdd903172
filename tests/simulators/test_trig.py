"""The shared sine and cosine against NumPy's in a longer format."""

import jax
import numpy as np
import pytest

from replication.simulators.trig import sincos


def points(dtype, largest):
    """Uniform over the stated reach, and next to multiples of a quarter turn."""
    rng = np.random.default_rng(0)
    quarters = (np.arange(-400, 401) * (np.pi / 4)).astype(dtype)
    near = [quarters, *(np.nextafter(quarters, dtype(end)) for end in (1e9, -1e9))]
    uniform = rng.uniform(-largest, largest, 20_000).astype(dtype)
    return np.concatenate([uniform, *near, np.zeros(1, dtype)])


@pytest.mark.parametrize(
    ("dtype", "largest", "longer"),
    [(np.float32, 1e3, np.float64), (np.float64, 1e5, np.longdouble)],
)
def test_two_units_of_the_last_place(dtype, largest, longer):
    x = points(dtype, largest)
    sin, cos = jax.jit(sincos)(x)
    assert sin.dtype == cos.dtype == dtype
    bound = 2 * np.finfo(dtype).eps
    np.testing.assert_allclose(np.asarray(sin, longer), np.sin(x.astype(longer)), 0, bound)
    np.testing.assert_allclose(np.asarray(cos, longer), np.cos(x.astype(longer)), 0, bound)


def test_parity_and_shape():
    x = np.linspace(-9, 9, 24).reshape(2, 3, 4)
    sin, cos = sincos(jax.numpy.asarray(x))
    minus_sin, same_cos = sincos(jax.numpy.asarray(-x))
    assert sin.shape == x.shape
    np.testing.assert_array_equal(sin, -minus_sin)
    np.testing.assert_array_equal(cos, same_cos)
