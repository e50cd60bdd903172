"""Summaries and their bands: against SciPy, with censored runs, and covering what they claim."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from replication.evaluation.statistics import (
    band,
    interquartile_mean,
    mean,
    median,
    queries_to,
    resamples,
)

STATISTICS = [median, mean, interquartile_mean]


@given(arrays(float, st.tuples(st.integers(1, 13), st.integers(1, 3)), elements=st.floats(-5, 5)))
def test_interquartile_mean_is_scipys_trimmed_mean(values):
    expected = scipy.stats.trim_mean(values, 0.25, axis=0)
    np.testing.assert_allclose(interquartile_mean(values), expected, 1e-12, 1e-12)


def test_reduction_runs_over_the_last_but_one_axis():
    values = np.random.default_rng(0).normal(size=(3, 8, 2))
    for statistic, expected in [
        (median, np.median(values, 1)),
        (mean, values.mean(1)),
        (interquartile_mean, np.sort(values, 1)[:, 2:6].mean(1)),
    ]:
        np.testing.assert_allclose(statistic(values), expected, 1e-13)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_the_band_is_the_percentile_bootstrap(statistic):
    """Every resample written out; the limits are order statistics of what they give."""
    rng = np.random.default_rng(1)
    values, indices = rng.normal(size=(9, 2)), resamples(rng, 9, 200)
    value, low, high = band(values, statistic, indices, 0.9)
    drawn = np.sort([statistic(values[sample]) for sample in indices], axis=0)
    np.testing.assert_allclose(value, statistic(values), 1e-14)
    np.testing.assert_allclose(low, drawn[int(np.floor(0.05 * 199))], 1e-13)
    np.testing.assert_allclose(high, drawn[int(np.ceil(0.95 * 199))], 1e-13)


def test_chunks_of_columns_change_nothing(monkeypatch):
    rng = np.random.default_rng(2)
    values, indices = rng.normal(size=(6, 5)), resamples(rng, 6, 50)
    whole = band(values, median, indices, 0.95)
    monkeypatch.setattr("replication.evaluation.statistics._CHUNK", 2 * indices.size)
    np.testing.assert_array_equal(band(values, median, indices, 0.95), whole)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_bands_cover(statistic):
    """Of 300 samples of 40 values, about 95 % of the bands hold the true value."""
    rng, truth = np.random.default_rng(3), 0.7
    samples = truth + rng.normal(size=(40, 300))
    _, low, high = band(samples, statistic, resamples(rng, 40, 400), 0.95)
    covered = np.mean((low <= truth) & (truth <= high))
    assert 0.9 <= covered <= 0.99
    # A band of half the confidence is narrower and covers less: the level is obeyed.
    _, low_half, high_half = band(samples, statistic, resamples(rng, 40, 400), 0.5)
    assert np.mean(high_half - low_half) < 0.6 * np.mean(high - low)
    assert 0.38 <= np.mean((low_half <= truth) & (truth <= high_half)) <= 0.62


def test_resamples_draw_with_replacement():
    indices = resamples(np.random.default_rng(4), 10, 500)
    assert indices.shape == (500, 10)
    assert set(np.unique(indices)) == set(range(10))
    assert len(np.unique(indices[0])) < 10
    np.testing.assert_array_equal(indices, resamples(np.random.default_rng(4), 10, 500))


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("censored", [1, 4, 8])
def test_censored_runs_are_infinite_never_nan(statistic, censored):
    values = np.arange(1.0, 9.0)[:, None]
    values[8 - censored :] = np.inf
    for limit in band(values, statistic, resamples(np.random.default_rng(5), 8, 200), 0.95):
        assert not np.isnan(limit).any()
    value, low, _ = band(values, median, resamples(np.random.default_rng(5), 8, 200), 0.95)
    assert np.isinf(value) == (censored >= 4)
    assert np.isinf(low) == (censored == 8)


def test_queries_to_counts_from_one_and_censors():
    errors = np.array([[0.5, 0.1, 0.1, 0.01], [0.05, 0.05, 0.05, 0.05], [1.0, 1.0, 1.0, 1.0]])
    found = queries_to(errors, (0.1, 0.01))
    np.testing.assert_array_equal(found, [[2, 4], [1, np.inf], [np.inf, np.inf]])


@given(arrays(float, (3, 7), elements=st.floats(0, 1)), st.floats(0, 1))
def test_queries_to_is_the_first_that_reaches(errors, target):
    errors = np.minimum.accumulate(errors, axis=1)
    for row, found in zip(errors, queries_to(errors, (target,))[:, 0], strict=True):
        if np.isinf(found):
            assert row.min() > target
        else:
            assert row[int(found) - 1] <= target
            assert (row[: int(found) - 1] > target).all()
