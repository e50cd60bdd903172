"""Batches in shares: the same numbers, and no more at a time than fit."""

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


def test_a_batch_that_cannot_be_shared_evenly_has_one_smaller_chunk() -> None:
    """A prime number of instances would come one by one if chunks had to be equal."""

    def value(x: jax.Array) -> jax.Array:
        return jnp.sum(jnp.sin(x))

    program = str(jax.make_jaxpr(jax.vmap(in_chunks(value, 40)))(jnp.ones((97, 7))))
    assert re.findall(r"\[([\d,]*),7\] = sin", program) == ["33", "31"]


@pytest.mark.parametrize(
    ("batch", "chunk", "widths"),
    [(50, 8, ["5"]), (15, 8, ["5"]), (40, 8, ["8"]), (45, 20, ["15"]), (34, 20, ["17"])],
)
def test_one_chunk_more_is_better_than_a_smaller_last_one(
    batch: int, chunk: int, widths: list[str]
) -> None:
    """It would be one more program to compile."""

    def value(x: jax.Array) -> jax.Array:
        return jnp.sum(jnp.sin(x))

    program = str(jax.make_jaxpr(jax.vmap(in_chunks(value, chunk)))(jnp.ones((batch, 7))))
    assert re.findall(r"\[([\d,]*),7\] = sin", program) == widths


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
