"""Step: the paper's claims and what the review asked for, judged by the study's thresholds.

Every number is of paired instances with its bootstrap interval; every test is one-sided and
corrected by Holm's method over all tests of all claims. A verdict follows from these and from the
thresholds of the study alone. The rules, claim by claim, are those of the functions below.
"""

import copy
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import xarray as xr

from replication import problems as problem_classes
from replication.evaluation import statistics
from replication.evaluation.shots import shots_per_query
from replication.evaluation.verdicts import (
    Verdict,
    combine,
    judge_gain,
    judge_limit,
    judge_overlap,
)
from replication.problems.base import Published
from replication.published import CLAIMS, EPSILON
from replication.seeds import generator_for
from replication.study import MAIN, Claims, Experiment, Study, extent
from replication.variations import (
    BASE,
    Variation,
    held_out,
    not_varied,
    open_settings,
    settings_in_force,
    variations,
)
from replication.workflow import Job, shots_counted, shots_sizes

UNKNOWN: Verdict = "cannot be told"
PAPERS_OWN = ("ramp", "adiabatic", "random")
"""Starts that the paper compares with: the class heuristic and random angles. Others are controls:
what the RNN must beat to have learned something of the instance."""
TRIALS = 5
"""Training seeds of a headline learner that R2 asks for at least."""
HALF = 0.5
"""Share of the chosen and inferred settings from which R2 counts them as varied in part."""

TINY = 1e-12
"""Relative error that counts as none."""

Metric = Literal["error", "factor", "shots", "count"]


class Finding(NamedTuple):
    """One number with its test, and what it is compared with.

    - `claim`, `experiment`, `sample`: where it belongs; `network` the learner it is of, or the
      variant of the experiment whose chosen network it is; empty for the class's chosen network.
    - `comparison`: the other start, `limit` for a bound, `paper` for a printed number, or what is
      counted; `group` the part of the claim it decides; `protocol` the way to evaluate.
    - `metric`: `error` after the queries, `factor` of queries saved, `shots` or `count`.
    - `number` with its interval `low`, `high`; `spread` over instances (`shots` alone);
      `least_seed`, `most_seed` the same number for the training seeds, `seeds` of them.
    - `p`, `effect`, `wins`, `losses`, `ties`: see
      [`PairedTest`][replication.evaluation.statistics.PairedTest]; `improvement` with its interval
      the probability that the RNN is better, or below the bound, on an instance.
    - `threshold`: what the number must keep to; for `shots` the paper's number.
    - `bound`: the factor with censored medians put at the budget.
    - `given`: the verdict where it follows from no number here.
    """

    claim: str
    experiment: str
    sample: str
    comparison: str
    group: str
    metric: Metric
    number: float
    network: str = ""
    protocol: str = MAIN
    low: float = np.nan
    high: float = np.nan
    spread: float = np.nan
    p: float = np.nan
    effect: float = np.nan
    improvement: float = np.nan
    improvement_low: float = np.nan
    improvement_high: float = np.nan
    wins: int = 0
    losses: int = 0
    ties: int = 0
    seeds: int = 0
    least_seed: float = np.nan
    most_seed: float = np.nan
    other_queries: float = np.nan
    bound: float = np.nan
    threshold: float = np.nan
    given: str = ""
    reason: str = ""


class Judged(NamedTuple):
    """A finding with its corrected p-value and verdict; `shown`: its class's row quotes it."""

    finding: Finding
    p_holm: float
    verdict: Verdict
    shown: bool = False


class Row(NamedTuple):
    """A combined verdict: of a class, or of a whole claim where `experiment` is empty."""

    claim: str
    experiment: str
    verdict: Verdict
    reason: str = ""
    paper: str = ""
    control: str = ""


class Sample:
    """The statistics of one sample under one protocol, with the resamples of its intervals.

    They are those of the statistics step, so that a number has one interval everywhere.
    """

    def __init__(self, job: Job, experiment: str, sample: str, protocol: str = MAIN):
        names = {"experiment": experiment, "sample": sample, "protocol": protocol}
        self.data = job.load("statistics", **names).to_dataset()
        self.names = [str(start) for start in self.data.start.values]
        self.place = (experiment, sample)
        self.budget = float(self.data.attrs["budget"])
        self._resample(job.study)

    def _resample(self, study: Study) -> None:
        rng = generator_for(study.seed, "statistics", *self.place)
        count = self.data.sizes["instance"]
        self.indices = statistics.resamples(rng, count, study.statistics.resamples)
        self.confidence = study.statistics.confidence

    def under(self, study: Study) -> "Sample":
        """The same data with the intervals of another study."""
        other = copy.copy(self)
        other._resample(study)
        return other

    @property
    def others(self) -> list[str]:
        """The starts that are no network."""
        return [name for name in self.names if name.partition(".")[0] != "lstm"]

    def seeds_of(self, learner: str) -> list[str]:
        """All single networks of a learner."""
        return [name for name in self.names if name.startswith(f"lstm.{learner}.")]

    @property
    def chosen_learner(self) -> str:
        """Learner of the chosen network."""
        parts = str(self.data.attrs.get("chosen", "")).split(".")
        return parts[1] if len(parts) == 3 else ""

    def has(self, learner: str | None) -> bool:
        """Whether the sample was given to the chosen network, or to a learner's."""
        return "lstm" in self.names if learner is None else bool(self.seeds_of(learner))

    def error(self, start: str | Sequence[str]) -> np.ndarray:
        """Errors after the RNN's queries, `(instances,)`; over several the median on each."""
        return self._typical("error_after_queries", self.data, start)

    def handed_over(self, start: str | Sequence[str]) -> np.ndarray:
        """Errors after each start's own queries, `(instances,)`; over several the median."""
        return self._typical("error_of_start", self.data, start)

    def queries(self, start: str | Sequence[str], target: float) -> np.ndarray:
        """Queries to the target, `(instances,)`; over several the median on each."""
        return self._typical("queries_to", self.data.sel(target=target), start)

    def _typical(self, name: str, data: xr.Dataset, start: str | Sequence[str]) -> np.ndarray:
        values = data[name].sel(start=start).transpose(..., "instance").values
        # The median of single networks: neither the luckiest seed nor a choice made on the test.
        return np.asarray(values if isinstance(start, str) else np.median(values, axis=0))

    def network(self, learner: str | None) -> str | list[str]:
        """The row of the chosen network, or those of all seeds of a learner."""
        return "lstm" if learner is None else self.seeds_of(learner)


Measured = dict[str, Any]


@functools.lru_cache(maxsize=4096)
def _tested(first: bytes, second: bytes) -> statistics.PairedTest:
    """The test of two arrays of float64; other thresholds ask for the same ones again."""
    return statistics.paired_test(np.frombuffer(first), np.frombuffer(second))


def _compared(sample: Sample, first: np.ndarray, second: np.ndarray) -> Measured:
    """Test, effect and probability of improvement of `first` over `second`."""
    test = _tested(*(np.asarray(one, np.float64).tobytes() for one in (first, second)))
    value, low, high = statistics.probability_of_improvement(
        first, second, sample.indices, sample.confidence
    )
    return {
        **test._asdict(),
        "improvement": float(value),
        "improvement_low": float(low),
        "improvement_high": float(high),
    }


def _seeds(values: np.ndarray) -> Measured:
    """Range of a number over the training seeds."""
    known = values[~np.isnan(values)]
    if not known.size:
        return {"seeds": len(values)}
    return {
        "seeds": len(values),
        "least_seed": float(known.min()),
        "most_seed": float(known.max()),
    }


def _all_seeds(sample: Sample, learner: str | None) -> list[str]:
    return sample.seeds_of(sample.chosen_learner if learner is None else learner)


def error_within(sample: Sample, learner: str | None, limit: float) -> Measured:
    """Median error after the RNN's queries beside a bound.

    The test is Wilcoxon's, of the errors against the bound as a constant.
    """
    error = sample.error(sample.network(learner))
    value, low, high = statistics.band(
        error[:, None], statistics.median, sample.indices, sample.confidence
    )
    medians = np.array([np.median(sample.error(one)) for one in _all_seeds(sample, learner)])
    return {
        "metric": "error",
        "number": float(value[0]),
        "low": float(low[0]),
        "high": float(high[0]),
        "threshold": limit,
        **_compared(sample, error, np.full_like(error, limit)),
        **_seeds(medians),
    }


def queries_saved(sample: Sample, learner: str | None, other: str, claims: Claims) -> Measured:
    """Factor by which another start's median queries to the target exceed the RNN's."""
    first = sample.queries(sample.network(learner), claims.target)
    second = sample.queries(other, claims.target)
    value, low, high = statistics.ratio_of_medians(
        first, second, sample.indices, sample.confidence, budget=sample.budget
    )
    mine = [np.median(sample.queries(one, claims.target)) for one in _all_seeds(sample, learner)]
    with np.errstate(invalid="ignore"):
        factors = np.median(second) / np.array(mine)
    at_most = [np.median(np.minimum(queries, sample.budget)) for queries in (first, second)]
    return {
        "metric": "factor",
        "number": float(value),
        "low": float(low),
        "high": float(high),
        "threshold": claims.saving,
        "other_queries": float(np.median(second)),
        "bound": float(at_most[1] / at_most[0]),
        **_compared(sample, first, second),
        **_seeds(factors),
    }


def strongest(sample: Sample, starts: Iterable[str], target: float) -> str | None:
    """The start of the lowest median queries to the target, then of the lowest median error."""
    return min(
        starts,
        key=lambda one: (np.median(sample.queries(one, target)), np.median(sample.error(one))),
        default=None,
    )


def judge(finding: Finding, p_holm: float, alpha: float) -> Verdict:
    """The verdict on one finding; the rules are those of `replication.evaluation.verdicts`."""
    one = finding
    if one.given:
        return one.given  # type: ignore[return-value]
    if one.metric == "error":
        return judge_limit(one.number, one.low, one.high, one.threshold)
    if one.metric == "factor":
        return judge_gain(one.number, one.low, one.high, p_holm, one.threshold, alpha)
    paper = _printed(one.group)
    return judge_overlap(one.number, one.spread, paper.mean, paper.sd)


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


def _combined(parts: Sequence[Verdict]) -> Verdict:
    """[`combine`][], and nothing to be told where there are no parts."""
    return combine(parts) if parts else UNKNOWN


Loader = Callable[..., Sample]


def _error_bound(load: Loader, study: Study) -> Iterator[Finding]:
    """C1: the chosen network's error on the headline sample."""
    for name, experiment in study.headlines.items():
        size = experiment.headline_size
        sample = load(name, size)
        if sample.has(None):
            measured = error_within(sample, None, study.claims.error)
            yield Finding("C1", name, size, "limit", "limit", **measured)


def _group_of(start: str) -> str:
    return "paper" if start in PAPERS_OWN else "controls"


def _savings(load: Loader, study: Study) -> Iterator[Finding]:
    """C2: queries saved against every other start on the headline sample, optimiser by optimiser.

    The experiment's own optimiser decides; what the others show stands beside it.
    """
    for name, experiment in study.headlines.items():
        size = experiment.headline_size
        others = [
            protocol
            for protocol, settings in experiment.protocols.items()
            if settings.shown_in == "optimisers" and protocol in experiment.protocols_on(size)
        ]
        for protocol in (MAIN, *others):
            sample = load(name, size, protocol)
            for other in sample.others if sample.has(None) else ():
                measured = queries_saved(sample, None, other, study.claims)
                where = ("C2", name, size, other, _group_of(other))
                yield Finding(*where, protocol=protocol, **measured)


def _larger(experiment: Experiment, learner: str | None) -> list[str]:
    """Test sizes beyond all sizes that the network, or a learner's, is trained on."""
    sizes = experiment.train_sizes if learner is None else experiment.train_sizes_of(learner)
    most = max(map(extent, sizes))
    return [size for size in experiment.test if extent(size) > most]


def _outside(
    claim: str,
    load: Loader,
    study: Study,
    place: tuple[str, str],
    learner: str | None = None,
    variant: str = "",
) -> Iterator[Finding]:
    """Error within the wider bound, and the gain over the best other start, on one sample.

    **Arguments:** `place`: experiment and sample; `learner`: `None` for the chosen network;
    `variant`: of the experiment, whose network and instances are taken.
    """
    experiment, size = place
    sample = load(variant or experiment, size)
    if not sample.has(learner):
        return
    network = variant or learner or ""
    group = f"{network} on {size}" if network else size
    bound = error_within(sample, learner, study.claims.growth)
    yield Finding(claim, *place, "limit", group, network=network, **bound)
    best = strongest(sample, sample.others, study.claims.target)
    if best is not None:
        gain = queries_saved(sample, learner, best, study.claims)
        yield Finding(claim, *place, best, group, network=network, **gain)


def _growth(load: Loader, study: Study) -> Iterator[Finding]:
    """C3: every test size beyond the training sizes; learners of fewer sizes are counted too."""
    for name, experiment in study.headlines.items():
        networks: list[str | None] = [
            None,
            *(n for n, one in experiment.learners.items() if one.train_sizes is not None),
        ]
        for learner in networks:
            tested = (
                list(experiment.test)
                if learner is None
                else [s for s in experiment.test if learner in experiment.learners_tested_on(s)]
            )
            for size in _larger(experiment, learner):
                if size in tested:
                    yield from _outside("C3", load, study, (name, size), learner)


def _transfer(load: Loader, study: Study) -> Iterator[Finding]:
    """R1: every test sample from another law, and networks trained on fewer and smaller sizes.

    On another law none of the starts compared was trained on it: constant angles, medians of optima
    and the scale of the ramp come from the training set of the network.
    """
    for name, experiment in study.headlines.items():
        for place in experiment.transfer:
            yield from _outside("R1", load, study, (name, place))
        for variant in held_out(study, name):
            for size in study.experiments[variant].test:
                yield from _outside("R1", load, study, (name, size), variant=variant)


def _printed(kind: str) -> Published:
    """What the paper printed of a problem class."""
    shots = problem_classes.load(kind).paper_shots
    assert shots is not None
    return shots


def _counted(study: Study, name: str, size: str, shots: np.ndarray) -> Finding:
    """Mean shots a query over instances, with their spread, beside the paper's."""
    rng = generator_for(study.seed, "claims", "shots", name)
    indices = statistics.resamples(rng, shots.size, study.statistics.resamples)
    value, low, high = statistics.band(
        shots[:, None], statistics.mean, indices, study.statistics.confidence
    )
    kind = study.experiments[name].problem.kind
    return Finding(
        *("C4", name, size, "paper", kind, "shots", float(value[0])),
        low=float(low[0]),
        high=float(high[0]),
        spread=float(shots.std(ddof=1)),
        threshold=_printed(kind).mean,
    )


def _shots_of(job: Job, name: str, reading: str = "shots") -> Finding:
    """Those of an experiment's law, under a reading of the paper's precision."""
    values = job.load("shots", experiment=name).to_dataset()[reading].values
    return _counted(job.study, name, shots_sizes(job.study.experiments[name])[0], values)


def _shots(job: Job) -> Iterator[Finding]:
    """C4: shots a query of every law and size among the headline experiments."""
    seen = set()
    for name, experiment in job.study.headlines.items():
        law = str(experiment.problem.distribution())
        place = (law, shots_sizes(experiment)[0])
        if place not in seen:
            seen.add(place)
            yield _shots_of(job, name)


def _openness(study: Study, tests: int) -> Iterator[Finding]:
    """R2: what is in the open, counted.

    - every setting has an origin and stands in the table of settings: *replicated*, since the
      models refuse a setting without;
    - training seeds of the learners that the headline network is chosen from: *replicated* at
      [`TRIALS`][] or more, else *not*;
    - corrected tests: *replicated* if there is one, else *cannot be told*;
    - chosen and inferred settings that the study varies: *replicated* if all, *partly* from
      [`HALF`][] of them, else *cannot be told*: what depends on them is then unknown.
    """
    seeds = min(
        one.learners[name].seeds for one in study.headlines.values() for name in one.candidates
    )
    free = open_settings(study)
    share = 1 - len(not_varied(study)) / len(free)
    varied: Verdict = "replicated" if share == 1 else "partly" if share >= HALF else UNKNOWN
    in_force = settings_in_force(study)
    origins = sorted(set(in_force.values()))
    counts = ", ".join(f"{list(in_force.values()).count(one)} {one}" for one in origins)
    rows: list[tuple[str, float, float, Verdict, str]] = [
        ("settings with their origin", len(in_force), len(in_force), "replicated", counts),
        (
            "training seeds",
            seeds,
            TRIALS,
            "replicated" if seeds >= TRIALS else "not",
            "of each learner that the headline network is chosen from; all are reported",
        ),
        (
            "corrected tests",
            tests,
            1,
            "replicated" if tests else UNKNOWN,
            "one-sided, paired, one family",
        ),
        (
            "chosen or inferred settings varied",
            len(free) - len(not_varied(study)),
            len(free),
            varied,
            f"{100 * share:.0f} % of {len(free)}",
        ),
    ]
    for comparison, number, threshold, verdict, reason in rows:
        yield Finding(
            *("R2", "", "", comparison, "open", "count", float(number)),
            threshold=float(threshold),
            given=verdict,
            reason=reason,
        )


def _worst(group: Sequence[Judged], metric: Metric) -> Judged | None:
    """The largest error, or the smallest factor; what is NaN counts as worst."""
    found = [one for one in group if one.finding.metric == metric]
    if not found:
        return None

    def badness(one: Judged) -> float:
        number = one.finding.number
        return np.inf if np.isnan(number) else number if metric == "error" else -number

    return max(found, key=badness)


def _strongest_control(group: Sequence[Judged], protocol: str = MAIN) -> Judged | None:
    """The control of the lowest median queries to the target; ties by the lower limit."""
    controls = [
        one for one in group if one.finding.group == "controls" and one.finding.protocol == protocol
    ]
    return min(controls, key=lambda one: (one.finding.other_queries, one.finding.low), default=None)


def _under_others(group: Sequence[Judged]) -> list[Judged]:
    """The strongest control under each other local optimiser."""
    protocols = dict.fromkeys(one.finding.protocol for one in group)
    found = [_strongest_control(group, one) for one in protocols if one != MAIN]
    return [one for one in found if one is not None]


def judge_savings(group: Sequence[Judged]) -> tuple[Verdict, Verdict, Verdict]:
    """C2 for one class: the verdict, that of the paper's comparisons, and the strongest control's.

    The paper's comparisons are combined; of the controls the strongest one decides, and the class
    combines the two, under the experiment's own optimiser.
    """
    own = [one for one in group if one.finding.protocol == MAIN]
    paper = _combined([one.verdict for one in own if one.finding.group == "paper"])
    best = _strongest_control(group)
    control = best.verdict if best else UNKNOWN
    return combine([paper, control]), paper, control


def _by_place(group: Sequence[Judged]) -> list[Verdict]:
    """C3, R1: the verdict on each sample: its error and its gain combined."""
    places = dict.fromkeys(one.finding.group for one in group)
    return [
        combine([one.verdict for one in group if one.finding.group == place]) for place in places
    ]


def _class_row(claim: str, experiment: str, group: Sequence[Judged]) -> tuple[Row, list[Judged]]:
    """The verdict on a class, and the findings that its row quotes."""
    if claim == "C2":
        verdict, paper, control = judge_savings(group)
        own = [
            one for one in group if one.finding.group == "paper" and one.finding.protocol == MAIN
        ]
        others = _under_others(group)
        # Where neither start arrives there is no number to quote.
        known = [one for one in others if not np.isnan(one.finding.number)]
        quoted = [
            _worst(own, "factor"),
            _strongest_control(group),
            _worst(known or others, "factor"),
        ]
        reason = "" if quoted[1] else "no control among the starts"
        if others:
            held = sum(one.verdict == "replicated" for one in others)
            reason = f"{held} of {len(others)} other optimisers hold"
        row = Row(claim, experiment, verdict, reason, paper, control)
    elif claim in ("C3", "R1"):
        verdicts = _by_place(group)
        quoted = [_worst(group, "error"), _worst(group, "factor")]
        passed = verdicts.count("replicated")
        noun = "sizes" if claim == "C3" else "samples"
        row = Row(claim, experiment, combine(verdicts), f"{passed} of {len(verdicts)} {noun} hold")
    else:
        quoted = list(group)
        row = Row(claim, experiment, combine([one.verdict for one in group]))
    return row, [one for one in quoted if one is not None]


MISSING = {
    "C1": "no trained network among the starts",
    "C2": "no trained network, or nothing to compare it with, among the starts",
    "C3": "no test size beyond the training sizes",
    "C4": "no shots counted",
    "R1": "no test samples outside the training law in this study",
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
            row, numbers = _class_row(claim, name, group)
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
        share = verdicts.count("replicated") / len(verdicts)
        reason = f"{100 * share:.0f} % of {len(verdicts)} samples hold"
    return Row(claim, "", combine(parts), reason)


class Look(NamedTuple):
    """C1 and C2 as one network or protocol shows them, beside the strongest control.

    `shots` are those of its law, with the verdict on C4, where these are looked at.
    """

    bound: Finding
    control: Finding | None
    first: Verdict
    second: Verdict
    shots: Finding | None = None
    fourth: Verdict | Literal[""] = ""

    def counting(self, shots: Finding) -> "Look":
        """The same with shots a query."""
        return self._replace(shots=shots, fourth=judge(shots, np.nan, np.nan))


def look(
    sample: Sample, learner: str | None, starts: Iterable[str], claims: Claims, experiment: str
) -> Look:
    """Judge C1 and C2 on one sample; the comparisons are a family of their own.

    **Arguments:** `learner`: `None` for the chosen network, else the median over its seeds on each
    instance; `starts`: those compared.
    """
    findings = [
        Finding(
            *("C1", experiment, "", "limit", "limit"),
            **error_within(sample, learner, claims.error),
        )
    ]
    for other in starts:
        measured = queries_saved(sample, learner, other, claims)
        findings.append(Finding("C2", experiment, "", other, _group_of(other), **measured))
    judged = judged_together(findings, claims.alpha)
    best = _strongest_control(judged)
    second = judge_savings(judged[1:])[0] if judged[1:] else UNKNOWN
    return Look(findings[0], best.finding if best else None, judged[0].verdict, second)


def _looked_up(one: Look, suffix: str = "") -> Measured:
    """A look as columns of the table of sensitivity."""
    factor, shots = one.control, one.shots
    return {
        f"error{suffix}": one.bound.number,
        f"error_low{suffix}": one.bound.low,
        f"error_high{suffix}": one.bound.high,
        f"factor{suffix}": factor.number if factor else np.nan,
        f"factor_low{suffix}": factor.low if factor else np.nan,
        f"factor_high{suffix}": factor.high if factor else np.nan,
        f"factor_bound{suffix}": factor.bound if factor else np.nan,
        f"control{suffix}": factor.comparison if factor else "",
        f"c1{suffix}": one.first,
        f"c2{suffix}": one.second,
        f"shots{suffix}": shots.number if shots else np.nan,
        f"shots_spread{suffix}": shots.spread if shots else np.nan,
        f"c4{suffix}": one.fourth,
    }


def _beside(one: Look, base: Look) -> Measured:
    """A look beside its base, and which verdicts differ."""
    verdicts = {
        "C1": (one.first, base.first),
        "C2": (one.second, base.second),
        "C4": (one.fourth, base.fourth),
    }
    differ = [claim for claim, (mine, its) in verdicts.items() if mine != its]
    return {**_looked_up(one), **_looked_up(base, "_base"), "differs": " ".join(differ)}


def _joined(values: Iterable[str]) -> str:
    return "; ".join(values)


def _network_text(experiment: Experiment, learner: str | None) -> str:
    if learner is None:
        return "chosen network"
    return f"learner {learner}, median of {experiment.learners[learner].seeds} seeds"


def _varied(job: Job, load: Loader, one: Variation) -> Measured | None:
    """The row of one variation beside its base; `None` where a network was not tested."""
    study = job.study
    mine, base = (
        load(one.experiment, one.sample, one.protocol),
        load(one.base_experiment, one.base_sample),
    )
    if not (mine.has(one.learner) and base.has(one.base_learner)):
        return None
    # Like with like: only starts that both have.
    starts = [start for start in mine.others if start in base.others]
    looks = (
        look(mine, one.learner, starts, study.claims, one.experiment),
        look(base, one.base_learner, starts, study.claims, one.base_experiment),
    )
    if study.experiments[one.experiment].variant_of and one.experiment in shots_counted(study):
        # Another law.
        looks = (
            looks[0].counting(_shots_of(job, one.experiment)),
            looks[1].counting(_shots_of(job, one.base_experiment)),
        )
    return {
        "kind": one.kind,
        "name": one.name,
        "experiment": one.experiment,
        "base_experiment": one.base_experiment,
        "base": _network_text(study.experiments[one.base_experiment], one.base_learner),
        "settings": _joined(change.setting for change in one.changes),
        "origins": _joined(change.origin for change in one.changes),
        "from": _joined(change.base for change in one.changes),
        "to": _joined(change.value for change in one.changes),
        **_beside(*looks),
    }


def _other_rules(study: Study) -> list[tuple[str, Any, Any, Study]]:
    """Each rule with other values: its name, ours, the other, and the study with that one."""
    claims = study.claims
    others: list[tuple[str, list[Any]]] = [
        ("error", [claims.error / 2, claims.error * 2]),
        ("target", [one for one in study.statistics.targets if one != claims.target]),
        ("saving", [value for value in (1.0, 2.0, 3.0) if value != claims.saving]),
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
    findings = [*_growth(load, study), *_transfer(load, study)]
    judged = judged_together(findings, study.claims.alpha)
    rows, _ = rows_of(study, judged)
    return {(row.claim, row.experiment): row.verdict for row in rows if row.experiment}


def _rules(load: Loader, study: Study) -> Iterator[Measured]:
    """The headline numbers judged by other thresholds, and what that does to C3 and R1."""
    beyond = _beyond_training(load, study)
    for setting, ours, other, changed in _other_rules(study):

        @functools.cache
        def other_load(*place: str, changed: Study = changed) -> Sample:
            return load(*place).under(changed)

        moved = _beyond_training(other_load, changed)
        for name, experiment in study.headlines.items():
            size = experiment.headline_size
            if not load(name, size).has(None):
                continue
            base, mine = (
                look(sample, None, sample.others, one.claims, name)
                for sample, one in ((load(name, size), study), (other_load(name, size), changed))
            )
            row = _beside(mine, base)
            further = [key[0] for key in beyond if key[1] == name and beyond[key] != moved[key]]
            yield {
                "kind": "rule",
                "name": f"{setting} {other:g}",
                "experiment": name,
                "base_experiment": name,
                "base": _network_text(experiment, None),
                "settings": setting,
                "origins": "chosen",
                "from": f"{ours:g}",
                "to": f"{other:g}",
                **row,
                "differs": " ".join([*row["differs"].split(), *further]),
            }


def _shots_otherwise(job: Job, load: Loader) -> Iterator[Measured]:
    """C4 at the test sizes next to that of Table 1, and with the precision read as a variance.

    C1 and C2 have nothing to do with either.
    """
    study = job.study
    for name, experiment in study.headlines.items():
        size = experiment.headline_size
        sample, (chosen, *others) = load(name, size), shots_sizes(experiment)
        if not sample.has(None):
            continue
        alone = look(sample, None, sample.others, study.claims, name)
        base = alone.counting(_shots_of(job, name))
        variance = _shots_of(job, name, "shots_as_variance")
        found = [("shots.precision", "a standard error", "a variance", variance)]
        for other in others:
            drawn = job.load("instances", experiment=name, sample=other)[other].to_dataset()
            problems = experiment.problem.from_dataset(drawn, other)
            shots = np.array([shots_per_query(one, EPSILON) for one in problems])
            found.append(("shots.size", chosen, other, _counted(study, name, other, shots)))
        for setting, ours, value, shots_then in found:
            yield {
                "kind": "rule",
                "name": f"{setting} {value}",
                "experiment": name,
                "base_experiment": name,
                "base": _network_text(experiment, None),
                "settings": setting,
                "origins": "inferred",
                "from": ours,
                "to": value,
                **_beside(alone.counting(shots_then), base),
            }


def _use(load: Loader, study: Study) -> list[Measured]:
    """What the network makes use of: each ablation's error beside that of what it is one of.

    A learner stands beside the one named [`BASE`][replication.variations.BASE], trained as shortly,
    the median over seeds on each instance; a protocol beside the chosen network as it is. The test
    is that the base's error is the lower one; all of them are one family.
    """
    found: list[Measured] = []
    for name, experiment in study.headlines.items():
        size = experiment.headline_size
        whole = load(name, size)
        pairs: list[tuple[str, str, np.ndarray, np.ndarray]] = []
        for learner, settings in experiment.learners.items():
            if settings.shown_in == "ablations" and learner != BASE and whole.has(BASE):
                errors = [whole.handed_over(whole.seeds_of(one)) for one in (BASE, learner)]
                pairs.append(("learner", learner, errors[0], errors[1]))
        for protocol, way in experiment.protocols.items():
            if way.shown_in == "ablations" and whole.has(None):
                told = load(name, size, protocol).handed_over("lstm")
                pairs.append(("protocol", protocol, whole.handed_over("lstm"), told))
        for kind, one, base, ablated in pairs:
            # Where a network's own point is the best known one its error is none.
            first, second = (np.maximum(errors, TINY) for errors in (base, ablated))
            ratio, low, high = statistics.ratio_of_medians(
                first, second, whole.indices, whole.confidence, budget=np.inf
            )
            row = {"experiment": name, "kind": kind, "name": one}
            ends = {"ratio": float(ratio), "ratio_low": float(low), "ratio_high": float(high)}
            found.append({**row, **ends, **_compared(whole, first, second)})
    p_values = statistics.holm(np.array([row["p"] for row in found]))
    return [{**row, "p_holm": float(p)} for row, p in zip(found, p_values, strict=True)]


def _pooled(load: Loader, study: Study) -> list[Measured]:
    """Each start over all test sizes beyond training at once, with the chosen network beside it.

    The bootstrap is stratified by size, so that no sample has another mix of them than the study's
    (Agarwal et al. 2021, arXiv:2108.13264). For reading, not judged: C3 asks size by size.
    """
    found: list[Measured] = []
    for name, experiment in study.headlines.items():
        sizes = _larger(experiment, None)
        samples = [load(name, size) for size in sizes]
        if len(samples) < 2 or not all(sample.has(None) for sample in samples):
            continue
        strata = np.repeat(np.arange(len(sizes)), [len(one.error("lstm")) for one in samples])
        indices = statistics.stratified_resamples(
            generator_for(study.seed, "statistics", name, "pooled"),
            strata,
            study.statistics.resamples,
        )
        everywhere = [
            start
            for start in ("lstm", *samples[0].others)
            if all(start in sample.names for sample in samples)
        ]
        errors = {
            start: np.concatenate([sample.error(start) for sample in samples])
            for start in everywhere
        }
        confidence = study.statistics.confidence
        for start, mine in errors.items():
            bands = {
                "error": statistics.band(
                    mine[:, None], statistics.interquartile_mean, indices, confidence
                ),
                "improvement": statistics.probability_of_improvement(
                    errors["lstm"], mine, indices, confidence
                ),
            }
            row: Measured = {
                "experiment": name,
                "sizes": " ".join(sizes),
                "instances": len(mine),
                "start": start,
            }
            for key, band in bands.items():
                for end, value in zip(("", "_low", "_high"), band, strict=True):
                    row[f"{key}{end}"] = float(np.squeeze(value))
            found.append(row)
    return found


def _table(rows: Sequence[Measured]) -> xr.Dataset:
    """Rows of one kind as a dataset of dimension `row`."""
    return xr.Dataset({key: ("row", [row[key] for row in rows]) for key in rows[0]})


def run(job: Job) -> None:
    """Groups `findings` (a row a number), `verdicts` (a class or claim) and, where there are any,
    `sensitivity` (a setting), `use` (an ablation) and `pooled` (a start over all larger sizes).
    """
    study = job.study

    @functools.cache
    def load(experiment: str, sample: str, protocol: str = MAIN) -> Sample:
        return Sample(job, experiment, sample, protocol)

    findings = [
        *_error_bound(load, study),
        *_savings(load, study),
        *_growth(load, study),
        *_shots(job),
        *_transfer(load, study),
    ]
    findings += _openness(study, sum(not np.isnan(one.p) for one in findings))
    judged = judged_together(findings, study.claims.alpha)
    rows, judged = rows_of(study, judged)
    varied = [_varied(job, load, one) for one in variations(study) if one.shown]
    sensitivity = [
        *(row for row in varied if row is not None),
        *_rules(load, study),
        *_shots_otherwise(job, load),
    ]
    groups = {
        "findings": _table(
            [
                {
                    **one.finding._asdict(),
                    "p_holm": one.p_holm,
                    "verdict": one.verdict,
                    "shown": one.shown,
                }
                for one in judged
            ]
        ),
        "verdicts": _table([row._asdict() for row in rows]),
    }
    if sensitivity:
        groups["sensitivity"] = _table(sensitivity)
    for key, measured in (("use", _use(load, study)), ("pooled", _pooled(load, study))):
        if measured:
            groups[key] = _table(measured)
    job.save(xr.DataTree.from_dict(groups))
