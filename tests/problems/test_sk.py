"""The Sherrington-Kirkpatrick problem: couplings as given, and the ensemble's law."""

import jax
import numpy as np
import pytest

from replication.errors import UserError
from replication.problems.sk import SKEnsemble, sk


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
    ],
)
def test_bad_couplings_are_refused_by_name(couplings, fields, sentence):
    with pytest.raises(UserError, match=sentence):
        sk(couplings, fields)


def test_ensemble_has_variance_one_over_n():
    n, count = 7, 300
    keys = jax.random.split(jax.random.key(1), count)
    drawn = np.stack([SKEnsemble(n).sample(key).couplings for key in keys])
    entries = drawn[:, *np.triu_indices(n, 1)].ravel()
    assert abs(entries.mean()) < 5 / np.sqrt(n * entries.size)
    assert abs(n * entries.var() - 1) < 5 * np.sqrt(2 / entries.size)
    assert abs(n**2 * np.mean(entries**4) - 3) < 5 * np.sqrt(96 / entries.size)
    assert SKEnsemble(n).strata() == [SKEnsemble(n)]
    assert SKEnsemble(n).size == "7"
