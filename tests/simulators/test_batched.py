"""Batches of small circuits: the numbers of each circuit alone, by the kernels meant for them."""

import functools
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.simulators import ising
from replication.simulators.batched import WIDTH


def batch(n, p, symmetric, shape):
    rng = np.random.default_rng([n, p, symmetric, *shape])
    diagonals = rng.normal(size=(*shape, 2 ** (n - symmetric)))
    angles = rng.uniform(-1, 1, (2, *shape, p))
    return [jnp.asarray(x) for x in (diagonals, *angles)]


def vmapped(function, times):
    return functools.reduce(lambda inner, _: jax.vmap(inner), range(times), function)


def with_slopes(symmetric, arguments=(1, 2)):
    return jax.value_and_grad(functools.partial(ising.energy, symmetric=symmetric), arguments)


def shapes_of(function, *arguments):
    """Of all arrays in the program."""
    return set(re.findall(r"f64\[([\d,]*)\]", str(jax.make_jaxpr(function)(*arguments))))


# Full widths, padding, and more than one width.
@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize(
    ("n", "p", "count"),
    [
        *[(4, 2, WIDTH), (5, 3, 2 * WIDTH - 1), (6, 2, WIDTH + 3)],
        *[(7, 4, WIDTH - 5), (8, 5, WIDTH + 3), (6, 3, 40), (7, 2, 80)],
        *[(6, 2, 42), (5, 2, 105)],
    ],
)
def test_a_batch_has_the_numbers_of_each_circuit(n, p, symmetric, count):
    arguments = batch(n, p, symmetric, (count,))
    one = jax.jit(with_slopes(symmetric))
    found = jax.jit(jax.vmap(one))(*arguments)
    each = [one(*row) for row in zip(*arguments, strict=True)]
    expected = jax.tree.map(lambda *parts: np.stack(parts), *each)
    for mine, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(mine, other, 0, 1e-12)
    energies = jax.jit(jax.vmap(functools.partial(ising.energy, symmetric=symmetric)))(*arguments)
    np.testing.assert_allclose(energies, expected[0], 0, 1e-12)


@pytest.mark.parametrize("shape", [(3, 20), (2, 3, 11), (70, 2)])
def test_nested_batches_share_the_padding(shape):
    arguments = batch(6, 3, True, shape)
    nested = vmapped(with_slopes(True), len(shape))
    flat = [x.reshape(-1, x.shape[-1]) for x in arguments]
    one = jax.jit(with_slopes(True))
    expected = [one(*row) for row in zip(*flat, strict=True)]
    found = jax.tree.leaves(jax.jit(nested)(*arguments))
    for mine, *others in zip(found, *(jax.tree.leaves(one) for one in expected), strict=True):
        np.testing.assert_allclose(np.reshape(mine, np.shape(others)), others, 0, 1e-12)
    assert f"32,{WIDTH}" in shapes_of(nested, *arguments)


def test_one_graph_at_many_angles_and_many_graphs_at_the_same_ones():
    (diagonals, gammas, betas) = batch(5, 2, True, (40,))
    energy = functools.partial(ising.energy, symmetric=True)
    angles = jax.jit(jax.vmap(energy, (None, 0, 0)))(diagonals[0], gammas, betas)
    graphs = jax.jit(jax.vmap(energy, (0, None, None)))(diagonals, gammas[0], betas[0])
    one = jax.jit(energy)
    each = [one(diagonals[0], *row) for row in zip(gammas, betas, strict=True)]
    np.testing.assert_allclose(angles, each, 0, 1e-12)
    np.testing.assert_allclose(graphs, [one(d, gammas[0], betas[0]) for d in diagonals], 0, 1e-12)


def test_single_precision_stays():
    arguments = batch(7, 3, True, (33,))
    single = [x.astype(jnp.float32) for x in arguments]
    function = jax.jit(jax.vmap(with_slopes(True)))
    pairs = zip(*map(jax.tree.leaves, (function(*single), function(*arguments))), strict=True)
    for mine, other in pairs:
        assert mine.dtype == jnp.float32
        np.testing.assert_allclose(mine, other, 0, 2e-4)


@pytest.mark.parametrize(
    ("n", "p", "count", "backend", "wanted"),
    [
        *[(8, 3, 64, "cpu", True), (9, 2, WIDTH // 2, "cpu", True)],
        # Too few, too large, one layer; and a GPU has wide registers of its own.
        *[(8, 3, WIDTH // 2 - 1, "cpu", False), (10, 3, 64, "cpu", False)],
        *[(8, 1, 64, "cpu", False), (8, 3, 64, "gpu", False)],
    ],
)
def test_batched_kernels_are_for_many_small_circuits(n, p, count, backend, wanted, monkeypatch):
    monkeypatch.setattr(jax, "default_backend", lambda: backend)
    program = shapes_of(jax.vmap(with_slopes(True)), *batch(n, p, True, (count,)))
    assert (f"{2 ** (n - 1)},{WIDTH}" in program) == wanted


def test_the_derivative_by_the_diagonal_is_left_to_the_other_kernels():
    arguments = batch(6, 2, True, (40,))
    one = jax.jit(with_slopes(True, (0, 1, 2)))
    found = jax.jit(jax.vmap(one))(*arguments)
    for at in (0, 39):
        expected = jax.tree.leaves(one(*(x[at] for x in arguments)))
        for mine, other in zip(jax.tree.leaves(found), expected, strict=True):
            np.testing.assert_allclose(mine[at], other, 0, 1e-12)


@pytest.mark.parametrize("count", [20, 40, 50, 105, 128])
def test_batches_are_padded_to_one_width(count):
    """One program: that of a remainder would be compiled apart."""
    program = shapes_of(jax.vmap(with_slopes(True)), *batch(6, 2, True, (count,)))
    assert {shape for shape in program if shape.startswith("32,")} <= {
        f"32,{WIDTH}",
        "32,32",
        "32,1",
    }
    assert f"32,{WIDTH}" in program
