"""Sampled energies: without bias, of the predicted variance, and honest about their shots."""

import functools
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from replication.ansatze.hubbard import hubbard_ansatz
from replication.ansatze.qaoa import qaoa
from replication.errors import UserError
from replication.evaluation.shots import (
    SampledEnergy,
    shots_per_query,
    split_shots,
)
from replication.problems.hubbard import hubbard
from replication.problems.maxcut import maxcut
from replication.problems.sk import sk

RING = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (0, 2)]
GLASS = [[0, 0.4, -0.7, 0.2], [0.4, 0, 0.3, -0.5], [-0.7, 0.3, 0, 0.6], [0.2, -0.5, 0.6, 0]]
# Problem, ansatz and how many settings are measured.
CASES = {
    "maxcut": (maxcut(RING), lambda problem: qaoa(problem, 2), 1),
    "sk": (sk(GLASS), lambda problem: qaoa(problem, 1), 1),
    "sk with fields": (sk(GLASS, [0.3, -0.2, 0.5, 0.1]), lambda problem: qaoa(problem, 2), 1),
    "2x2": (hubbard((2, 2), 0.8, 3.0), hubbard_ansatz, 3),
    "2x3, grouped": (hubbard((2, 3)), lambda problem: hubbard_ansatz(problem, 2, "grouped"), 4),
    "3x2, odd ring": (
        hubbard((3, 2), 0.7, 2.3, periodic=(True, False), filling=(2, 1)),
        lambda problem: hubbard_ansatz(problem, 1),
        5,
    ),
    "1x3, both signs turned": (hubbard((1, 3), -1.0, -2.0, filling=(2, 1)), hubbard_ansatz, 3),
    "2x2, no repulsion": (hubbard((2, 2), 1.0, 0.0), hubbard_ansatz, 2),
}
every_case = pytest.mark.parametrize("name", CASES)


@functools.cache
def case(name):
    """Problem, ansatz, its sampled energy, and angles far from anything special."""
    problem, build, settings = CASES[name]
    ansatz = build(problem)
    sampled = SampledEnergy(ansatz)
    assert sampled.settings == settings
    theta = np.random.default_rng(1).uniform(-0.7, 0.7, ansatz.num_parameters)
    return problem, ansatz, sampled, theta


def moments(sampled, theta):
    """The exact mean, and the variance of the outcomes' values of each setting."""
    pairs = list(zip(sampled.distributions(theta), sampled.levels, strict=True))
    means = [probabilities @ levels for probabilities, levels in pairs]
    variances = [p @ (v - mean) ** 2 for (p, v), mean in zip(pairs, means, strict=True)]
    return sum(means), np.array(variances)


def variance(sampled, theta, shots):
    """Of one estimate, as the settings are independent."""
    return float(np.sum(moments(sampled, theta)[1] / sampled.split(shots)))


def estimates(sampled, theta, shots, count, seed=0):
    rng = np.random.default_rng(seed)
    return np.array([sampled(theta, shots, rng) for _ in range(count)])


@every_case
def test_mean_of_the_distributions_is_the_energy(name):
    _, ansatz, sampled, theta = case(name)
    for one in sampled.distributions(theta):
        assert one.min() >= 0
        assert one.sum() == pytest.approx(1, abs=1e-14)
    assert moments(sampled, theta)[0] == pytest.approx(float(ansatz.energy(theta)), abs=1e-11)


@every_case
def test_estimates_are_unbiased_and_vary_as_predicted(name):
    """Few shots, so that a wrong split or a shared draw would show."""
    _, ansatz, sampled, theta = case(name)
    shots, count = 23, 4000
    drawn = estimates(sampled, theta, shots, count)
    predicted = variance(sampled, theta, shots)
    assert predicted > 1e-3
    z = (drawn.mean() - float(ansatz.energy(theta))) / math.sqrt(predicted / count)
    assert abs(z) < 4
    # The variance of a test set of near-normal numbers scatters by sqrt(2 / count) = 2 %.
    assert drawn.var() / predicted == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("name", ["maxcut", "2x3, grouped"])
def test_single_shots_follow_the_distribution(name):
    """One shot a setting: each estimate is a sum of values, seen as often as they should be."""
    _, _, sampled, theta = case(name)
    drawn = estimates(sampled, theta, sampled.settings, 4000)
    exact = [(0.0, 1.0)]
    for probabilities, levels in zip(sampled.distributions(theta), sampled.levels, strict=True):
        one = list(zip(levels, probabilities, strict=True))
        exact = [(e + v, w * p) for e, w in exact for v, p in one]
    values, index = np.unique(np.round([e for e, _ in exact], 9), return_inverse=True)
    expected = 4000 * np.bincount(index, [w for _, w in exact])
    seen = np.array([np.sum(np.abs(drawn - value) < 1e-8) for value in values])
    assert seen.sum() == 4000
    assert not seen[expected < 1e-9].any()
    often = expected > 5
    expected = np.append(expected[often], expected[~often].sum())
    seen = np.append(seen[often], seen[~often].sum())
    kept = expected > 0
    assert scipy.stats.chisquare(seen[kept], expected[kept], sum_check=False).pvalue > 1e-3


@every_case
def test_noise_falls_as_one_over_the_root_of_the_shots(name):
    problem, ansatz, sampled, theta = case(name)
    limit = 10**8 * variance(sampled, theta, 10**8)
    for shots in (10**4, 10**6):
        assert shots * variance(sampled, theta, shots) == pytest.approx(limit, rel=20 / shots)
    assert limit <= problem.normaliser**2
    few, many = (estimates(sampled, theta, shots, 1500).std() for shots in (100, 10_000))
    assert few / many == pytest.approx(10, rel=0.1)
    shots = 10**10
    error = sampled(theta, shots, np.random.default_rng(0)) - float(ansatz.energy(theta))
    assert abs(error) < 5 * math.sqrt(variance(sampled, theta, shots))


def test_noise_is_that_of_the_generator():
    _, _, sampled, theta = case("2x2")
    first, again = (estimates(sampled, theta, 100, 5, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert len(set(first)) == 5
    assert set(first) != set(estimates(sampled, theta, 100, 5, seed=4))


@given(
    weights=st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=6),
    extra=st.one_of(st.integers(0, 50), st.integers(0, 10**6)),
)
def test_every_shot_is_given_away_and_no_setting_goes_without(weights, extra):
    fractions = np.array(weights) / np.sum(weights)
    shots = len(weights) + extra
    split = split_shots(shots, fractions)
    assert split.sum() == shots
    assert split.min() >= 1
    # Nobody is more than a shot above its fraction but those that got their minimum.
    assert np.all((split < shots * fractions + 1) | (split == 1))
    if np.all(shots * fractions >= 1):
        assert np.all(np.abs(split - shots * fractions) < 1)


def test_split_by_hand():
    fractions = np.array([0.9, 0.05, 0.03, 0.02])
    assert split_shots(4, fractions).tolist() == [1, 1, 1, 1]
    assert split_shots(100, fractions).tolist() == [90, 5, 3, 2]
    assert split_shots(107, fractions).tolist() == [96, 6, 3, 2]
    _, _, sampled, _ = case("2x2")
    # Norms 3 U N / 4 = 9 on site and 2 t = 1.6 for each of two bonds, twice.
    assert sampled.split(1540).tolist() == [900, 320, 320]


@pytest.mark.parametrize(
    ("name", "shots", "least"),
    [("maxcut", 0, 1), ("2x2", 2, 3), ("2x2, no repulsion", 1, 2), ("maxcut", -5, 1)]
    + [("maxcut", bad, 1) for bad in (2.5, True, "9", math.nan)],
)
def test_too_few_shots_are_refused(name, shots, least):
    _, _, sampled, theta = case(name)
    with pytest.raises(UserError, match=f"a whole number of at least {least}, one for each"):
        sampled(theta, shots, np.random.default_rng(0))


def test_fewest_shots_are_one_a_setting():
    for name in CASES:
        _, _, sampled, theta = case(name)
        assert math.isfinite(sampled(theta, sampled.settings, np.random.default_rng(0)))


def test_angles_of_the_wrong_shape_are_refused():
    _, _, sampled, _ = case("maxcut")
    with pytest.raises(UserError, match="takes 4 angles"):
        sampled(np.zeros(3), 10, np.random.default_rng(0))


def test_a_state_without_noise_needs_one_shot():
    """The single edge is solved exactly at p = 1: every shot is a cut."""
    problem = maxcut([(0, 1)])
    ansatz, theta = qaoa(problem, 1), np.array([np.pi / 4, -np.pi / 8])
    assert float(ansatz.energy(theta)) == pytest.approx(-1)
    assert SampledEnergy(ansatz)(theta, 1, np.random.default_rng(0)) == -1


def test_single_precision_angles_will_do():
    _, ansatz, sampled, theta = case("2x3, grouped")
    assert all(one.dtype == np.float64 for one in sampled.distributions(theta.astype(np.float32)))
    mean, _ = moments(sampled, theta.astype(np.float32))
    assert mean == pytest.approx(float(ansatz.energy(theta)), abs=1e-4)
    assert math.isfinite(sampled(theta.astype(np.float32), 10**6, np.random.default_rng(0)))


def test_shots_per_query_is_the_squared_norm():
    assert shots_per_query(maxcut(RING), 0.05) == pytest.approx(36 / 0.0025)
    # 2 t B + 3 U N / 4 with 4 bonds and 4 sites.
    assert shots_per_query(hubbard((2, 2), 1.0, 4.0), 0.1) == pytest.approx(20**2 / 0.01)


@pytest.mark.parametrize("epsilon", [0.0, -0.05, math.inf, math.nan])
def test_epsilon_is_positive(epsilon):
    problem = case("maxcut")[0]
    with pytest.raises(UserError, match="must be a positive finite number"):
        shots_per_query(problem, epsilon)
