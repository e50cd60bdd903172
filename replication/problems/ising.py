"""Ising cost Hamiltonians, the common ground of MaxCut and Sherrington-Kirkpatrick."""

import functools
import math
import reprlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from replication.errors import UserError

if TYPE_CHECKING:
    from openfermion import QubitOperator

# The simulator keeps about six real arrays of 2^n doubles; enumeration keeps two.
_MAX_QUBITS = 28

# Relative to the largest coupling: products of matrices are symmetric up to a few roundings.
_ASYMMETRY = 1e-12


def _check_size(n: int) -> None:
    if n < 2:
        raise UserError(f"an Ising problem needs at least 2 spins, got {n}")
    if n > _MAX_QUBITS:
        raise UserError(
            f"{n} spins would take about {6 * 8 * 2.0**n / 2**30:.0f} GiB for the state vectors; "
            f"at most {_MAX_QUBITS} spins are allowed"
        )


def real_array(name: str, values: ArrayLike) -> np.ndarray:
    """A copy of `values` in double precision; [`UserError`][] unless all are real numbers."""
    refusal = f"{name} must be an array of real numbers"
    # NumPy would take what lies under the mask.
    if np.ma.is_masked(values):
        raise UserError(f"{refusal}, but some of its entries are masked")
    try:
        array = np.array(values)
        if array.dtype.kind in "biuf":
            return array.astype(float)
        # NumPy turns a number beside a string into a string: look at what was given.
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


@dataclass(frozen=True, eq=False)
class IsingProblem:
    r"""$H = \sum_{i<j} J_{ij} Z_i Z_j + \sum_i h_i Z_i$ on n qubits.

    **Arguments:**

    - `kind`: `"maxcut"` or `"sk"`.
    - `couplings`: $J$, shape $(n, n)$, symmetric with zero diagonal. Where it is asymmetric by
      rounding alone, at most 1e-12 of its largest entry, the mean of $J$ and $J^T$ is taken.
    - `fields`: $h$, shape $(n,)$.
    """

    kind: str
    couplings: np.ndarray
    fields: np.ndarray

    def __post_init__(self) -> None:
        couplings = real_array("couplings", self.couplings)
        if couplings.ndim != 2 or couplings.shape[0] != couplings.shape[1]:
            raise UserError(f"couplings must be a square matrix, got shape {couplings.shape}")
        _check_size(couplings.shape[0])
        fields = real_array("fields", self.fields)
        if fields.shape != couplings.shape[:1]:
            raise UserError(
                f"fields must have shape {couplings.shape[:1]} to match the couplings, "
                f"got {fields.shape}"
            )
        for name, array in (("couplings", couplings), ("fields", fields)):
            if not np.isfinite(array).all():
                where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
                raise UserError(
                    f"{name}{list(where)} is {array[where]}; only finite numbers are allowed"
                )
        if np.any(couplings != couplings.T):
            # Halves first: neither the difference nor the sum of large entries overflows.
            half = couplings / 2
            apart = np.abs(half - half.T) > _ASYMMETRY * np.abs(half).max()
            if apart.any():
                i, j = (int(k) for k in np.argwhere(apart)[0])
                raise UserError(
                    f"couplings must be symmetric, but couplings[{i}, {j}] = {couplings[i, j]} and "
                    f"couplings[{j}, {i}] = {couplings[j, i]}"
                )
            couplings = half + half.T
        if np.any(np.diag(couplings)):
            i = int(np.flatnonzero(np.diag(couplings))[0])
            raise UserError(f"couplings[{i}, {i}] = {couplings[i, i]}; the diagonal must be zero")
        if not couplings.any() and not fields.any():
            raise UserError("all couplings and fields are zero; at least one must not be")
        object.__setattr__(self, "couplings", couplings)
        object.__setattr__(self, "fields", fields)

    @property
    def num_spins(self) -> int:
        """Number of spins, which is the number of qubits."""
        return self.couplings.shape[0]

    @property
    def symmetric(self) -> bool:
        """Whether a global spin flip leaves $H$ unchanged, that is, there are no fields."""
        return not self.fields.any()

    @property
    def offset(self) -> float:
        """Identity part of $H$; zero."""
        return 0.0

    @functools.cached_property
    def normaliser(self) -> float:
        r"""1-norm of the Pauli coefficients, $\sum_{i<j}|J_{ij}| + \sum_i |h_i|$."""
        return float(np.abs(np.triu(self.couplings)).sum() + np.abs(self.fields).sum())

    @property
    def two_norm(self) -> float:
        r"""2-norm of the Pauli coefficients, $(\sum_{i<j} J_{ij}^2 + \sum_i h_i^2)^{1/2}$."""
        return float(np.sqrt(np.sum(np.triu(self.couplings) ** 2) + np.sum(self.fields**2)))

    @functools.cached_property
    def diagonal(self) -> np.ndarray:
        r"""$H(x)$ for all x, qubit 0 the most significant bit; shape $(2^n,)$.

        Without fields $H(x) = H(\bar x)$, and only the half with qubit 0 in state 0 is kept:
        shape $(2^{n-1},)$.
        """
        # One spin more a round: the levels of the spins placed so far, and the field they make.
        n = self.num_spins
        levels = np.zeros(1)
        for q in range(n - 1, -1, -1):
            local = np.full(1, self.fields[q])
            for j in range(n - 1, q, -1):
                local = np.concatenate([local + self.couplings[q, j], local - self.couplings[q, j]])
            levels = np.concatenate([levels + local, levels - local])
        return levels[: levels.size // 2] if self.symmetric else levels

    def exact_minimum(self) -> float:
        """Ground energy by enumeration of all spin configurations, up to the global flip."""
        return float(self.diagonal.min())

    def to_openfermion(self) -> "QubitOperator":
        """$H$ as an OpenFermion operator."""
        from openfermion import QubitOperator

        operator = QubitOperator()
        for i, j in zip(*np.nonzero(np.triu(self.couplings)), strict=True):
            operator += QubitOperator(((int(i), "Z"), (int(j), "Z")), self.couplings[i, j])
        for i in np.flatnonzero(self.fields):
            operator += QubitOperator(((int(i), "Z"),), self.fields[i])
        return operator
