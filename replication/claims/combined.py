"""Verdicts on classes and on whole claims, from those on single findings."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from replication.claims.finding import Metric
from replication.claims.judge import UNKNOWN, Judged, Verdict, combine
from replication.kinds.meta_learning_jobs import MAIN
from replication.published import CLAIMS
from replication.study import Study


class Row(NamedTuple):
    """A combined verdict: of a class, or of a whole claim where `experiment` is empty."""

    claim: str
    experiment: str
    verdict: Verdict
    reason: str = ""
    paper: str = ""
    control: str = ""


def _combined(parts: Sequence[Verdict]) -> Verdict:
    """[`combine`][], and inconclusive where there are no parts."""
    return combine(parts) if parts else UNKNOWN


def _worst(group: Sequence[Judged], metric: Metric) -> Judged | None:
    """The largest error, or the smallest ratio of queries; what is NaN counts as worst."""
    found = [one for one in group if one.finding.metric == metric]
    if not found:
        return None

    def badness(one: Judged) -> float:
        number = one.finding.number.value
        return np.inf if np.isnan(number) else number if metric == "error" else -number

    return max(found, key=badness)


def strongest_control(group: Sequence[Judged], protocol: str = MAIN) -> Judged | None:
    """The control of the lowest median queries to the target; ties by the lower limit."""
    controls = [
        one for one in group if one.finding.group == "controls" and one.finding.protocol == protocol
    ]
    return min(
        controls, key=lambda one: (one.finding.other_queries, one.finding.number.low), default=None
    )


def _under_others(group: Sequence[Judged]) -> list[Judged]:
    """The strongest control under each other local optimiser."""
    protocols = dict.fromkeys(one.finding.protocol for one in group)
    found = [strongest_control(group, one) for one in protocols if one != MAIN]
    return [one for one in found if one is not None]


def judge_comparisons(
    group: Sequence[Judged], controls: bool = True
) -> tuple[Verdict, Verdict, Verdict]:
    """C2 for one class: the verdict, that of the paper's comparisons, and the strongest control's.

    The paper's comparisons are combined; of the controls the strongest one decides, and the class
    combines the two, under the experiment's own optimiser.

    **Arguments:** `controls`: whether there should be some; else the paper's comparisons decide.
    """
    own = [one for one in group if one.finding.protocol == MAIN]
    paper = _combined([one.verdict for one in own if one.finding.group == "paper"])
    best = strongest_control(group)
    if not controls:
        return paper, paper, paper
    control = best.verdict if best else UNKNOWN
    return combine([paper, control]), paper, control


def _by_place(group: Sequence[Judged]) -> list[Verdict]:
    """C3, R1: the verdict on each test set: its error and its ratio of queries combined."""
    places = dict.fromkeys(one.finding.group for one in group)
    return [
        combine([one.verdict for one in group if one.finding.group == place]) for place in places
    ]


def _class_row(
    claim: str, experiment: str, group: Sequence[Judged], controls: bool
) -> tuple[Row, list[Judged]]:
    """The verdict on a class, and the findings that its row quotes."""
    if claim == "C2":
        verdict, paper, control = judge_comparisons(group, controls)
        own = [
            one for one in group if one.finding.group == "paper" and one.finding.protocol == MAIN
        ]
        others = _under_others(group)
        # Where neither start arrives there is no number to quote.
        known = [one for one in others if not np.isnan(one.finding.number.value)]
        quoted = [
            _worst(own, "queries_ratio"),
            strongest_control(group),
            _worst(known or others, "queries_ratio"),
        ]
        reason = "" if quoted[1] or not controls else "no control among the starts"
        if others:
            held = sum(one.verdict == "replicated" for one in others)
            reason = f"{held} of {len(others)} other optimisers hold"
        row = Row(claim, experiment, verdict, reason, paper, control)
    elif claim in ("C3", "R1"):
        verdicts = _by_place(group)
        quoted = [_worst(group, "error"), _worst(group, "queries_ratio")]
        passed = verdicts.count("replicated")
        noun = "sizes" if claim == "C3" else "test sets"
        row = Row(claim, experiment, combine(verdicts), f"{passed} of {len(verdicts)} {noun} hold")
    else:
        quoted = list(group)
        row = Row(claim, experiment, combine([one.verdict for one in group]))
    return row, [one for one in quoted if one is not None]


MISSING = {
    "C1": "no trained network among the starts",
    "C2": "no trained network, or nothing to compare it with, among the starts",
    "C3": "no test size beyond the training sizes",
    "C4": "no shots counted that the paper printed a number for",
    "R1": "no test sets outside the training distribution in this study",
    "R2": "nothing counted",
}


def rows_of(study: Study, judged: Sequence[Judged]) -> tuple[list[Row], list[Judged]]:
    """Rows of classes and claims, and the findings with those marked that a row quotes."""
    rows: list[Row] = []
    quoted: set[int] = set()
    for claim in CLAIMS:
        classes: list[Row] = []
        mine = [one for one in judged if one.finding.claim == claim]
        for name in (*study.headlines, ""):
            group = [one for one in mine if one.finding.experiment == name]
            if not group:
                continue
            row, numbers = _class_row(claim, name, group, bool(study.claims.controls))
            quoted |= {id(one) for one in numbers}
            classes.append(row)
        rows += [row for row in classes if row.experiment]
        rows.append(_claim_row(claim, classes, mine))
    return rows, [one._replace(shown=id(one) in quoted) for one in judged]


def _claim_row(claim: str, classes: Sequence[Row], mine: Sequence[Judged]) -> Row:
    """The verdict on a whole claim."""
    if not classes:
        return Row(claim, "", UNKNOWN, MISSING[claim])
    parts = [row.verdict for row in classes]
    if claim == "C2":
        paper = combine([row.paper for row in classes])  # type: ignore[misc]
        control = combine([row.control for row in classes])  # type: ignore[misc]
        return Row(claim, "", combine(parts), "", paper, control)
    reason = ""
    if claim == "R1":
        verdicts = [
            verdict
            for row in classes
            for verdict in _by_place(
                [one for one in mine if one.finding.experiment == row.experiment]
            )
        ]
        fraction = verdicts.count("replicated") / len(verdicts)
        reason = f"{100 * fraction:.0f} % of {len(verdicts)} test sets hold"
    return Row(claim, "", combine(parts), reason)
