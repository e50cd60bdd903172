"""Each variation, and each other rule of judgement, beside its base."""

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from replication.claims.combined import judge_comparisons, rows_of, strongest_control
from replication.claims.evaluated import Evaluated, Loader, Measured, error_within, queries_ratio
from replication.claims.findings import (
    Finding,
    counted,
    group_of,
    growth,
    printed,
    shots_of,
    transfer,
)
from replication.claims.judge import UNKNOWN, Verdict, judge, judged_together
from replication.evaluation.rows import Interval
from replication.evaluation.shots import shots_per_query
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import shots_counted, shots_sizes
from replication.published import EPSILON
from replication.study import Claims, Study
from replication.variations import Change, Variation, variations
from replication.workflow import Job


class Headline(NamedTuple):
    """C1 and C2 as one network or protocol shows them, beside the strongest control.

    `shots` are those of its distribution, with the verdict on C4, where these are asked for.
    """

    bound: Finding
    control: Finding | None
    first: Verdict
    second: Verdict
    shots: Finding | None = None
    fourth: Verdict | Literal[""] = ""

    def counting(self, shots: Finding) -> "Headline":
        """The same with shots a query."""
        return self._replace(shots=shots, fourth=judge(shots, np.nan, np.nan))


def headline(
    evaluated: Evaluated,
    learner: str | None,
    starts: Iterable[str],
    claims: Claims,
    experiment: str,
) -> Headline:
    """Judge C1 and C2 on one test set; the comparisons are a family of their own.

    **Arguments:** `learner`: `None` for the chosen network, else the median over its seeds on each
    instance; `starts`: those compared.
    """
    findings = [
        Finding(
            *("C1", experiment, "", "limit", "limit"),
            **error_within(evaluated, learner, claims.error),
        )
    ]
    for other in starts:
        measured = queries_ratio(evaluated, learner, other, claims)
        findings.append(Finding("C2", experiment, "", other, group_of(other, claims), **measured))
    judged = judged_together(findings, claims.alpha)
    best = strongest_control(judged)
    second = judge_comparisons(judged[1:])[0] if judged[1:] else UNKNOWN
    return Headline(findings[0], best.finding if best else None, judged[0].verdict, second)


def _columns(one: Headline, suffix: str = "") -> Measured:
    """A headline as columns of the table of sensitivity."""
    control, shots = one.control, one.shots
    return {
        f"error{suffix}": one.bound.number,
        f"queries_ratio{suffix}": control.number if control else Interval(np.nan),
        f"queries_ratio_at_budget{suffix}": control.at_budget if control else np.nan,
        f"control{suffix}": control.comparison if control else "",
        f"c1{suffix}": one.first,
        f"c2{suffix}": one.second,
        f"shots{suffix}": shots.number.value if shots else np.nan,
        f"shots_spread{suffix}": shots.spread if shots else np.nan,
        f"c4{suffix}": one.fourth,
    }


def _beside(one: Headline, base: Headline) -> Measured:
    """A headline beside its base, and which verdicts differ."""
    verdicts = {
        "C1": (one.first, base.first),
        "C2": (one.second, base.second),
        "C4": (one.fourth, base.fourth),
    }
    differ = [claim for claim, (mine, its) in verdicts.items() if mine != its]
    return {**_columns(one), **_columns(base, "_base"), "differs": " ".join(differ)}


def _network_text(experiment: MetaLearning, learner: str | None) -> str:
    if learner is None:
        return "chosen network"
    return f"learner {learner}, median of {experiment.learners[learner].seeds} seeds"


def varied(job: Job, load: Loader, one: Variation) -> Measured | None:
    """The row of one variation beside its base; `None` where a network was not tested."""
    study = job.study
    mine, base = (
        load(one.experiment, one.test_set, one.protocol),
        load(one.base_experiment, one.base_test_set),
    )
    if not (mine.has(one.learner) and base.has(one.base_learner)):
        return None
    # Like with like: only starts that both have.
    starts = [start for start in mine.compared_with(study.claims) if start in base.others]
    both = (
        headline(mine, one.learner, starts, study.claims, one.experiment),
        headline(base, one.base_learner, starts, study.claims, one.base_experiment),
    )
    variant = study.meta_learning[one.experiment].variant_of
    if variant and one.experiment in shots_counted(study) and printed(study, one.experiment):
        # Another distribution.
        both = (
            both[0].counting(shots_of(job, one.experiment)),
            both[1].counting(shots_of(job, one.base_experiment)),
        )
    return {
        "kind": one.kind,
        "name": one.name,
        "experiment": one.experiment,
        "base_experiment": one.base_experiment,
        "base": _network_text(study.meta_learning[one.base_experiment], one.base_learner),
        "changes": one.changes,
        **_beside(*both),
    }


def _other_rules(study: Study) -> list[tuple[str, Any, Any, Study]]:
    """Each rule with other values: its name, ours, the other, and the study with that one."""
    claims = study.claims
    others: list[tuple[str, list[Any]]] = [
        ("error", [claims.error / 2, claims.error * 2]),
        ("target", [one for one in study.statistics.targets if one != claims.target]),
        ("queries_ratio", [one for one in (1.0, 2.0, 3.0) if one != claims.queries_ratio]),
        ("alpha", [claims.alpha / 5]),
        ("growth", [claims.growth / 2, claims.growth * 2]),
    ]
    found = [
        (
            f"claims.{key}",
            getattr(claims, key),
            value,
            study.model_copy(update={"claims": claims.model_copy(update={key: value})}),
        )
        for key, values in others
        for value in values
    ]
    intervals = [
        ("confidence", 1 - (1 - study.statistics.confidence) / 5),
        ("resamples", 5 * study.statistics.resamples),
    ]
    for key, value in intervals:
        changed = study.statistics.model_copy(update={key: value})
        ours = getattr(study.statistics, key)
        found.append(
            (f"statistics.{key}", ours, value, study.model_copy(update={"statistics": changed}))
        )
    return found


def _beyond_training(load: Loader, study: Study) -> dict[tuple[str, str], Verdict]:
    """Verdicts on C3 and R1, class by class; their tests are a family of their own."""
    findings = [*growth(load, study), *transfer(load, study)]
    judged = judged_together(findings, study.claims.alpha)
    rows, _ = rows_of(study, judged)
    return {(row.claim, row.experiment): row.verdict for row in rows if row.experiment}


def rules(load: Loader, study: Study) -> Iterator[Measured]:
    """The headline numbers judged by other thresholds, and what that does to C3 and R1."""
    beyond = _beyond_training(load, study)
    for setting, ours, other, changed in _other_rules(study):

        @functools.cache
        def other_load(*place: str, changed: Study = changed) -> Evaluated:
            return load(*place).under(changed)

        moved = _beyond_training(other_load, changed)
        for name, experiment in study.headlines.items():
            size = experiment.headline_size
            if not load(name, size).has(None):
                continue
            base, mine = (
                headline(evaluated, None, evaluated.compared_with(one.claims), one.claims, name)
                for evaluated, one in ((load(name, size), study), (other_load(name, size), changed))
            )
            row = _beside(mine, base)
            further = [key[0] for key in beyond if key[1] == name and beyond[key] != moved[key]]
            yield {
                "kind": "rule",
                "name": f"{setting} {other:g}",
                "experiment": name,
                "base_experiment": name,
                "base": _network_text(experiment, None),
                "changes": (Change(setting, "chosen", f"{ours:g}", f"{other:g}"),),
                **row,
                "differs": " ".join([*row["differs"].split(), *further]),
            }


def shots_otherwise(job: Job, load: Loader) -> Iterator[Measured]:
    """C4 at the test sizes next to that of Table 1, and with the precision read as a variance.

    C1 and C2 have nothing to do with either.
    """
    study = job.study
    for name, experiment in study.headlines.items():
        size = experiment.headline_size
        evaluated, (chosen, *others) = load(name, size), shots_sizes(experiment)
        if not evaluated.has(None) or not printed(study, name):
            continue
        alone = headline(evaluated, None, evaluated.compared_with(study.claims), study.claims, name)
        base = alone.counting(shots_of(job, name))
        variance = shots_of(job, name, "shots_as_variance")
        found = [("shots.precision", "a standard error", "a variance", variance)]
        for other in others:
            drawn = job.load("instances", experiment=name, set=other)[other].to_dataset()
            problems = experiment.problem.from_dataset(drawn, other)
            shots = np.array([shots_per_query(one, EPSILON) for one in problems])
            found.append(("shots.size", chosen, other, counted(study, name, other, shots)))
        for setting, ours, value, shots_then in found:
            yield {
                "kind": "rule",
                "name": f"{setting} {value}",
                "experiment": name,
                "base_experiment": name,
                "base": _network_text(experiment, None),
                "changes": (Change(setting, "inferred", ours, value),),
                **_beside(alone.counting(shots_then), base),
            }


def changes_of(rows: Sequence[Measured]) -> list[Measured]:
    """The settings that rows of the table change, each with the number of its row."""
    return [
        {"row_of": number, **change._asdict()}
        for number, row in enumerate(rows)
        for change in row["changes"]
    ]


def sensitivity(job: Job, load: Loader) -> list[Measured]:
    """Every row of the table of sensitivity, with the settings that it changes."""
    rows = [varied(job, load, one) for one in variations(job.study) if one.shown]
    return [
        *(row for row in rows if row is not None),
        *rules(load, job.study),
        *shots_otherwise(job, load),
    ]
