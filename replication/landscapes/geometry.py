"""How many directions a state can move in: the quantum Fisher information and its rank."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from replication.checks import real_array
from replication.errors import UserError

TOLERANCE = 1e-10
"""Singular values below this fraction of the largest one count as zero."""


def fisher_information(state: Callable[[Any], Any], theta: Any) -> jax.Array:
    r"""$F_{ij} = 4\,\mathrm{Re}[\langle\partial_i\psi|\partial_j\psi\rangle -
    \langle\partial_i\psi|\psi\rangle\langle\psi|\partial_j\psi\rangle]$, four times the metric of
    states.

    J. J. Meyer, doi:10.22331/q-2021-09-09-539. It can be traced: `jax.vmap` goes over angles.

    >>> import jax, jax.numpy as jnp
    >>> rotation = lambda theta: jnp.array([jnp.cos(theta[0] / 2), jnp.sin(theta[0] / 2)])
    >>> print(fisher_information(rotation, jnp.array([0.3])).round(5))
    [[1.]]

    **Arguments:**

    - `state`: a JAX function of angles `(k,)` to normalised complex amplitudes `(d,)`.
    - `theta`: shape `(k,)`, radians; a JAX array's dtype decides the precision, all else is taken
      in double precision.

    **Returns:** symmetric, positive semidefinite, shape `(k, k)`, per radian squared.
    """
    if isinstance(theta, jax.Array):
        return _information(state, theta)
    with jax.enable_x64(True):
        return _information(state, jnp.asarray(real_array("theta", theta)))


def _information(state: Callable[[Any], Any], theta: jax.Array) -> jax.Array:
    # Real and imaginary parts apart, since forward derivatives of complex numbers lose the type.
    slopes = jax.jacfwd(lambda at: _parts(state(at)))(theta)
    psi, slope = jax.lax.complex(*_parts(state(theta))), jax.lax.complex(*slopes)
    overlaps = psi.conj() @ slope
    return 4 * ((slope.conj().T @ slope).real - jnp.outer(overlaps.conj(), overlaps).real)


def _parts(psi: jax.Array) -> tuple[jax.Array, jax.Array]:
    return psi.real, psi.imag


def fisher_rank(matrix: Any, tolerance: float = TOLERANCE) -> int:
    r"""The rank of a Fisher information: dimensions of the states that its angles reach locally.

    The number of singular values above `tolerance` times the largest one; 0 for the zero matrix.
    Where it stops to grow with the number of angles, a circuit is over-parametrised: at most
    $2 \cdot 2^n - 2$. M. Larocca et al., doi:10.1038/s43588-023-00467-6.

    >>> fisher_rank([[1.0, 1.0], [1.0, 1.0]])
    1

    **Arguments:** `matrix`: shape `(k, k)`, in double precision; `tolerance`: between 0 and 1.

    **Raises:** [`UserError`][] for another shape or tolerance.
    """
    found = real_array("matrix", matrix)
    if found.ndim != 2 or found.shape[0] != found.shape[1]:
        raise UserError(f"matrix must have the shape (k, k), got {found.shape}")
    if not 0 < tolerance < 1:
        raise UserError(f"tolerance = {tolerance} must be between 0 and 1")
    singular = np.linalg.svd(found, compute_uv=False)
    return int((singular > tolerance * singular.max(initial=0)).sum())
