"""Which amplitudes an array holds, and in which gauge: what all Ising kernels begin with."""

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike

State = tuple[jax.Array, jax.Array]
"""Real and imaginary part, in the real gauge."""
Slopes = tuple[jax.Array | None, jax.Array, jax.Array]
"""Derivatives with respect to the diagonal (where wanted), the gammas and the betas."""


class Layout(NamedTuple):
    """Which amplitudes an array holds: all of them, or those whose first qubit is 0."""

    num_qubits: int
    symmetric: bool

    @property
    def bits(self) -> int:
        """Bits that number the kept amplitudes."""
        return self.num_qubits - self.symmetric


_TABLE_BITS = 24
"""Bits up to which what depends on the index alone is a constant of the program, which is faster.
Beyond that constants would soon be more than a program may hold (2 GiB), and it counts bits."""


@functools.cache
def _popcounts(num_bits: int) -> np.ndarray:
    """$popcount(x)$ for all x of `num_bits` bits."""
    counts = np.zeros(1, np.int32)
    for _ in range(num_bits):
        counts = np.concatenate([counts, counts + 1])
    return counts


def _bits_set(num_bits: int) -> np.ndarray | jax.Array:
    """[`_popcounts`][], counted by the program where there are many."""
    if num_bits <= _TABLE_BITS:
        return _popcounts(num_bits)
    return jax.lax.population_count(jax.lax.iota(jnp.int32, 2**num_bits))


def blocks(num_bits: int, most: int) -> list[int]:
    """Sizes of as few blocks as there can be, as even as they can be, the larger ones first."""
    count = -(-num_bits // most)
    return [num_bits // count + (block < num_bits % count) for block in range(count)]


def _quarter_turns(
    counts: np.ndarray | jax.Array,
) -> tuple[np.ndarray | jax.Array, np.ndarray | jax.Array]:
    """Cosine and sine of so many quarter turns, exact."""
    quarters = counts % 4
    right, up, left, down = ((quarters == number).astype(float) for number in range(4))
    return right - left, up - down


def initial(layout: Layout, dtype: DTypeLike) -> State:
    r"""$S^{-1}|+\rangle^{\otimes n}$: amplitude $(-i)^{popcount(x)} 2^{-n/2}$."""
    norm = 2 ** (layout.num_qubits / 2)
    cos, sin = _quarter_turns(_bits_set(layout.bits))
    re, im = cos / norm, -sin / norm
    return jnp.asarray(re, dtype), jnp.asarray(im, dtype)


def without_gauge(state: State, layout: Layout) -> jax.Array:
    r"""$S\phi$, complex: amplitude times $i^{popcount(x)}$."""
    re, im = state
    cos, sin = (jnp.asarray(part, re.dtype) for part in _quarter_turns(_bits_set(layout.bits)))
    return jax.lax.complex(re, im) * jax.lax.complex(cos, sin)


def phase(state: State, sin: jax.Array, cos: jax.Array) -> State:
    r"""Multiply by $\cos - i \sin$, elementwise."""
    re, im = state
    return cos * re + sin * im, cos * im - sin * re


def mirror_signs(layout: Layout) -> np.ndarray | jax.Array:
    r"""$\sigma(x) = (-1)^{popcount(\bar x)}$."""
    odd = (_bits_set(layout.bits) + layout.bits) % 2
    return 1.0 - 2.0 * odd.astype(float)


def mirrored(re: jax.Array, im: jax.Array, layout: Layout) -> State:
    r"""$F\phi$ of the parts of $\sigma(x)\,\phi(\bar x)$, $e^{\beta F}$ the fixed qubit's rotation.

    By symmetry the other half is $\phi(\bar x) = (-i)^n (-1)^{popcount(x)} \phi(x)$ in the real
    gauge, so that $F^2 = -1$.
    """
    match layout.num_qubits % 4:
        case 0:
            return re, im
        case 1:
            return im, -re
        case 2:
            return -re, -im
        case _:
            return -im, re
