"""The Ising problem: its levels, its minimum, its normaliser and the sentences of its refusals."""

import itertools
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from replication.ansatze.base import stack
from replication.ansatze.qaoa import qaoa
from replication.errors import UserError
from replication.problems.ising import IsingProblem
from replication.problems.sk import SK
from replication.problems.terms import ising


def couplings(n, seed=0):
    upper = np.triu(np.random.default_rng(seed).normal(size=(n, n)), 1)
    return upper + upper.T


def brute_force(problem):
    """Every configuration by itself, in the order of the basis states."""
    j, h = problem.couplings, problem.fields
    return np.array(
        [
            sum(j[a, b] * s[a] * s[b] for a in range(len(s)) for b in range(a)) + h @ np.array(s)
            for s in itertools.product((1, -1), repeat=problem.num_spins)
        ]
    )


@pytest.mark.parametrize("n", [2, 3, 6, 7])
@pytest.mark.parametrize("field", [0.0, 0.8])
def test_levels_and_minimum(n, field):
    problem = IsingProblem("sk", couplings(n), field * np.linspace(-1, 1, n))
    levels = brute_force(problem)
    assert problem.symmetric == (field == 0)
    kept = levels[: levels.size // 2] if problem.symmetric else levels
    np.testing.assert_allclose(problem.diagonal, kept, 0, 1e-12)
    np.testing.assert_allclose(problem.exact_minimum(), levels.min(), 0, 1e-12)


def test_one_field_alone_breaks_the_symmetry():
    fields = np.zeros(4)
    fields[3] = 1e-3
    problem = IsingProblem("sk", couplings(4), fields)
    assert problem.diagonal.shape == (16,)
    np.testing.assert_allclose(problem.diagonal, brute_force(problem), 0, 1e-12)


def test_normaliser_is_the_one_norm_and_bounds_every_level():
    problem = IsingProblem("sk", couplings(5), np.array([0.5, -1.0, 0, 0, 2]))
    upper = problem.couplings[np.triu_indices(5, 1)]
    np.testing.assert_allclose(problem.normaliser, np.abs(upper).sum() + 3.5, 1e-14)
    assert np.abs(problem.diagonal).max() <= problem.normaliser
    assert problem.offset == 0 == np.round(problem.diagonal.mean(), 12)


def test_the_order_of_basis_states_is_the_simulators():
    problem = IsingProblem("sk", couplings(5), np.arange(5.0))
    s = 1 - 2 * ((np.arange(32)[:, None] >> np.arange(5)[::-1]) & 1)
    quadratic = 0.5 * np.einsum("xi,ij,xj->x", s, problem.couplings, s)
    np.testing.assert_allclose(problem.diagonal, quadratic + s @ problem.fields, 0, 1e-12)


def test_the_callers_arrays_are_copied():
    j = couplings(3)
    problem = IsingProblem("sk", j, np.zeros(3))
    j[0, 1] = 99
    assert problem.couplings[0, 1] != 99


def changed(n=3, **entries):
    j, h = couplings(n), np.ones(n)
    for name, (where, value) in entries.items():
        (j if name == "j" else h)[where] = value
    return j, h


@pytest.mark.parametrize(
    ("j", "h", "sentence"),
    [
        (np.ones((2, 3)), np.zeros(2), r"couplings must be a square matrix, got shape \(2, 3\)"),
        (np.zeros(3), np.zeros(3), r"couplings must be a square matrix, got shape \(3,\)"),
        (couplings(3), np.zeros(4), r"fields must have shape \(3,\) .* got \(4,\)"),
        (*changed(j=((0, 2), np.nan)), r"couplings\[0, 2\] is nan; only finite"),
        (*changed(h=(1, np.inf)), r"fields\[1\] is inf; only finite"),
        (*changed(j=((0, 1), 5.0)), r"couplings\[0, 1\] = 5.0 and couplings\[1, 0\] = "),
        (*changed(j=((2, 2), 1.0)), r"couplings\[2, 2\] = 1.0; the diagonal must be zero"),
        (np.zeros((3, 3)), np.zeros(3), "all couplings and fields are zero"),
        (np.zeros((1, 1)), np.ones(1), "at least 2 spins, got 1"),
    ],
)
def test_bad_input_is_refused_by_name(j, h, sentence):
    with pytest.raises(UserError, match=sentence):
        IsingProblem("sk", j, h)


@pytest.mark.parametrize(("n", "memory"), [(29, "24 GiB"), (40, r"4.92e\+04 GiB"), (1100, "∞ GiB")])
def test_too_many_spins_state_their_memory(n, memory):
    ring = np.roll(np.eye(n), 1, 0)
    problem = IsingProblem("maxcut", ring + ring.T, np.zeros(n))
    # All but a simulation is possible.
    assert (problem.normaliser, problem.energy("0" * n)) == (n, n)
    assert problem.to_qasm3([0.1, 0.2]).count("rz(") == n
    with pytest.raises(UserError, match=f"{n} spins would take about {memory} .*at most 28 spins"):
        qaoa(problem, 1)


NO_REAL_NUMBERS = [
    1j,
    np.complex64(2),
    np.array(1j),
    "1.5",
    b"1",
    None,
    {1: 2},
    [1.0],
    np.timedelta64(5, "s"),
    10**400,
]


@pytest.mark.parametrize("name", ["couplings", "fields"])
@pytest.mark.parametrize("value", NO_REAL_NUMBERS, ids=repr)
def test_an_entry_that_is_no_real_number_is_named(name, value):
    arrays = {"couplings": couplings(3).astype(object), "fields": np.ones(3, object)}
    where = (0, 2) if name == "couplings" else (1,)
    arrays[name][where] = value
    place = f"{name}[{', '.join(map(str, where))}]"
    with pytest.raises(UserError) as caught:
        IsingProblem("sk", **arrays)
    assert str(caught.value).startswith(f"{name} must be an array of real numbers, but {place} is ")


@pytest.mark.parametrize(
    "fields",
    [
        "ab",
        "12",
        b"12",
        ["1", "2"],
        [1.0, "2"],
        [1.0, 2j],
        np.ones(2, complex),
        np.ones(2, "m8[ns]"),
        np.ones(2, "M8[ns]"),
        {0: 1.0, 1: 2.0},
        {1.0, 2.0},
        np.ma.masked_array([1.0, 2.0], [True, False]),
        np.array([(1.0,), (2.0,)], [("a", float)]),
    ],
    ids=repr,
)
def test_what_is_no_array_of_real_numbers_is_refused(fields):
    with pytest.raises(UserError, match=r"^fields must be an array of real numbers"):
        IsingProblem("sk", couplings(2), fields)


@pytest.mark.parametrize(
    "fields",
    [
        [1, -2],
        (1.0, -2.0),
        np.array([1, -2], np.int8),
        np.array([1, -2], np.float16),
        np.array([1, -2], np.longdouble),
        np.ma.masked_array([1.0, -2.0], [False, False]),
        [Decimal(1), Fraction(-2)],
        [np.array(1.0), np.float32(-2)],
    ],
    ids=repr,
)
def test_real_numbers_of_any_type_are_taken(fields):
    problem = IsingProblem("sk", couplings(2), fields)
    assert problem.fields.dtype == float
    np.testing.assert_array_equal(problem.fields, [1.0, -2.0])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [1e-300, 1.0, 1e300])
def test_asymmetry_by_rounding_is_averaged_away(seed, size):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(6, 6))
    j = a @ np.diag(rng.normal(size=6)) @ a.T * size
    np.fill_diagonal(j, 0)
    found = IsingProblem("sk", j, np.zeros(6)).couplings
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_allclose(found, j, 0, 1e-12 * np.abs(j).max())
    np.testing.assert_array_equal(found, j / 2 + j.T / 2)


def test_the_allowed_asymmetry_is_relative_to_the_largest_entry():
    j = couplings(4)
    j[0, 3] = j[3, 0] = 8.0
    for gap, allowed in [(7e-12, True), (9e-12, False), (-7e-12, True), (-9e-12, False)]:
        nearly = j.copy()
        nearly[1, 2] += gap
        # One rounding beside: the sentence names the entries that are really apart.
        nearly[0, 1] = np.nextafter(nearly[0, 1], 9)
        if allowed:
            found = IsingProblem("sk", nearly, np.zeros(4)).couplings
            np.testing.assert_allclose(found[1, 2], j[1, 2] + gap / 2, 0, 1e-15)
        else:
            with pytest.raises(UserError, match=r"must be symmetric, but couplings\[1, 2\] = "):
                IsingProblem("sk", nearly, np.zeros(4))


def test_huge_opposite_entries_are_asymmetric_without_overflow():
    with pytest.raises(UserError, match="couplings must be symmetric"):
        IsingProblem("sk", [[0, 1.7e308], [-1.7e308, 0]], np.zeros(2))


def test_symmetric_couplings_keep_every_bit():
    j = couplings(4)
    j[0, 1] = j[1, 0] = 5e-324
    np.testing.assert_array_equal(IsingProblem("sk", j, np.zeros(4)).couplings, j)


TERMS = [(0.7, (0, 1, 2)), (-1.1, (1, 3)), (0.4, (2,)), (0.3, (0, 1, 2, 3)), (0.2, ())]


def levels_of(terms, n):
    """Every configuration by itself, term by term."""
    return np.array(
        [
            sum(weight * np.prod([s[q] for q in qubits]) for weight, qubits in terms)
            for s in itertools.product((1, -1), repeat=n)
        ]
    )


@pytest.mark.parametrize("terms", [TERMS, [(0.5, (0, 1, 2, 3)), (0.25, (1, 3)), (-2.0, ())]])
def test_terms_of_any_order_and_a_constant(terms):
    problem = ising(terms, constant=0.5)
    levels = levels_of(terms, 4) + 0.5
    kept = levels[: levels.size // 2] if problem.symmetric else levels
    np.testing.assert_allclose(problem.diagonal, kept, 0, 1e-13)
    np.testing.assert_allclose(problem.exact_minimum(), levels.min(), 0, 1e-13)
    np.testing.assert_allclose(problem.offset, levels.mean(), 0, 1e-13)
    weights = np.array([weight for weight, qubits in terms if qubits])
    np.testing.assert_allclose(problem.normaliser, np.abs(weights).sum(), 1e-14)
    np.testing.assert_allclose(problem.two_norm, np.sqrt((weights**2).sum()), 1e-14)


def test_k_local_costs_of_published_problems():
    """LABS: the lowest autocorrelation energies of 3 to 10 spins are known (OEIS A091386 and
    Packebusch and Mertens, arXiv:1512.02475, Table 1).
    """
    for n, lowest in zip(range(3, 11), (1, 2, 2, 7, 3, 8, 12, 13), strict=True):
        terms = []
        for k in range(1, n):
            for i, j in itertools.product(range(n - k), repeat=2):
                # Twice the same spin is the identity.
                odd = [q for q in range(n) if [i, i + k, j, j + k].count(q) % 2]
                terms.append((1.0, tuple(odd)))
        assert ising(terms).exact_minimum() == lowest


def test_a_mapping_of_terms_is_the_same_problem_and_equal_terms_add_up():
    listed = ising([(1.0, (0, 1)), (0.5, (1, 0)), (2.0, (2,))])
    mapped = ising({(0, 1): 1.5, 2: 2.0})
    np.testing.assert_array_equal(listed.diagonal, mapped.diagonal)


def test_qaoa_of_terms_of_any_order_is_cirqs_circuit():
    problem = ising(TERMS)
    ansatz = qaoa(problem, 2)
    theta = np.array([0.3, -0.4, 0.7, 0.2])
    ours = ansatz.state(theta)
    theirs = ansatz.to_cirq(theta).final_state_vector(dtype=np.complex128)
    np.testing.assert_allclose(np.abs(np.vdot(ours, theirs)), 1, 0, 1e-12)
    energy = np.vdot(theirs, levels_of(TERMS, 4) * theirs).real
    np.testing.assert_allclose(ansatz.energy(theta), energy, 0, 1e-12)
    (setting,) = ansatz.measurements
    np.testing.assert_allclose(setting.norm, problem.normaliser, 1e-12)


def test_problems_of_any_order_stack_and_survive_the_dataset():
    drawn = [ising(TERMS), ising([(0.5, (0, 1, 3)), (1.0, (0, 1))], num_spins=4)]
    batch = stack([qaoa(one, 1) for one in drawn])
    assert batch.diagonal.shape == (2, 16)
    again = SK().from_dataset(SK().to_dataset(drawn), "4")
    for before, after in zip(drawn, again, strict=True):
        np.testing.assert_array_equal(before.diagonal, after.diagonal)


def test_a_problem_of_any_order_is_openfermions():
    problem = ising(TERMS)
    found = {
        tuple(qubit for qubit, _ in term): weight
        for term, weight in problem.to_openfermion().terms.items()
    }
    assert found == {qubits: weight for weight, qubits in TERMS}


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ([(1.0, (0, 0))], r"term 0 names a qubit twice: \(0, 0\)"),
        ([(1.0, (0, 1)), (1.0, (0.5,))], r"qubits of term 1 must be whole numbers"),
        ([(1.0, "01")], "qubits of term 0 must be whole numbers"),
        ([(1j, (0, 1))], "weight of term 0 must be a finite real number"),
        ([(1.0, (-1, 1))], "qubits of term 0 must be whole numbers from 0"),
        ([1.0], r"term 0 must be \(weight, qubits\)"),
        ([(1.0, ())], "at least 2 spins"),
        ([(0.0, (0, 1))], "all couplings and fields are zero"),
    ],
)
def test_bad_terms_are_refused_by_name(terms, sentence):
    with pytest.raises(UserError, match=sentence):
        ising(terms)
