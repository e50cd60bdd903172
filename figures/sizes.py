"""Every test size at a glance: error after the RNN's queries, queries to 1e-2, every seed."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import captions, marks, style
from figures import results as read
from replication.study import Study
from replication.workflow import Need

TARGET = 1e-2
"""error to which queries are counted; the study's nearest target is taken"""
ROW, HEAD = 0.17, 0.64
"""inches: a start's row; title, axis and gap of a panel"""
SEED = 0.38
"""height of a seed in the row of its learner, in rows"""


class Row(NamedTuple):
    """One line of a panel: a start of the main comparison, or all seeds of a learner."""

    name: str
    ones: list[xr.Dataset]
    look: style.Look
    learner: str = ""

    @property
    def height(self) -> float:
        """In rows of a start."""
        return max(1.0, SEED * (len(self.ones) + 0.6))

    @property
    def holds_networks(self) -> bool:
        """Whether its markers are single networks."""
        return bool(self.learner)


def _rows(
    data: xr.Dataset, networks: xr.Dataset | None, looks: Mapping[str, style.Look]
) -> list[Row]:
    rows = [
        Row(read.label(data, start), [data.sel(start=start)], looks[style.role(start)])
        for start in read.compared(data)
    ]
    for learner, ones in read.networks(networks).items():
        name = f"{learner}, {len(ones)} seed{'s' if len(ones) > 1 else ''}"
        rows.append(Row(name, ones, style.LOOKS["lstm"], learner))
    return rows


def _centres(rows: Sequence[Row]) -> np.ndarray:
    """Heights of the rows, from the top."""
    heights = np.array([row.height for row in rows])
    return np.cumsum(heights) - heights / 2


def _places(row: Row, centre: float) -> np.ndarray:
    """Heights of a row's markers, spread so that no seed hides another."""
    count = len(row.ones)
    return centre + SEED * (np.arange(count) - (count - 1) / 2)


def _fill(
    ax: Axes,
    variable: str,
    rows: Sequence[Row],
    ends: marks.Ends,
    chosen: tuple[str, str],
    target: float,
) -> None:
    centres = _centres(rows)
    for row, centre in zip(rows, centres, strict=True):
        for one, place in zip(row.ones, _places(row, centre), strict=True):
            bold = not row.holds_networks or (row.learner, str(one["seed"].item())) == chosen
            value = read.point(one.sel(target=target), f"{variable}_median")
            marks.mark(ax, place, value, row.look, ends, bold=bold)
    ax.set_xscale("log")
    ax.set_ylim(sum(row.height for row in rows), 0)
    ax.set_yticks(centres, [row.name for row in rows])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    starts_end = sum(row.height for row in rows if not row.holds_networks)
    if any(row.holds_networks for row in rows):
        ax.axhline(starts_end, color="#999999", linewidth=0.6)


def _reached(row: Row, target: float) -> str:
    values = [100 * float(one["reached"].sel(target=target)) for one in row.ones]
    low, high = f"{min(values):.0f}", f"{max(values):.0f}"
    return f"{low} %" if low == high else f"{low}–{high} %"


def _errors(
    ax: Axes, data: xr.Dataset, rows: Sequence[Row], target: float, shared: tuple[float, float]
) -> None:
    _fill(ax, "error_after_queries", rows, marks.ERRORS, read.chosen(data), target)
    ax.set_xlim(*shared)
    ax.xaxis.set_major_locator(mpl.ticker.LogLocator(numticks=9))
    ax.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())


def _queries(ax: Axes, data: xr.Dataset, rows: Sequence[Row], target: float, budget: int) -> None:
    _fill(ax, "queries_to", rows, marks.queries(budget), read.chosen(data), target)
    marks.strip(ax, budget)
    ax.tick_params(labelleft=False)
    for row, centre in zip(rows, _centres(rows), strict=True):
        marks.beside(ax, _reached(row, target), centre)


def needs(study: Study) -> dict[str, list[Need]]:
    """For each main experiment the statistics of its test sizes."""
    return {
        name: [read.statistics_of(study, name, size) for size in one.test]
        for name, one in study.mains.items()
    }


def draw(results: read.Results, name: str) -> tuple[Figure, dict[str, object]]:
    """The figure of one experiment, and the fields of its caption, from its sizes' statistics."""
    experiment = results.experiment(name)
    panels = [(name, size, experiment, results.statistics(name, size)) for size in experiment.test]
    looks = style.looks(s for *_, data in panels for s in read.compared(data))
    rows = [_rows(data, results.networks(name, size), looks) for _, size, _, data in panels]
    heights = [HEAD + ROW * sum(row.height for row in each) for each in rows]
    figure = Figure(figsize=(style.WIDTH, 0.25 + sum(heights)))
    grid = figure.subplots(len(panels), 2, squeeze=False, height_ratios=heights)
    errors = [
        read.point(one, "error_after_queries_median")
        for each in rows
        for row in each
        for one in row.ones
    ]
    limits = marks.error_limits(errors)
    targets = results.study.statistics.targets
    target = min(targets, key=lambda one: abs(math.log(one / TARGET)))
    for (left, right), (_, size, experiment, data), each in zip(grid, panels, rows, strict=True):
        _errors(left, data, each, target, limits)
        _queries(right, data, each, target, experiment.evaluation.budget)
        left.set_title(
            f"{experiment.title}, {experiment.problem.size_text(size)}", loc="left", weight="bold"
        )
        right.set_title(f"{data.sizes['instance']} instances", loc="left")
        marks.beside(right, "reached")
    grid[-1, 0].set_xlabel("relative error after the RNN’s queries")
    grid[-1, 1].set_xlabel(f"cost queries to a relative error of {target:g}")
    columns = [
        f"{experiment.title}, {experiment.problem.size_text(size)}, "
        f"{data.sizes['instance']} test instances (trained on "
        f"{', '.join(experiment.train_sizes)} unless the learner’s name says otherwise)"
        for _, size, _, data in panels
    ]
    every = [data for *_, data in panels]
    fields = captions.common(results, {name: experiment}, {name: every[0]}, every)
    return figure, fields | {
        "title": experiment.title,
        "panels": captions.listed(columns),
        "instances": captions.counts(every),
        "target": f"{target:g}",
    }
