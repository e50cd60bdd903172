"""Large batches in chunks that fit the cache, whoever maps over them and however nested.

The `vmap` is the caller's: of a roll-out, of training seeds, or of both. So the bound on memory is
a rule for `vmap` here and no `jax.lax.map` there.
"""

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


def in_chunks(
    function: Callable[..., Any],
    chunk: int,
    together: Callable[[int], Callable[..., Any] | None] = lambda count: None,
) -> Callable[..., Any]:
    """`function` of arrays, its `vmap` on a CPU running over at most `chunk` instances at a time.

    Nested batches are one batch; where the inner one fills a chunk, the outer one is sequential.

    **Arguments:**

    - `function`: of the arrays of one instance.
    - `chunk`: instances at a time.
    - `together`: gives, for a number of instances, a function of arrays with the instances in
      front that is to be used for all of them, or `None`.
    """

    def batch(leads: Sequence[bool]) -> Callable[..., Any]:
        """`function` of arguments of which some have an axis of instances in front."""

        def plain(*arguments: jax.Array) -> Any:
            count = _count(leads, [x.shape for x in arguments])
            if count is None:
                return function(*arguments)
            if not (count and on_cpu()):
                return jax.vmap(function, [0 if own else None for own in leads])(*arguments)
            if whole := together(count):
                pairs = zip(leads, arguments, strict=True)
                return whole(*(_spread(x, count, own) for own, x in pairs))
            return _map(function, leads, arguments, chunk)

        call = jax.custom_batching.custom_vmap(plain)

        @call.def_vmap
        def rule(outer: int, moves: Sequence[bool], *arguments: jax.Array) -> tuple[Any, Any]:
            if not any(moves):
                # The arguments may still be traced by that `vmap`, which would ask this rule again.
                result = plain(*arguments)
                return result, jax.tree.map(lambda _: False, result)
            shapes = [x.shape[moved:] for moved, x in zip(moves, arguments, strict=True)]
            inner = _count(leads, shapes)
            if inner is None:
                result = batch(moves)(*arguments)
            elif on_cpu() and inner >= chunk:
                result = _map(call, moves, arguments)
            else:
                merged = [
                    _merge(x, outer, inner, own, moved) if own or moved else x
                    for x, own, moved in zip(arguments, leads, moves, strict=True)
                ]
                either = [own or moved for own, moved in zip(leads, moves, strict=True)]
                flat = batch(either)(*merged)
                result = jax.tree.map(lambda x: x.reshape(outer, inner, *x.shape[1:]), flat)
            return result, jax.tree.map(lambda _: True, result)

        return call

    return lambda *arguments: batch([False] * len(arguments))(*arguments)


def _count(leads: Sequence[bool], shapes: Sequence[tuple[int, ...]]) -> int | None:
    """Length of the axis of instances, if any argument has it."""
    return next((shape[0] for own, shape in zip(leads, shapes, strict=True) if own), None)


def _spread(x: jax.Array, count: int, own: bool) -> jax.Array:
    """The argument with the axis of instances, repeated if it is the same for all."""
    return x if own else jnp.broadcast_to(x, (count, *x.shape))


def _merge(x: jax.Array, outer: int, inner: int, own: bool, moved: bool) -> jax.Array:
    """The argument with one axis of instances for an outer and an inner one."""
    x = x if own else x[:, None]
    x = _spread(x, outer, moved)
    shape = x.shape[2:]
    return jnp.broadcast_to(x, (outer, inner, *shape)).reshape(outer * inner, *shape)


def _map(
    function: Callable[..., Any],
    leads: Sequence[bool],
    arguments: Sequence[jax.Array],
    chunk: int | None = None,
) -> Any:
    """`function` of one instance after another, or of chunks; other arguments are shared."""

    def one(parts: list[jax.Array]) -> Any:
        taken = iter(parts)
        pairs = zip(leads, arguments, strict=True)
        return function(*(next(taken) if own else x for own, x in pairs))

    own = [x for leading, x in zip(leads, arguments, strict=True) if leading]
    return jax.lax.map(one, own, batch_size=chunk)
