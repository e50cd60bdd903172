"""The Sherrington-Kirkpatrick spin glass: any couplings and fields, and the study's ensemble."""

from dataclasses import dataclass

import jax
import numpy as np
from numpy.typing import ArrayLike

from replication.problems.ising import IsingProblem, real_array


def sk(couplings: ArrayLike, fields: ArrayLike | None = None) -> IsingProblem:
    r"""$H = \sum_{i<j} J_{ij} Z_i Z_j + \sum_i h_i Z_i$, couplings used as given.

    **Arguments:**

    - `couplings`: $J$, shape $(n, n)$, symmetric, zero diagonal.
    - `fields`: $h$, shape $(n,)$; `None` for no fields.

    **Raises:** [`UserError`][] for entries that are not finite, an asymmetric matrix, a diagonal
    that is not zero, and shapes that do not fit.
    """
    couplings = real_array("couplings", couplings)
    none = np.zeros(couplings.shape[:1])
    return IsingProblem("sk", couplings, none if fields is None else real_array("fields", fields))


@dataclass(frozen=True)
class SKEnsemble:
    r"""$J_{ij} = g_{ij}/\sqrt n$ with $g_{ij} \sim N(0, 1)$, no fields.

    Sherrington and Kirkpatrick 1975, doi:10.1103/PhysRevLett.35.1792.
    """

    n: int

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
        couplings[pairs] = np.asarray(jax.random.normal(key, (len(pairs[0]),))) / np.sqrt(self.n)
        return sk(couplings + couplings.T)
