r"""The kernels of [`replication.simulators.ising`][] for batches of small circuits.

The instance is the last axis of every array, so that one instruction of wide registers works on
eight or sixteen circuits. The mixer rotates two qubits at a time by sums of slices, in half of the
operations of products with $16 \times 16$ matrices: of no use for one circuit alone.

XLA recomputes in each loop what it fuses into it. What the loop over the layers carries is kept out
of that, so all that is read more than once, or in another order, is carried from one iteration to
the next: the state before the mixer's last rotation, the angles, the sums that slopes are made of.
"""

import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from replication.simulators.layout import (
    Layout,
    Slopes,
    State,
    blocks,
    initial,
    mirror_signs,
    mirrored,
    phase,
)
from replication.simulators.trig import sincos

WIDTH = 24
"""Instances at a time: 16 fill too few registers, and the padding of more takes longer."""
_BLOCK = 2
"""Qubits that are rotated at a time."""
_SUMMED_BLOCK = 3
"""Qubits whose slopes are taken at a time."""
_GROUPS = 2**_SUMMED_BLOCK
"""Parts of a state that are added before the others are summed."""
_BITS = range(_SUMMED_BLOCK, 9)
"""Of an array: fewer cannot be grouped, more do not fit the cache."""


class _Overlaps(NamedTuple):
    """What the slopes are sums of, shape (amplitudes / groups, instances) each.

    The mixer's in two parts: added up, XLA would write one loop that leaves registers empty.
    """

    diagonal: jax.Array
    fixed: jax.Array
    others: jax.Array


_Evolved = tuple[State, jax.Array, jax.Array]
_Undone = tuple[State, State, jax.Array, _Overlaps]


def for_count(
    kernel: Callable[..., Any], layout: Layout, depth: int
) -> Callable[[int], Callable[..., Any] | None]:
    """For a number of instances `kernel` of them all, or `None` where it would not be faster.

    It is not for large circuits, for less than half of [`WIDTH`][], and for one layer, which is no
    loop.

    **Arguments:** `kernel`: [`values`][] or [`values_and_slopes`][]; `layout` and `depth`: of each
    circuit.
    """
    suits = layout.bits in _BITS and depth > 1
    padded = _padded(functools.partial(kernel, layout=layout))
    return lambda count: padded if suits and 2 * count >= WIDTH else None


def _padded(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """`kernel` of arrays with any number of instances in front, padded to whole widths."""

    def transposed(arguments: Sequence[jax.Array]) -> Any:
        result = kernel(*(x.T for x in arguments))
        return jax.tree.map(lambda x: jnp.moveaxis(x, -1, 0), result)

    def call(*arguments: jax.Array) -> Any:
        count = len(arguments[0])
        padding = -count % WIDTH
        parts = [
            jnp.pad(x, ((0, padding), (0, 0))).reshape(-1, WIDTH, x.shape[1]) for x in arguments
        ]
        results = jax.lax.map(transposed, parts)
        return jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:])[:count], results)

    return call


def _repeated(x: np.ndarray, like: jax.Array) -> jax.Array:
    """A constant of each amplitude, the same for all instances of `like`.

    Written out: broadcast in a loop, it would keep XLA from whole registers.
    """
    return jnp.asarray(np.repeat(x[:, None], like.shape[-1], axis=1), like.dtype)


def _places(num_bits: int, most: int) -> list[tuple[int, int]]:
    """Of each block of bits, how many come before it, and how many it has."""
    sizes = blocks(num_bits, most)
    return [(sum(sizes[:at]), size) for at, size in enumerate(sizes)]


def _angles(gammas: jax.Array, betas: jax.Array) -> jax.Array:
    r"""All that a layer needs: $\gamma$, and $\cos\beta$ and $\sin\beta$ with their products.

    Shape (layers, 6, instances): one array, for each one costs a loop over the layers its copies.
    """
    c, s = jnp.cos(betas), jnp.sin(betas)
    return jnp.stack([gammas, c, s, c * c, c * s, s * s], axis=1)


def _rotate(v: jax.Array, angles: jax.Array, before: int, num_bits: int) -> jax.Array:
    """A rotation of one qubit or two, which have `before` bits in front of them."""
    _, c, s, cc, cs, ss = angles[:, None, None]
    parts = v.reshape(2**before, 2**num_bits, -1, v.shape[-1])
    if num_bits == 1:
        zero, one = parts[:, 0], parts[:, 1]
        rows = [c * zero + s * one, c * one - s * zero]
    else:
        x, y, z, w = (parts[:, at] for at in range(4))
        rows = [
            cc * x + cs * (y + z) + ss * w,
            cc * y - cs * (x - w) - ss * z,
            cc * z - cs * (x - w) - ss * y,
            cc * w - cs * (y + z) + ss * x,
        ]
    return jnp.stack(rows, axis=1).reshape(v.shape)


def _rotate_others(state: State, angles: jax.Array, layout: Layout) -> State:
    """The mixer without the fixed qubit."""
    for before, k in _places(layout.bits, _BLOCK):
        state = _rotate(state[0], angles, before, k), _rotate(state[1], angles, before, k)
    return state


def _mirrored(state: State, layout: Layout, rows: slice) -> State:
    """[`mirrored`][replication.simulators.layout.mirrored], of some amplitudes."""
    size = 2**layout.bits
    signs = _repeated(np.asarray(mirror_signs(layout))[rows], state[0])
    re, im = (v[size - rows.stop : size - rows.start][::-1] for v in state)
    return mirrored(signs * re, signs * im, layout)


def _rotate_fixed(state: State, angles: jax.Array, layout: Layout) -> State:
    """The remainder of the mixer."""
    if not layout.symmetric:
        return state
    _, c, s, *_ = angles[:, None]
    re, im = _mirrored(state, layout, slice(0, 2**layout.bits))
    return c * state[0] + s * re, c * state[1] + s * im


def _layers(
    diagonal: jax.Array, angles: jax.Array, layout: Layout, *, keep: bool
) -> tuple[State, Any]:
    """The final state and, where they are to be kept, the states before each layer."""

    def layer(carry: _Evolved, following: jax.Array) -> tuple[_Evolved, State | None]:
        state, before, here = carry
        psi = _rotate_fixed(state, before, layout)
        after = phase(psi, *sincos(here[:1] * diagonal))
        return (_rotate_others(after, here, layout), here, following), psi if keep else None

    instances = angles.shape[-1]
    re, im = initial(layout, angles.dtype)
    start = jnp.tile(re[:, None], instances), jnp.tile(im[:, None], instances)
    none = jnp.zeros((1, instances), angles.dtype)
    carry = start, _angles(none, none)[0], angles[0]
    (state, last, _), kept = jax.lax.scan(layer, carry, jnp.roll(angles, -1, axis=0))
    return _rotate_fixed(state, last, layout), kept


def _added(parts: Iterable[jax.Array]) -> jax.Array:
    """A sum written out: XLA's own, over any axis but the last, are slow."""
    return functools.reduce(operator.add, parts)


def _grouped(x: jax.Array) -> jax.Array:
    """Sums over the groups."""
    parts = x.reshape(_GROUPS, -1, x.shape[-1])
    return _added(parts[at] for at in range(_GROUPS))


def _overlaps(diagonal: jax.Array, lam: State, psi: State, layout: Layout) -> _Overlaps:
    """Of `lam` with the derivatives of `psi`: in the angles of the phase and of the mixer."""
    along_diagonal = _grouped(diagonal * (lam[0] * psi[1] - lam[1] * psi[0]))
    fixed = jnp.zeros_like(along_diagonal)
    size = len(fixed)
    if layout.symmetric:
        for start in range(0, _GROUPS * size, size):
            rows = slice(start, start + size)
            re, im = _mirrored(psi, layout, rows)
            fixed = fixed + lam[0][rows] * re + lam[1][rows] * im
    others = jnp.zeros_like(along_diagonal)
    for before, k in _places(layout.bits, _SUMMED_BLOCK):
        block = _added(
            _along_block(one, other, before, k) for one, other in zip(lam, psi, strict=True)
        )
        parts = block.reshape(-1, *fixed.shape)
        others = others + _added(parts[at] for at in range(len(parts)))
    return _Overlaps(along_diagonal, fixed, others)


def _along_block(lam: jax.Array, psi: jax.Array, before: int, num_bits: int) -> jax.Array:
    r"""$\lambda$ times the generator of one block of bits times $\psi$, of each other bits."""
    shape = 2**before, 2**num_bits, -1, psi.shape[-1]
    lam, psi = lam.reshape(shape), psi.reshape(shape)
    pairs = [
        (a, a | bit)
        for a in range(2**num_bits)
        for bit in (1 << q for q in range(num_bits))
        if not a & bit
    ]
    return _added(lam[:, a] * psi[:, b] - lam[:, b] * psi[:, a] for a, b in pairs)


def _mean(diagonal: jax.Array, state: State, layout: Layout) -> jax.Array:
    density = _grouped(diagonal * (state[0] ** 2 + state[1] ** 2))
    return (1 + layout.symmetric) * jnp.sum(density, axis=0)


# Inlined: a training uses both kernels often, and traces each of them once.
_traced_once = functools.partial(jax.jit, static_argnames="layout", inline=True)


@_traced_once
def values(diagonals: jax.Array, gammas: jax.Array, betas: jax.Array, layout: Layout) -> jax.Array:
    """The energies, shape (instances,).

    **Arguments:**

    - `diagonals`: shape (amplitudes, instances).
    - `gammas`, `betas`: radians, shape (layers, instances).
    """
    state, _ = _layers(diagonals, _angles(gammas, betas), layout, keep=False)
    return _mean(diagonals, state, layout)


@_traced_once
def values_and_slopes(
    diagonals: jax.Array, gammas: jax.Array, betas: jax.Array, layout: Layout
) -> tuple[jax.Array, Slopes]:
    """The energies and their derivatives in all angles, shape (layers, instances) each.

    Same arguments as [`values`][].
    """
    state, kept = _layers(diagonals, _angles(gammas, betas), layout, keep=True)
    back = _angles(gammas, -betas)

    def undo(carry: _Undone, inputs: tuple[State, jax.Array]) -> tuple[_Undone, _Overlaps]:
        psi, lam, here, overlaps = carry
        before, following = inputs
        lam_before = _rotate_others(_rotate_fixed(lam, here, layout), here, layout)
        sin, cos = sincos(here[:1] * diagonals)
        lam_before = phase(lam_before, -sin, cos)
        return (before, lam_before, following, _overlaps(diagonals, lam, psi, layout)), overlaps

    lam = diagonals * state[0], diagonals * state[1]
    none = jnp.zeros((2**layout.bits // _GROUPS, gammas.shape[1]), gammas.dtype)
    carry = state, lam, back[-1], _Overlaps(none, none, none)
    (psi, lam, _, second), later = jax.lax.scan(
        undo, carry, (kept, jnp.roll(back, 1, axis=0)), reverse=True
    )
    first = _overlaps(diagonals, lam, psi, layout)
    # An iteration gives out what the one before it found. The slope of a layer's phase is found at
    # the state before it, that of its mixer at the state after it.
    of_gammas = [first.diagonal[None], second.diagonal[None], later.diagonal[:-2]]
    of_betas = [(second.fixed + second.others)[None], (later.fixed + later.others)[:-1]]
    copies = 1 + layout.symmetric
    d_gammas, d_betas = (
        2 * copies * jnp.sum(jnp.concatenate(one), axis=1) for one in (of_gammas, of_betas)
    )
    return _mean(diagonals, state, layout), (None, d_gammas, d_betas)
