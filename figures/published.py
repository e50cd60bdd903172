"""The table of follow-ups: the numbers that later publications printed, and ours beside them."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from figures import captions, script, tables
from figures import results as read
from replication.follow_ups import FollowUp, Line, Repeated, repeated
from replication.kinds.meta_learning import MetaLearning
from replication.problems.base import Published
from replication.starts import NETWORK
from replication.study import Study
from replication.workflow import Need

NONE = "–"
Row = tuple[list[str], dict[str, str | int | float]]


def _spread(mean: float, sd: float) -> str:
    return f"{mean:.1f} ± {sd:.1f}"


def _printed(number: Published | None) -> str:
    """What was printed, with its spread where it has one."""
    if number is None:
        return NONE
    return f"{number.mean:g}" if math.isnan(number.sd) else _spread(number.mean, number.sd)


def _lines(follow_up: FollowUp, found: Iterable[str]) -> list[tuple[str | None, Line | None]]:
    """Our start beside the follow-up's line, either of which may be missing."""
    rows: list[tuple[str | None, Line | None]] = [
        (line.start, line) for line in follow_up.lines if line.start in (None, *found)
    ]
    named = {line.start for line in follow_up.lines}
    return rows + [(start, None) for start in found if start not in named]


def _title(one: Repeated, experiment: MetaLearning, data: Sequence[xr.Dataset]) -> str:
    sizes = ", ".join(experiment.test_sets[test_set].size for test_set in one.test_sets)
    counted = " + ".join(str(each.sizes["instance"]) for each in data)
    measured = {
        "calls": "calls of the cost until the optimiser stops",
        "error": f"1 − ⟨cut⟩/MaxCut after {one.follow_up.queries} queries",
    }[one.follow_up.quantity]
    return (
        f"{one.follow_up.title}: {measured}; {experiment.title}, {one.follow_up.ensemble}, "
        f"n = {sizes} ({counted} instances)"
    )


def _base(one: Repeated, start: str | None, line: Line | None) -> dict[str, str | int | float]:
    number = line.number if line else None
    return {
        "follow_up": one.follow_up.title,
        "source": one.follow_up.source,
        "quantity": one.follow_up.quantity,
        "ensemble": one.follow_up.ensemble,
        "experiment": one.experiment,
        "protocol": one.protocol,
        "test_sets": " ".join(one.test_sets),
        "start": start or "",
        "theirs": line.name if line else "",
        "their_mean": number.mean if number else math.nan,
        "their_sd": number.sd if number else math.nan,
    }


def _calls(one: Repeated, start: str, line: Line | None, data: Sequence[xr.Dataset]) -> Row:
    """Mean and spread over the instances of all test sets."""
    chosen = [each.sel(start=start) for each in data]
    calls = np.concatenate([each["calls"].values for each in chosen])
    own = np.concatenate([each["start_queries"].values for each in chosen])
    budget = np.concatenate(
        [np.full(each.sizes["instance"], each.attrs["budget"]) for each in data]
    )
    after, counted = (
        (float(values.mean()), float(values.std(ddof=1))) for values in (calls - own, calls)
    )
    cut = int((calls >= budget).sum())
    label = read.label(data[0], start)
    cells = [
        tables.bold(label) if start == "lstm" else label,
        _printed(line.number if line else None),
        _spread(*after),
        _spread(*counted),
        f"{cut} of {calls.size}",
    ]
    return cells, {
        **_base(one, start, line),
        "instances": calls.size,
        "calls_after_start_mean": after[0],
        "calls_after_start_sd": after[1],
        "calls_mean": counted[0],
        "calls_sd": counted[1],
        "cut_by_budget": cut,
    }


def _missed(at: xr.Dataset, variable: str) -> read.Point:
    """1 − a mean ratio, its interval turned over."""
    middle, low, high = read.point(at, variable)
    return read.Point(1 - middle, 1 - high, 1 - low)


def _three_digits(values: read.Point) -> str:
    middle, low, high = values
    return f"{middle:.3f} [{low:.3f}, {high:.3f}]"


def _errors(one: Repeated, label: str, start: str | None, line: Line | None, at: xr.Dataset) -> Row:
    """A start, or a single network, from its row `at` of the statistics."""
    after = end = read.UNKNOWN
    if start is not None:
        after, end = (_missed(at, f"{key}_mean") for key in ("ratio_after_queries", "ratio"))
    known = start is not None
    return (
        [
            label,
            _printed(line.number if line else None),
            _three_digits(after) if known else NONE,
            _three_digits(end) if known else NONE,
        ],
        {
            **_base(one, start, line),
            "learner": str(at.coords.get("learner", xr.DataArray("")).item()),
            "seed": str(at.coords.get("seed", xr.DataArray("")).item()),
            "instances": at.sizes["instance"],
            **tables.spread("error_after_queries", after),
            **tables.spread("error_at_end", end),
        },
    )


def _seeds(label: str, networks: Sequence[xr.Dataset]) -> list[str]:
    """All seeds of one learner in a row for readers: the middle one and the outermost."""
    cells = [f"{label}, {len(networks)} seeds: median [lowest, highest]", NONE]
    for key in ("ratio_after_queries_mean", "ratio_mean"):
        values = np.sort([1 - read.point(network, key)[0] for network in networks])
        cells.append(_three_digits(read.Point(float(np.median(values)), values[0], values[-1])))
    return cells


def _section(
    one: Repeated,
    experiment: MetaLearning,
    data: Sequence[xr.Dataset],
    networks: xr.Dataset | None,
) -> tuple[tables.Section, list[dict[str, str | int | float]]]:
    follow_up = one.follow_up
    title = _title(one, experiment, data)
    lines = _lines(follow_up, read.compared(data[0]))
    rows, records = [], []
    if follow_up.quantity == "calls":
        head = ["start", "theirs", "ours, after the start’s queries", "ours, all counted"]
        for start, line in lines:
            if start is not None:
                cells, record = _calls(one, start, line, data)
                rows.append(cells)
                records.append(record)
        return tables.Section(title, [*head, "cut by the budget"], rows), records
    head = ["start", "theirs", "ours", f"ours at the end ({data[0].attrs['budget']} queries)"]
    if follow_up.end is not None:
        head[-1] += f"; theirs converge to {_printed(follow_up.end)}"
    for start, line in lines:
        label = read.label(data[0], start) if start else f"{line.name if line else ''} (theirs)"
        if start and line and line.name not in ("", label):
            label = f"{label} ({line.name})"
        shown = tables.bold(label) if start == "lstm" else label
        at = data[0].sel(start=start) if start else data[0]
        cells, record = _errors(one, shown, start, line, at)
        rows.append(cells)
        records.append(record)
    for learner, several in read.networks(networks).items():
        name = experiment.label(learner)
        rows.append(_seeds(f"networks “{name}”", several))
        records += [_errors(one, "", NETWORK, None, network)[1] for network in several]
    return tables.Section(title, head, rows), records


def needs(study: Study) -> list[Need] | None:
    """The statistics of what the study repeats of the follow-ups."""
    return [
        read.statistics_of(study, one.experiment, test_set, one.protocol)
        for one in repeated(study)
        for test_set in one.test_sets
    ] or None


def write(results: read.Results, template: Path) -> Mapping[str, str]:
    """The table in every format, a section for each ensemble that a follow-up used."""
    sections, records, every = [], list[tables.Record](), []
    experiments = {}
    for one in repeated(results.study):
        experiment = results.experiment(one.experiment)
        data = [results.statistics(one.experiment, name, one.protocol) for name in one.test_sets]
        networks = results.networks(one.experiment, one.test_sets[0], one.protocol)
        section, found = _section(one, experiment, data, networks)
        sections.append(section)
        records += found
        every += data
        experiments[one.experiment, read.chosen(data[0])] = (experiment, data[0])
    settings = results.study.statistics
    caption = script.fill(
        template,
        {
            "sources": captions.listed(one.follow_up.source for one in repeated(results.study)),
            "chosen": captions.listed(
                f"{one.title}: {captions.network_text(data)}" for one, data in experiments.values()
            ),
            "training": captions.listed(
                f"{one.title}: up to {max(learner.steps for learner in one.learners.values())} "
                f"steps on n = {', '.join(one.train_sizes)}"
                for one, _ in experiments.values()
            ),
            "budgets": ", ".join(dict.fromkeys(str(data.attrs["budget"]) for data in every)),
            "confidence": f"{100 * settings.confidence:g}",
            "resamples": settings.resamples,
            "provenance": captions.provenance(every),
        },
    )
    return tables.write("Published checks", caption, sections, records)
