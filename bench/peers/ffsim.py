"""ffsim: the particle-number sector of fermions, orbital rotations, compiled; no gradients."""

from collections.abc import Callable
from typing import Any

import ffsim
import numpy as np

LABEL = "ffsim"
PACKAGE = "ffsim"
PRECISION = "float64"


def value(task: Any) -> Callable[[], Any]:
    """On-site phases and, in the basis of levels, hopping phases; then the sparse Hamiltonian."""
    lattice = task.lattice
    if not lattice:
        raise NotImplementedError("has fermionic circuits only")
    sites, filling = lattice["sites"], tuple(lattice["filling"])
    orbitals, levels = np.array(lattice["orbitals"]), np.array(lattice["levels"])
    start = ffsim.slater_determinant(sites, lattice["filled"], orbital_rotation=orbitals)
    operator = {}
    for p, q in lattice["bonds"]:
        for ends in ((p, q), (q, p)):
            operator[(ffsim.cre_a(ends[0]), ffsim.des_a(ends[1]))] = -lattice["t"]
            operator[(ffsim.cre_b(ends[0]), ffsim.des_b(ends[1]))] = -lattice["t"]
    for site in range(sites):
        both = (ffsim.cre_a(site), ffsim.des_a(site), ffsim.cre_b(site), ffsim.des_b(site))
        operator[both] = lattice["u"]
    hamiltonian = ffsim.linear_operator(ffsim.FermionOperator(operator), norb=sites, nelec=filling)
    on_site = (None, np.eye(sites), None)

    def one(theta: np.ndarray) -> float:
        state = start.copy()
        for repulsion, hops in zip(lattice["repulsions"], lattice["hops"], strict=True):
            state = ffsim.apply_diag_coulomb_evolution(
                state, on_site, theta[repulsion], sites, filling, copy=False
            )
            phases = sum(weight * theta[k] * levels[letter] for k, letter, weight in hops)
            state = ffsim.apply_num_op_sum_evolution(
                state, phases, 1.0, sites, filling, orbital_rotation=orbitals, copy=False
            )
        return np.vdot(state, hamiltonian @ state).real

    return lambda: [one(theta) for theta in task.thetas]


def gradient(task: Any) -> Callable[[], Any]:
    """None."""
    if not task.lattice:
        raise NotImplementedError("has fermionic circuits only")
    raise NotImplementedError("has no gradient")
