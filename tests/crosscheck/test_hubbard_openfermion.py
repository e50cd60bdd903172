"""OpenFermion as a witness of the Hubbard Hamiltonian, its scales and its ground energy."""

import numpy as np
import pytest

from replication.problems.hubbard import hubbard

openfermion = pytest.importorskip("openfermion")


@pytest.mark.parametrize("shape", [(1, 2), (2, 2), (2, 3), (3, 2), (3, 1), (4, 2), (3, 3)])
@pytest.mark.parametrize("periodic", [False, True])
def test_operator_is_openfermions_with_the_spins_apart(
    shape: tuple[int, int], *, periodic: bool
) -> None:
    problem = hubbard(shape, 0.7, 2.3, periodic=periodic, filling=(1, 1))
    theirs = openfermion.fermi_hubbard(*shape, 0.7, 2.3, periodic=periodic)
    theirs = openfermion.reorder(theirs, openfermion.up_then_down, num_modes=2 * problem.num_sites)
    difference = openfermion.normal_ordered(theirs - problem.to_openfermion())
    assert difference.induced_norm() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (3, 3)])
@pytest.mark.parametrize(("t", "u"), [(0.7, 2.3), (-1.1, -0.4)])
def test_normaliser_and_offset_are_read_off_jordan_wigner(
    shape: tuple[int, int], t: float, u: float
) -> None:
    problem = hubbard(shape, t, u, filling=(2, 1), periodic=(shape == (3, 3)))
    paulis = openfermion.jordan_wigner(problem.to_openfermion())
    assert paulis.constant == pytest.approx(problem.offset)
    norm = paulis.induced_norm() - abs(paulis.constant)
    assert norm == pytest.approx(problem.normaliser)


@pytest.mark.parametrize("filling", [(2, 2), (1, 2), (1, 3)])
def test_ground_energy_in_the_sector(filling: tuple[int, int]) -> None:
    problem = hubbard((2, 2), 0.9, 1.7, filling=filling)
    matrix = openfermion.get_sparse_operator(problem.to_openfermion(), 8).toarray()
    index = np.arange(2**8)
    inside = (np.bitwise_count(index >> 4) == filling[0]) & (
        np.bitwise_count(index & 15) == filling[1]
    )
    lowest = np.linalg.eigvalsh(matrix[np.ix_(inside, inside)])[0]
    assert problem.exact_minimum() == pytest.approx(lowest, abs=1e-10)
