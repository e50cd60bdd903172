"""The half of the amplitudes, and the gauge in which the mixer is real."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.simulators import ising
from replication.simulators.layout import Layout, blocks, initial, mirror_signs, mirrored


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
    np.testing.assert_allclose(re + 1j * im, whole[: 2 ** (n - 1)], 0, 1e-15)
    # The rotation of the first qubit by a quarter turn takes the second half to the first.
    signs = mirror_signs(Layout(n, True))
    flipped = mirrored(signs * re[::-1], signs * im[::-1], Layout(n, True))
    np.testing.assert_allclose(flipped[0] + 1j * flipped[1], whole[2 ** (n - 1) :], 0, 1e-15)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n", [5, 6, 7, 8])
def test_bits_counted_by_the_program_are_those_of_the_table(n, dtype, monkeypatch):
    layout = Layout(n, True)
    start, signs = initial(layout, dtype), mirror_signs(layout)
    monkeypatch.setattr("replication.simulators.layout._TABLE_BITS", 0)
    counted, counted_signs = initial(layout, dtype), mirror_signs(layout)
    assert isinstance(counted_signs, jax.Array)
    np.testing.assert_array_equal(counted, start)
    np.testing.assert_array_equal(counted_signs, signs)
    assert {part.dtype for part in counted} == {np.dtype(dtype)}


def test_a_large_program_holds_no_state(monkeypatch):
    shapes = [jax.ShapeDtypeStruct((size,), np.float64) for size in (2**15, 2, 2)]
    energy = functools.partial(ising.energy, symmetric=True)

    def text():
        return jax.jit(lambda *given: energy(*given)).lower(*shapes).as_text()

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
