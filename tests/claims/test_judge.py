"""Verdicts: every branch and bound of the rules, and that a better network never fares worse."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replication.claims.judge import combine, judge_limit, judge_overlap, judge_queries_ratio

RANK = {"not": 0, "inconclusive": 1, "partly": 2, "replicated": 3}
NAN, INF = math.nan, math.inf
LEVELS = st.floats(0.1, 20) | st.sampled_from([1.0, 2.0, 5.0, INF])
PARTS = st.lists(st.sampled_from(list(RANK)), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [
        (0.006, 0.004, 0.008, "replicated"),
        (0.008, 0.006, 0.01, "replicated"),  # the bound belongs to the claim
        (0.008, 0.006, 0.010001, "inconclusive"),
        (0.02, 0.01, 0.03, "inconclusive"),
        (0.02, 0.010001, 0.03, "not"),
        (0.01, 0.01, 0.01, "replicated"),
        (INF, 0.005, INF, "inconclusive"),
        (INF, INF, INF, "not"),
        (NAN, 0.001, 0.002, "inconclusive"),
        (0.001, NAN, 0.002, "inconclusive"),
        (0.001, 0.001, NAN, "inconclusive"),
    ],
)
def test_judge_limit(value, low, high, verdict):
    assert judge_limit(value, low, high, 0.01) == verdict


@pytest.mark.parametrize(
    ("ratio", "low", "high", "p_adjusted", "verdict"),
    [
        (5.0, 3.0, 8.0, 1e-6, "replicated"),
        (5.0, 2.0, 8.0, 0.0499, "replicated"),  # the least ratio is enough
        (5.0, 3.0, 8.0, 0.05, "inconclusive"),  # alpha itself is not
        (5.0, 1.999, 8.0, 1e-6, "inconclusive"),
        (1.5, 1.2, 1.999, 1e-6, "not"),
        (1.5, 1.2, 2.0, 1e-6, "inconclusive"),
        (1.0, 0.5, 3.0, 0.5, "not"),
        (1.001, 0.5, 3.0, 0.5, "inconclusive"),
        (0.0, 0.0, 0.1, 1.0, "not"),  # the network alone misses the target
        (INF, 40.0, INF, 1e-6, "replicated"),  # the other start alone misses it
        (INF, INF, INF, 1e-6, "replicated"),
        (INF, 1.1, INF, 1e-6, "inconclusive"),  # by how much, the budget does not tell
        (NAN, 0.0, INF, 1.0, "inconclusive"),  # both miss it
        (5.0, 3.0, 8.0, NAN, "inconclusive"),
        (5.0, NAN, 8.0, 1e-6, "inconclusive"),
        (5.0, 3.0, NAN, 1e-6, "inconclusive"),
    ],
)
def test_judge_queries_ratio(ratio, low, high, p_adjusted, verdict):
    assert judge_queries_ratio(ratio, low, high, p_adjusted, least=2.0, alpha=0.05) == verdict


@pytest.mark.parametrize("least", [0.99, 0.0, NAN])
def test_fewer_queries_are_a_ratio_of_at_least_one(least):
    with pytest.raises(ValueError, match="at least 1"):
        judge_queries_ratio(5.0, 3.0, 8.0, 1e-6, least, 0.05)


def test_as_many_queries_are_not_fewer_even_where_any_would_do():
    assert judge_queries_ratio(1.0, 1.0, 1.0, 1e-6, least=1.0, alpha=0.05) == "not"
    assert judge_queries_ratio(1.01, 1.0, 1.1, 1e-6, least=1.0, alpha=0.05) == "replicated"


@pytest.mark.parametrize(
    ("mean", "sd", "verdict"),
    [
        (6.8, 4.6, "replicated"),
        (3.0, 2.0, "replicated"),  # both bounds belong to it, below
        (11.0, 8.0, "replicated"),  # and above
        (2.999, 4.0, "partly"),
        (11.001, 4.0, "partly"),
        (7.0, 1.999, "partly"),
        (7.0, 8.001, "partly"),
        (2.9, 1.9, "not"),
        (0.34, 0.23, "not"),  # epsilon read as a variance
        (NAN, 4.0, "inconclusive"),
        (7.0, NAN, "inconclusive"),
    ],
)
def test_judge_overlap(mean, sd, verdict):
    assert judge_overlap(mean, sd, 7.0, 4.0) == verdict


@pytest.mark.parametrize(("ours", "paper"), [(-1.0, 4.0), (4.0, 0.0), (4.0, -1.0)])
def test_a_spread_is_positive(ours, paper):
    with pytest.raises(ValueError, match="must be positive"):
        judge_overlap(7.0, ours, 7.0, paper)


@pytest.mark.parametrize(
    ("parts", "verdict"),
    [
        (["replicated", "replicated"], "replicated"),
        (["not", "not", "not"], "not"),
        (["replicated", "not"], "partly"),
        (["replicated", "inconclusive"], "partly"),
        (["replicated", "partly"], "partly"),
        (["partly", "not"], "partly"),
        (["not", "inconclusive"], "inconclusive"),
        (["inconclusive", "inconclusive"], "inconclusive"),
    ],
)
def test_combine(parts, verdict):
    assert combine(parts) == verdict


def test_nothing_is_no_verdict():
    with pytest.raises(ValueError, match="at least one part"):
        combine([])


@given(PARTS, st.randoms())
def test_order_and_repetition_do_not_matter(parts, random):
    shuffled = random.sample(parts, len(parts))
    assert combine(shuffled) == combine(parts) == combine(parts + shuffled)
    assert combine(parts[:1] * 3) == parts[0]


@given(PARTS, st.data())
def test_a_better_part_never_worsens_the_whole(parts, data):
    better = [
        data.draw(st.sampled_from([one for one in RANK if RANK[one] >= RANK[part]]))
        for part in parts
    ]
    assert RANK[combine(better)] >= RANK[combine(parts)]


@given(*[st.floats(0, 0.1)] * 3, st.floats(0.01, 1), st.floats(0.001, 0.1))
def test_a_smaller_error_never_worsens_the_verdict(one, two, three, factor, limit):
    low, value, high = sorted([one, two, three])
    before = judge_limit(value, low, high, limit)
    after = judge_limit(factor * value, factor * low, factor * high, limit)
    assert RANK[after] >= RANK[before]


@given(*[LEVELS] * 3, st.floats(1, 10), st.floats(0, 1), st.floats(0, 1), st.floats(1, 8), LEVELS)
def test_a_larger_ratio_never_worsens_the_verdict(one, two, three, more, p, shrink, least, limit):
    """Ratio and limits times a factor, p smaller; and a claim of less is no harder to meet."""
    low, ratio, high = sorted([one, two, three])
    before = judge_queries_ratio(ratio, low, high, p, least, 0.05)
    after = judge_queries_ratio(more * ratio, more * low, more * high, shrink * p, least, 0.05)
    assert RANK[after] >= RANK[before]
    easier = max(1.0, min(least, limit))
    assert RANK[judge_queries_ratio(ratio, low, high, p, easier, 0.05)] >= RANK[before]


def test_verdicts_of_ratios_are_disjoint():
    """On a grid: replicated needs both conditions, not never comes with proven fewer queries."""
    levels = [0.5, 1.0, 1.5, 2.0, 3.0, INF]
    for low, ratio, high in itertools.combinations_with_replacement(levels, 3):
        for p in (0.01, 0.5):
            verdict = judge_queries_ratio(ratio, low, high, p, 2.0, 0.05)
            assert (verdict == "replicated") == (low >= 2 and p < 0.05)
            assert (verdict == "not") == (high < 2 or ratio <= 1)
