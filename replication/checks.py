"""What users give: numbers in double precision, and refusals by name."""

import math
import os
import reprlib
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from replication.errors import UserError


def real_array(name: str, values: ArrayLike) -> np.ndarray:
    """A copy of `values` in double precision; [`UserError`][] unless all are real numbers."""
    refusal = f"{name} must be an array of real numbers"
    # NumPy would take what is under the mask.
    if np.ma.is_masked(values):
        raise UserError(f"{refusal}, but some of its entries are masked")
    try:
        array = np.array(values)
        if array.dtype.kind in "biuf":
            return array.astype(float)
        # NumPy makes a number beside a string a string: check what was given.
        entries = array if array.dtype.kind in "mM" else np.array(values, dtype=object)
    except (TypeError, ValueError):
        raise UserError(refusal) from None
    result = np.empty(entries.shape)
    for where, entry in np.ndenumerate(entries):
        number = _as_float(entry)
        if number is None:
            place = f"{name}{list(where)}" if where else "it"
            raise UserError(f"{refusal}, but {place} is {reprlib.repr(entry)}")
        result[where] = number
    return result


def real_number(name: str, value: object, allowed: str = "a finite real number") -> float:
    """`value` in double precision; [`UserError`][] unless it is a finite real number."""
    number = None if isinstance(value, bool | np.bool_) else _as_float(value)
    if number is None or not math.isfinite(number):
        raise UserError(f"{name} must be {allowed}, got {reprlib.repr(value)}")
    return number


def check_whole(name: str, value: Any, least: int) -> None:
    """Refuse what is no whole number of at least so many; [`UserError`][] by its name."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < least:
        raise UserError(f"{name} = {value!r} must be a whole number, at least {least}")


def check_problem(problem: object) -> None:
    """Refuse what is no instance of a problem class, such as the path of a file."""
    if not hasattr(problem, "natural_units"):
        read = "; r.maxcut(path) reads a file" if isinstance(problem, str | os.PathLike) else ""
        raise UserError(
            f"problem is {reprlib.repr(problem)}, which is none made by maxcut, sk, ising, qubo, "
            f"hubbard or hubbard_on{read}"
        )


def _as_float(value: Any) -> float | None:
    """The number in double precision; `None` for what is none or would lose more than digits."""
    if value is np.ma.masked:
        return None
    try:
        # float() reads strings, and drops the imaginary part of NumPy's complex numbers.
        array = np.asarray(value)
        if array.shape != () or array.dtype.kind not in "biufOV":
            return None
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None
