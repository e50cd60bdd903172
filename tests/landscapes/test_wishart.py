"""Wishart fields have the moments of their distribution, and descents find all of their minima."""

import numpy as np
import pytest

from replication.errors import UserError
from replication.landscapes import (
    distinct_minima,
    end_of_descent,
    hessians,
    values,
    values_and_gradients,
    wishart_field,
)
from replication.seeds import generator_for

# Counts and means that the Kac-Rice density has, see test_kac_rice.py.
EXPECTED = {(8, 3): (2.586, 0.3983), (8, 4): (5.336, 0.3075)}


def rng(*axes):
    return generator_for(0, "test", "wishart", *axes)


def test_energies_are_those_of_the_product_vector():
    field = wishart_field(2.5, 3, rng=rng())
    theta = np.array([0.3, -1.2, 2.0])
    vector = np.ones(1)
    for angle in theta:
        vector = np.kron(vector, [np.cos(angle), np.sin(angle)])
    wanted = ((field.vectors @ vector) ** 2).sum() / 2.5
    assert field.vectors.shape == (5, 8)
    np.testing.assert_allclose(values(field.energy, [theta, theta + np.pi]), wanted, 1e-12)


def test_energies_and_slopes_have_their_variances():
    """F ~ Gamma(m, 1/m): mean 1, variance 1/m; given f, a slope has the variance 2f/m."""
    m, fields = 4, 400
    source = rng("moments")
    drawn = [wishart_field(m, 2, rng=source) for _ in range(fields)]
    both = [values_and_gradients(one.energy, [[0.4, 1.1]]) for one in drawn]
    energies, slopes = (np.concatenate(each) for each in zip(*both, strict=True))
    assert energies.mean() == pytest.approx(1, abs=4 * np.sqrt(1 / m / fields))
    # Kurtosis 3 + 6/m: relative error of the variance sqrt((2 + 6/m)/fields).
    assert energies.var() == pytest.approx(1 / m, rel=4 * np.sqrt((2 + 6 / m) / fields))
    scaled = slopes**2 / (2 * energies[:, None] / m)
    assert scaled.mean() == pytest.approx(1, abs=4 * np.sqrt(2 / scaled.size))


@pytest.mark.slow
@pytest.mark.parametrize(("m", "p"), EXPECTED)
def test_as_many_minima_are_counted_as_expected(m, p):
    source, fields = rng("count", m, p), 20
    counts, energies, unseen = [], [], []
    for _ in range(fields):
        field = wishart_field(m, p, rng=source)
        found = distinct_minima(field.energy, source.uniform(0, np.pi, (12 * p, p)))
        counts.append(len(found.energies))
        energies.append(found.energies.sum())
        unseen.append(found.unseen)
    counts, energies = np.array(counts), np.array(energies)
    count, mean = EXPECTED[m, p]
    assert np.mean(unseen) < 0.2
    assert counts.mean() == pytest.approx(count, abs=3 * counts.std() / np.sqrt(fields) + 0.2)
    found = energies.sum() / counts.sum()
    error = (energies - found * counts).std() / counts.mean() / np.sqrt(fields)
    assert found == pytest.approx(mean, abs=3 * error)
    assert error < 0.03


def test_what_is_found_are_minima_each_once():
    source = rng("minima")
    field = wishart_field(8, 4, rng=source)
    starts = source.uniform(0, np.pi, (60, 4))
    found = distinct_minima(field.energy, starts)
    assert found.hits.sum() == 60
    assert (np.diff(found.energies) >= 0).all()
    assert (found.angles >= 0).all()
    assert (found.angles < np.pi).all()
    assert np.abs(values_and_gradients(field.energy, found.angles)[1]).max() < 1e-7
    assert np.linalg.eigvalsh(hessians(field.energy, found.angles)).min() > 0
    moved = distinct_minima(field.energy, starts + np.pi)
    np.testing.assert_allclose(moved.angles, found.angles, atol=1e-5)
    np.testing.assert_array_equal(moved.hits, found.hits)


def test_a_minimum_at_the_edge_of_the_period_is_one():
    found = distinct_minima(lambda theta: -np.cos(1.0) * _cosine(theta), [[-0.3], [0.3], [3.0]])
    assert found.hits.tolist() == [3]


def _cosine(theta):
    import jax.numpy as jnp

    return jnp.cos(2 * theta).sum()


def test_an_end_says_how_steep_it_is():
    end = end_of_descent(_cosine, [1.0], slope=1e-3)
    assert end.slope <= 1e-3
    assert end.energy == pytest.approx(-1, abs=1e-6)


def test_how_many_are_unseen():
    from replication.landscapes.wishart import FieldMinima

    hits = np.array([1, 1, 1, 2, 7])
    assert FieldMinima(np.zeros((5, 1)), np.zeros(5), hits).unseen == 1.5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wishart_field(0.3, 2, rng=rng()), "m must be a positive multiple of 1/2"),
        (lambda: wishart_field(2, 0, rng=rng()), "p must be a whole number of angles"),
        (lambda: wishart_field(2, 25, rng=rng()), "above 2\\^26"),
        (lambda: distinct_minima(_cosine, np.zeros((0, 1))), "starts must be at least one"),
        (lambda: end_of_descent(lambda theta: float(theta[0]), [0.0]), "must be a JAX function"),
    ],
)
def test_what_is_not_allowed_is_refused(call, message):
    with pytest.raises(UserError, match=message):
        call()
