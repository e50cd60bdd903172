"""Finite shots: errors after the RNN's queries and at the end, against the shots of a query."""

import math
import sys
from collections.abc import Mapping

import marks
import style
import xarray as xr
from marks import Point
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replication.study import MAIN, Experiment
from replication.workflow import protocols_in, varied

QUANTITIES = ("after", "final")

Ways = Mapping[str, xr.Dataset]


def load(results: style.Results) -> dict[str, dict[str, xr.Dataset]]:
    """Statistics of each headline sample, fewest shots a query first, exact costs last."""
    found = {}
    for name, one in varied(results.study, "shots").items():
        ways = protocols_in(one, "shots")
        numbers = {way: shots_of(one, way) or math.inf for way in ways}
        ordered = sorted(ways, key=lambda way: numbers[way])
        found[name] = {way: results.statistics(name, one.headline_size, way) for way in ordered}
    return found


def shots_of(experiment: Experiment, way: str) -> int | None:
    """Shots a query of one protocol; `None` for exact costs."""
    return experiment.evaluation_under(way).shots


def starts_of(ways: Ways) -> list[str]:
    """Starts that more than the experiment's own evaluation follows, the RNN first."""
    others = {str(s) for way, data in ways.items() if way != MAIN for s in style.compared(data)}
    every = {s: None for data in ways.values() for s in style.compared(data)}
    return [start for start in every if start in others]


def value(data: xr.Dataset, start: str, quantity: str) -> Point:
    """Median error of one start after the RNN's queries, or at the end of the budget."""
    one = data.sel(start=start)
    if quantity == "after":
        return marks.point(one, "error_after_queries_median")
    return marks.point(one.isel(query=-1), "error_median")


def shots_text(shots: int | None) -> str:
    """A number of shots as a tick label: a power of ten where it is one."""
    if shots is None:
        return "∞"
    digits = str(shots)
    power = len(digits) - 1
    return f"$10^{{{power}}}$" if int(digits) == 10**power else f"{shots:g}"


def _panel(ax: Axes, experiment: Experiment, ways: Ways, quantity: str) -> list[Point]:
    starts, drawn = starts_of(ways), list[Point]()
    looks = style.looks(starts)
    for turn, start in reversed(list(enumerate(starts))):
        there = [(index, way) for index, way in enumerate(ways) if start in ways[way].start]
        look, bold = looks[style.role(start)], start == "lstm"
        # Exact costs stand apart: there is no line from finite shots to them.
        for finite in (True, False):
            part = [(i, w) for i, w in there if (shots_of(experiment, w) is not None) == finite]
            points = [value(ways[way], start, quantity) for _, way in part]
            places = marks.dodged([index for index, _ in part], turn, len(starts), 0.09)
            marks.trend(ax, places, points, look, marks.ERRORS, bold=bold)
            drawn += points
    exact = [i for i, way in enumerate(ways) if shots_of(experiment, way) is None]
    if exact:
        ax.axvline(min(exact) - 0.5, color="#999999", linewidth=0.6, linestyle=":")
    ax.set_xlim(-0.5, len(ways) - 0.5)
    ax.set_xticks(range(len(ways)), [shots_text(shots_of(experiment, way)) for way in ways])
    ax.grid(axis="x", visible=False)
    return drawn


def draw(results: style.Results) -> tuple[Figure, dict[str, object]]:
    """The figure and the fields of its caption, from the statistics under every number of shots."""
    found, experiments = load(results), varied(results.study, "shots")
    figure = Figure(figsize=(style.WIDTH, 5.0))
    grid = figure.subplots(2, len(found), squeeze=False)
    drawn: dict[str, list[Point]] = {quantity: [] for quantity in QUANTITIES}
    for column, (name, ways) in enumerate(found.items()):
        one = experiments[name]
        for ax, quantity in zip(grid[:, column], QUANTITIES, strict=True):
            drawn[quantity] += _panel(ax, one, ways, quantity)
        grid[0, column].set_title(f"{one.title}\n{style.size_text(one, one.headline_size)}")
        grid[1, column].set_xlabel("shots a query")
    for row, quantity in zip(grid, QUANTITIES, strict=True):
        marks.error_axis(row, drawn[quantity])
    grid[0, 0].set_ylabel("relative error\nafter the RNN’s queries")
    grid[1, 0].set_ylabel("relative error\nat the end of the budget")
    heads = {name: ways[MAIN] for name, ways in found.items()}
    marks.legend(figure, heads.values(), (s for ways in found.values() for s in starts_of(ways)))
    every = [data for ways in found.values() for data in ways.values()]
    fields = marks.common(results, experiments, heads, every)
    return figure, fields | {"panels": marks.headings(experiments, heads)}


if __name__ == "__main__":
    sys.exit(style.main(__file__, draw))
