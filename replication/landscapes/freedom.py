r"""Degrees of freedom of a Hamiltonian, and how many angles they call for.

By the Wishart model of E. R. Anschuetz, arXiv:2109.06957, a randomised circuit's minima are near
the ground state as soon as it has more than about 2m angles, where
$$m = \frac{\|H - \lambda_1\|_*^2}{\|H - \bar\lambda\|_F^2}
    = \frac{(\mathrm{Tr} H - d\lambda_1)^2}{\mathrm{Tr} H^2 - (\mathrm{Tr} H)^2/d}.$$
"""

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from replication.checks import real_array, real_number
from replication.errors import UserError
from replication.seeds import generator_for

if TYPE_CHECKING:
    import scipy

_DENSE = 64
"""Dimension up to which all eigenvalues are computed: the sparse solver needs more than a few."""
_ROUNDING = 1e-10
"""Relative to the largest entry or to Tr H²: what is below is rounding."""


def degrees_of_freedom(hamiltonian: Any, *, sector: ArrayLike | None = None) -> float:
    r"""$m$ of a Hamiltonian, in the whole space or in a sector.

    With $z = (\bar\lambda - \lambda_1)/\sigma$, how many standard deviations the ground state is
    from the middle of the spectrum, $m = d z^2$. A projector of rank r has $m = r/(1 - r/d)$. No
    constant added to H and no factor above 0 changes it.

    **Arguments:**

    - `hamiltonian`: eigenvalues `(d,)`, or a Hermitian matrix `(d, d)`, dense or a SciPy sparse
      one; of the latter only the lowest eigenvalue is computed.
    - `sector`: indices of the basis states of a subspace that H does not leave; `None` for all.

    **Raises:** [`UserError`][] for other shapes, a matrix that is not Hermitian, a sector that H
    leaves, and a multiple of the identity, which has none.

    >>> import numpy as np
    >>> degrees_of_freedom([0.0, 1.0, 1.0, 1.0])
    12.0
    >>> degrees_of_freedom(np.diag([0.0, 0.0, 0.0, 1.0]))
    1.3333333333333333
    """
    import scipy

    if scipy.sparse.issparse(hamiltonian):
        matrix = _within(hamiltonian.tocsr(), sector)
    else:
        array = np.asarray(hamiltonian)
        if array.ndim == 1:
            return _of_spectrum(real_array("hamiltonian", array), sector)
        matrix = _within(scipy.sparse.csr_matrix(np.atleast_2d(array)), sector)
    largest = abs(matrix).max()
    if abs(matrix - matrix.conj().T).max() > _ROUNDING * largest:
        raise UserError("hamiltonian must be a Hermitian matrix")
    square = float((abs(matrix).power(2)).sum())
    trace = float(matrix.diagonal().real.sum())
    return freedom_from_moments(trace, square, _lowest(matrix), matrix.shape[0])


def freedom_from_moments(trace: float, square: float, lowest: float, dimension: int) -> float:
    r"""$m$ from $\mathrm{Tr} H$, $\mathrm{Tr} H^2$, the lowest eigenvalue and the dimension.

    So it is known of a Hamiltonian that no matrix is needed of: $\mathrm{Tr} H = d c$ and
    $\mathrm{Tr} H^2 = d \sum_P c_P^2$ by its Pauli coefficients, c that of the identity.

    **Arguments:** `trace`, `square`: traces over the space; `lowest`: λ₁; `dimension`: d.

    **Raises:** [`UserError`][] for a dimension below 2, a multiple of the identity, and a lowest
    eigenvalue above the mean.

    >>> freedom_from_moments(3.0, 3.0, 0.0, 4)
    12.0
    """
    if isinstance(dimension, bool) or dimension < 2:
        raise UserError(f"dimension must be at least 2, got {dimension!r}")
    trace, square, lowest = (
        real_number(name, value)
        for name, value in (("trace", trace), ("square", square), ("lowest", lowest))
    )
    spread = square - trace**2 / dimension
    if spread <= _ROUNDING * square:
        raise UserError("a multiple of the identity has no degrees of freedom: all energies agree")
    above = trace - dimension * lowest
    if above < 0:
        raise UserError(f"lowest = {lowest} must be at most the mean, {trace / dimension}")
    return float(above**2 / spread)


def hamiltonian_of(problem: Any) -> Any:
    """What [`degrees_of_freedom`][] takes, of an instance: in the sector that its circuit explores.

    **Arguments:** `problem`: an instance of any problem class.

    **Returns:** the energies of an Ising problem, those of even states alone where it has no
    fields, $d = 2^{n-1}$; the sparse matrix in the sector of the particle numbers of a fermionic
    one.

    **Raises:** [`UserError`][] for an instance that has neither.

    >>> from replication import sk
    >>> len(hamiltonian_of(sk([[0, 1, 2], [1, 0, 3], [2, 3, 0]])))
    4
    """
    if hasattr(problem, "diagonal"):
        return problem.diagonal
    if hasattr(problem, "sector_hamiltonian"):
        return problem.sector_hamiltonian()
    raise UserError(f"{type(problem).__name__} offers no diagonal and no sector_hamiltonian")


def hubbard_chain(sites: int, u: float, *, t: float = 1.0) -> "scipy.sparse.csc_matrix":
    r"""The open Fermi-Hubbard chain on all $4^L$ states, with any number of particles.

    $H = -t \sum_{i\sigma} (c^\dagger_{i\sigma} c_{i+1,\sigma} + \mathrm{h.c.})
    + U \sum_i n_{i\uparrow} n_{i\downarrow}$, mapped to qubits by Jordan and Wigner.

    **Arguments:** `sites`: L, from 2 to 8; `u`, `t`: energies.

    **Raises:** [`UserError`][] for another number of sites.

    >>> print(f"{degrees_of_freedom(hubbard_chain(2, u=4.0)):.3f}")
    20.571
    """
    import openfermion

    if isinstance(sites, bool) or not isinstance(sites, int | np.integer) or not 2 <= sites <= 8:
        raise UserError(f"sites must be a whole number from 2 to 8, got {sites!r}")
    u, t = real_number("u", u), real_number("t", t)
    operator = openfermion.fermi_hubbard(int(sites), 1, t, u, periodic=False)
    qubits = openfermion.jordan_wigner(operator)
    return openfermion.get_sparse_operator(qubits, n_qubits=2 * int(sites))


def wishart_threshold(m: float) -> int:
    r"""Angles where minima of Wishart's model crowd at the ground state, $2\lfloor m\rfloor-2$.

    There the exponent $m - 1 - p/2$ of the density of minima in energy is 0. Michálek, Friák and
    Vašík, arXiv:2609.27488.

    >>> wishart_threshold(20.571)
    38
    """
    # An m that rounding left just below a whole number is that number.
    return 2 * math.floor(real_number("m", m) * (1 + 1e-12)) - 2


def manifold_threshold(dimension: int) -> int:
    """Real dimensions of the states of a space of d dimensions, $2d - 2$.

    A circuit with as many angles can reach all states near its own; where this is below
    [`wishart_threshold`][], it is what counts. M. Larocca et al., arXiv:2109.11676.

    >>> manifold_threshold(32)
    62
    """
    return 2 * dimension - 2


def _within(matrix: Any, sector: ArrayLike | None) -> Any:
    """A square sparse matrix in a sector that it does not leave."""
    if matrix.shape[0] != matrix.shape[1]:
        raise UserError(f"hamiltonian must be a square matrix, got the shape {matrix.shape}")
    if sector is None:
        return matrix
    inside = _indices(sector, matrix.shape[0])
    rows = matrix[inside]
    kept = rows[:, inside]
    lost = abs(rows).sum() - abs(kept).sum()
    if lost > _ROUNDING * abs(matrix).max():
        raise UserError("hamiltonian leads out of the sector, which must be one that it keeps")
    return kept


def _indices(sector: ArrayLike, dimension: int) -> np.ndarray:
    inside = np.asarray(sector)
    if inside.ndim != 1 or inside.dtype.kind not in "iu" or len(set(inside.tolist())) < inside.size:
        raise UserError("sector must be a list of indices of basis states, each there once")
    if inside.size < 2 or inside.min() < 0 or inside.max() >= dimension:
        raise UserError(f"sector must name at least 2 basis states, from 0 to {dimension - 1}")
    return inside


def _of_spectrum(energies: np.ndarray, sector: ArrayLike | None) -> float:
    if sector is not None:
        energies = energies[_indices(sector, energies.size)]
    if energies.size < 2:
        raise UserError(f"hamiltonian must have at least 2 eigenvalues, got {energies.size}")
    # Shifted, so that no digits are lost where all energies are large.
    above = energies - energies.min()
    return freedom_from_moments(above.sum(), (above**2).sum(), 0.0, energies.size)


def _lowest(matrix: Any) -> float:
    import scipy

    if matrix.shape[0] <= _DENSE:
        return float(np.linalg.eigvalsh(matrix.toarray())[0])
    # The solver's own start is not the same each time.
    start = generator_for(0, "lowest eigenvalue").standard_normal(matrix.shape[0])
    return float(
        scipy.sparse.linalg.eigsh(
            matrix.astype(complex if np.iscomplexobj(matrix.data) else float),
            k=1,
            which="SA",
            v0=start,
            return_eigenvectors=False,
            tol=1e-12,
        )[0]
    )
