"""Table 1: shots a cost query takes on the instances of each class, ours beside the paper's."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr

from figures import captions, script, tables
from figures import results as read
from replication.claims.judge import Verdict, judge_overlap
from replication.kinds.meta_learning import MetaLearning
from replication.problems.base import Published
from replication.published import EPSILON
from replication.study import Study
from replication.workflow import Need

SPREAD = (10, 90)
"""percentiles of the instances given beside the median"""


NONE = "–"
"""what is shown where the paper printed no number for a class"""


class Reading(NamedTuple):
    """Shots a query under one reading of the paper's precision, and how they compare."""

    mean: float
    sd: float
    verdict: Verdict | str


class Row(NamedTuple):
    """One class of problems at one size."""

    experiments: tuple[str, ...]
    kind: str
    title: str
    size: str
    size_text: str
    instances: int
    median: float
    low: float
    high: float
    normaliser: tuple[float, float]
    as_error: Reading
    as_variance: Reading
    paper: Published | None


def _reading(shots: np.ndarray, paper: Published | None) -> Reading:
    mean, sd = float(shots.mean()), float(shots.std(ddof=1))
    return Reading(mean, sd, judge_overlap(mean, sd, paper.mean, paper.sd) if paper else NONE)


def _row(names: tuple[str, ...], experiment: MetaLearning, data: xr.Dataset) -> Row:
    kind, size = experiment.problem.kind, str(data.attrs["size"])
    paper, shots = experiment.problem.paper_shots, data["shots"].values
    normaliser = data["normaliser"].values
    low, high = np.percentile(shots, SPREAD)
    return Row(
        experiments=names,
        kind=kind,
        title=experiment.problem.title,
        size=size,
        size_text=experiment.problem.size_text(size),
        instances=shots.size,
        median=float(np.median(shots)),
        low=float(low),
        high=float(high),
        normaliser=(float(normaliser.mean()), float(normaliser.std(ddof=1))),
        as_error=_reading(shots, paper),
        as_variance=_reading(data["shots_as_variance"].values, paper),
        paper=paper,
    )


def rows(results: read.Results) -> tuple[list[Row], list[xr.Dataset]]:
    """A row for each distribution and size of the headline experiments, and the data behind it."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name, one in results.study.headlines.items():
        # The circuit has no part in it: depths and ansätze of one distribution have one row.
        distribution = str(one.problem.distribution())
        groups.setdefault((distribution, one.shots_size or one.headline_size), []).append(name)
    data = [results.shots(names[0]) for names in groups.values()]
    found = [
        _row(tuple(names), results.experiment(names[0]), one)
        for names, one in zip(groups.values(), data, strict=True)
    ]
    return found, data


def scientific(mean: float, sd: float, digits: str = ".1f") -> str:
    """Mean and spread in one power of ten, as the paper writes them: (6.8 ± 4.6)e5."""
    power = math.floor(math.log10(mean))
    return f"({mean / 10**power:{digits}} ± {sd / 10**power:{digits}})e{power}"


def plain(value: float) -> str:
    """A number to two digits, as in 4.9e5."""
    power = math.floor(math.log10(value))
    return f"{value / 10**power:.1f}e{power}"


HEAD = (
    "class",
    "instances",
    "shots a query, ours",
    f"median [{SPREAD[0]}th, {SPREAD[1]}th percentile]",
    "the paper’s",
    "verdict",
    f"ours, {EPSILON:g} read as a variance",
    "verdict then",
)


def _place(row: Row) -> str:
    return f"{row.title}, {row.size_text}"


def _cells(row: Row) -> list[str]:
    return [
        _place(row),
        str(row.instances),
        scientific(row.as_error.mean, row.as_error.sd),
        f"{plain(row.median)} [{plain(row.low)}, {plain(row.high)}]",
        scientific(row.paper.mean, row.paper.sd, ".2g") if row.paper else NONE,
        row.as_error.verdict,
        scientific(row.as_variance.mean, row.as_variance.sd),
        row.as_variance.verdict,
    ]


def _record(row: Row) -> dict[str, str | int | float]:
    return {
        "experiments": " ".join(row.experiments),
        "kind": row.kind,
        "size": row.size,
        "instances": row.instances,
        "epsilon": EPSILON,
        "normaliser_mean": row.normaliser[0],
        "normaliser_sd": row.normaliser[1],
        "shots_mean": row.as_error.mean,
        "shots_sd": row.as_error.sd,
        "shots_median": row.median,
        f"shots_percentile_{SPREAD[0]}": row.low,
        f"shots_percentile_{SPREAD[1]}": row.high,
        "paper_mean": row.paper.mean if row.paper else math.nan,
        "paper_sd": row.paper.sd if row.paper else math.nan,
        "paper_source": row.paper.source if row.paper else "",
        "verdict": row.as_error.verdict,
        "as_variance_mean": row.as_variance.mean,
        "as_variance_sd": row.as_variance.sd,
        "as_variance_verdict": row.as_variance.verdict,
    }


def needs(study: Study) -> list[Need] | None:
    """The shots of each headline experiment."""
    return [("shots", {"experiment": name}) for name in study.headlines] or None


def write(results: read.Results, template: Path) -> Mapping[str, str]:
    """The table as Markdown for readers, CSV for machines and LaTeX for papers."""
    found, data = rows(results)
    caption = script.fill(
        template,
        {
            "epsilon": f"{EPSILON:g}",
            "fewer": f"{1 / EPSILON:g}",
            "normalisers": captions.listed(
                f"{_place(row)}: {row.normaliser[0]:.3g} ± {row.normaliser[1]:.2g}" for row in found
            ),
            "provenance": captions.provenance(data),
        },
    ).strip()
    section = tables.Section("", HEAD, [_cells(row) for row in found], "lrrrrlrl")
    records = [_record(row) for row in found]
    return {
        "md": "\n\n".join(["# Table 1: shots a cost query", tables.grid(section), caption, ""]),
        "csv": tables.comma_separated(records),
        "rst": caption,
        "tex": tables.tex(captions.provenance(data), [section]),
    }
