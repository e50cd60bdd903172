"""How many directions a state can move in: the quantum Fisher information and its rank."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from replication.checks import real_array
from replication.errors import UserError
from replication.landscapes.functions import Floats, checked

TOLERANCE = 1e-9
"""Singular values below this fraction of the largest count as zero: rounding leaves about 1e-15,
and a direction that is there at random angles is seldom below 1e-6."""


@eqx.filter_jit
def _fisher(state: Callable[[Any], Any], theta: jax.Array) -> jax.Array:
    psi = state(theta)
    # Forward derivatives: a column an angle.
    moved = jax.jacfwd(lambda at: jnp.stack([state(at).real, state(at).imag]))(theta)
    moved = jax.lax.complex(moved[0], moved[1])
    along = psi.conj() @ moved
    return 4 * (moved.conj().T @ moved - jnp.outer(along.conj(), along)).real


def fisher_information(state: Callable[[Any], Any], thetas: Any) -> Floats:
    r"""$F_{ij} = 4\,\mathrm{Re}[\langle\partial_i\psi|\partial_j\psi\rangle -
    \langle\partial_i\psi|\psi\rangle\langle\psi|\partial_j\psi\rangle]$ at many angles.

    J. J. Meyer, doi:10.22331/q-2021-09-09-539.

    **Arguments:** `state`: a JAX function of angles `(k,)` to amplitudes of norm 1, such as the
    `state` of a circuit; `thetas`: shape `(points, k)`, radians.

    **Returns:** shape `(points, k, k)`, per radian squared, in double precision.

    >>> import jax.numpy as jnp
    >>> def turned(theta):  # a rotation about X
    ...     return jnp.stack([jnp.cos(theta[0] / 2) + 0j, -1j * jnp.sin(theta[0] / 2)])
    >>> fisher_information(turned, [[0.3]]).round(6)
    array([[[1.]]])
    """
    with jax.enable_x64(True):
        return np.array([np.asarray(_fisher(state, jnp.asarray(one))) for one in checked(thetas)])


def fisher_rank(matrices: Any, tolerance: float = TOLERANCE) -> np.ndarray:
    """Directions of the state: singular values above a fraction of the largest, `(points,)`.

    The largest rank that any angles give is the number of parameters beyond which a circuit is
    over-parametrised. M. Larocca et al., doi:10.1038/s43588-023-00467-6.

    **Arguments:** `matrices`: `(points, k, k)`; `tolerance`: the fraction.
    """
    found = real_array("matrices", matrices)
    if found.ndim != 3 or found.shape[1] != found.shape[2]:
        raise UserError(f"matrices must have the shape (points, k, k), got {found.shape}")
    values = np.linalg.svd(found, compute_uv=False)
    return np.asarray((values > tolerance * values[:, :1]).sum(axis=1))
