"""Matrix products as precise as their factors: recent GPUs would round single precision to TF32."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import jax

P = ParamSpec("P")
R = TypeVar("R")


def full_precision(function: Callable[P, R]) -> Callable[P, R]:
    """All products of a function that JAX traces take every bit; nothing changes on a CPU.

    With ten bits of a mantissa a rotation would be orthogonal to 1e-3 only, and a layer would not
    be undone by the opposite one.
    """

    @functools.wraps(function)
    def precise(*arguments: P.args, **named: P.kwargs) -> R:
        with jax.default_matmul_precision("highest"):
            return function(*arguments, **named)

    return precise
