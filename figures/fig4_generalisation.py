"""Generalisation over sizes: error after the RNN's queries, and queries ratio by each size."""

import math
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import captions, marks, style
from figures import results as read
from figures.results import Point
from replication.kinds.meta_learning import MetaLearning
from replication.problems.base import extent
from replication.study import Study
from replication.workflow import Need

COLUMNS = 3
"""experiments side by side; more of them wrap into further pairs of rows"""

Sizes = Mapping[str, xr.Dataset]


def _queries_ratio(one: xr.Dataset) -> tuple[Point, str]:
    """The queries ratio, or its bound with the arrow that says which way it is open."""
    value, bound = read.queries_ratio(one)
    if math.isinf(value.middle):
        return value._replace(middle=bound), "up"
    if value.middle == 0:
        return value._replace(middle=bound), "down"
    return value, ""


def _step(experiment: MetaLearning, sizes: Sizes) -> float:
    """Half of the smallest gap between two sizes shown."""
    every = {float(extent(size)) for size in (*sizes, *experiment.train_sizes)}
    gaps = np.diff(sorted(every))
    return float(gaps.min()) / 2 if gaps.size else 0.5


def _axis(ax: Axes, experiment: MetaLearning, sizes: Sizes, *, named: bool) -> None:
    """Sizes as ticks, those of the training shaded."""
    every = sorted({*sizes, *experiment.train_sizes}, key=extent)
    places = [float(extent(size)) for size in every]
    half = _step(experiment, sizes)
    ax.set_xlim(places[0] - 1.2 * half, places[-1] + 1.2 * half)
    ax.set_xticks(places, [style.size_tick(size) for size in every])
    ax.grid(axis="x", visible=False)
    trained = [float(extent(size)) for size in experiment.train_sizes]
    for place in trained:
        ax.axvspan(place - half, place + half, color="#e6e6e6", linewidth=0, zorder=0)
    if named:
        left, right = ax.get_xlim()
        where = (np.mean([min(trained), max(trained)]) - left) / (right - left)
        ax.annotate(
            "trained",
            (min(max(where, 0.16), 0.84), 0),
            xycoords="axes fraction",
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=7,
            color="#444444",
        )


def _curves(
    top: Axes, bottom: Axes, experiment: MetaLearning, sizes: Sizes, target: float
) -> tuple[list[Point], list[float]]:
    """Draw every start of one experiment; what was drawn, for the limits of the axes."""
    starts = list(dict.fromkeys(s for data in sizes.values() for s in read.compared(data)))
    looks = style.looks(starts)
    step = 0.22 * _step(experiment, sizes)
    errors: list[Point] = []
    ratios: list[float] = []
    for order, start in reversed(list(enumerate(starts))):
        found = {size: data.sel(start=start) for size, data in sizes.items() if start in data.start}
        numbers = [float(extent(size)) for size in found]
        places = marks.dodged(numbers, order, len(starts), step)
        values = [read.point(one, "error_after_queries_median") for one in found.values()]
        look, bold = looks[style.role(start)], start == "lstm"
        marks.trend(top, places, values, look, marks.ERRORS, bold=bold)
        errors += values
        if start == "lstm" or not all("queries_ratio" in one for one in found.values()):
            continue
        each = [_queries_ratio(one.sel(target=target)) for one in found.values()]
        ends = marks.Ends(1e-9, math.inf, math.inf)
        arrows = [arrow for _, arrow in each]
        # An end of an interval that is open is drawn to the edge of the panel.
        closed = [
            value._replace(high=1e9 if math.isinf(value.high) else value.high) for value, _ in each
        ]
        marks.trend(bottom, places, closed, look, ends, arrows=arrows)
        ratios += [value.middle for value, _ in each]
        ratios += [end for value, arrow in each if not arrow for end in value if 0 < end < math.inf]
    return errors, ratios


def _ratio_axis(row: Sequence[Axes], ratios: Sequence[float]) -> None:
    finite = [one for one in ratios if math.isfinite(one) and one > 0]
    low, high = min([0.7, *finite]) / 1.3, max([3.0, *finite]) * 1.5
    for index, ax in enumerate(row):
        ax.set_yscale("log")
        ax.set_ylim(low, high)
        ax.axhline(1, color="#444444", linewidth=0.8, zorder=1)
        style.decades(ax)
        ax.yaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
        ax.tick_params(labelleft=index == 0)


def needs(study: Study) -> list[Need] | None:
    """The statistics of every test size of the headline experiments."""
    return read.test_sizes_of(study, study.headlines)


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """The figure and the fields of its caption, from the statistics of every test size."""
    experiments, target = results.study.headlines, results.study.claims.target
    datasets = {
        name: {size: results.statistics(name, size) for size in one.test}
        for name, one in experiments.items()
    }
    columns = min(len(experiments), COLUMNS)
    blocks = -(-len(experiments) // columns)
    figure = Figure(figsize=(style.WIDTH, 0.75 + 4.3 * blocks))
    grid = figure.subplots(2 * blocks, columns, squeeze=False)
    for ax in grid.flat:
        ax.set_visible(False)
    errors, ratios = list[list[Point]](), list[list[float]]()
    for index, (name, one) in enumerate(experiments.items()):
        block, column = divmod(index, columns)
        top, bottom = grid[2 * block : 2 * block + 2, column]
        top.set_visible(True)
        bottom.set_visible(True)
        top.set_title(one.title)
        found = _curves(top, bottom, one, datasets[name], target)
        errors.append(found[0])
        ratios.append(found[1])
        for ax in (top, bottom):
            _axis(ax, one, datasets[name], named=ax is top)
        bottom.set_xlabel(one.problem.size_label)
        if column == 0:
            top.set_ylabel("relative error\nafter the RNN’s queries")
            bottom.set_ylabel(f"queries ratio to {target:g}\n(other start / RNN)")
    for block in range(blocks):
        drawn = slice(block * columns, (block + 1) * columns)
        width = len(errors[drawn])
        marks.error_axis(grid[2 * block][:width], [p for each in errors for p in each])
        for ax in grid[2 * block][:width]:
            # Room for the word below the lowest point.
            ax.set_ylim(bottom=ax.get_ylim()[0] / 2.5)
        _ratio_axis(grid[2 * block + 1][:width], [s for each in ratios for s in each])
    every = [data for each in datasets.values() for data in each.values()]
    marks.legend(figure, every, (s for data in every for s in read.compared(data)))
    heads = {name: datasets[name][one.headline_size] for name, one in experiments.items()}
    counts = "; ".join(
        f"{one.title}: "
        + ", ".join(
            f"{one.problem.size_text(size)} ({data.sizes['instance']} test instances)"
            for size, data in datasets[name].items()
        )
        for name, one in experiments.items()
    )
    trained = "; ".join(
        f"{one.title}: {', '.join(one.train_sizes)}" for one in experiments.values()
    )
    return figure, {
        **captions.common(results, experiments, heads, every),
        "sizes": counts,
        "instances": captions.counts(every),
        "trained": trained,
    }
