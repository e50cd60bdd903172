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
    """Which amplitudes an array holds.

    - `num_qubits`, `symmetric`: all of them, or those whose first qubit is 0.
    - `axis`, `shared_bits`: the first `shared_bits` of the kept bits number the devices along this
      axis of a mesh, and an array holds the amplitudes of its own device; see
      [`replication.simulators.sharded`][]. `None` for one device.
    """

    num_qubits: int
    symmetric: bool
    axis: str | None = None
    shared_bits: int = 0

    @property
    def bits(self) -> int:
        """Bits that number the kept amplitudes."""
        return self.num_qubits - self.symmetric

    @property
    def local_bits(self) -> int:
        """Bits that number those of one array."""
        return self.bits - self.shared_bits


@functools.cache
def _parity(num_bits: int) -> np.ndarray:
    """$(-1)^{popcount(x)}$ for all x of `num_bits` bits."""
    signs = np.ones(1)
    for _ in range(num_bits):
        signs = np.concatenate([signs, -signs])
    return signs


def blocks(num_bits: int, most: int) -> list[int]:
    """Sizes of as few blocks as there can be, as even as they can be, the larger ones first."""
    count = -(-num_bits // most)
    return [num_bits // count + (block < num_bits % count) for block in range(count)]


def ones(axis: str) -> jax.Array:
    """Ones among the leading bits that all amplitudes of a device share: those of its number."""
    return jax.lax.population_count(jax.lax.axis_index(axis))


def initial(layout: Layout, dtype: DTypeLike) -> State:
    r"""$S^{-1}|+\rangle^{\otimes n}$: amplitude $(-i)^{popcount(x)} 2^{-n/2}$."""
    amplitudes = np.ones(1, complex)
    for _ in range(layout.local_bits):
        amplitudes = np.concatenate([amplitudes, -1j * amplitudes])
    amplitudes = amplitudes / 2 ** (layout.num_qubits / 2)
    state = jnp.asarray(amplitudes.real, dtype), jnp.asarray(amplitudes.imag, dtype)
    if not layout.axis:
        return state
    turns = ones(layout.axis) % 4
    sin, cos = (jnp.asarray(table, dtype)[turns] for table in ([0, 1, 0, -1], [1, 0, -1, 0]))
    return phase(state, sin, cos)


def phase(state: State, sin: jax.Array, cos: jax.Array) -> State:
    r"""Multiply by $\cos - i \sin$, elementwise."""
    re, im = state
    return cos * re + sin * im, cos * im - sin * re


def mirror_signs(layout: Layout) -> np.ndarray:
    r"""$\sigma(x) = (-1)^{popcount(\bar x)}$, of the amplitudes of one array."""
    return _parity(layout.local_bits) * (-1.0) ** layout.bits


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
