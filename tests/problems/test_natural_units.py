"""Natural units: one definition, independent of the unit of energy, for every class."""

import jax
import numpy as np
import pytest

from replication import problems
from replication.ansatze.names import angle_units
from replication.errors import UserError
from replication.metalearner.units import ranges_of, unlike
from replication.problems.hubbard import hubbard
from replication.problems.maxcut import maxcut
from replication.problems.sk import SK, sk
from replication.problems.terms import ising

RING = [(k, (k + 1) % 6) for k in range(6)]


def test_the_unit_of_a_ring_is_the_root_of_its_degree():
    units = maxcut(RING).natural_units
    assert units.angles == {"gamma": pytest.approx(np.sqrt(2))}
    assert units.energy == pytest.approx(6 * np.sqrt(2))


def test_fields_and_higher_terms_count_once_for_each_spin_in_them():
    problem = sk([[0, 2], [2, 0]], fields=[1, -3])
    assert problem.natural_units.angles["gamma"] ** 2 == pytest.approx((4 + 4 + 1 + 9) / 2)
    cubic = ising([(0.5, (0, 1, 2)), (1.0, (0,))], constant=7.0)
    assert cubic.natural_units.angles["gamma"] ** 2 == pytest.approx((3 * 0.25 + 1) / 3)


def test_sks_unit_is_about_one():
    keys = jax.random.split(jax.random.key(0), 20)
    units = [SK().at(14).sample(key).natural_units.angles["gamma"] for key in keys]
    assert np.mean(units) == pytest.approx(np.sqrt(13 / 14), rel=0.05)


@pytest.mark.parametrize("factor", [1e-300, 0.1, 10.0, 1e6, 1e150])
def test_units_follow_the_unit_of_energy(factor):
    rng = np.random.default_rng(0)
    couplings = np.triu(rng.standard_normal((5, 5)), 1)
    couplings, fields = couplings + couplings.T, rng.standard_normal(5)
    one, other = sk(couplings, fields), sk(factor * couplings, factor * fields)
    assert other.natural_units.energy == pytest.approx(factor * one.natural_units.energy, rel=1e-12)
    for name, value in one.features.items():
        assert other.features[name] == pytest.approx(value, rel=1e-12)


def test_a_ladder_is_measured_in_its_hopping():
    one, other = hubbard((2, 3), t=1.0, u=4.0), hubbard((2, 3), t=2.7, u=10.8)
    assert one.natural_units.energy == 6
    assert other.natural_units.energy == pytest.approx(2.7 * 6)
    assert one.features == other.features
    with pytest.raises(UserError, match="t must not be 0"):
        _ = hubbard((2, 3), t=0.0, u=4.0).natural_units


@pytest.mark.parametrize("kind", problems.classes())
def test_natural_schedules_do_not_depend_on_the_unit(kind):
    """The heuristic in natural units is one vector of natural angles for all instances of a size,
    but for Hubbard's interaction, which follows U/t.
    """
    settings = problems.load(kind)()
    drawn = [
        settings.at(settings.example_size).sample(key)
        for key in jax.random.split(jax.random.key(1), 3)
    ]
    rows = []
    for problem in drawn:
        ansatz, units = settings.circuit(problem, 3), problem.natural_units
        natural = ansatz.heuristic(units) * angle_units(ansatz.parameter_names, units)
        if "U / t" in problem.features:
            interaction = np.array([name.startswith("V") for name in ansatz.parameter_names])
            natural = np.where(interaction, natural / problem.features["U / t"], natural)
        rows.append(natural)
    np.testing.assert_allclose(rows, np.tile(rows[0], (3, 1)), 1e-12)


@pytest.mark.parametrize("kind", problems.classes())
def test_features_are_plain_numbers(kind):
    settings = problems.load(kind)()
    problem = settings.at(settings.example_size).sample(jax.random.key(2))
    assert problem.features
    assert all(isinstance(value, float) for value in problem.features.values())


def test_a_turned_ladder_is_the_same_ladder_and_an_unturned_one_is_noticed():
    ladder = hubbard((3, 2), t=1.0, u=3.0, periodic=(True, False))
    turned = ladder.turned()
    assert turned.shape == (2, 3)
    assert turned.periodic == (False, True)
    assert turned.turned() == ladder
    assert turned.exact_minimum() == pytest.approx(ladder.exact_minimum(), abs=1e-9)
    assert turned.natural_units == ladder.natural_units
    trained = ranges_of([hubbard((2, 2), u=3.0), hubbard((2, 3), u=3.0)])
    assert unlike(turned, trained) == []
    assert unlike(ladder, trained) == ["sites along x 3 (trained on 2)"]
