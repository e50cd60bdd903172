"""Max-2-SAT: a problem class that the package does not have, as somebody would add it.

Random clauses of two literals; H counts the violated ones. A literal is violated where its spin has
the wrong sign $s$: $H = \\sum_c (1 - s_i Z_i)(1 - s_j Z_j)/4$, terms of up to two spins and a
constant.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from replication.problems.ising import IsingClass, IsingProblem
from replication.settings import setting

if TYPE_CHECKING:
    import jax


class MaxTwoSat(IsingClass):
    """Random clauses of two different variables, each literal negated with probability 1/2."""

    kind: Literal["max2sat"] = "max2sat"
    clauses_per_variable: float = setting(3.0, "chosen", "clauses over variables", gt=0)

    label: ClassVar[str] = "Max-2-SAT"
    title: ClassVar[str] = "Max-2-SAT QAOA"

    def sample(self, size: str, key: "jax.Array") -> IsingProblem:
        """Draw one instance."""
        import jax

        n = int(size)
        rng = np.random.default_rng(np.asarray(jax.random.key_data(key)))
        couplings, fields = np.zeros((n, n)), np.zeros(n)
        clauses = round(self.clauses_per_variable * n)
        for _ in range(clauses):
            i, j = rng.choice(n, 2, replace=False)
            signs = rng.choice([-1.0, 1.0], 2)
            couplings[[i, j], [j, i]] += signs.prod() / 4
            fields[[i, j]] -= signs / 4
        return IsingProblem("max2sat", couplings, fields, clauses / 4)

    def ratio(
        self, problems: Sequence[IsingProblem], energy: np.ndarray, minimum: np.ndarray
    ) -> np.ndarray:
        """Satisfied clauses over the most that can be satisfied; a quarter of all is the offset."""
        total = np.array([4 * one.offset for one in problems])
        satisfied = [3 / 4 * total - value for value in (energy, minimum)]
        return satisfied[0] / satisfied[1]
