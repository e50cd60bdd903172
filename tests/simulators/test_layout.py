"""The half of the amplitudes, and the gauge in which the mixer is real."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.simulators import ising
from replication.simulators.layout import (
    Layout,
    blocks,
    initial,
    mirror_signs,
    mirrored,
    without_gauge,
)


@pytest.mark.parametrize("num_bits", range(1, 20))
@pytest.mark.parametrize("most", [1, 2, 4])
def test_blocks_are_few_and_even(num_bits, most):
    sizes = blocks(num_bits, most)
    assert sum(sizes) == num_bits
    assert len(sizes) == -(-num_bits // most)
    assert sizes == sorted(sizes, reverse=True)
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 7])
def test_the_kept_half_continues_the_start_by_its_mirror(n):
    """The whole start in the gauge is a product; its second half must be what symmetry says."""
    whole = np.ones(1, complex)
    for _ in range(n):
        whole = np.kron(whole, [1, -1j]) / np.sqrt(2)
    re, im = initial(Layout(n, True), jnp.float64)
    np.testing.assert_allclose(jax.lax.complex(re, im), whole[: 2 ** (n - 1)], 0, 1e-15)
    # The rotation of the first qubit by a quarter turn takes the second half to the first.
    signs = mirror_signs(Layout(n, True))
    flipped = mirrored(signs * re[::-1], signs * im[::-1], Layout(n, True))
    np.testing.assert_allclose(jax.lax.complex(*flipped), whole[2 ** (n - 1) :], 0, 1e-15)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", [5, 6, 7, 8])
def test_bits_counted_by_the_program_are_those_of_the_table(n, dtype, monkeypatch):
    layout = Layout(n, True)
    start, signs = initial(layout, dtype), mirror_signs(layout)
    plain = without_gauge(start, layout)
    monkeypatch.setattr("replication.simulators.layout._TABLE_BITS", 0)
    counted, counted_signs = initial(layout, dtype), mirror_signs(layout)
    assert isinstance(counted_signs, jax.Array)
    np.testing.assert_array_equal(counted, start)
    np.testing.assert_array_equal(counted_signs, signs)
    assert {part.dtype for part in counted} == {np.dtype(dtype)}
    np.testing.assert_array_equal(without_gauge(counted, layout), plain)
    assert plain.dtype == np.result_type(dtype, np.complex64)


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_the_start_without_gauge_is_even(n, symmetric):
    layout = Layout(n, symmetric)
    plain = without_gauge(initial(layout, np.float64), layout)
    np.testing.assert_allclose(plain, np.full(2**layout.bits, 2 ** (-n / 2)), 0, 1e-16)


@pytest.mark.parametrize("quantity", [ising.energy, ising.state, ising.probabilities])
def test_a_large_program_holds_no_state(quantity, monkeypatch):
    shapes = [jax.ShapeDtypeStruct((size,), np.float64) for size in (2**15, 2, 2)]

    def text():
        asked = functools.partial(quantity, symmetric=True)
        return jax.jit(asked).lower(*shapes).as_text()

    assert len(text()) > 2**15
    monkeypatch.setattr("replication.simulators.layout._TABLE_BITS", 14)
    assert len(text()) < 2**15


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_two_mirrors_are_minus_one(n):
    layout = Layout(n, True)
    signs = mirror_signs(layout)
    re, im = np.random.default_rng(n).normal(size=(2, 2 ** (n - 1)))
    once = mirrored(signs * re[::-1], signs * im[::-1], layout)
    twice = mirrored(*(signs * part[::-1] for part in once), layout)
    np.testing.assert_array_equal(twice, [-re, -im])
