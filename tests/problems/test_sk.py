"""The Sherrington-Kirkpatrick problem: couplings as given, and the ensemble's distribution."""

from typing import get_args

import jax
import numpy as np
import pytest

from replication.errors import UserError
from replication.problems.sk import SK, Couplings, sk

MOMENTS = {"gaussian": (1, 3), "signs": (1, 1), "uniform": (1 / 3, 1 / 5)}
"""Second and fourth moment of each distribution."""


def test_couplings_are_used_as_given():
    problem = sk([[0, 2], [2, 0]], fields=[1, -3])
    np.testing.assert_array_equal(problem.diagonal, [0, 2, -6, 4])
    assert (problem.kind, problem.normaliser, problem.offset) == ("sk", 6.0, 0.0)
    assert problem.exact_minimum() == -6


def test_without_fields_it_is_symmetric():
    problem = sk(np.ones((3, 3)) - np.eye(3))
    assert problem.symmetric
    assert problem.exact_minimum() == -1


@pytest.mark.parametrize(
    ("couplings", "fields", "sentence"),
    [
        (3.0, None, r"square matrix, got shape \(\)"),
        ([[0, 1], [1]], None, "couplings must be an array of real numbers"),
        ([[0, 1j], [1j, 0]], None, "couplings must be an array of real numbers"),
        ([[0, 1], [1, 0]], ["a", "b"], "fields must be an array of real numbers"),
        ([[0, 1], [1, 0]], [1.0], r"fields must have shape \(2,\)"),
        ([[0, np.nan], [np.nan, 0]], None, r"couplings\[0, 1\] is nan"),
        ([[0, 1], [2, 0]], None, "couplings must be symmetric"),
        ([[0, "1"], ["1", 0]], None, r"real numbers, but couplings\[0, 1\] is '1'"),
        ("ab", None, "couplings must be an array of real numbers, but it is 'ab'"),
        ({0: {1: 1.0}}, None, "couplings must be an array of real numbers, but it is {0"),
        ([[0, 1], [1, 0]], [1.0, 2j], r"fields must be .* but fields\[1\] is 2j"),
    ],
)
def test_bad_couplings_are_refused_by_name(couplings, fields, sentence):
    with pytest.raises(UserError, match=sentence):
        sk(couplings, fields)


@pytest.mark.parametrize("distribution", get_args(Couplings))
def test_ensembles_have_the_moments_of_their_distribution(distribution):
    n, count = 7, 300
    keys = jax.random.split(jax.random.key(1), count)
    drawn = [SK(couplings=distribution, fields=True).at(n).sample(key) for key in keys]
    couplings = np.stack([one.couplings[np.triu_indices(n, 1)] for one in drawn]) * np.sqrt(n)
    fields = np.stack([one.fields for one in drawn])
    second, fourth = MOMENTS[distribution]
    for entries in (couplings.ravel(), fields.ravel()):
        error = 5 / np.sqrt(entries.size)
        assert abs(entries.mean()) < error * np.sqrt(second)
        assert abs(np.mean(entries**2) - second) <= error * np.sqrt(fourth - second**2) + 1e-12
        assert abs(np.mean(entries**4) - fourth) < 0.25 * fourth
    # Every coupling and field is drawn for itself.
    together = np.corrcoef(np.hstack([couplings, fields]).T)
    assert np.abs(together[np.triu_indices(len(together), 1)]).max() < 5 / np.sqrt(count)


def test_bounded_distributions_keep_their_bounds():
    keys = jax.random.split(jax.random.key(2), 50)
    uniform = np.stack(
        [SK(couplings="uniform", fields=True).at(6).sample(key).fields for key in keys]
    )
    assert -1 <= uniform.min() < -0.9 < 0.9 < uniform.max() <= 1
    signs = SK(couplings="signs", fields=True).at(6).sample(keys[0])
    np.testing.assert_array_equal(np.abs(signs.fields), 1)
    np.testing.assert_allclose(np.abs(signs.couplings), (1 - np.eye(6)) / np.sqrt(6), 1e-15)


@pytest.mark.parametrize("fields", [False, True])
@pytest.mark.parametrize("distribution", get_args(Couplings))
def test_every_distribution_is_a_function_of_the_key(distribution, fields):
    ensemble = SK(couplings=distribution, fields=fields).at(5)
    first, again, other = (ensemble.sample(jax.random.key(k)) for k in (3, 3, 4))
    with jax.enable_x64(False):
        single = ensemble.sample(jax.random.key(3))
    for one in (again, single):
        np.testing.assert_array_equal(first.couplings, one.couplings)
        np.testing.assert_array_equal(first.fields, one.fields)
    assert (first.couplings != other.couplings).any()
    assert first.symmetric is not fields
    without = SK(couplings=distribution).at(5).sample(jax.random.key(3))
    np.testing.assert_array_equal(first.couplings, without.couplings)


def test_the_default_distribution_keeps_its_numbers():
    """Drawn by the first release: published instances hang on them."""
    drawn = SK().at(4).sample(jax.random.key(7)).couplings[np.triu_indices(4, 1)]
    expected = [0.50574067, -0.84553045, -0.37773314, -0.75948269, -1.12954417, 0.48555107]
    np.testing.assert_allclose(drawn, expected, 1e-7)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"couplings": "cauchy"}, "'gaussian', 'signs' or 'uniform'"),
        ({"fields": "perhaps"}, "valid boolean"),
        ({"field": True}, "Extra inputs are not permitted"),
    ],
)
def test_unknown_settings_are_refused_by_name(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        SK(**settings)


@pytest.mark.parametrize("n", [5.0, 5j, True, None, [5, 5], 1, 0, -3, "25"])
def test_a_size_that_is_none_is_refused_by_name(n):
    with pytest.raises(UserError, match=r"size .* at most 24 qubits|size .* from 4 to 24"):
        SK().at(n)


def test_strata_and_size():
    fielded = SK(couplings="signs", fields=True).at(7)
    assert fielded.strata() == [fielded]
    assert fielded.size == "7"
