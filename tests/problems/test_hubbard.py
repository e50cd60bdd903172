"""Hubbard instances: published energies, scales, sectors and refusals."""

import dataclasses
import itertools
import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import jax
import numpy as np
import pytest

from replication.ansatze.hubbard import hubbard_ansatz
from replication.errors import UserError
from replication.problems.hubbard import Hubbard, hubbard
from replication.problems.hubbard_own import hubbard_on
from replication.simulators.lattice import lattice_bonds

ENERGIES = {
    (2, 2): -2.1027484834620758,
    (2, 3): -3.6193213239575504,
    (2, 4): -5.0125031526570405,
    (2, 5): -6.4087750665494045,
}


@pytest.mark.parametrize(
    "shape", [*list(ENERGIES)[:-1], pytest.param((2, 5), marks=pytest.mark.slow)]
)
def test_ground_energy_of_open_ladders(shape: tuple[int, int]) -> None:
    assert hubbard(shape).exact_minimum() == pytest.approx(ENERGIES[shape], abs=1e-10)


def test_two_sites_have_the_closed_form() -> None:
    t, u = 0.7, 2.6
    problem = hubbard((1, 2), t=t, u=u)
    assert problem.exact_minimum() == pytest.approx((u - math.hypot(u, 4 * t)) / 2, abs=1e-12)


@pytest.mark.parametrize("shape", [(2, 3), (3, 3), (1, 4), (2, 2)])
@pytest.mark.parametrize("periodic", [False, True, (True, False)])
def test_without_repulsion_levels_fill_up(
    shape: tuple[int, int], periodic: bool | tuple[bool, bool]
) -> None:
    filling = (2, 1)
    problem = hubbard(shape, t=1.3, u=0.0, periodic=periodic, filling=filling)
    hopping = np.zeros((problem.num_sites,) * 2)
    for p, q in (bond for group in problem.bonds for bond in group):
        hopping[p, q] = hopping[q, p] = -1.3
    levels = np.linalg.eigvalsh(hopping)
    expected = sum(levels[:count].sum() for count in filling)
    assert problem.exact_minimum() == pytest.approx(expected, abs=1e-10)


def test_large_repulsion_forbids_double_occupancy_and_sign_of_t_does_not_matter() -> None:
    assert hubbard((2, 2), u=1e6).exact_minimum() == pytest.approx(0.0, abs=1e-4)
    pair = [hubbard((2, 3), t=t, u=1.5).exact_minimum() for t in (0.8, -0.8)]
    assert pair[0] == pytest.approx(pair[1], abs=1e-12)


def test_scales_of_the_protocol() -> None:
    problem = hubbard((2, 3), t=-1.5, u=3.0)
    assert problem.normaliser == pytest.approx(2 * 1.5 * 7 + 0.75 * 3.0 * 6)
    assert problem.offset == pytest.approx(3.0 * 6 / 4)
    assert problem.sector_shape == (20, 20)
    assert problem.kind == "hubbard"


@pytest.mark.parametrize("filling", [(3, 3), (2, 2), (2, 1)])
def test_minima_stay_away_from_the_offset_up_to_half_filling(filling: tuple[int, int]) -> None:
    """Relative errors are taken of this difference."""
    for t, u in itertools.product((0.1, 2.0), (0.1, 4.0)):
        problem = hubbard((2, 3), t, u, filling=filling)
        assert problem.exact_minimum() - problem.offset < -0.25 * problem.normaliser
        assert problem.offset == pytest.approx(u * 6 / 4)


def test_holes_are_particles_up_to_a_shift() -> None:
    """E(N - n_up, N - n_down) = E(n_up, n_down) + U (N - n_up - n_down) on bipartite lattices."""
    for t, u in itertools.product((0.1, 2.0), (0.1, 4.0)):
        few, many = (hubbard((2, 3), t, u, filling=f).exact_minimum() for f in ((2, 1), (4, 5)))
        assert many == pytest.approx(few + u * (9 - 6), abs=1e-9)


def test_shots_per_query_of_table_1() -> None:
    keys = jax.random.split(jax.random.key(0), 400)
    problems = [Hubbard().at((2, 3)).sample(key) for key in keys]
    shots = np.array([(problem.normaliser / 0.05) ** 2 for problem in problems])
    assert shots.mean() == pytest.approx(2.6e5, rel=0.1)
    assert shots.std() == pytest.approx(1.8e5, rel=0.15)


def test_ensemble_draws_inside_its_ranges_and_repeats_with_its_key() -> None:
    ensemble = Hubbard(t_range=(0.5, 0.6), u_range=(2.0, 3.0)).at((2, 2))
    problem = ensemble.sample(jax.random.key(3))
    assert problem == ensemble.sample(jax.random.key(3))
    assert 0.5 <= problem.t <= 0.6
    assert 2.0 <= problem.u <= 3.0
    assert ensemble.size == "2x2"
    assert ensemble.strata() == [ensemble]


def test_the_distribution_keeps_its_numbers_in_either_precision() -> None:
    """Drawn by the first release: published instances hang on them."""
    for double in (True, False):
        with jax.enable_x64(double):
            problem = Hubbard().at((2, 2)).sample(jax.random.key(7))
        assert (problem.t, problem.u) == pytest.approx((1.3111218347514078, 1.275053419741398))


def test_filling_goes_with_the_ensemble_and_changes_no_coupling() -> None:
    half, other = (Hubbard(filling=f).at((2, 3)) for f in (None, (2, 1)))
    key = jax.random.key(5)
    assert half.sample(key).filling == (3, 3)
    assert other.sample(key) == dataclasses.replace(half.sample(key), filling=(2, 1))
    assert Hubbard(filling=(4, 5)).at((3, 3)).sample(key).sector_shape == (126, 126)


@pytest.mark.parametrize(
    ("size", "settings", "word"),
    [
        ((3, 3), {}, "half filling needs an even number"),
        ((2, 3), {"filling": (7, 1)}, "does not fit size '2x3' of 6 sites"),
        ((2, 3), {"t_range": (2.0, 0.1)}, "must increase"),
        ((2, 3), {"u_range": (0.1, math.nan)}, "finite number"),
        ((2, 3), {"u_range": (0.1, 1j)}, "valid number"),
        ((4, 4), {}, "at most 12 sites"),
        (6, {}, "size '6' must be like '2x3'"),
    ],
)
def test_ensemble_refuses_what_makes_no_sense(size: object, settings: dict, word: str) -> None:
    with pytest.raises(ValueError, match=word):
        Hubbard(**settings).at(size)


@pytest.mark.parametrize("shape", [(2, 2), (2, 3), (2, 4)])
def test_ladders_have_a_unique_start_at_every_filling(shape: tuple[int, int]) -> None:
    """The hopping term's ground state is unique with the tie-break, for either sign of t."""
    sites = shape[0] * shape[1]
    for particles, t in itertools.product(range(sites + 1), (0.7, -0.7)):
        problem = hubbard(shape, t, 1.3, filling=(particles, sites // 2))
        assert np.isfinite(hubbard_ansatz(problem, steps=2).heuristic()).all()


@pytest.mark.parametrize("kind", ["swap_network", "grouped"])
@pytest.mark.parametrize("filling", [(2, 2), (2, 1), (1, 2), (4, 4)])
def test_the_adiabatic_start_helps_at_other_fillings(filling: tuple[int, int], kind: str) -> None:
    problem = hubbard((2, 3), 1.0, 2.0, filling=filling)
    ansatz = hubbard_ansatz(problem, steps=3, kind=kind)
    start, untouched = (float(ansatz.energy(theta)) for theta in (ansatz.heuristic(), np.zeros(9)))
    lowest = problem.exact_minimum()
    assert lowest < start < untouched
    assert start - lowest < 0.7 * (untouched - lowest)


def test_bonds_of_short_and_closed_sides() -> None:
    assert lattice_bonds((2, 2), (True, True)) == lattice_bonds((2, 2), (False, False))
    assert lattice_bonds((3, 1), (True, True)) == (((0, 1), (1, 2), (0, 2)), ())
    assert lattice_bonds((1, 3), (False, False)) == ((), ((0, 1), (1, 2)))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"shape": (3, 3)}, "odd filling"),
        ({"shape": (2, 0)}, "shape"),
        ({"shape": 4}, "shape"),
        ({"shape": (True, 4)}, "shape must be two integers"),
        ({"shape": "24"}, "shape must be two integers"),
        ({"shape": {2: 0, 4: 0}}, "shape must be two integers"),
        ({"filling": (True, False)}, "filling must be two integers"),
        ({"periodic": "ab"}, "periodic must be True, False or a pair of them, got 'ab'"),
        ({"periodic": ("yes", "no")}, "periodic must be"),
        ({"periodic": {True: 0, False: 0}}, "periodic must be"),
        ({"periodic": None}, "periodic must be"),
        ({"filling": (7, 1)}, "filling"),
        ({"filling": (-1, 1)}, "filling"),
        ({"periodic": (True, True, True)}, "periodic"),
    ],
)
def test_refuses_what_makes_no_sense(arguments: dict, word: str) -> None:
    with pytest.raises(UserError, match=word) as caught:
        hubbard(**arguments)
    assert "\n" not in str(caught.value)


def test_a_lattice_of_any_size_is_a_problem_without_its_minimum() -> None:
    problem = hubbard((4, 4))
    assert problem.normaliser == 2 * 24 + 0.75 * 4 * 16
    with pytest.raises(UserError, match=r"16 sites .* 165636900 complex amplitudes, 2\.47 GiB"):
        problem.exact_minimum()


@pytest.mark.parametrize("filling", [(1, 1), (2, 1), (2, 2), (3, 2), (3, 3)])
def test_the_mean_is_that_of_the_sector(filling) -> None:
    problem = hubbard((2, 2), t=0.7, u=3.0, filling=filling)
    own = hubbard_on(
        {(0, 1): 1.0, (1, 2): 0.5j, (2, 3): 2.0},
        {0: 1.0, 1: 2.0, 2: 3.0, 3: -4.5},
        on_site={0: 0.3, 1: -1.0, 2: 0.0, 3: 2.0},
        filling=filling,
    )
    for one in (problem, own):
        levels = one.sector_hamiltonian().diagonal().real
        assert one.mean == pytest.approx(levels.mean(), abs=1e-12)


NO_NUMBERS = [
    1j,
    np.exp(2j),
    complex(1, 0),
    np.array(1j),
    np.complex64(1),
    "1.5",
    b"1",
    True,
    np.True_,
    None,
    {1.0: 2.0},
    [1.0],
    np.ones(2),
    np.ma.masked,
    10**400,
    math.nan,
    math.inf,
]


@pytest.mark.parametrize("name", ["t", "u"])
@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
def test_a_coupling_that_is_no_finite_real_number_is_named(name: str, value: object) -> None:
    with pytest.raises(UserError, match=f"^{name} must be a finite real number, got ") as caught:
        hubbard(**{name: value})  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "kind", [float, np.float32, np.array, Decimal, Fraction, jax.numpy.float32]
)
def test_real_numbers_of_any_type_are_taken(kind: Callable[[float], float]) -> None:
    assert hubbard(t=kind(1.5), u=kind(-0.25)) == hubbard(t=1.5, u=-0.25)
    assert hubbard(t=1, u=np.int64(4)) == hubbard(t=1.0, u=4.0)


@pytest.mark.parametrize("pair", [(True, False), [True, False], (1, 0), np.array([True, False])])
def test_periodic_is_a_pair_of_flags(pair: tuple[bool, bool]) -> None:
    assert hubbard((2, 3), periodic=pair).periodic == (True, False)
    assert hubbard((2, 3), periodic=bool(pair[0])).periodic == (True, True)
