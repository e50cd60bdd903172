r"""Alternating evolution under a diagonal cost Hamiltonian and the transverse-field mixer.

The state after $p$ layers is
$$|\psi\rangle = \prod_{l=p}^1 e^{-i\beta_l B} e^{-i\gamma_l C} |+\rangle^{\otimes n}$$
with the mixer $B = \sum_q X_q$ and $C$ diagonal. Three things make it fast, all of them exact:

- *Real gauge.* With $S = \mathrm{diag}(1, i)$ on each qubit,
  $S^{-1} e^{-i\beta X} S = \cos\beta + \sin\beta\,(|0\rangle\langle1| - |1\rangle\langle0|)$
  is a real rotation and $S$ commutes with $C$. The state is two real arrays, and the mixer a
  Kronecker power of the rotation, applied to blocks of two to five qubits as matrix products.
- *Spin-flip symmetry.* Where $C(x) = C(\bar x)$, only the $2^{n-1}$ amplitudes whose first qubit
  is 0 are kept; the rotation of that qubit becomes the global flip of the others.
- *Own reverse pass.* Up to 16 qubits the states before all layers are kept; beyond that the
  evolution is undone layer by layer, so that value and gradient live in some four states whatever
  $p$ is. The gradient is taken at once in the forward pass, so that a roll-out through many queries
  keeps a few numbers for each of them. First derivatives only.

Batches of up to 9 qubits have kernels of their own, [`replication.simulators.batched`][].

Qubit 0 is the most significant bit of the index $x$ (Cirq's order); bit 1 means $Z = -1$.
"""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import CustomVJPPrimal
from jax.typing import ArrayLike, DTypeLike

from replication.errors import UserError
from replication.simulators import batched
from replication.simulators.chunks import chunk_for, in_chunks
from replication.simulators.layout import (
    Layout,
    Slopes,
    State,
    blocks,
    initial,
    mirror_signs,
    mirrored,
    phase,
    without_gauge,
)
from replication.simulators.precision import full_precision
from replication.simulators.trig import sincos

_BLOCK = 4
"""Qubits of a block at most: one alone would cost as much as four, so blocks are even."""
_KEPT_BITS = 15
"""Bits up to which a gradient keeps the states of all layers: those of ten stay in the cache."""
_MAX_BATCHED_BITS = 11
"""Bits up to which a batch's gradients are computed together; beyond, one instance at a time."""

_Undone = tuple[State, State, jax.Array | None]
_Layers = tuple[jax.Array, jax.Array, State | None]


def rotation(beta: jax.Array, num_bits: int) -> jax.Array:
    """The real rotation of `num_bits` qubits, a Kronecker power, shape $(2^k, 2^k)$."""
    c, s = jnp.cos(beta), jnp.sin(beta)
    single = jnp.stack([jnp.stack([c, s]), jnp.stack([-s, c])])
    power = single
    for _ in range(num_bits - 1):
        power = jnp.einsum("ab,cd->acbd", power, single).reshape(2 * power.shape[0], -1)
    return power


@functools.cache
def generator(num_bits: int) -> np.ndarray:
    r"""$G$ with $dR/d\beta = GR$ for the block rotation $R$."""
    single = np.array([[0.0, 1.0], [-1.0, 0.0]])
    terms = [
        np.kron(np.kron(np.eye(2**q), single), np.eye(2 ** (num_bits - 1 - q)))
        for q in range(num_bits)
    ]
    return np.sum(terms, axis=0)


def _apply_block(v: jax.Array, matrix: jax.Array, following: int) -> jax.Array:
    """Matrix on the block of bits that so many others follow.

    The matrix is repeated for a batch of products: for an `einsum` XLA would transpose the state.
    """
    size = matrix.shape[0]
    if not following:
        return (v.reshape(-1, size) @ matrix.T).reshape(-1)
    rows = v.reshape(-1, size, 2**following)
    return (jnp.broadcast_to(matrix, (rows.shape[0], size, size)) @ rows).reshape(-1)


def _block_sizes(num_bits: int, dtype: DTypeLike) -> list[int]:
    """Sizes of the blocks, the last of the index first: it fills two registers.

    Of the others three qubits are best, or four where the state is in memory and each costs a pass.
    """
    if num_bits <= 8:
        return blocks(num_bits, _BLOCK)
    large = num_bits > 20
    last = 5 if large or dtype == jnp.float32 else 4
    remainder = num_bits - last
    count = max(remainder // (_BLOCK if large else 3), -(-remainder // _BLOCK))
    return [last, *blocks(remainder, -(-remainder // count))]


def _blocks_of(num_bits: int, dtype: DTypeLike) -> list[tuple[int, int]]:
    """Of each block its size and how many bits follow it in the index."""
    sizes = _block_sizes(num_bits, dtype)
    return [(size, sum(sizes[:at])) for at, size in enumerate(sizes)]


def _rotations(beta: jax.Array, num_bits: int) -> dict[int, jax.Array]:
    """The rotation of each size of block."""
    return {k: rotation(beta, k) for k in set(_block_sizes(num_bits, beta.dtype))}


def apply_rotation(state: State, beta: jax.Array, num_bits: int) -> State:
    """The rotation of every bit that numbers the amplitudes."""
    re, im = state
    matrices = _rotations(beta, num_bits)
    for k, following in _blocks_of(num_bits, beta.dtype):
        re, im = (_apply_block(part, matrices[k], following) for part in (re, im))
    return re, im


def flip(state: State, layout: Layout) -> State:
    """[`mirrored`][replication.simulators.layout.mirrored], of all amplitudes."""
    re, im = state
    sign = jnp.asarray(mirror_signs(layout), re.dtype)
    return mirrored(sign * re[::-1], sign * im[::-1], layout)


def _mix(state: State, beta: jax.Array, layout: Layout) -> State:
    state = apply_rotation(state, beta, layout.bits)
    if layout.symmetric:
        state = rotate_fixed(state, flip(state, layout), beta)
    return state


def rotate_fixed(state: State, flipped: State, beta: jax.Array) -> State:
    """The fixed qubit's rotation of a state whose [`flip`][] is at hand."""
    c, s = jnp.cos(beta), jnp.sin(beta)
    return c * state[0] + s * flipped[0], c * state[1] + s * flipped[1]


@full_precision
def _evolve(diagonal: jax.Array, gammas: jax.Array, betas: jax.Array, layout: Layout) -> State:
    return _layers(diagonal, gammas, betas, layout, keep=False)[0]


def _layers(
    diagonal: jax.Array, gammas: jax.Array, betas: jax.Array, layout: Layout, *, keep: bool
) -> tuple[State, State | None]:
    """The final state and, where they are to be kept, the states before each layer."""

    # Scanned, not unrolled: as fast, and compiled once for all layers. Two an iteration save copies
    # of the state, and 0.05 of the time, where no states are kept.
    def layer(state: State, angles: State) -> tuple[State, State | None]:
        gamma, beta = angles
        following = _mix(phase(state, *sincos(gamma * diagonal)), beta, layout)
        return following, state if keep else None

    start = initial(layout, gammas.dtype)
    return jax.lax.scan(layer, start, (gammas, betas), unroll=1 if keep else 2)


def mean(diagonal: jax.Array, state: State, layout: Layout) -> jax.Array:
    r"""$\langle\psi|C|\psi\rangle$ of a state at hand."""
    return (1 + layout.symmetric) * jnp.sum(diagonal * (state[0] ** 2 + state[1] ** 2))


def _unmix(state: State, beta: jax.Array, layout: Layout) -> State:
    """The state before [`_mix`][]."""
    if layout.symmetric:
        state = rotate_fixed(state, flip(state, layout), -beta)
    return apply_rotation(state, -beta, layout.bits)


def _along_mixer(lam: State, psi: State, layout: Layout) -> jax.Array:
    """The overlap of `lam` with the derivative of `psi` in the mixer's angle."""
    # With the generator applied to one of them nothing is transposed; for an overlap of blocks XLA
    # would copy both.
    re, im = flip(psi, layout) if layout.symmetric else (0, 0)
    for k, following in _blocks_of(layout.bits, lam[0].dtype):
        matrix = jnp.asarray(generator(k), lam[0].dtype)
        re = re + _apply_block(psi[0], matrix, following)
        im = im + _apply_block(psi[1], matrix, following)
    return jnp.sum(lam[0] * re + lam[1] * im)


def after(done: jax.Array, x: jax.Array) -> jax.Array:
    """`x`, but not before the scalar `done`.

    XLA goes by data alone and would begin all at once: at 20 qubits five states would be alive
    instead of four, and up to 10 qubits threads would wait for each other.
    """
    # A slope too large for its precision must not reach the state.
    return x + 0 * jnp.nan_to_num(done)


def undo_rotation(
    lam: State, psi: State, beta: jax.Array, num_bits: int
) -> tuple[State, State, jax.Array]:
    """Both states before [`apply_rotation`][], and the slope in its angle, found on the way."""
    slope = jnp.zeros((), beta.dtype)
    pairs: list[State] = []
    back = _rotations(-beta, num_bits)
    for one, other in zip(lam, psi, strict=True):
        for k, following in _blocks_of(num_bits, beta.dtype):
            matrix = jnp.asarray(generator(k), beta.dtype)
            slope = slope + jnp.sum(one * _apply_block(other, matrix, following))
            ordered = after(slope, back[k])
            one, other = (_apply_block(part, ordered, following) for part in (one, other))
        pairs.append((one, other))
    (lam_re, psi_re), (lam_im, psi_im) = pairs
    return (lam_re, lam_im), (psi_re, psi_im), slope


def _unmix_both(
    lam: State, psi: State, beta: jax.Array, layout: Layout
) -> tuple[State, State, jax.Array]:
    """Both before the mixer, and [`_along_mixer`][] on the way."""
    fixed = jnp.zeros((), beta.dtype)
    if layout.symmetric:
        flipped = flip(psi, layout)
        fixed = jnp.sum(lam[0] * flipped[0] + lam[1] * flipped[1])
        psi = rotate_fixed(psi, flipped, -beta)
        lam = rotate_fixed(lam, flip(lam, layout), -after(fixed, beta))
    lam, psi, slope = undo_rotation(lam, psi, beta, layout.bits)
    return lam, psi, fixed + slope


@full_precision
def value_and_slopes(
    diagonal: jax.Array, gammas: jax.Array, betas: jax.Array, layout: Layout, *, in_diagonal: bool
) -> tuple[jax.Array, Slopes]:
    """The energy and its derivatives, that in the diagonal only where it is wanted."""
    keep = layout.bits <= _KEPT_BITS
    psi, kept = _layers(diagonal, gammas, betas, layout, keep=keep)
    copies = 1 + layout.symmetric

    def along_phase(lam: State, psi: State) -> tuple[jax.Array, jax.Array]:
        slope = lam[0] * psi[1] - lam[1] * psi[0]
        return slope, jnp.sum(diagonal * slope)

    def undo(carry: _Undone, inputs: _Layers) -> tuple[_Undone, State]:
        psi, lam, d_diagonal = carry
        gamma, beta, before = inputs
        if before is not None:
            d_beta = _along_mixer(lam, psi, layout)
            lam = _unmix(lam, after(d_beta, beta), layout)
            sin, cos = sincos(after(d_beta, gamma) * diagonal)
            lam, psi = phase(lam, -sin, cos), before
            slope, d_gamma = along_phase(lam, psi)
        else:
            lam, psi, d_beta = _unmix_both(lam, psi, beta, layout)
            # The phase leaves this as it is, and the first layer then needs none.
            slope, d_gamma = along_phase(lam, psi)
            sin, cos = sincos(after(d_gamma, gamma) * diagonal)
            lam, psi = phase(lam, -sin, cos), phase(psi, -sin, cos)
        if d_diagonal is not None:
            d_diagonal = d_diagonal + 2 * copies * gamma * slope
        return (psi, lam, d_diagonal), (d_gamma, d_beta)

    density = psi[0] ** 2 + psi[1] ** 2
    lam = (diagonal * psi[0], diagonal * psi[1])
    carry = (psi, lam, copies * density if in_diagonal else None)
    (_, _, d_diagonal), slopes = jax.lax.scan(undo, carry, (gammas, betas, kept), reverse=True)
    d_gammas, d_betas = (2 * copies * one for one in slopes)
    return mean(diagonal, psi, layout), (d_diagonal, d_gammas, d_betas)


def value(diagonal: jax.Array, gammas: jax.Array, betas: jax.Array, layout: Layout) -> jax.Array:
    """The energy."""
    return mean(diagonal, _evolve(diagonal, gammas, betas, layout), layout)


@functools.partial(jax.custom_vjp, nondiff_argnums=(3,))
def _energy(diagonal: jax.Array, gammas: jax.Array, betas: jax.Array, layout: Layout) -> jax.Array:
    one = functools.partial(value, layout=layout)
    together = batched.for_count(batched.values, layout, len(gammas))
    energy: jax.Array = in_chunks(one, chunk_for(2**layout.bits), together)(diagonal, gammas, betas)
    return energy


def _forward(
    diagonal: CustomVJPPrimal, gammas: CustomVJPPrimal, betas: CustomVJPPrimal, layout: Layout
) -> tuple[jax.Array, Slopes]:
    arguments = diagonal.value, gammas.value, betas.value
    one = functools.partial(value_and_slopes, layout=layout, in_diagonal=diagonal.perturbed)
    chunk = 1 if layout.bits > _MAX_BATCHED_BITS else chunk_for(2**layout.bits)
    if diagonal.perturbed:
        return in_chunks(one, chunk)(*arguments)
    together = batched.for_count(batched.values_and_slopes, layout, len(gammas.value))
    return in_chunks(one, chunk, together)(*arguments)


def scaled(slopes: Slopes, cotangent: jax.Array) -> Slopes:
    """Derivatives of what depends on the energy."""
    d_diagonal, d_gammas, d_betas = slopes
    in_diagonal = None if d_diagonal is None else cotangent * d_diagonal
    return in_diagonal, cotangent * d_gammas, cotangent * d_betas


_energy.defvjp(
    _forward, lambda layout, slopes, cotangent: scaled(slopes, cotangent), symbolic_zeros=True
)


def layout_of(diagonal: ArrayLike, symmetric: bool) -> Layout:
    """The layout on one device of a state with this diagonal.

    **Raises:** [`UserError`][] unless its length is a power of two.
    """
    match np.shape(diagonal):
        case (size,) if size and not size & (size - 1):
            return Layout(int(math.log2(size)) + symmetric, symmetric)
        case shape:
            raise UserError(f"diagonal has shape {shape}; allowed is one axis of a power of two")


def energy(
    diagonal: ArrayLike, gammas: jax.Array, betas: jax.Array, *, symmetric: bool
) -> jax.Array:
    r"""Expectation value $\langle\psi|C|\psi\rangle$ of the evolved state.

    **Arguments:**

    - `diagonal`: $C(x)$, shape $(2^n,)$, or $(2^{n-1},)$ with the first qubit 0 if `symmetric`.
    - `gammas`, `betas`: radians, shape $(p,)$; their dtype is the result's.
    - `symmetric`: whether $C(x) = C(\bar x)$ and `diagonal` is the half of it.

    **Returns:** a scalar. Differentiable once, in reverse mode, in all three arrays.
    """
    diagonal = jnp.asarray(diagonal, gammas.dtype)
    return _energy(diagonal, gammas, betas, layout_of(diagonal, symmetric))


def state(
    diagonal: ArrayLike, gammas: jax.Array, betas: jax.Array, *, symmetric: bool
) -> jax.Array:
    r"""Complex amplitudes $\langle x|\psi\rangle$ of all $2^n$ basis states, shape $(2^n,)$.

    Same arguments as [`energy`][]; the amplitudes are in the computational basis, without gauge.
    """
    diagonal = jnp.asarray(diagonal, gammas.dtype)
    layout = layout_of(diagonal, symmetric)
    half = without_gauge(_evolve(diagonal, gammas, betas, layout), layout)
    return jnp.concatenate([half, half[::-1]]) if symmetric else half


def probabilities(
    diagonal: ArrayLike, gammas: jax.Array, betas: jax.Array, *, symmetric: bool
) -> jax.Array:
    r"""Probabilities of the outcomes of a measurement in the computational basis.

    Same arguments as [`energy`][]. **Returns:** an array of the shape of `diagonal`; if
    `symmetric`, the probability of $x$ or $\bar x$.
    """
    diagonal = jnp.asarray(diagonal, gammas.dtype)
    re, im = _evolve(diagonal, gammas, betas, layout_of(diagonal, symmetric))
    return (1 + symmetric) * (re**2 + im**2)
