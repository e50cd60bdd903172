"""Every test size at a glance: error after the RNN's queries, queries to 1e-2, every seed."""

import math
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
import style
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.study import Experiment

TARGET = 1e-2
"""error to which queries are counted; the study's nearest target is taken"""
ROW, HEAD = 0.17, 0.64
"""inches: a start's row; title, axis and gap of a panel"""
SEED = 0.38
"""height of a seed in the row of its learner, in rows"""


class Row(NamedTuple):
    """One line of a panel: a start of the main comparison, or all seeds of a learner."""

    name: str
    starts: list[str]
    look: style.Look

    @property
    def height(self) -> float:
        """In rows of a start."""
        return max(1.0, SEED * (len(self.starts) + 0.6))

    @property
    def holds_networks(self) -> bool:
        """Whether its markers are single networks."""
        return style.network(self.starts[0]) is not None


class Point(NamedTuple):
    """A median with its interval; infinite where censored."""

    middle: float
    low: float
    high: float


def _rows(data: xr.Dataset, looks: Mapping[str, style.Look]) -> list[Row]:
    rows = [
        Row(style.label(data, start), [start], looks[style.role(start)])
        for start in style.compared(data)
    ]
    for learner, starts in style.networks(data).items():
        name = f"{learner}, {len(starts)} seed{'s' if len(starts) > 1 else ''}"
        rows.append(Row(name, starts, style.LOOKS["lstm"]))
    return rows


def _point(data: xr.Dataset, variable: str, start: str) -> Point:
    one = data.sel(start=start)
    return Point(*(float(one[f"{variable}_median{part}"]) for part in ("", "_low", "_high")))


def _centres(rows: Sequence[Row]) -> np.ndarray:
    """Where the rows stand, from the top."""
    heights = np.array([row.height for row in rows])
    return np.cumsum(heights) - heights / 2


def _places(row: Row, centre: float) -> np.ndarray:
    """Where the markers of a row stand, spread so that no seed hides another."""
    count = len(row.starts)
    return centre + SEED * (np.arange(count) - (count - 1) / 2)


def _mark(ax: Axes, point: Point, height: float, look: style.Look, ends: Point, bold: bool) -> None:
    """A point with its interval; `ends` are floor, budget and the place of what is beyond it.

    What is beyond the budget is drawn as a hollow arrow head in the grey strip at the right, what
    is below the floor as one at the floor.
    """
    floor, budget, beyond = ends
    low, middle, high = (
        beyond if value > budget else max(value, floor)
        for value in (point.low, point.middle, point.high)
    )
    marker, size = (look.marker, 4.5) if bold else ("o", 3.0)
    face = look.colour if bold else "white"
    if point.middle > budget:
        marker, face = ">", "white"
    elif point.middle < floor:
        marker, face = "<", "white"
    ax.plot([low, high], [height] * 2, color=look.colour, linewidth=1.6 if bold else 0.7, alpha=0.6)
    ax.plot(
        middle,
        height,
        marker=marker,
        markersize=size,
        color=look.colour,
        markerfacecolor=face,
        markeredgewidth=1.0 if bold else 0.8,
        clip_on=False,
        zorder=4,
    )


def _fill(
    ax: Axes, data: xr.Dataset, variable: str, rows: Sequence[Row], ends: Point, chosen: str
) -> None:
    centres = _centres(rows)
    for row, centre in zip(rows, centres, strict=True):
        for start, place in zip(row.starts, _places(row, centre), strict=True):
            bold = not row.holds_networks or start == chosen
            _mark(ax, _point(data, variable, start), place, row.look, ends, bold)
    ax.set_xscale("log")
    ax.set_ylim(sum(row.height for row in rows), 0)
    ax.set_yticks(centres, [row.name for row in rows])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    starts_end = sum(row.height for row in rows if not row.holds_networks)
    if any(row.holds_networks for row in rows):
        ax.axhline(starts_end, color="#999999", linewidth=0.6)


def _reached(data: xr.Dataset, row: Row, target: float) -> str:
    values = 100 * data["reached"].sel(target=target, start=row.starts).values
    low, high = f"{values.min():.0f}", f"{values.max():.0f}"
    return f"{low} %" if low == high else f"{low}–{high} %"


def _errors(ax: Axes, data: xr.Dataset, rows: Sequence[Row], shared: tuple[float, float]) -> None:
    ends = Point(style.FLOOR, math.inf, math.inf)
    _fill(ax, data, "error_after_queries", rows, ends, str(data.attrs.get("chosen")))
    ax.set_xlim(*shared)
    ax.xaxis.set_major_locator(mpl.ticker.LogLocator(numticks=9))
    ax.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())


def _queries(ax: Axes, data: xr.Dataset, rows: Sequence[Row], target: float, budget: int) -> None:
    ends = Point(1, budget, 1.35 * budget)
    at = data.sel(target=target)
    _fill(ax, at, "queries_to", rows, ends, str(data.attrs.get("chosen")))
    ax.set_xlim(0.85, 1.8 * budget)
    ax.axvspan(budget, 1.8 * budget, color="#eeeeee", linewidth=0, zorder=0)
    ax.set_xticks(
        [*(10**k for k in range(int(math.log10(budget)) + 1)), 1.35 * budget],
        [*(f"{10**k}" for k in range(int(math.log10(budget)) + 1)), f">{budget}"],
    )
    ax.tick_params(labelleft=False)
    for row, centre in zip(rows, _centres(rows), strict=True):
        ax.annotate(
            _reached(data, row, target),
            (1, centre),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=7,
        )


def _error_limits(panels: Sequence[xr.Dataset]) -> tuple[float, float]:
    """One error axis for all panels, so that sizes and classes can be compared."""
    values = [
        panel[f"error_after_queries_median{part}"].values
        for panel in panels
        for part in ("", "_low", "_high")
    ]
    flat = np.concatenate([np.ravel(value) for value in values])
    flat = flat[np.isfinite(flat)]
    high = max(flat.max() * 1.6, 10 * style.FLOOR)
    return max(min(flat.min() / 1.6, high / 20), style.FLOOR), high


def draw(results: style.Results, name: str) -> tuple[Figure, dict[str, object]]:
    """The figure of one experiment, and the fields of its caption, from its sizes' statistics."""
    experiment = results.experiment(name)
    panels = [(name, size, experiment, results.statistics(name, size)) for size in experiment.test]
    looks = style.looks(s for *_, data in panels for s in style.compared(data))
    rows = [_rows(data, looks) for *_, data in panels]
    heights = [HEAD + ROW * sum(row.height for row in each) for each in rows]
    figure = Figure(figsize=(style.WIDTH, 0.25 + sum(heights)))
    grid = figure.subplots(len(panels), 2, squeeze=False, height_ratios=heights)
    limits = _error_limits([data for *_, data in panels])
    targets = results.study.statistics.targets
    target = min(targets, key=lambda one: abs(math.log(one / TARGET)))
    for (left, right), (_, size, experiment, data), each in zip(grid, panels, rows, strict=True):
        _errors(left, data, each, limits)
        _queries(right, data, each, target, experiment.evaluation.budget)
        left.set_title(
            f"{experiment.title}, {style.size_text(experiment, size)}", loc="left", weight="bold"
        )
        right.set_title(f"{data.sizes['instance']} instances", loc="left")
        right.annotate(
            "reached",
            (1, 1),
            xycoords="axes fraction",
            xytext=(4, 3),
            textcoords="offset points",
            fontsize=7,
        )
    grid[-1, 0].set_xlabel("relative error after the RNN’s queries")
    grid[-1, 1].set_xlabel(f"cost queries to a relative error of {target:g}")
    return figure, _fields(results, panels, target)


def _fields(
    results: style.Results,
    panels: Sequence[tuple[str, str, Experiment, xr.Dataset]],
    target: float,
) -> dict[str, object]:
    statistics = results.study.statistics
    columns, handed, budgets, chosen = [], [], [], []
    for _, size, one, data in panels:
        place = f"{one.title}, {style.size_text(one, size)}"
        columns.append(
            f"{place}, {data.sizes['instance']} test instances"
            f" (trained on {', '.join(one.train_sizes)} unless the learner’s name says otherwise)"
        )
        handed.append(f"{one.title}: {one.roll_out_queries}")
        budgets.append(f"{one.title}: {style.optimiser_text(one)}")
        chosen.append(f"{one.title}: {style.network_text(data)}")
    return {
        "title": panels[0][2].title,
        "panels": style.listed(columns),
        "handed": style.listed(handed),
        "optimisers": style.listed(budgets),
        "chosen": style.listed(chosen),
        "target": f"{target:g}",
        "floor": f"{style.FLOOR:g}",
        "confidence": f"{100 * statistics.confidence:g}",
        "resamples": statistics.resamples,
        "provenance": style.provenance(data for *_, data in panels),
    }


if __name__ == "__main__":
    sys.exit(style.main_one(__file__, draw))
