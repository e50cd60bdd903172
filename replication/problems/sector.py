"""What Hubbard models of any bonds have in common: the size of a sector and its lowest energy."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import scipy

LARGEST_SECTOR = 2**26
"""amplitudes of the largest sector whose Hamiltonian is made"""
_DENSE = 64


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
