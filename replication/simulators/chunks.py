"""Batches in shares that fit the cache."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

_CHUNK_BYTES = 2**18


def chunk_for(amplitudes: int) -> int:
    """Instances of a chunk of which one state each, of so many amplitudes, stays in the cache."""
    return max(1, _CHUNK_BYTES // (16 * amplitudes))


def on_cpu() -> bool:
    """Whether what is traced now is meant for a CPU, by JAX's own choice or the user's."""
    device = jax.default_device.value
    platform = getattr(device, "platform", device) or jax.default_backend()
    return bool(platform == "cpu")


def _width(size: int, chunk: int) -> int:
    """Of equal chunks, without a smaller last one if their number need not grow by a half for it.

    It would be compiled apart.
    """
    fewest = math.ceil(size / chunk)
    counts = range(fewest, fewest + fewest // 2 + 1)
    return next((size // n for n in counts if size % n == 0), math.ceil(size / fewest))


def in_chunks(
    function: Callable[..., Any], chunk: int, together: Callable[..., Any] | None = None
) -> Callable[..., Any]:
    """`function` of arrays, its `vmap` on a CPU running over at most `chunk` instances at a time.

    Keeps the states of one chunk in the cache, and the memory independent of the batch. Chunks are
    equal but for a smaller last one; a `vmap` around another one shares their room. `together` is
    the function of arrays that all have the same leading axes, where it is not left to `vmap`; its
    chunks are as large as they may be.
    """
    mapped = jax.custom_batching.custom_vmap(function)

    @mapped.def_vmap
    def rule(size: int, batched: Sequence[bool], *arguments: jax.Array) -> tuple[Any, Any]:
        if not any(batched):
            result = function(*arguments)
            return result, jax.tree.map(lambda _: False, result)
        axes = tuple(0 if one else None for one in batched)
        all_at_once = jax.vmap(function, in_axes=axes)
        if not on_cpu() or size == 0:
            result = all_at_once(*arguments)
        elif size <= chunk:
            # A vmap around this one finds what room these instances leave.
            room = chunk // size
            if together is None:
                result = in_chunks(all_at_once, room)(*arguments)
            else:
                whole = [
                    arg if one else jnp.broadcast_to(arg, (size, *arg.shape))
                    for arg, one in zip(arguments, batched, strict=True)
                ]
                result = in_chunks(together, room, together)(*whole)
        else:
            moving = [arg for arg, one in zip(arguments, batched, strict=True) if one]

            def at(parts: list[jax.Array]) -> Any:
                taken = iter(parts)
                pairs = zip(arguments, batched, strict=True)
                return mapped(*(next(taken) if one else arg for arg, one in pairs))

            width = chunk if together else _width(size, chunk)
            result = jax.lax.map(at, moving, batch_size=width)
        return result, jax.tree.map(lambda _: True, result)

    return mapped
