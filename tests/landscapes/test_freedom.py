r"""Degrees of freedom: the values printed for Hubbard chains, closed forms, and ways to the same m.

Thresholds 62 / 38 (2 sites, U = 2 / 4), 288 (3, U = 4) and 1496 (4, U = 4) and m up to about 27 700
(6 sites, U = 2) are printed for the open chain by Michálek, Friák and Vašík, arXiv:2609.27488.
"""

import numpy as np
import pytest
import scipy

from replication import hubbard, sk
from replication.errors import UserError
from replication.landscapes import (
    degrees_of_freedom,
    freedom_from_moments,
    hamiltonian_of,
    hubbard_chain,
    manifold_threshold,
    wishart_threshold,
)
from replication.seeds import generator_for

CHAINS = {
    (2, 2): 32.0,
    (2, 4): 20.571,
    (3, 2): 215.104,
    (3, 4): 145.455,
    (4, 4): 749.054,
    (5, 4): 3886.230,
    (6, 2): 27714.743,
}
PRINTED = {(2, 2): 62, (2, 4): 38, (3, 4): 288, (4, 4): 1496}
HALF_FILLED = {((2, 1), (1, 1)): 5.333, ((4, 1), (2, 2)): 136.7}


@pytest.mark.parametrize(("sites", "u"), CHAINS)
def test_the_open_hubbard_chain(sites, u):
    m = degrees_of_freedom(hubbard_chain(sites, u))
    assert m == pytest.approx(CHAINS[sites, u], abs=1e-3)
    if (sites, u) in PRINTED:
        assert wishart_threshold(m) == PRINTED[sites, u]


@pytest.mark.parametrize(("shape", "filling"), HALF_FILLED)
def test_the_hubbard_chain_in_a_sector(shape, filling):
    problem = hubbard(shape, t=1.0, u=4.0, filling=filling)
    m = degrees_of_freedom(hamiltonian_of(problem))
    assert m == pytest.approx(HALF_FILLED[shape, filling], abs=0.05)
    # The same sector, cut out of the whole space: even modes are spin up in OpenFermion's order.
    sites = shape[0]
    states = np.arange(4**sites)
    bits = (states[:, None] >> np.arange(2 * sites - 1, -1, -1)) & 1
    inside = (bits[:, ::2].sum(1) == filling[0]) & (bits[:, 1::2].sum(1) == filling[1])
    whole = hubbard_chain(sites, 4.0)
    cut = degrees_of_freedom(whole, sector=np.flatnonzero(inside))
    assert cut == pytest.approx(m, rel=1e-9)


def test_a_sector_of_both_directions_of_spin():
    """Three particles on three sites, with any number of them up."""
    count = np.array([int(state).bit_count() for state in range(64)])
    inside = np.flatnonzero(count == 3)
    assert degrees_of_freedom(hubbard_chain(3, 4.0), sector=inside) == pytest.approx(42.4, abs=0.05)


def test_spectrum_dense_and_sparse_matrix_and_moments_agree():
    rng = generator_for(0, "test", "freedom")
    d = 100
    matrix = rng.standard_normal((d, d)) + 1j * rng.standard_normal((d, d))
    matrix = matrix + matrix.conj().T + 7 * np.eye(d)
    energies = np.linalg.eigvalsh(matrix)
    # The definition: nuclear norm squared over Frobenius norm squared.
    above, centred = energies - energies[0], energies - energies.mean()
    wanted = np.abs(above).sum() ** 2 / (centred**2).sum()
    moments = (np.trace(matrix).real, np.linalg.norm(matrix) ** 2, energies[0], d)
    assert degrees_of_freedom(energies) == pytest.approx(wanted, rel=1e-12)
    assert degrees_of_freedom(matrix) == pytest.approx(wanted, rel=1e-9)
    assert degrees_of_freedom(scipy.sparse.csc_array(matrix)) == pytest.approx(wanted, rel=1e-9)
    assert freedom_from_moments(*moments) == pytest.approx(wanted, rel=1e-12)
    assert degrees_of_freedom(3 * matrix - 90 * np.eye(d)) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(("rank", "d"), [(16, 1024), (16, 64), (16, 256)])
def test_a_projector(rank, d):
    energies = np.arange(d) < rank
    assert degrees_of_freedom(energies) == pytest.approx(rank / (1 - rank / d), rel=1e-12)


def test_an_ising_problem_has_its_even_states_alone():
    problem = sk([[0, 1, 2], [1, 0, 3], [2, 3, 0]])
    energies = hamiltonian_of(problem)
    assert energies.size == 4
    with_fields = sk(problem.couplings, [1, 0, 0])
    assert hamiltonian_of(with_fields).size == 8
    # Both halves have the same spectrum: so m doubles in the whole space.
    both = np.concatenate([energies, energies])
    assert degrees_of_freedom(both) == pytest.approx(2 * degrees_of_freedom(energies))


def test_thresholds():
    assert wishart_threshold(8) == 14
    assert wishart_threshold(32 * (1 - 1e-15)) == 62
    assert wishart_threshold(16.25) == 30
    assert manifold_threshold(32) == 62


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: degrees_of_freedom(np.ones(5)), "a multiple of the identity"),
        (lambda: degrees_of_freedom([1.0]), "at least 2 eigenvalues"),
        (lambda: degrees_of_freedom(np.zeros((2, 3))), "must be a square matrix"),
        (lambda: degrees_of_freedom([[0.0, 1.0], [2.0, 0.0]]), "must be a Hermitian matrix"),
        (lambda: degrees_of_freedom(np.diag([0.0, 1, 2]), sector=[0, 3]), "from 0 to 2"),
        (lambda: degrees_of_freedom(np.diag([0.0, 1, 2]), sector=[0, 0]), "each there once"),
        (lambda: degrees_of_freedom(np.ones((3, 3)), sector=[0, 1]), "leads out of the sector"),
        (lambda: freedom_from_moments(1.0, 1.0, 0.0, 1), "dimension must be at least 2"),
        (lambda: freedom_from_moments(3.0, 3.0, 2.0, 4), "lowest = 2.0 must be at most"),
        (lambda: hubbard_chain(1, 2.0), "sites must be a whole number from 2 to 8"),
        (lambda: hamiltonian_of("no problem"), "str offers no diagonal"),
    ],
)
def test_what_has_no_degrees_of_freedom_is_refused(call, message):
    with pytest.raises(UserError, match=message):
        call()
