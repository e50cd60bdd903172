"""Batches in chunks: the same numbers, and no more at a time than fit."""

import math
import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication.simulators import ising
from replication.simulators.chunks import chunk_for, in_chunks, on_cpu


@pytest.mark.parametrize("batch", [0, 1, 6, 7])
def test_chunks_do_not_change_a_batch(batch: int) -> None:
    def value(x: jax.Array, y: jax.Array) -> jax.Array:
        return jnp.sin(x) @ x + y

    chunked = in_chunks(value, 3)
    xs, y = jnp.arange(4.0 * batch).reshape(batch, 4), jnp.asarray(0.5)
    expected = jax.vmap(value, (0, None))(xs, y)
    np.testing.assert_allclose(jax.vmap(chunked, (0, None))(xs, y), expected)
    nested = jax.vmap(jax.vmap(chunked, (0, None)), (None, 0))(xs, jnp.stack([y, y]))
    np.testing.assert_allclose(nested, jnp.stack([expected, expected]))


def test_a_batch_comes_in_chunks_and_a_remainder() -> None:
    def value(x: jax.Array) -> jax.Array:
        return jnp.sum(jnp.sin(x))

    program = str(jax.make_jaxpr(jax.vmap(in_chunks(value, 40)))(jnp.ones((97, 7))))
    assert re.findall(r"\[([\d,]*),7\] = sin", program) == ["40", "17"]


@pytest.mark.parametrize(
    "shapes", [((3, 2, 4), (3,)), ((3, 4), (2,)), ((4,), (3, 2)), ((3, 2, 4), ())]
)
def test_arguments_that_are_the_same_for_some_axes(shapes: tuple[tuple[int, ...], ...]) -> None:
    """An axis is mapped in one argument, in the other, or in both, of two nested batches."""

    def value(x: jax.Array, y: jax.Array) -> jax.Array:
        return jnp.sin(x) @ x + y

    rng = np.random.default_rng(0)
    x, y = (jnp.asarray(rng.normal(size=shape)) for shape in shapes)
    outer = tuple(0 if 3 in each.shape[:1] else None for each in (x, y))
    inner = tuple(0 if 2 in each.shape[:2] else None for each in (x, y))
    found, expected = (
        jax.vmap(jax.vmap(each, inner), outer)(x, y) for each in (in_chunks(value, 4), value)
    )
    np.testing.assert_allclose(found, expected)


def test_a_function_for_all_together_gets_whole_batches() -> None:
    seen = []

    def value(x: jax.Array, y: jax.Array) -> jax.Array:
        return jnp.sum(x) * y

    def whole(x: jax.Array, y: jax.Array) -> jax.Array:
        seen.append((x.shape, y.shape))
        return jnp.sum(x, axis=1) * y

    chunked = in_chunks(value, 40, lambda count: whole if count > 3 else None)
    xs, y = jnp.arange(12.0).reshape(2, 3, 2), jnp.asarray(0.5)
    found = jax.vmap(jax.vmap(chunked, (0, None)), (0, None))(xs, y)
    np.testing.assert_allclose(found, xs.sum(axis=-1) * y)
    assert set(seen) == {((6, 2), (6,))}


@pytest.mark.parametrize(("backend", "together"), [("cpu", 4), ("gpu", 12)])
def test_chunks_bound_nested_batches(
    backend: str, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seeds times instances: the outer batch must not widen the inner one's chunks, on a CPU."""
    monkeypatch.setattr(jax, "default_backend", lambda: backend)

    def value(x: jax.Array) -> jax.Array:
        return jnp.sum(jnp.sin(jnp.outer(x, x)))

    chunked = in_chunks(value, 4)
    program = str(jax.make_jaxpr(jax.vmap(jax.vmap(chunked)))(jnp.ones((3, 4, 7))))
    batches = [shape.split(",")[:-1] for shape in re.findall(r"\[([\d,]*)7,7\] = sin", program)]
    assert [math.prod(map(int, batch)) for batch in batches] == [together]


def test_the_device_that_the_user_chose_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert on_cpu()
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert not on_cpu()
    with jax.default_device(jax.devices("cpu")[0]):
        assert on_cpu()


@pytest.mark.parametrize("derivative", [False, True])
def test_large_ising_states_come_one_after_another(derivative: bool) -> None:
    qubits, batch = 18, 3
    assert chunk_for(2 ** (qubits - 1)) == 1

    def energy(gammas: jax.Array, betas: jax.Array) -> jax.Array:
        return ising.energy(np.ones(2 ** (qubits - 1)), gammas, betas, symmetric=True)

    function = jax.grad(energy, (0, 1)) if derivative else energy
    angles = jnp.zeros((batch, 1))
    program = str(jax.make_jaxpr(jax.vmap(function))(angles, angles))
    # Nothing has an axis of the batch beside one of the amplitudes.
    assert re.findall(rf"\[(?:[\d,]*,)?{batch},(?:[\d,]*,)?{2 ** (qubits - 1)}\]", program) == []
