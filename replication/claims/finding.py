"""One number of a claim: what it is of, its test, and what it is compared with."""

from typing import Any, Literal, NamedTuple

import numpy as np

from replication.evaluation.rows import Interval
from replication.kinds.meta_learning_jobs import MAIN

Measured = dict[str, Any]
"""Columns of one row of a table."""

Metric = Literal["error", "queries_ratio", "shots", "count"]


class Finding(NamedTuple):
    """One number with its test, and what it is compared with.

    - `claim`, `experiment`, `test_set`: where it belongs; `network` the learner it is of, or the
      variant of the experiment whose chosen network it is; empty for the class's chosen network.
    - `comparison`: the other start, `limit` for a bound, `paper` for a printed number, or what is
      counted; `group` the part of the claim it decides; `protocol` the way to evaluate.
    - `metric`: `error` after the queries, `queries_ratio`, `shots` or `count`.
    - `number` with its interval; `spread` over instances (`shots` alone); `least_seed`,
      `most_seed` the same number for the training seeds, `seeds` of them.
    - `p`, `effect`, `wins`, `losses`, `ties`: see
      [`PairedTest`][replication.evaluation.statistics.PairedTest]; `improvement` with its interval
      the probability that the RNN is better, or below the bound, on an instance.
    - `threshold`: what the number must keep to; for `shots` the paper's number.
    - `other_queries`: median queries to the target of the other start; `at_budget` the ratio of
      queries with censored runs put at the budget.
    - `given`: the verdict where it follows from no number here.
    """

    claim: str
    experiment: str
    test_set: str
    comparison: str
    group: str
    metric: Metric
    number: Interval
    network: str = ""
    protocol: str = MAIN
    spread: float = np.nan
    p: float = np.nan
    effect: float = np.nan
    improvement: Interval = Interval(np.nan)
    wins: int = 0
    losses: int = 0
    ties: int = 0
    seeds: int = 0
    least_seed: float = np.nan
    most_seed: float = np.nan
    other_queries: float = np.nan
    at_budget: float = np.nan
    threshold: float = np.nan
    given: str = ""
    reason: str = ""
