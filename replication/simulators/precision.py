"""As many digits as were asked for: double precision for NumPy's angles, products in full."""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import jax
import numpy as np
from jax.typing import ArrayLike

A = TypeVar("A")
P = ParamSpec("P")
R = TypeVar("R")


def full_precision(function: Callable[P, R]) -> Callable[P, R]:
    """All products of a function that JAX traces take every bit; nothing changes on a CPU.

    Recent GPUs would round single precision to TF32. With ten bits of a mantissa a rotation would
    be orthogonal to 1e-3 only, and a layer would not be undone by the opposite one.
    """

    @functools.wraps(function)
    def precise(*arguments: P.args, **named: P.kwargs) -> R:
        with jax.default_matmul_precision("highest"):
            return function(*arguments, **named)

    return precise


def in_double(method: Callable[[A, ArrayLike], R]) -> Callable[[A, ArrayLike], R]:
    """Compute in double precision where `theta` is no JAX array.

    NumPy's angles are double, and SciPy's optimisers fail on energies that are not, some of them
    calling it success; JAX's default would round them without a word. The result is NumPy's. JAX's
    own arrays, traced or not, keep their dtype and give JAX's.
    """

    @functools.wraps(method)
    def at_the_door(self: A, theta: ArrayLike) -> R:
        if isinstance(theta, jax.Array):
            return method(self, theta)
        with jax.enable_x64(True):
            result = method(self, theta)
        return cast(R, jax.tree.map(_as_numpy, result))

    return at_the_door


def _as_numpy(result: jax.Array) -> Any:
    """NumPy's array or number: JAX's would be rounded by the next operation under its default."""
    return result if isinstance(result, jax.core.Tracer) else np.asarray(result)[()]
