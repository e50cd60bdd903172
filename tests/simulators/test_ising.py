"""The real-gauge, symmetry-reduced kernel against a plain dense twin and finite differences."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from replication.simulators import ising

X = np.array([[0.0, 1.0], [1.0, 0.0]])
# Every remainder of n modulo 4 with and without the symmetry, and one, two or three blocks.
SIZES = [2, 3, 4, 5, 6, 7, 8, 9]


def dense_state(diagonal, gammas, betas):
    """Textbook evolution of all 2^n amplitudes, one full rotation matrix a layer."""
    n = int(np.log2(diagonal.size))
    psi = np.full(diagonal.size, diagonal.size**-0.5, complex)
    for gamma, beta in zip(gammas, betas, strict=True):
        one = np.cos(beta) * np.eye(2) - 1j * np.sin(beta) * X
        psi = functools.reduce(np.kron, [one] * n) @ (np.exp(-1j * gamma * diagonal) * psi)
    return psi


def dense_energy(diagonal, gammas, betas):
    return float(diagonal @ np.abs(dense_state(diagonal, gammas, betas)) ** 2)


def system(n, p, symmetric, seed=0):
    """A generic diagonal, more general than any Ising one, with its whole and its kept part."""
    rng = np.random.default_rng([seed, n, p, symmetric])
    whole = rng.normal(size=2**n)
    if symmetric:
        whole = whole + whole[::-1]
    kept = whole[: whole.size // 2] if symmetric else whole
    return whole, kept, rng.uniform(-2, 2, p), rng.uniform(-2, 2, p)


@functools.partial(jax.jit, static_argnames="symmetric")
def both(diagonal, gammas, betas, symmetric):
    return (
        ising.energy(diagonal, gammas, betas, symmetric=symmetric),
        ising.state(diagonal, gammas, betas, symmetric=symmetric),
    )


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("n", SIZES)
def test_probabilities_are_those_of_the_dense_twin(n, symmetric):
    whole, kept, gammas, betas = system(n, 2, symmetric)
    expected = np.abs(dense_state(whole, gammas, betas)) ** 2
    if symmetric:
        expected = (expected + expected[::-1])[: kept.size]
    mine = ising.probabilities(kept, gammas, betas, symmetric=symmetric)
    np.testing.assert_allclose(mine, expected, 0, 1e-13)


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("n", SIZES)
def test_agrees_with_the_dense_twin(n, symmetric):
    whole, kept, gammas, betas = system(n, 3, symmetric)
    energy, state = both(kept, gammas, betas, symmetric)
    expected = dense_state(whole, gammas, betas)
    np.testing.assert_allclose(energy, dense_energy(whole, gammas, betas), 0, 1e-12)
    # No global phase is free: the gauge is undone exactly.
    np.testing.assert_allclose(state, expected, 0, 1e-12)


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("n", [2, 5, 8])
def test_gradients_are_central_differences(n, symmetric):
    _, kept, gammas, betas = system(n, 3, symmetric)
    energy = functools.partial(ising.energy, symmetric=symmetric)
    gradients = jax.jit(jax.grad(energy, (0, 1, 2)))(kept, gammas, betas)
    value = jax.jit(energy)
    for position, gradient in enumerate(gradients):
        arguments = [kept, gammas, betas]
        for k in range(min(gradient.size, 20)):
            sides = []
            for step in (1e-5, -1e-5):
                moved = np.array(arguments[position])
                moved[k] += step
                sides.append(float(value(*arguments[:position], moved, *arguments[position + 1 :])))
            np.testing.assert_allclose(gradient[k], (sides[0] - sides[1]) / 2e-5, 1e-6, 1e-8)


@pytest.mark.parametrize("dtype", [jnp.float64, jnp.float32])
def test_blocks_are_all_of_the_bits(dtype):
    for bits in range(31):
        sizes = ising._block_sizes(bits, jnp.dtype(dtype))
        assert sum(sizes) == bits
        assert max(sizes, default=0) <= 5
    assert ising._block_sizes(11, jnp.dtype(dtype))[0] == (5 if dtype == jnp.float32 else 4)


@pytest.mark.parametrize("bits", [9, 13, 17, 18, 21])
def test_the_mixer_rotates_every_bit(bits):
    """Bit after bit by NumPy."""
    rng = np.random.default_rng(bits)
    state, beta = rng.normal(size=(2, 2**bits)), jnp.asarray(0.7)
    single = np.array([[np.cos(beta), np.sin(beta)], [-np.sin(beta), np.cos(beta)]])
    found = ising.apply_rotation(tuple(map(jnp.asarray, state)), beta, bits)
    for part, mine in zip(state, found, strict=True):
        for bit in range(bits):
            part = np.einsum("ab,ibj->iaj", single, part.reshape(2**bit, 2, -1))
        np.testing.assert_allclose(mine, part.reshape(-1), 0, 1e-12)


def test_gradients_of_a_batch_of_large_circuits_take_the_room_of_one():
    n, p, count = 13, 4, 6
    systems = [system(n, p, True, seed)[1:] for seed in range(count)]
    batch = [np.stack(parts) for parts in zip(*systems, strict=True)]
    slopes = jax.jit(jax.vmap(jax.grad(functools.partial(ising.energy, symmetric=True), 1)))
    single = jax.jit(jax.grad(functools.partial(ising.energy, symmetric=True), 1))
    expected = np.stack([single(*one) for one in systems])
    np.testing.assert_allclose(slopes(*batch), expected, 0, 1e-11)
    sizes = [
        found.lower(*arguments).compile().memory_analysis().temp_size_in_bytes
        for found, arguments in ((slopes, batch), (single, systems[0]))
    ]
    assert sizes[0] < 1.5 * sizes[1]


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("n", [*SIZES, 16, 19])
def test_undone_layers_have_the_slopes_of_kept_ones(n, symmetric, monkeypatch):
    _, kept, gammas, betas = system(n, 3 if n < 10 else 2, symmetric)
    arguments = jnp.asarray(kept), jnp.asarray(gammas), jnp.asarray(betas)
    layout = ising.layout_of(kept, symmetric)
    found = {}
    for bits in (-1, 99):
        monkeypatch.setattr(ising, "_KEPT_BITS", bits)
        found[bits] = ising.value_and_slopes(*arguments, layout, in_diagonal=True)
    for mine, other in zip(*map(jax.tree.leaves, found.values()), strict=True):
        np.testing.assert_allclose(mine, other, 0, 1e-12)


def test_gradient_scales_with_the_cotangent_and_batches():
    """A reverse pass that forgot its cotangent would pass every test of a bare energy."""
    _, kept, gammas, betas = system(4, 2, True)

    def squared(diagonal, gammas, betas):
        return jnp.sin(3 * ising.energy(diagonal, gammas, betas, symmetric=True)) ** 2

    check_grads(squared, (kept, gammas, betas), order=1, modes=["rev"], rtol=1e-6, atol=1e-6)
    many = np.stack([gammas, 2 * gammas, -gammas])
    batched = jax.jit(jax.vmap(jax.grad(squared, 1), (None, 0, None)))(kept, many, betas)
    single = jax.jit(jax.grad(squared, 1))
    expected = np.stack([single(kept, row, betas) for row in many])
    np.testing.assert_allclose(batched, expected, 1e-10, 1e-12)


def test_the_half_and_the_whole_space_agree():
    whole, kept, gammas, betas = system(6, 4, True)
    half_energy, half_state = both(kept, gammas, betas, True)
    energy, state = both(whole, gammas, betas, False)
    np.testing.assert_allclose(half_energy, energy, 0, 1e-12)
    np.testing.assert_allclose(half_state, state, 0, 1e-12)


def test_states_are_normalised_and_zero_angles_leave_the_start():
    whole, _, gammas, betas = system(5, 4, False)
    _, state = both(whole, gammas, betas, False)
    np.testing.assert_allclose(np.linalg.norm(state), 1, 0, 1e-13)
    energy, state = both(whole, np.zeros(4), np.zeros(4), False)
    np.testing.assert_allclose(state, 2**-2.5, 0, 1e-15)
    np.testing.assert_allclose(energy, whole.mean(), 0, 1e-14)


@pytest.mark.parametrize("symmetric", [False, True])
def test_dtype_follows_the_angles(symmetric):
    whole, kept, gammas, betas = system(7, 3, symmetric)
    short = gammas.astype(np.float32), betas.astype(np.float32)
    energy, state = both(kept, *short, symmetric)
    assert energy.dtype == np.float32
    assert state.dtype == np.complex64
    np.testing.assert_allclose(state, dense_state(whole, *short), 0, 2e-6)
    gradients = jax.grad(functools.partial(ising.energy, symmetric=symmetric), (1, 2))(kept, *short)
    assert all(gradient.dtype == np.float32 for gradient in gradients)


def test_one_spin_in_a_field_is_a_textbook_rotation():
    r"""$C = Z$: $\langle Z\rangle = \sin 2\beta \sin 2\gamma$ up to the sign, fixed here."""
    gamma, beta = 0.3, -0.7
    value = ising.energy(
        np.array([1.0, -1.0]), jnp.array([gamma]), jnp.array([beta]), symmetric=False
    )
    # Rz(2 gamma) rotates |+> by 2 gamma towards +y, Rx(2 beta) then rotates y to z.
    np.testing.assert_allclose(value, np.sin(2 * gamma) * np.sin(2 * beta), 0, 1e-15)


@pytest.mark.parametrize(("n", "p"), [(20, 1), (20, 5), (22, 10)])
def test_value_and_gradient_live_in_four_states(n, p):
    sizes = 2 ** (n - 1), p, p
    shapes = [jax.ShapeDtypeStruct((size,), np.float64) for size in sizes]
    energy = functools.partial(ising.energy, symmetric=True)
    both = jax.jit(jax.value_and_grad(energy, argnums=(1, 2)))
    plan = both.lower(*shapes).compile().memory_analysis()
    state = 2 ** (n - 1) * 16
    assert plan.temp_size_in_bytes < 4 * state
