"""The Sherrington-Kirkpatrick spin glass: any couplings and fields, and random ones."""

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike

from replication.checks import real_array
from replication.problems.base import PAPER, Published
from replication.problems.ising import IsingClass, IsingProblem
from replication.settings import setting

if TYPE_CHECKING:
    import jax

Couplings = Literal["gaussian", "signs", "uniform"]

# Far from the few numbers that a split of the key reaches.
_FIELDS = 2**31


def sk(couplings: ArrayLike, fields: ArrayLike | None = None) -> IsingProblem:
    r"""$H = \sum_{i<j} J_{ij} Z_i Z_j + \sum_i h_i Z_i$, couplings used as given.

    ```pycon
    >>> from replication import sk
    >>> sk([[0, 2], [2, 0]], fields=[1, -3]).exact_minimum()
    -6.0

    ```

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


class SK(IsingClass):
    r"""Sherrington-Kirkpatrick model; by default Gaussian couplings and no field.

    $J_{ij} = g_{ij}/\sqrt n$ and, on demand, fields $h_i = g_i$, all $g$ of one distribution:
    `gaussian` for $N(0, 1)$; `signs` for ±1 with equal odds, of variance 1 too; `uniform` on
    [-1, 1], of variance 1/3, so that all energies are smaller by about $\sqrt 3$.

    Fields are not divided by $\sqrt n$: so they are of the order of the field
    $\sum_j J_{ij} s_j$ that a spin feels from the others, at every n; divided, they would fade out
    as n grows. Under the same key the couplings do not depend on `fields`.

    Sherrington and Kirkpatrick 1975, doi:10.1103/PhysRevLett.35.1792.
    """

    kind: Literal["sk"] = "sk"
    couplings: Couplings = setting(
        "gaussian",
        "chosen",
        "distribution of J √n: N(0, 1), ±1 with equal odds, or uniform on [-1, 1]",
    )
    fields: bool = setting(False, "chosen", "local fields from the distribution of the couplings")

    label: ClassVar[str] = "SK"
    title: ClassVar[str] = "Ising (SK) QAOA"
    fixed: ClassVar[tuple[tuple[str, str, str, str], ...]] = (
        ("sk", "factor on the couplings", "chosen", "1/√n"),
    )
    paper_shots: ClassVar[Published | None] = Published(2.3e4, 0.6e4, f"{PAPER}, Ising QAOA")

    @property
    def symmetric(self) -> bool:
        """Without fields."""
        return not self.fields

    def sample(self, size: str, key: "jax.Array") -> IsingProblem:
        """Draw one instance."""
        import jax

        n = int(size)
        pairs = np.triu_indices(n, 1)
        couplings = np.zeros((n, n))
        couplings[pairs] = self._draw(key, len(pairs[0])) / np.sqrt(n)
        fields = self._draw(jax.random.fold_in(key, _FIELDS), n) if self.fields else None
        return sk(couplings + couplings.T, fields)

    def _draw(self, key: "jax.Array", count: int) -> np.ndarray:
        import jax

        # Wider draws are other draws: without this, a key would mean two instances.
        with jax.enable_x64(True):
            match self.couplings:
                case "gaussian":
                    return np.asarray(jax.random.normal(key, (count,)))
                case "signs":
                    return np.asarray(jax.random.rademacher(key, (count,), dtype=float))
                case "uniform":
                    return np.asarray(jax.random.uniform(key, (count,), minval=-1.0))
