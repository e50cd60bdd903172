"""How large gradients are at random angles."""

import jax
import jax.numpy as jnp
import numpy as np

from replication.ansatze.base import Ansatz


@jax.jit
def _gradients(ansatz: Ansatz, thetas: jax.Array) -> jax.Array:
    def energy(theta: jax.Array) -> jax.Array:
        return jnp.asarray(ansatz.energy(theta))

    return jax.lax.map(jax.grad(energy), thetas)


def gradient_variance(ansatz: Ansatz, scale: float, thetas: np.ndarray) -> np.ndarray:
    r"""$\mathrm{Var}_\theta\, \partial_k y$ of the cost $y = \langle H\rangle / \text{scale}$.

    **Arguments:**

    - `ansatz`: for one instance.
    - `scale`: in the units of H, such as the 1-norm of its Pauli coefficients.
    - `thetas`: random angles, shape `(points, k)`.

    **Returns:** the unbiased variance over the points for each angle, shape `(k,)`, in units of
    the inverse square of the angles.

    J. R. McClean et al., doi:10.1038/s41467-018-07090-4.
    """
    gradients = np.asarray(_gradients(ansatz, jnp.asarray(thetas)))
    return np.asarray(gradients.var(axis=0, ddof=1) / scale**2)
