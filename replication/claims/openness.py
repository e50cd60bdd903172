"""R2: what is in the open, counted."""

from collections.abc import Iterator

from replication.claims.finding import Finding
from replication.claims.judge import UNKNOWN, Verdict
from replication.evaluation.rows import Interval
from replication.study import Study
from replication.variations import not_varied, open_settings, settings_in_force

TRIALS = 5
"""Training seeds of a headline learner that R2 asks for at least."""
PARTLY_VARIED = 0.5
"""Fraction of the chosen and inferred settings from which R2 counts them as varied in part."""


def openness(study: Study, tests: int) -> Iterator[Finding]:
    """R2: what is in the open, counted.

    - every setting has an origin and is in the table of settings: *replicated*, since the
      models refuse a setting without;
    - training seeds of the learners that the headline network is chosen from: *replicated* at
      [`TRIALS`][] or more, else *not*;
    - corrected tests: *replicated* if there is one, else *inconclusive*;
    - chosen and inferred settings that the study varies: *replicated* if all, *partly* from
      [`PARTLY_VARIED`][] of them, else *inconclusive*: what depends on them is then unknown.
    """
    seeds = min(
        one.learners[name].seeds for one in study.headlines.values() for name in one.candidates
    )
    free = open_settings(study)
    fraction = 1 - len(not_varied(study)) / len(free)
    varied: Verdict = (
        "replicated" if fraction == 1 else "partly" if fraction >= PARTLY_VARIED else UNKNOWN
    )
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
            f"{100 * fraction:.0f} % of {len(free)}",
        ),
    ]
    for comparison, number, threshold, verdict, reason in rows:
        yield Finding(
            *("R2", "", "", comparison, "open", "count", Interval(float(number))),
            threshold=float(threshold),
            given=verdict,
            reason=reason,
        )
