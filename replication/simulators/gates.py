r"""Fermionic gates to build circuits from, on states of one particle-number sector.

A state is a complex array `psi[up, down]` of shape `(D_up, D_down)`. Rows and columns follow
[`configurations`][replication.simulators.fermions.configurations]: ascending integers whose bit
$s$ says whether site $s$ is occupied; the modes are ordered all spin up, then all spin down. All
gates are unitary, keep the dtype of the state, and go through `jax.jit`, `jax.vmap` and `jax.grad`.
[`replication.ansatze.hubbard`][] has kernels of its own, faster and less general.

A step of a Hubbard circuit on two sites, from one particle of each spin on site 0:

>>> import jax.numpy as jnp
>>> lattice = {"sites": 2, "filling": (1, 1)}
>>> psi = jnp.zeros((2, 2), complex).at[0, 0].set(1)
>>> psi = apply_hop(psi, jnp.pi / 4, [(0, 1)], **lattice)
>>> psi = apply_onsite(psi, jnp.pi, **lattice)
>>> print(jnp.round(jnp.abs(psi) ** 2, 3))
[[0.25 0.25]
 [0.25 0.25]]
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from numpy.typing import NDArray

from replication.errors import UserError
from replication.simulators import fermions
from replication.simulators.lattice import Pair

Spin = Literal["up", "down"]
BOTH: tuple[Spin, Spin] = ("up", "down")


def apply_hop(
    state: ArrayLike,
    angle: ArrayLike,
    bonds: Iterable[Pair],
    *,
    sites: int,
    filling: tuple[int, int],
    spins: Sequence[Spin] = BOTH,
) -> jax.Array:
    r"""Hops over bonds, $\prod_e e^{-i a K_e}$ with $K_{pq} = a^\dagger_p a_q + \mathrm{h.c.}$

    The first bond acts first.

    **Arguments:**

    - `state`: amplitudes, shape `(D_up, D_down)`.
    - `angle`: $a$ in radians, a scalar.
    - `bonds`: pairs of different sites.
    - `sites`: number of sites.
    - `filling`: numbers of spin-up and spin-down particles.
    - `spins`: which spins hop.

    **Returns:** the amplitudes after the hops, same shape.

    **Raises:** [`UserError`][] for a state of another shape and for a bond outside the lattice.

    >>> import jax.numpy as jnp
    >>> psi = apply_hop(jnp.eye(3, 1), jnp.pi / 2, [(0, 2)], sites=3, filling=(1, 0))
    >>> print(jnp.round(psi.imag.ravel()))
    [ 0.  0. -1.]
    """
    psi = _amplitudes(state, sites, filling)
    for p, q in bonds:
        if p == q or not (0 <= p < sites and 0 <= q < sites):
            raise UserError(f"bond ({p}, {q}) must join two different sites of 0 … {sites - 1}")
        for spin in spins:
            axis = BOTH.index(spin)
            psi = _hop(psi, angle, *_hop_of(sites, filling[axis], p, q), axis)
    return psi


def apply_onsite(
    state: ArrayLike,
    angle: ArrayLike,
    *,
    sites: int,
    filling: tuple[int, int],
    at: Iterable[int] | None = None,
) -> jax.Array:
    r"""Phases of doubly occupied sites, $e^{-i a \sum_s n_{s\uparrow} n_{s\downarrow}}$.

    **Arguments:**

    - `state`: amplitudes, shape `(D_up, D_down)`.
    - `angle`: $a$ in radians, a scalar.
    - `sites`: number of sites.
    - `filling`: numbers of spin-up and spin-down particles.
    - `at`: sites of the sum, all unless given.

    **Returns:** the amplitudes with their phases, same shape.

    **Raises:** [`UserError`][] for a state of another shape.

    >>> import jax.numpy as jnp
    >>> psi = apply_onsite(jnp.ones((2, 2)), jnp.pi, sites=2, filling=(1, 1))
    >>> print(jnp.round(psi.real))
    [[-1.  1.]
     [ 1. -1.]]
    """
    psi = _amplitudes(state, sites, filling)
    mask = sum(1 << site for site in (range(sites) if at is None else at))
    up, down = (fermions.configurations(sites, particles) for particles in filling)
    counts = fermions.double_occupancy(up & mask, down & mask)
    powers = jnp.asarray(counts, psi.real.dtype) * jnp.asarray(angle, psi.real.dtype)
    return psi * jax.lax.complex(jnp.cos(powers), -jnp.sin(powers))


def apply_orbital_rotation(
    state: ArrayLike,
    orbitals: ArrayLike,
    *,
    sites: int,
    filling: tuple[int, int],
    spins: Sequence[Spin] = BOTH,
) -> jax.Array:
    r"""Change of the one-particle basis, $a^\dagger_p \mapsto \sum_s V_{sp}\, a^\dagger_s$.

    A particle on site $p$ goes to the orbital in column $p$ of $V$.

    **Arguments:**

    - `state`: amplitudes, shape `(D_up, D_down)`.
    - `orbitals`: $V$, a real or complex unitary matrix of shape `(sites, sites)`.
    - `sites`: number of sites.
    - `filling`: numbers of spin-up and spin-down particles.
    - `spins`: which spins are rotated.

    **Returns:** the rotated amplitudes, same shape.

    **Raises:** [`UserError`][] for a state or orbitals of another shape.

    >>> import jax.numpy as jnp
    >>> orbitals = jnp.array([[0.6, -0.8], [0.8, 0.6]])
    >>> psi = apply_orbital_rotation(jnp.eye(2, 1), orbitals, sites=2, filling=(1, 0))
    >>> print(psi.real.ravel())
    [0.6 0.8]
    """
    psi = _amplitudes(state, sites, filling)
    if np.shape(orbitals) != (sites, sites):
        raise UserError(f"orbitals have shape {np.shape(orbitals)}, not ({sites}, {sites})")
    matrix = jnp.asarray(orbitals, psi.dtype)
    if "up" in spins:
        psi = _minors(matrix, sites, filling[0]) @ psi
    if "down" in spins:
        psi = psi @ _minors(matrix, sites, filling[1]).T
    return psi


def _amplitudes(state: ArrayLike, sites: int, filling: tuple[int, int]) -> jax.Array:
    shape = tuple(len(fermions.configurations(sites, particles)) for particles in filling)
    if np.shape(state) != shape:
        raise UserError(
            f"state has shape {np.shape(state)}, but {filling} particles on {sites} sites "
            f"have shape {shape}"
        )
    psi = jnp.asarray(state)
    return psi.astype(jax.dtypes.canonicalize_dtype(np.result_type(psi.dtype, np.complex64)))


@lru_cache(maxsize=256)
def _hop_of(
    sites: int, particles: int, p: int, q: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Of each configuration the one that it hops to, and the sign, 0 where there is no hop."""
    configs = fermions.configurations(sites, particles)
    hop = fermions.hopping_matrix(configs, [(p, q)]).tocoo()
    target, sign = np.arange(len(configs)), np.zeros(len(configs))
    target[hop.row], sign[hop.row] = hop.col, hop.data
    return target, sign


def _hop(
    psi: jax.Array,
    angle: ArrayLike,
    target: NDArray[np.int64],
    sign: NDArray[np.float64],
    axis: int,
) -> jax.Array:
    r"""$e^{-iaK} = 1 + (\cos a - 1) K^2 - i \sin a\, K$, since $K^3 = K$."""
    shape = (-1, 1) if axis == 0 else (1, -1)
    signs = jnp.asarray(sign.reshape(shape), psi.dtype)
    a = jnp.asarray(angle, psi.real.dtype)
    kept = jnp.where(signs == 0, 1, jnp.cos(a).astype(psi.dtype))
    hopped = -1j * jnp.sin(a).astype(psi.dtype) * signs
    return kept * psi + hopped * jnp.take(psi, target, axis)


def _minors(orbitals: jax.Array, sites: int, particles: int) -> jax.Array:
    """Determinants of the rows and columns of each two configurations, shape `(D, D)`."""
    configs = fermions.configurations(sites, particles)
    if not particles:
        return jnp.ones((1, 1), orbitals.dtype)
    places = np.nonzero(fermions.occupations(configs, sites))[1].reshape(len(configs), particles)
    return jnp.linalg.det(orbitals[places[:, None, :, None], places[None, :, None, :]])
