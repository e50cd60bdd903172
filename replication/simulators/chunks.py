"""Batches in shares that fit the cache."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

_CHUNK_BYTES = 2**18


def chunk_for(amplitudes: int) -> int:
    """Instances of a chunk whose states, of so many amplitudes each, stay in the cache."""
    return max(1, _CHUNK_BYTES // (16 * amplitudes))


def in_chunks(function: Callable[..., Any], chunk: int) -> Callable[..., Any]:
    """`function` of arrays, its `vmap` on a CPU running over at most `chunk` instances at a time.

    Keeps the states of one chunk in the cache, and the memory independent of the batch. Chunks are
    equal but for a smaller last one; a `vmap` around another one shares their room.
    """
    mapped = jax.custom_batching.custom_vmap(function)

    @mapped.def_vmap
    def rule(size: int, batched: Sequence[bool], *arguments: jax.Array) -> tuple[Any, Any]:
        if not any(batched):
            result = function(*arguments)
            return result, jax.tree.map(lambda _: False, result)
        axes = tuple(0 if one else None for one in batched)
        together = jax.vmap(function, in_axes=axes)
        if jax.default_backend() != "cpu":
            result = together(*arguments)
            return result, jax.tree.map(lambda _: True, result)
        width = math.ceil(size / math.ceil(size / chunk))
        whole = size - size % width
        # A vmap around this one finds what room these instances leave.
        one_chunk = in_chunks(together, chunk // width)
        moving = [arg for arg, one in zip(arguments, batched, strict=True) if one]

        def at(parts: list[jax.Array]) -> Any:
            taken = iter(parts)
            return one_chunk(
                *(next(taken) if one else arg for arg, one in zip(arguments, batched, strict=True))
            )

        shares = [arg[:whole].reshape(-1, width, *arg.shape[1:]) for arg in moving]
        result = jax.tree.map(
            lambda share: share.reshape(whole, *share.shape[2:]), jax.lax.map(at, shares)
        )
        if whole < size:
            last = at([arg[whole:] for arg in moving])
            result = jax.tree.map(lambda *both: jnp.concatenate(both), result, last)
        return result, jax.tree.map(lambda _: True, result)

    return mapped
