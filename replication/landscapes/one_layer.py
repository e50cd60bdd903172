r"""The cost of one layer of $R_X$, $R_Y$ and a chain of CNOT in closed form, without a state."""

from typing import TYPE_CHECKING

import jax.numpy as jnp

from replication.landscapes.models import Locality

if TYPE_CHECKING:
    import jax


def one_layer_cost(theta: "jax.Array", locality: Locality) -> "jax.Array":
    r"""The cost of `hardware_efficient(n, 1, locality)` of `replication.landscapes.models`.

    After its rotations qubit $q$ has $\langle Z_q\rangle = z_q = \cos\alpha_q \cos\beta_q$. The
    chain of CNOT keeps $|0\cdots0\rangle$, so that $C_G = 1 - \prod_q (1 + z_q)/2$, and makes
    $Z_q$ of $Z_0 \cdots Z_q$, so that $C_L = \frac12 - \frac1{2n} \sum_q \prod_{j \le q} z_j$.

    >>> import jax.numpy as jnp
    >>> float(one_layer_cost(jnp.zeros(8), "global")), float(one_layer_cost(jnp.zeros(8), "local"))
    (0.0, 0.0)

    **Arguments:** `theta`: $(\alpha_0 \ldots \alpha_{n-1}, \beta_0 \ldots \beta_{n-1})$, radians,
    shape `(2n,)`; `locality`: $C_L$ or $C_G$.
    """
    alpha, beta = jnp.split(theta, 2)
    z = jnp.cos(alpha) * jnp.cos(beta)
    if locality == "global":
        return 1 - jnp.prod((1 + z) / 2)
    return (1 - jnp.mean(jnp.cumprod(z))) / 2
