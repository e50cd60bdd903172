"""The table of starts: errors, queries to each target and ratios, for every start and network."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy
import xarray as xr

from figures import captions, script, tables
from figures import results as read
from replication.kinds.meta_learning import MetaLearning
from replication.starts import NETWORK
from replication.study import Study
from replication.workflow import Need

TAIL = 0.9
"""the fraction of instances whose error is said besides the median"""


class Line(NamedTuple):
    """A row: a start, or a single network with its learner and seed."""

    one: xr.Dataset
    start: str
    learner: str = ""
    seed: str = ""
    chosen: bool = False

    @property
    def label(self) -> str:
        """The name a reader sees."""
        return str(self.one["label"].item())


def _lines(data: xr.Dataset, networks: xr.Dataset | None) -> list[Line]:
    """Every start, then every single network."""
    lines = [
        Line(data.sel(start=start), start, chosen=start == NETWORK) for start in read.compared(data)
    ]
    for learner, ones in read.networks(networks).items():
        for one in ones:
            seed = str(one["seed"].item())
            best = (learner, seed) == read.chosen(data)
            lines.append(Line(one, NETWORK, learner, seed, best))
    return lines


def _name(line: Line, data: xr.Dataset) -> str:
    if line.learner:
        return f"{line.label} (chosen)" if line.chosen else line.label
    return f"**{line.label}** ({captions.network_text(data)})" if line.chosen else line.label


def _section(
    experiment: MetaLearning,
    size: str,
    data: xr.Dataset,
    lines: Sequence[Line],
    confidence: float,
) -> tables.Section:
    """One size's table for readers."""
    budget = experiment.evaluation.budget
    targets = [float(target) for target in data["target"].values]
    head = [
        "start",
        f"error after {experiment.roll_out_queries} queries",
        "interquartile mean of it",
        f"{100 * TAIL:g} % of instances",
        *(f"queries to {target:g}" for target in targets),
        f"reached {' / '.join(f'{target:g}' for target in targets)} (%)",
        "energy ratio",
        "gap to exact minimum",
    ]
    title = (
        f"{experiment.title}, {experiment.problem.size_text(size)}"
        f" ({data.sizes['instance']} instances, budget {budget})"
    )
    rows = []
    for line in lines:
        one = line.one
        needed = (read.point(one.sel(target=t), "queries_to_median") for t in targets)
        rows.append(
            [
                _name(line, data),
                tables.interval(read.point(one, "error_after_queries_median")),
                tables.interval(_interquartile(one, experiment)),
                tables.interval(_tail(one, confidence)),
                *(tables.interval(each, budget) for each in needed),
                " / ".join(f"{100 * float(one['reached'].sel(target=t)):.0f}" for t in targets),
                f"{read.point(one, 'ratio_median')[0]:.4f}",
                tables.number(float(one["gap_exact_median"])),
            ]
        )
    return tables.Section(title, head, rows, note=_missed_text(data))


def _interquartile(one: xr.Dataset, experiment: MetaLearning) -> read.Point:
    """Interquartile mean of a start's error after the RNN's queries."""
    return read.point(one.sel(query=experiment.roll_out_queries), "error_iqm")


def _tail(one: xr.Dataset, confidence: float) -> read.Point:
    """The error that 90 % of the instances stay below, with its exact interval."""
    errors = np.asarray(one["error_after_queries"], float)
    tested = scipy.stats.quantile_test(errors, p=TAIL)
    ends = tested.confidence_interval(confidence)
    # Few instances bound the quantile from below alone.
    high = math.inf if math.isnan(ends.high) else float(ends.high)
    return read.Point(float(np.quantile(errors, TAIL)), float(ends.low), high)


def _missed(data: xr.Dataset) -> dict[float, float]:
    """Share of instances whose optimum the reference's random starts miss, by each target."""
    return {float(t): float((data["random_miss"] > t).mean()) for t in data["target"].values}


def _missed_text(data: xr.Dataset) -> str:
    missed = _missed(data)
    return (
        "Random starts alone miss the best known optimum by more than "
        f"{' / '.join(f'{target:g}' for target in missed)} on "
        f"{' / '.join(f'{100 * one:.0f}' for one in missed.values())} % of the instances."
    )


def _limits(key: str, one: xr.Dataset, name: str | None = None) -> dict[str, float]:
    values = read.point(one, f"{key}_median")
    parts = ("median", "low", "high")
    return {f"{name or key}_{part}": each for part, each in zip(parts, values, strict=True)}


def _records(
    name: str,
    size: str,
    experiment: MetaLearning,
    data: xr.Dataset,
    lines: Sequence[Line],
    confidence: float,
) -> list[dict[str, str | int | float]]:
    """One size's rows for machines; a censored median is `inf`."""
    found = []
    for line in lines:
        one = line.one
        record: dict[str, str | int | float] = {
            "experiment": name,
            "size": size,
            "start": line.start,
            "learner": line.learner,
            "seed": line.seed,
            "label": line.label,
            "chosen": line.chosen,
            "instances": data.sizes["instance"],
            "budget": experiment.evaluation.budget,
            "queries_read": experiment.roll_out_queries,
        }

        record |= _limits("error_after_queries", one)
        record |= tables.spread("error_after_queries_iqm", _interquartile(one, experiment))
        record |= tables.spread("error_after_queries_q90", _tail(one, confidence))
        for target in data["target"].values:
            at = one.sel(target=target)
            record |= _limits("queries_to", at, f"queries_to_{target:g}")
            record[f"reached_{target:g}"] = float(at["reached"])
        record |= _limits("ratio", one)
        record["gap_exact_median"] = float(one["gap_exact_median"])
        record |= {f"random_miss_{target:g}": one for target, one in _missed(data).items()}
        found.append(record)
    return found


def needs(study: Study) -> list[Need] | None:
    """The statistics of every test size of the main experiments."""
    return read.test_sizes_of(study, study.mains)


def write(results: read.Results, template: Path) -> Mapping[str, str]:
    """The table in every format, from the statistics of every test size."""
    panels = [
        (
            name,
            size,
            one,
            data := results.statistics(name, size),
            _lines(data, results.networks(name, size)),
        )
        for name, one in results.study.mains.items()
        for size in one.test
    ]
    confidence = results.study.statistics.confidence
    sections = [
        _section(one, size, data, lines, confidence) for _, size, one, data, lines in panels
    ]
    heads = {name: data for name, _, _, data, _ in panels}
    every = [data for *_, data, _ in panels]
    fields = captions.common(results, results.study.mains, heads, every)
    searches = (f"{one.reference.random_starts}" for one in results.study.mains.values())
    caption = script.fill(template, fields | {"random": " or ".join(dict.fromkeys(searches))})
    records = [record for panel in panels for record in _records(*panel, confidence)]
    return tables.write("Starts", caption, sections, records)
