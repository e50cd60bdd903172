"""The Sherrington-Kirkpatrick spin glass: any couplings and fields, and the study's laws."""

from dataclasses import dataclass
from typing import Literal, get_args

import jax
import numpy as np
from numpy.typing import ArrayLike

from replication.errors import UserError
from replication.problems.ising import IsingProblem, real_array

Couplings = Literal["gaussian", "signs", "uniform"]

# Far from the few numbers that a split of the key reaches.
_FIELDS = 2**31


def sk(couplings: ArrayLike, fields: ArrayLike | None = None) -> IsingProblem:
    r"""$H = \sum_{i<j} J_{ij} Z_i Z_j + \sum_i h_i Z_i$, couplings used as given.

    **Arguments:**

    - `couplings`: $J$, shape $(n, n)$, symmetric (up to 1e-12 of its largest entry, as rounding
      leaves it; then the mean of $J$ and $J^T$ is taken), zero diagonal.
    - `fields`: $h$, shape $(n,)$; `None` for no fields.

    **Raises:** [`UserError`][] for entries that are not finite real numbers, an asymmetric matrix,
    a diagonal that is not zero, and shapes that do not fit.
    """
    couplings = real_array("couplings", couplings)
    none = np.zeros(couplings.shape[:1])
    return IsingProblem("sk", couplings, none if fields is None else real_array("fields", fields))


@dataclass(frozen=True)
class SKEnsemble:
    r"""$J_{ij} = g_{ij}/\sqrt n$ and, on demand, fields $h_i = g_i$, all $g$ of one law.

    **Arguments:**

    - `n`: number of spins.
    - `couplings`: the law of $g$: `gaussian` for $N(0, 1)$; `signs` for ±1 with equal odds, of
      variance 1 too; `uniform` on [-1, 1], of variance 1/3, so that all energies are smaller by
      about $\sqrt 3$.
    - `fields`: whether there are local fields. They are not divided by $\sqrt n$: so they are of
      the order of the field $\sum_j J_{ij} s_j$ that a spin feels from the others, at every n;
      divided, they would fade out as n grows.

    A key gives one instance, whatever JAX's default precision; under the same key the couplings do
    not depend on `fields`.

    Sherrington and Kirkpatrick 1975, doi:10.1103/PhysRevLett.35.1792.

    **Raises:** [`UserError`][] for an unknown law, an n that is no whole number of at least 2, and
    `fields` that are neither true nor false.
    """

    n: int
    couplings: Couplings = "gaussian"
    fields: bool = False

    def __post_init__(self) -> None:
        whole = isinstance(self.n, int | np.integer) and not isinstance(self.n, bool)
        if not whole or self.n < 2:
            raise UserError(f"n must be a whole number of at least 2 spins, got {self.n!r}")
        # Any text is true, "no" as well.
        if not isinstance(self.fields, bool | np.bool_):
            raise UserError(f"fields must be True or False, got {self.fields!r}")
        if self.couplings not in get_args(Couplings):
            raise UserError(
                f"couplings must be one of {', '.join(get_args(Couplings))}, got {self.couplings!r}"
            )

    @property
    def size(self) -> str:
        """Label of the size: the number of spins."""
        return str(self.n)

    def strata(self) -> list["SKEnsemble"]:
        """The ensemble itself."""
        return [self]

    def sample(self, key: jax.Array) -> IsingProblem:
        """Draw one instance."""
        pairs = np.triu_indices(self.n, 1)
        couplings = np.zeros((self.n, self.n))
        couplings[pairs] = self._draw(key, len(pairs[0])) / np.sqrt(self.n)
        fields = self._draw(jax.random.fold_in(key, _FIELDS), self.n) if self.fields else None
        return sk(couplings + couplings.T, fields)

    def _draw(self, key: jax.Array, count: int) -> np.ndarray:
        # Wider draws are other draws: without this, a key would mean two instances.
        with jax.enable_x64(True):
            match self.couplings:
                case "gaussian":
                    return np.asarray(jax.random.normal(key, (count,)))
                case "signs":
                    return np.asarray(jax.random.rademacher(key, (count,), dtype=float))
                case "uniform":
                    return np.asarray(jax.random.uniform(key, (count,), minval=-1.0))
