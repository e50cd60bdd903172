"""OpenFermion as a witness of the Hubbard Hamiltonian, its scales and its ground energy."""

import numpy as np
import pytest

from replication.ansatze.hubbard import hubbard_ansatz
from replication.problems.hubbard import hubbard
from replication.simulators.fermions import configurations, register_state

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


@pytest.mark.parametrize("filling", [(2, 2), (1, 3)])
@pytest.mark.parametrize("kind", ["swap_network", "grouped"])
def test_outcomes_are_joint_occupations_of_the_bond_modes(
    kind: str, filling: tuple[int, int]
) -> None:
    """Projector by projector, from number operators of (a_p ± a_q) / sqrt(2) as OpenFermion has."""
    problem = hubbard((2, 2), 0.8, 3.0, filling=filling)
    ansatz = hubbard_ansatz(problem, 1, kind)
    theta = np.random.default_rng(4).uniform(-1, 1, 3)
    psi = register_state(ansatz.state(theta), filling, 4)
    up, down = (configurations(4, count) for count in filling)
    measured = ansatz.outcome_probabilities(theta)
    for matching, mine in zip([(), *ansatz.geometry.matchings], measured, strict=True):
        numbers = bond_numbers(matching)
        for outcome, probability in enumerate(mine):
            occupied = up[outcome // len(down)] | (down[outcome % len(down)] << 4)
            projected = psi
            for mode, number in enumerate(numbers):
                filled = number @ projected
                projected = filled if occupied >> mode & 1 else projected - filled
            assert float(probability) == pytest.approx(np.vdot(psi, projected).real, abs=1e-12)


def bond_numbers(matching: tuple[tuple[int, int], ...]) -> list:
    """Number operators of the measured modes of 2x2, all spin up first, as 256 x 256 matrices."""
    numbers = []
    partners = {p: (q, 1.0) for p, q in matching} | {q: (p, -1.0) for p, q in matching}
    for mode in range(8):
        spin, site = divmod(mode, 4)
        annihilate = openfermion.FermionOperator(((mode, 0),))
        if site in partners:
            other, sign = partners[site]
            other_mode = openfermion.FermionOperator(((other + 4 * spin, 0),))
            annihilate = (annihilate + sign * other_mode) / np.sqrt(2)
        number = openfermion.hermitian_conjugated(annihilate) * annihilate
        numbers.append(openfermion.get_sparse_operator(number, 8))
    return numbers
