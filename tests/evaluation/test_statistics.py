"""Summaries, bands and tests: against SciPy and by hand, with censored runs, and by simulation.

The simulated truth is like the study's: skewed errors, and paired, rounded-up query counts
that have each instance's difficulty and are censored at a budget.
"""

import itertools

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from replication.evaluation.statistics import (
    band,
    holm,
    interquartile_mean,
    mean,
    median,
    paired_test,
    performance_profile,
    probability_of_improvement,
    profile_band,
    queries_to,
    ratio_of_medians,
    resamples,
    stratified_resamples,
)

STATISTICS = [median, mean, interquartile_mean]
BUDGET = 400
SETS = 500
SIZES = [40, 100]


def coverage(found, truth):
    """Fraction of the simulated data sets (columns) whose interval holds the truth."""
    _, low, high = found
    return np.mean((low <= truth) & (truth <= high))


def simulated_queries(rng, instances, sets, factor=3.0, noise=0.3):
    """Two starts' query counts, the second's true median `factor` times the first's, 60."""
    difficulty = 60 * rng.lognormal(0, 0.7, (instances, sets))
    both = [
        np.ceil(scale * difficulty * rng.lognormal(0, noise, difficulty.shape))
        for scale in (1.0, factor)
    ]
    return [np.where(queries > BUDGET, np.inf, queries) for queries in both]


@pytest.fixture(params=SIZES)
def simulation(request):
    """Generator, number of instances, bootstrap samples shared by all data sets."""
    rng = np.random.default_rng(request.param)
    return rng, request.param, resamples(rng, request.param, 400)


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


def test_stratified_samples_stay_in_their_stratum():
    strata = np.array(["12", "10", "12", "14", "10", "12"])
    indices = stratified_resamples(np.random.default_rng(0), strata, 300)
    assert indices.shape == (300, 6)
    assert (strata[indices] == strata).all()
    for column in range(6):
        assert set(indices[:, column]) == set(np.flatnonzero(strata == strata[column]))
    again = stratified_resamples(np.random.default_rng(0), strata, 300)
    np.testing.assert_array_equal(indices, again)


def test_stratified_bands_cover_where_strata_differ():
    """Sizes of unlike difficulty: stratified bands cover, plain ones are far too wide."""
    rng = np.random.default_rng(6)
    strata = np.repeat([0, 1, 2, 3], 25)
    samples = 3.0 * strata[:, None] + rng.normal(size=(100, SETS))
    stratified = band(samples, mean, stratified_resamples(rng, strata, 400), 0.95)
    plain = band(samples, mean, resamples(rng, 100, 400), 0.95)
    assert 0.91 <= coverage(stratified, 4.5) <= 0.985
    assert coverage(plain, 4.5) > 0.995


def test_bands_of_skewed_errors_cover(simulation):
    """Truth of a lognormal distribution in closed form; the mean of one is the hard case."""
    rng, instances, indices = simulation
    scale, quartile = 0.8, scipy.stats.norm.ppf(0.75)
    average = np.exp(scale**2 / 2)
    inner = np.diff(scipy.stats.norm.cdf([-quartile - scale, quartile - scale]))[0]
    truth = {median: 1.0, mean: average, interquartile_mean: average * inner / 0.5}
    samples = rng.lognormal(0, scale, (instances, SETS))
    for statistic, value in truth.items():
        lowest = 0.89 if statistic is mean else 0.91
        assert lowest <= coverage(band(samples, statistic, indices, 0.95), value) <= 0.985


def test_bands_of_censored_queries_cover(simulation):
    """The median within the budget, and beyond it: there the upper limit must be infinite."""
    rng, instances, indices = simulation
    first, second = simulated_queries(rng, instances, SETS, factor=7.0)
    assert 0.91 <= coverage(band(first, median, indices, 0.95), 60) <= 0.985
    assert 0.4 < np.isinf(second).mean() < 0.65
    found = band(second, median, indices, 0.95)
    assert 0.95 <= np.mean(np.isinf(found[2])) < 1
    assert np.isfinite(found[1]).any()


def test_probability_of_improvement_covers(simulation):
    rng, instances, indices = simulation
    shift, noise = 0.25, 0.3
    difficulty = rng.lognormal(0, 0.7, (instances, SETS))
    first, second = (difficulty * rng.lognormal(mu, noise, difficulty.shape) for mu in (0.0, shift))
    truth = scipy.stats.norm.cdf(shift / (noise * np.sqrt(2)))
    assert (
        0.91 <= coverage(probability_of_improvement(first, second, indices, 0.95), truth) <= 0.985
    )
    # The pairing is what is estimated: broken, it is another number, and missed.
    broken = probability_of_improvement(first, np.roll(second, 1, axis=0), indices, 0.95)
    assert coverage(broken, truth) < 0.8


def test_probability_of_improvement_covers_with_ties(simulation):
    """Rounded and censored values: truth from a sample of a million pairs."""
    rng, instances, indices = simulation
    many = np.floor(np.minimum(simulated_queries(rng, 1000, 1000, 1.2), BUDGET + 1) / 50)
    truth = np.mean((many[0] < many[1]) + 0.5 * (many[0] == many[1]))
    first, second = (np.floor(q / 50) for q in simulated_queries(rng, instances, SETS, 1.2))
    assert np.mean(first == second) > 0.2
    assert (
        0.91 <= coverage(probability_of_improvement(first, second, indices, 0.95), truth) <= 0.985
    )


def test_ratio_of_medians_covers(simulation):
    """Loosely paired runs, a fifth of the second start's censored."""
    rng, instances, indices = simulation
    first, second = simulated_queries(rng, instances, SETS, noise=1.0)
    assert np.isinf(second).mean() > 0.2
    found = ratio_of_medians(first, second, indices, 0.95, budget=BUDGET)
    assert 0.93 <= coverage(found, 3.0) <= 0.99


def test_pairing_narrows_the_ratio_of_medians(simulation):
    """Strongly paired runs: conservative, yet far from what unpaired resampling gives."""
    rng, instances, indices = simulation
    first, second = simulated_queries(rng, instances, SETS)
    paired = ratio_of_medians(first, second, indices, 0.8, budget=BUDGET)
    unpaired = ratio_of_medians(first, np.roll(second, 1, axis=0), indices, 0.8, budget=BUDGET)
    assert 0.78 <= coverage(paired, 3.0) <= 0.94
    assert coverage(unpaired, 3.0) > 0.96
    widths = [np.median(high - low) for _, low, high in (paired, unpaired)]
    assert widths[0] < 0.75 * widths[1]


def test_the_lower_limit_of_a_censored_ratio_holds(simulation):
    """Where the second start's true median lies beyond the budget, only a bound is claimed."""
    rng, instances, indices = simulation
    first, second = simulated_queries(rng, instances, SETS // 2, factor=9.0)
    value, low, high = ratio_of_medians(first, second, indices, 0.95, budget=BUDGET)
    assert np.isinf(value).any()
    assert np.isfinite(low).all()
    assert np.isinf(high).mean() > 0.9
    assert coverage((value, low, high), 9.0) >= 0.95
    # A budget large enough to see all would have shown the same or more.
    assert (low <= BUDGET / np.quantile(first, 0.2, axis=0)).all()


def test_profiles_cover(simulation):
    rng, instances, indices = simulation
    thresholds = np.array([0.5, 1.0, 2.0])
    held = [
        (low <= truth) & (truth <= high)
        for sample in rng.lognormal(size=(SETS, instances))
        for _, low, high in [profile_band(sample, thresholds, indices, 0.95)]
        for truth in [scipy.stats.norm.cdf(np.log(thresholds))]
    ]
    covered = np.mean(held, axis=0)
    assert (covered >= 0.91).all()
    assert (covered <= 0.985).all()


def test_performance_profile_by_hand():
    values = np.array([1.0, 2.0, 2.0, 5.0, np.inf])
    thresholds = np.array([0.5, 1.0, 2.0, 10.0, np.inf])
    np.testing.assert_allclose(performance_profile(values, thresholds), [0, 0.2, 0.6, 0.8, 0.8])
    indices = resamples(np.random.default_rng(0), 5, 100)
    value, low, high = profile_band(values, thresholds, indices, 0.95)
    np.testing.assert_allclose(value, [0, 0.2, 0.6, 0.8, 0.8])
    assert (low <= value).all()
    assert (value <= high).all()
    assert high[0] == 0


def test_probability_of_improvement_by_hand():
    first = np.array([1.0, 2.0, np.inf, np.inf, 3.0])
    second = np.array([2.0, 2.0, np.inf, 7.0, np.inf])
    indices = resamples(np.random.default_rng(0), 5, 100)
    value, low, high = probability_of_improvement(first, second, indices, 0.95)
    assert value == pytest.approx((1 + 0.5 + 0.5 + 0 + 1) / 5)
    assert value.shape == low.shape == high.shape == ()
    reverse = probability_of_improvement(second, first, indices, 0.95)
    np.testing.assert_allclose(reverse, [1 - value, 1 - high, 1 - low])
    assert probability_of_improvement(first, first, indices, 0.95) == (0.5, 0.5, 0.5)


def test_columns_are_independent_of_each_other():
    rng = np.random.default_rng(7)
    first, second = simulated_queries(rng, 12, 3)
    indices = resamples(rng, 12, 100)
    whole = probability_of_improvement(first, second, indices, 0.9)
    ratios = ratio_of_medians(first, second, indices, 0.9, budget=BUDGET)
    for column in range(3):
        pair = first[:, column], second[:, column]
        one = probability_of_improvement(*pair, indices, 0.9)
        np.testing.assert_array_equal(one, [limit[column] for limit in whole])
        one = ratio_of_medians(*pair, indices, 0.9, budget=BUDGET)
        np.testing.assert_array_equal(one, [limit[column] for limit in ratios])


def test_ratio_of_medians_by_hand():
    """Every one of the 27 samples of three instances, without the budget in the way."""
    first, second = np.array([2.0, 4.0, 10.0]), np.array([30.0, 4.0, 20.0])
    indices = np.array(list(itertools.product(range(3), repeat=3)))
    found = ratio_of_medians(first, second, indices, 0.9, budget=BUDGET)
    drawn = np.sort([np.median(second[i]) / np.median(first[i]) for i in indices])
    np.testing.assert_allclose(found, [20 / 4, drawn[1], drawn[25]])
    assert found[1] < found[0] < found[2]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([10, 10, 10], [np.inf] * 3, (np.inf, 40, np.inf)),
        ([np.inf] * 3, [10, 10, 10], (0, 0, 1 / 40)),
        ([np.inf] * 3, [np.inf] * 3, (np.nan, 0, np.inf)),
        ([10, 10, 10], [10, 10, 10], (1, 1, 1)),
    ],
)
def test_ratio_of_censored_medians(first, second, expected):
    indices = resamples(np.random.default_rng(0), 3, 50)
    found = ratio_of_medians(np.array(first), np.array(second), indices, 0.95, budget=400)
    np.testing.assert_allclose(found, expected)


def test_limits_of_a_censored_ratio_hold_whatever_came_later():
    """Cut at the budget, the interval holds the one that a longer budget gives."""
    rng = np.random.default_rng(8)
    indices = resamples(rng, 15, 200)
    for _ in range(50):
        runs = np.ceil(rng.lognormal(5, 1.5, (2, 15)))
        _, low, high = ratio_of_medians(*runs, indices, 0.95, budget=1e9)
        cut = np.where(runs > 150, np.inf, runs)
        _, low_cut, high_cut = ratio_of_medians(*cut, indices, 0.95, budget=150)
        assert low_cut <= low
        assert high <= high_cut


@pytest.mark.parametrize("value", [0.0, -1.0, 401.0, -np.inf])
def test_ratio_of_medians_refuses_what_is_no_query_count(value):
    indices = resamples(np.random.default_rng(0), 2, 10)
    with pytest.raises(ValueError, match=r"in \(0, 400\]"):
        ratio_of_medians(np.array([1.0, value]), np.ones(2), indices, 0.95, budget=400)


@pytest.mark.parametrize("function", [probability_of_improvement, paired_test])
def test_pairs_need_one_shape_and_no_nan(function):
    others = () if function is paired_test else (resamples(np.random.default_rng(0), 3, 10), 0.95)
    with pytest.raises(ValueError, match="equal shapes"):
        function(np.ones(3), np.ones((3, 1)), *others)
    with pytest.raises(ValueError, match="NaN"):
        function(np.ones(3), np.array([1, np.nan, 1]), *others)


def test_a_profile_refuses_nan():
    with pytest.raises(ValueError, match="NaN"):
        performance_profile(np.array([np.nan]), np.array([1.0]))


def test_paired_test_is_the_permutation_test_with_ties_and_zeros():
    """All 2^8 sign flips of ranks written out; two zeros, and equal differences."""
    first = np.array([3.0, 5.0, 7.0, 7.0, 2.0, 9.0, 4.0, 4.0])
    second = np.array([3.0, 8.0, 4.0, 6.0, 9.0, 11.0, 4.0, 9.0])
    ranks = np.array([0, 5.5, 5.5, 3, 8, 4, 0, 7])  # of 0, 3, 3, 1, 7, 2, 0, 5; zeros were 1, 2
    signs = np.array([0, -1, 1, 1, -1, -1, 0, -1])
    flips = np.array(list(itertools.product([0, 1], repeat=8))) @ ranks
    expected = np.mean(flips <= ranks[signs > 0].sum() + 1e-9)
    found = paired_test(first, second)
    assert found.p == pytest.approx(expected)
    assert found.effect == pytest.approx((5.5 + 8 + 4 + 7 - 5.5 - 3) / 36)
    assert found[2:] == (4, 2, 2)
    reverse = paired_test(second, first, "greater")
    assert (reverse.p, reverse.effect) == (found.p, -found.effect)
    assert reverse[2:] == (2, 4, 2)
    # Zeros left out before ranking would give another p.
    difference = first - second
    left_out = scipy.stats.wilcoxon(difference[difference != 0], alternative="less").pvalue
    assert abs(found.p - left_out) > 0.01


def test_paired_test_of_many_instances_is_normal_with_the_variance_of_sign_flips():
    """Half zeros and many ties: mean Σ r / 2 and variance Σ r² / 4 over the ranks left."""
    rng = np.random.default_rng(11)
    difference = np.where(rng.random(100) < 0.5, 0, rng.integers(-4, 4, 100))
    ranks = np.where(difference == 0, 0, scipy.stats.rankdata(np.abs(difference)))
    z = (ranks[difference > 0].sum() - ranks.sum() / 2) / np.sqrt((ranks**2).sum() / 4)
    found = paired_test(difference + 10.0, np.full(100, 10.0))
    assert found.p == pytest.approx(scipy.stats.norm.cdf(z))
    assert 0.001 < found.p < 0.3
    assert found.ties > 40


def test_paired_test_without_ties_is_exact():
    """Ten wins of ten: one of 2^10 sign patterns; the opposite claim has p = 1."""
    second = np.arange(1.0, 11.0)
    assert paired_test(np.zeros(10), second) == (2**-10, 1.0, 10, 0, 0)
    assert paired_test(np.zeros(10), second, "greater").p == 1.0
    assert paired_test(second, np.zeros(10)) == (1.0, -1.0, 0, 10, 0)


@pytest.mark.parametrize("value", [3.0, np.inf])
@pytest.mark.parametrize("instances", [1, 10, 100])
def test_nothing_but_ties_gives_p_of_one(value, instances):
    same = np.full(instances, value)
    for alternative in ("less", "greater"):
        assert paired_test(same, same, alternative) == (1.0, 0.0, 0, 0, instances)


def test_many_ties_and_one_win_are_no_large_effect():
    first = np.zeros(100)
    found = paired_test(first, np.eye(100)[0])
    assert found.effect == pytest.approx(100 / 5050)
    assert found[2:] == (1, 0, 99)
    assert found.p > 0.1


def test_censored_runs_take_the_worst_rank():
    """The result is that of any common value far beyond the budget; two censored runs tie."""
    rng = np.random.default_rng(9)
    first, second = (runs[:, 0] for runs in simulated_queries(rng, 60, 1))
    first[:4] = second[2:9] = np.inf
    found = paired_test(first, second)
    assert found.ties >= 2
    for beyond in (10 * BUDGET, 1e6):
        put = [np.where(np.isinf(runs), beyond, runs) for runs in (first, second)]
        assert paired_test(*put) == found
    # One censored run outweighs any difference of finished ones.
    worst = paired_test(np.array([1.0, 1.0, np.inf]), np.array([300.0, 2.0, 399.0]))
    assert worst.effect == pytest.approx((2 + 1 - 3) / 6)


@settings(max_examples=60)
@given(
    # Between these counts SciPy goes through all sign flips, slowly; one is above by hand.
    (st.integers(1, 6) | st.integers(14, 60)).flatmap(
        lambda count: arrays(float, (2, count), elements=st.integers(1, 5))
    ),
    st.sampled_from([2.0**-20, 1.0, 2.0**20]),
)
def test_paired_test_is_antisymmetric_and_free_of_units(pair, unit):
    first, second = np.where(pair == 5, np.inf, pair)
    found, reverse = paired_test(first, second), paired_test(second, first)
    assert paired_test(unit * first, unit * second) == found
    assert 0 < found.p <= 1
    assert -1 <= found.effect <= 1
    assert reverse.effect == -found.effect
    assert (reverse.wins, reverse.losses) == (found.losses, found.wins)
    assert found.wins + found.losses + found.ties == len(first)


def test_paired_test_refuses_other_arguments():
    with pytest.raises(ValueError, match="alternative is 'smaller'"):
        paired_test(np.ones(3), np.ones(3), "smaller")
    with pytest.raises(ValueError, match="shape"):
        paired_test(np.ones((3, 1)), np.ones((3, 1)))
    with pytest.raises(ValueError, match="shape"):
        paired_test(np.ones(0), np.ones(0))
    with pytest.raises(ValueError, match=r"only \+infinity"):
        paired_test(np.array([1.0, -np.inf]), np.ones(2))


def simulated_families(rng, instances, families, factors):
    """Starts on the same instances, coarsely rounded and censored: `(instances, starts)` each."""
    for _ in range(families):
        difficulty = 60 * rng.lognormal(0, 0.7, (instances, 1))
        queries = difficulty * factors * rng.lognormal(0, 0.5, (instances, len(factors)))
        queries = np.ceil(queries / 20)
        yield np.where(queries > 10, np.inf, queries)


@pytest.mark.parametrize("instances", [20, 40, 100])
def test_size_of_the_paired_test(instances):
    """Equal starts, many ties: the level of 5 % is kept, and used."""
    rng = np.random.default_rng(instances)
    pairs = simulated_families(rng, instances, 1500, np.ones(2))
    rejected = [paired_test(*pair.T).p < 0.05 for pair in pairs]
    assert 0.035 <= np.mean(rejected) <= 0.065


@pytest.mark.parametrize(("instances", "worse"), [(20, 0), (40, 0), (40, 3), (100, 3)])
def test_family_wise_error_of_holms_method(instances, worse):
    """Six comparisons with one start; all but `worse` are truly equal.

    At most 5 % of families may err, here plus two standard errors of the simulation. Without the
    correction more do (in truth 12 to 19 %), so that the test can tell.
    """
    rng, families, others = np.random.default_rng(instances), 500, 6
    factors = np.where(np.arange(others + 1) > others - worse, 3.0, 1.0)
    p_values = np.empty((families, others))
    simulated = simulated_families(rng, instances, families, factors)
    for row, (first, *starts) in zip(p_values, (queries.T for queries in simulated), strict=True):
        row[:] = [paired_test(first, start).p for start in starts]
    bound = 0.05 + 2 * np.sqrt(0.05 * 0.95 / families)
    assert (p_values[:, : others - worse] < 0.05).any(axis=1).mean() > bound
    rejected = np.array([holm(row) for row in p_values]) < 0.05
    assert rejected[:, : others - worse].any(axis=1).mean() <= bound
    assert rejected[:, others - worse :].all(axis=1).mean() > 0.95


def test_the_paired_test_has_power_where_pairing_matters():
    """A fifth fewer queries, hidden in a spread of difficulty that blinds an unpaired test."""
    rng = np.random.default_rng(10)
    found, unpaired = [], []
    for _ in range(100):
        first, second = (runs[:, 0] for runs in simulated_queries(rng, 100, 1, 1.25))
        found.append(paired_test(first, second).p < 0.05)
        unpaired.append(paired_test(first, np.roll(second, 1)).p < 0.05)
    assert np.mean(found) > 0.95
    assert np.mean(unpaired) < 0.85


def test_holm_by_hand():
    """Smallest times 4, next times 3, then twice; a later one is never below an earlier one."""
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(holm(np.array([0.6, 0.02, 0.5])), [1.0, 0.06, 1.0])
    np.testing.assert_allclose(
        holm(np.array([[0.01, 0.01], [0.01, 0.2]])), [[0.04, 0.04], [0.04, 0.2]]
    )
    np.testing.assert_allclose(holm(np.array([0.03])), [0.03])
    assert holm(np.array([])).shape == (0,)


@given(arrays(float, st.integers(1, 8), elements=st.floats(0, 1)), st.floats(0.001, 0.5))
def test_holm_rejects_what_his_procedure_rejects(p_values, alpha):
    """Holm 1979: from the smallest on, reject while p ≤ α / (hypotheses left), then stop."""
    rejected, left = np.zeros(len(p_values), bool), len(p_values)
    for position in np.argsort(p_values, kind="stable"):
        if p_values[position] * left > alpha:
            break
        rejected[position] = True
        left -= 1
    adjusted = holm(p_values)
    np.testing.assert_array_equal(adjusted <= alpha, rejected)
    assert (adjusted >= p_values).all()
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan])
def test_holm_refuses_what_is_no_p_value(value):
    with pytest.raises(ValueError, match="outside"):
        holm(np.array([0.1, value]))


@pytest.mark.parametrize("alternative", ["less", "greater"])
def test_few_instances_are_tested_as_by_scipy(alternative):
    rng = np.random.default_rng(3)
    for count in range(2, 10):
        first, second = rng.integers(0, 5, (2, count)).astype(float)
        first[0], second[0] = 9.0, 1.0
        expected = scipy.stats.wilcoxon(
            first - second, zero_method="pratt", alternative=alternative
        ).pvalue
        found = paired_test(first, second, alternative).p
        assert found == pytest.approx(expected, rel=1e-12)
