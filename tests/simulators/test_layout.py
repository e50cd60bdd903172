"""The half of the amplitudes, and the gauge in which the mixer is real."""

import jax.numpy as jnp
import numpy as np
import pytest

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


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_two_mirrors_are_minus_one(n):
    layout = Layout(n, True)
    signs = mirror_signs(layout)
    re, im = np.random.default_rng(n).normal(size=(2, 2 ** (n - 1)))
    once = mirrored(signs * re[::-1], signs * im[::-1], layout)
    twice = mirrored(*(signs * part[::-1] for part in once), layout)
    np.testing.assert_array_equal(twice, [-re, -im])
