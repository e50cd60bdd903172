"""The Ising problem: its levels, its minimum, its normaliser and the sentences of its refusals."""

import itertools
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from replication.errors import UserError
from replication.problems.ising import IsingProblem


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


@pytest.mark.parametrize(("n", "memory"), [(29, "24 GiB"), (40, "49152 GiB")])
def test_too_many_spins_state_their_memory(n, memory):
    ring = np.roll(np.eye(n), 1, 0)
    with pytest.raises(UserError, match=f"{n} spins would take about {memory} .*at most 28 spins"):
        IsingProblem("maxcut", ring + ring.T, np.zeros(n))


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
