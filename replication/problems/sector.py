"""What Hubbard models of any bonds have in common: a sector's particles, size, lowest energy."""

from typing import TYPE_CHECKING

import numpy as np

from replication.errors import UserError

if TYPE_CHECKING:
    import scipy

_DENSE = 64


def pair_of_integers(value: object) -> tuple[int, int] | None:
    """A tuple or list of two integers; `None` for anything else, truth values included."""
    pair = tuple(value) if isinstance(value, tuple | list) else ()
    whole = all(isinstance(one, int | np.integer) and not isinstance(one, bool) for one in pair)
    return (int(pair[0]), int(pair[1])) if len(pair) == 2 and whole else None


def particles_of(filling: object, sites: int) -> tuple[int, int]:
    """Particles of either spin on so many sites; half filling, the same of both, for `None`.

    **Raises:** [`UserError`][] for half filling of an odd number of sites, and for anything but two
    integers from 0 to `sites`.
    """
    if filling is None and sites % 2:
        raise UserError(
            f"odd filling: half filling cannot divide {sites} sites equally between two spins; "
            "pass filling=(n_up, n_down)"
        )
    pair = pair_of_integers((sites // 2, sites // 2) if filling is None else filling)
    if pair is None or not 0 <= min(pair) <= max(pair) <= sites:
        raise UserError(f"filling must be two integers from 0 to {sites}, got {filling!r}")
    return pair


def lowest_energy(hamiltonian: "scipy.sparse.csr_matrix") -> float:
    """The lowest eigenvalue of a sparse Hermitian matrix, to better than 1e-10."""
    import scipy

    size = hamiltonian.shape[0]
    if size <= _DENSE:
        return float(np.linalg.eigvalsh(hamiltonian.toarray())[0])
    guess = np.random.default_rng(0).standard_normal(size)
    lowest = scipy.sparse.linalg.eigsh(
        hamiltonian, k=1, which="SA", v0=guess, tol=0, return_eigenvectors=False
    )
    return float(lowest[0])
