"""Every trained network: error after its queries and queries to the target, a mark a seed."""

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import captions, marks, style
from figures import results as read
from figures.named import BEST, strongest
from figures.results import Point
from replication.starts import NETWORKS, SUCCESSOR
from replication.study import Study
from replication.workflow import Need

ROW, HEAD = 0.17, 0.64
"""inches: a start's row; title, axis and gap of a panel"""
SEED = 0.38
"""height of a seed in the row of its learner, in rows"""


class Row(NamedTuple):
    """One line of a panel: the network that was chosen, or all seeds of a learner."""

    name: str
    ones: list[xr.Dataset]
    look: style.Look
    learner: str = ""

    @property
    def height(self) -> float:
        """In rows of a start."""
        return max(1.0, SEED * (len(self.ones) + 0.6))


def _rows(data: xr.Dataset, networks: xr.Dataset | None, target: float) -> list[Row]:
    """The networks, the strongest other start, and below them all seeds of each learner."""
    chosen = [start for start in NETWORKS if start in data.start]
    rows = [
        Row(f"{read.label(data, start)}, chosen", [data.sel(start=start)], style.LOOKS[start])
        for start in chosen
    ]
    best = strongest(data, target)
    if best is not None:
        rows.append(Row(read.label(data, best), [data.sel(start=best)], BEST))
    for learner, ones in read.networks(networks, *read.COMPARED, SUCCESSOR).items():
        look = style.LOOKS[read.network_start(ones[0])]
        rows.append(Row(f"{learner.split('.')[-1]}, {len(ones)} seeds", ones, look, learner))
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
    target: float,
    factor: float = 1,
) -> None:
    centres = _centres(rows)
    for row, centre in zip(rows, centres, strict=True):
        for one, place in zip(row.ones, _places(row, centre), strict=True):
            values = read.point(one.sel(target=target), f"{variable}_median")
            value = Point(*(factor * each for each in values))
            marks.mark(ax, place, value, row.look, ends, bold=not row.learner)
    ax.set_xscale("log")
    ax.set_ylim(sum(row.height for row in rows), 0)
    ax.set_yticks(centres, [row.name for row in rows])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    ax.axhline(sum(row.height for row in rows if not row.learner), color="#999999", linewidth=0.6)


def _reached(row: Row, target: float) -> str:
    values = [100 * float(one["reached"].sel(target=target)) for one in row.ones]
    low, high = f"{min(values):.0f}", f"{max(values):.0f}"
    return f"{low} %" if low == high else f"{low}–{high} %"


def needs(study: Study) -> list[Need] | None:
    """The statistics of each headline test set, and of the successors' own."""
    return read.trainers_of(study)


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """The figure and the fields of its caption, from the statistics of each headline size."""
    experiments, target = results.study.headlines, results.study.claims.target
    datasets = results.heads(experiments)
    rows = {
        name: _rows(data, results.networks(name, experiments[name].headline_size), target)
        for name, data in datasets.items()
    }
    heights = [HEAD + ROW * sum(row.height for row in each) for each in rows.values()]
    figure = Figure(figsize=(style.WIDTH, 0.25 + sum(heights)))
    grid = figure.subplots(len(rows), 2, squeeze=False, height_ratios=heights)
    limits = marks.error_limits(
        read.per_cent(read.point(one, "error_after_queries_median"))
        for each in rows.values()
        for row in each
        for one in row.ones
    )
    for (left, right), (name, each) in zip(grid, rows.items(), strict=True):
        experiment, data = experiments[name], datasets[name]
        ends = marks.Ends(100 * style.FLOOR, 1e9, 1e9)
        _fill(left, "error_after_queries", each, ends, target, factor=100)
        left.set_xlim(*limits)
        left.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
        left.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
        budget = data.sizes["query"]
        _fill(right, "queries_to", each, marks.queries(budget), target)
        marks.strip(right, budget)
        right.tick_params(labelleft=False)
        for row, centre in zip(each, _centres(each), strict=True):
            marks.beside(right, _reached(row, target), centre)
        size = experiment.problem.size_text(experiment.headline_size)
        left.set_title(f"{experiment.title}, {size}", loc="left", weight="bold")
        right.set_title(f"{data.sizes['instance']} instances", loc="left")
        marks.beside(right, "reached")
    grid[-1, 0].set_xlabel("error after the RNN’s queries (%)")
    grid[-1, 1].set_xlabel(f"queries to {100 * target:g} %")
    fields = captions.common(results, experiments, datasets, datasets.values())
    return figure, fields | {
        "panels": captions.headings(experiments, datasets),
        "chosen": captions.networks_text(results),
    }
