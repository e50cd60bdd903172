"""Sine and cosine of an array of phases: the library pair would cost half of a layer."""

import jax
import jax.numpy as jnp
import numpy as np

# pi/2 in three parts (Cody and Waite 1980), the first ones short enough that q * part is exact.
_HALF_PI = {
    "float32": (1.5703125, 4.837512969970703e-4, 7.549789948768648e-8),
    "float64": (1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21),
}
_REACH = 0.9
# Minimax coefficients on [-pi/4, pi/4], lowest order first (Cephes, S. L. Moshier).
_SIN = {
    "float32": (-1.6666654611e-1, 8.3321608736e-3, -1.9515295891e-4),
    "float64": (
        -1.66666666666666307295e-1,
        8.33333333332211858878e-3,
        -1.98412698295895385996e-4,
        2.75573136213857245213e-6,
        -2.50507477628578072866e-8,
        1.58962301576546568060e-10,
    ),
}
_COS = {
    "float32": (4.166664568298827e-2, -1.388731625493765e-3, 2.443315711809948e-5),
    "float64": (
        4.16666666666665929218e-2,
        -1.38888888888730564116e-3,
        2.48015872888517045348e-5,
        -2.75573141792967388112e-7,
        2.08757008419747316778e-9,
        -1.13585365213876817300e-11,
    ),
}


def _polynomial(coefficients: tuple[float, ...], z: jax.Array) -> jax.Array:
    value = jnp.full_like(z, coefficients[-1])
    for c in reversed(coefficients[:-1]):
        value = value * z + np.asarray(c, z.dtype)
    return value


def sincos(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    r"""$(\sin x, \cos x)$ by one shared range reduction and two polynomials.

    Absolute error below 2 units of the last place of 1 for $|x| < 10^5$ (float64) and
    $|x| < 10^3$ (float32); beyond that a few units of the last place of $x = \gamma C$, which is
    rounded itself. Where that is more than a radian the phase is no longer resolved, but
    $\sin^2 x + \cos^2 x = 1$ for every $x$, infinite ones included.

    **Arguments:** `x`: radians, float32 or float64, any shape.

    **Returns:** two arrays like `x`. Not meant for automatic differentiation: the kernels that
    use it bring their own derivative.
    """
    name = x.dtype.name
    quarter = jnp.round(x * np.asarray(2 / np.pi, x.dtype))
    r = x
    for part in _HALF_PI[name]:
        r = r - quarter * np.asarray(part, x.dtype)
    # Also false for what is no number. The polynomials are as good a little beyond pi / 4.
    r = jnp.where(jnp.abs(r) < np.asarray(_REACH, x.dtype), r, 0)
    z = r * r
    sin = r + r * z * _polynomial(_SIN[name], z)
    cos = 1 - z / 2 + z * z * _polynomial(_COS[name], z)
    # Quarter turns modulo 4, exact at any size, where a whole number would overflow.
    k = quarter - 4 * jnp.floor(quarter * np.asarray(0.25, x.dtype))
    odd = (k == 1) | (k == 3)
    sin, cos = jnp.where(odd, cos, sin), jnp.where(odd, sin, cos)
    return jnp.where(k >= 2, -sin, sin), jnp.where((k == 1) | (k == 2), -cos, cos)
