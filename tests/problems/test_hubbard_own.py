"""The Hubbard model on bonds of one's own: against OpenFermion, the rectangle, and exact cases."""

import math
from typing import Any

import numpy as np
import openfermion
import pytest

from replication.errors import UserError
from replication.problems.hubbard import hubbard
from replication.problems.hubbard_own import OwnHubbard, hubbard_on

RECTANGLES = {
    "2x3": hubbard((2, 3), 1.2, 3.0),
    "4x1, closed": hubbard((4, 1), 0.5, 1.3, periodic=True, filling=(1, 3)),
    "3x2, odd ring": hubbard((3, 2), 0.7, 2.3, periodic=(True, False), filling=(2, 1)),
}
FLUX = 0.3
MESSY = hubbard_on(
    {
        "h": {("a", "b"): 1.0, ("c", "d"): 0.7 * np.exp(1j * FLUX)},
        "v": {("a", "c"): -1.3, ("b", "d"): 0.9j, ("a", "d"): 0.2},
    },
    u={"a": 4.0, "b": 3.0, "c": 0.0, "d": -1.0},
    on_site={"a": 0.5, "b": -0.2, "c": 0.0, "d": 1.0},
    filling=(2, 1),
)


def as_own(rectangle: Any) -> OwnHubbard:
    """A rectangle as bonds of one's own."""
    groups = zip(("h", "v"), rectangle.bonds, strict=True)
    bonds = {name: dict.fromkeys(pairs, rectangle.t) for name, pairs in groups if pairs}
    return hubbard_on(bonds, rectangle.u, filling=rectangle.filling)


@pytest.mark.parametrize("rectangle", RECTANGLES.values(), ids=RECTANGLES)
def test_a_rectangle_by_its_bonds_is_the_same_problem(rectangle: Any) -> None:
    own = as_own(rectangle)
    for name in ("normaliser", "two_norm", "offset"):
        assert getattr(own, name) == pytest.approx(getattr(rectangle, name), rel=1e-14)
    assert own.natural_units.energy == pytest.approx(rectangle.natural_units.energy, rel=1e-14)
    assert own.sector_shape == rectangle.sector_shape
    assert own.exact_minimum() == pytest.approx(rectangle.exact_minimum(), abs=1e-10)
    difference = own.sector_hamiltonian() - rectangle.sector_hamiltonian()
    assert abs(difference).max() < 1e-14


def test_the_sector_has_the_spectrum_of_openfermions_operator() -> None:
    whole = openfermion.get_sparse_operator(MESSY.to_openfermion(), 8).toarray()
    sites = 4
    modes = np.array([[(state >> (7 - mode)) & 1 for mode in range(8)] for state in range(256)])
    inside = (modes[:, :sites].sum(1) == 2) & (modes[:, sites:].sum(1) == 1)
    expected = np.linalg.eigvalsh(whole[np.ix_(inside, inside)])
    found = np.linalg.eigvalsh(MESSY.sector_hamiltonian().toarray())
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert MESSY.exact_minimum() == pytest.approx(expected[0], abs=1e-12)


def test_norms_and_offset_are_those_of_the_pauli_coefficients() -> None:
    terms = dict(openfermion.jordan_wigner(MESSY.to_openfermion()).terms)
    assert MESSY.offset == pytest.approx(terms.pop(()).real, abs=1e-14)
    weights = np.abs([*terms.values()])
    assert MESSY.normaliser == pytest.approx(weights.sum(), rel=1e-14)
    assert MESSY.two_norm == pytest.approx(np.linalg.norm(weights), rel=1e-14)


def test_without_repulsion_levels_fill_up() -> None:
    free = hubbard_on(dict(zip([(0, 1), (1, 2), (2, 0)], [1.0, 0.5j, 2.0], strict=True)), 0.0,
                      on_site={0: 0.3, 1: -0.4, 2: 0.0}, filling=(2, 1))  # fmt: skip
    levels = np.linalg.eigvalsh(free.one_body())
    assert free.exact_minimum() == pytest.approx(2 * levels[0] + levels[1], abs=1e-12)


@pytest.mark.parametrize("phase", [0.0, 0.4, math.pi / 2])
def test_the_energy_of_a_ring_depends_on_its_flux_alone(phase: float) -> None:
    """One particle on a ring of three: -2 t cos((2 pi k + flux) / 3), however gauged."""
    expected = min(-2 * math.cos((2 * math.pi * k + 3 * phase) / 3) for k in range(3))
    spread = [np.exp(1j * phase)] * 3
    gathered = [1.0, 1.0, np.exp(3j * phase)]
    for amplitudes in (spread, gathered):
        bonds = dict(zip([(0, 1), (1, 2), (2, 0)], amplitudes, strict=True))
        ring = hubbard_on(bonds, filling=(1, 0))
        assert ring.exact_minimum() == pytest.approx(expected, abs=1e-12)


def test_sites_keep_their_names_and_may_have_no_bond() -> None:
    assert MESSY.nodes == ("a", "b", "c", "d")
    lone = hubbard_on({("x", "y"): 1.0}, u={"x": 1.0, "y": 1.0, "z": 1.0}, filling=(1, 1))
    assert lone.nodes == ("x", "y", "z")
    assert hubbard_on({(1, "x"): 1.0}).nodes == (1, "x")


def test_any_number_of_sites_can_be_made_and_only_the_sector_is_limited() -> None:
    chain = hubbard_on({(k, k + 1): 1.0 for k in range(99)})
    assert chain.natural_units.energy == 100
    with pytest.raises(UserError, match=r"100 sites with filling \(50, 50\) have \d+ complex"):
        chain.exact_minimum()


PAIR = {(0, 1): 1.0}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([(0, 1)],), r"bonds must map pairs of sites to amplitudes.* got \[\(0, 1\)\]"),
        (({},), r"bonds must map pairs.*got \{\}"),
        (({(0, 1, 2): 1.0},), r"\(0, 1, 2\) is no pair of two sites"),
        (({(0, 0): 1.0},), r"\(0, 0\) is no pair of two sites"),
        (({(0, 1): 1.0, (1, 0): 2.0},), r"the bond \(1, 0\) is given twice"),
        (({"h": PAIR, "v": {(1, 0): 1.0}},), r"the bond \(1, 0\) is given twice"),
        (({"h": {}},), "group 'h' has no bonds"),
        (({"V": PAIR},), "a word other than V, got 'V'"),
        (({"a b": PAIR},), "a word other than V, got 'a b'"),
        (({(0, 1): "1"},), r"t of bond \(0, 1\) must be a finite number, got '1'"),
        (({(0, 1): True},), r"t of bond \(0, 1\) must be a finite number"),
        (({(0, 1): complex(0, math.inf)},), r"t of bond \(0, 1\) must be a finite number"),
        (({(0, 1): 0.0},), "at least one bond must have a hopping amplitude other than 0"),
        ((PAIR, 1j), "u must be a finite real number"),
        ((PAIR, {0: 1.0}), "u has no number for site 1"),
        ((PAIR, {0: 1.0, 1: math.nan}), "u of site 1 must be a finite real number"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(arguments: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        hubbard_on(*arguments)


@pytest.mark.parametrize("filling", [(3, 0), (1,), (1.0, 1), "11", (True, 1), (-1, 1)])
def test_a_filling_that_does_not_fit_is_refused(filling: Any) -> None:
    with pytest.raises(UserError, match="filling must be two integers from 0 to 2"):
        hubbard_on(PAIR, filling=filling)
    with pytest.raises(UserError, match="odd filling"):
        hubbard_on({(0, 1): 1.0, (1, 2): 1.0})
