"""The verdict on a claim, from numbers, their intervals and the study's thresholds."""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from replication import problems
from replication.claims.finding import Finding, Measured
from replication.evaluation import statistics

Verdict = Literal["replicated", "partly", "not", "inconclusive"]
UNKNOWN: Verdict = "inconclusive"


def _unknown(*numbers: float) -> bool:
    return any(math.isnan(number) for number in numbers)


def judge_limit(value: float, low: float, high: float, limit: float) -> Verdict:
    """Whether something is at most `limit`, such as an error after ten queries.

    - *replicated*: the whole interval lies at or below the limit, high ≤ limit;
    - *not*: the whole interval lies above it, low > limit;
    - *inconclusive*: the interval straddles the limit, or a number is NaN.

    The limits decide, not the value: a good value with a wide interval proves nothing.

    **Arguments:** `value` with its interval [`low`, `high`], infinite where censored.
    """
    if _unknown(value, low, high):
        return "inconclusive"
    if high <= limit:
        return "replicated"
    return "not" if low > limit else "inconclusive"


def judge_queries_ratio(
    ratio: float, low: float, high: float, p_adjusted: float, least: float, alpha: float
) -> Verdict:
    """Whether another start needs at least `least` times as many queries.

    - *not*: the whole interval lies below the asked ratio, high < least, or the other start needs
      no more queries at all, ratio ≤ 1;
    - *replicated*: low ≥ least and p_adjusted < alpha;
    - *inconclusive*: otherwise, or where a number is NaN (neither reaches the target).

    An infinite ratio, of a start that does not reach the target, is a ratio like any other: its
    lower limit decides.

    **Arguments:**

    - `ratio` with its interval [`low`, `high`]: from
      [`ratio_of_medians`][replication.evaluation.statistics.ratio_of_medians].
    - `p_adjusted`: of the one-sided paired test, corrected for the family of comparisons.
    - `least`: the smallest ratio that counts as fewer queries, at least 1.
    - `alpha`: level of the test.
    """
    if not least >= 1:
        raise ValueError(f"least is {least}; fewer queries are a ratio of at least 1.")
    if _unknown(ratio, low, high, p_adjusted):
        return "inconclusive"
    if high < least or ratio <= 1:
        return "not"
    return "replicated" if low >= least and p_adjusted < alpha else "inconclusive"


def judge_overlap(ours_mean: float, ours_sd: float, paper_mean: float, paper_sd: float) -> Verdict:
    """Whether mean and spread of a number over an ensemble agree with the paper's mean ± sd.

    Two conditions: our mean lies within paper_mean ± paper_sd, and our standard deviation within
    a factor 2 of paper_sd, bounds included in both.

    - *replicated*: both hold;
    - *partly*: just one holds;
    - *not*: neither holds;
    - *inconclusive*: a number is NaN.
    """
    if _unknown(ours_mean, ours_sd, paper_mean, paper_sd):
        return "inconclusive"
    if ours_sd < 0 or paper_sd <= 0:
        raise ValueError(f"Standard deviations {ours_sd} and {paper_sd} must be positive.")
    held = (abs(ours_mean - paper_mean) <= paper_sd) + (paper_sd / 2 <= ours_sd <= 2 * paper_sd)
    verdicts: tuple[Verdict, Verdict, Verdict] = ("not", "partly", "replicated")
    return verdicts[held]


def combine(parts: Sequence[Verdict]) -> Verdict:
    """The verdict on a claim of several parts, such as one for each problem class.

    - all parts alike: that verdict;
    - some part *replicated* or *partly*, but not all *replicated*: *partly*;
    - otherwise (*not* beside *inconclusive*): *inconclusive*.
    """
    if not parts:
        raise ValueError("A verdict needs at least one part.")
    kinds = set(parts)
    if len(kinds) == 1:
        return parts[0]
    return "partly" if kinds & {"replicated", "partly"} else "inconclusive"


class Judged(NamedTuple):
    """A finding with its corrected p-value and verdict; `shown`: its class's row quotes it."""

    finding: Finding
    p_holm: float
    verdict: Verdict
    shown: bool = False

    def measured(self) -> Measured:
        """The columns of its row among the findings."""
        own = {"p_holm": self.p_holm, "verdict": self.verdict, "shown": self.shown}
        return {**self.finding._asdict(), **own}


def judge(finding: Finding, p_holm: float, alpha: float) -> Verdict:
    """The verdict on one finding."""
    one = finding
    if one.given:
        return one.given  # type: ignore[return-value]
    if one.metric == "error":
        return judge_limit(*one.number, one.threshold)
    if one.metric == "queries_ratio":
        return judge_queries_ratio(*one.number, p_holm, one.threshold, alpha)
    paper = problems.load(one.group).paper_shots
    assert paper is not None
    return judge_overlap(one.number.value, one.spread, paper.mean, paper.sd)


def corrected(findings: Sequence[Finding]) -> np.ndarray:
    """Holm's p-values over one family: every test among the findings; NaN where there is none."""
    p = np.array([one.p for one in findings], float)
    tested = ~np.isnan(p)
    p[tested] = statistics.holm(p[tested])
    return p


def judged_together(findings: Sequence[Finding], alpha: float) -> list[Judged]:
    """Each finding with its verdict, the tests of all of them corrected as one family."""
    return [
        Judged(one, p, judge(one, p, alpha))
        for one, p in zip(findings, corrected(findings), strict=True)
    ]
