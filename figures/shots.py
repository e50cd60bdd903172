"""Finite shots: errors after the RNN's queries and at the end, against the shots of a query."""

import math

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import captions, marks, style
from figures import results as read
from figures.named import few
from figures.results import Point
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import MAIN
from replication.study import Study
from replication.workflow import Need

QUANTITIES = ("after", "final")


def load(results: read.Results) -> dict[str, dict[str, xr.Dataset]]:
    """Statistics of each headline test set, fewest shots a query first, exact costs last."""
    found = {}
    for name, ways in read.ways(results, "shots").items():
        one = results.experiment(name)
        numbers = {way: shots_of(one, way) or math.inf for way in ways}
        found[name] = {way: ways[way] for way in sorted(ways, key=lambda way: numbers[way])}
    return found


def shots_of(experiment: MetaLearning, way: str) -> int | None:
    """Shots a query of one protocol; `None` for exact costs."""
    return experiment.evaluation_under(way).shots


def value(data: xr.Dataset, start: str, quantity: str) -> Point:
    """Median error of one start after the RNN's queries, or at the end of the budget."""
    one = data.sel(start=start)
    if quantity == "after":
        return read.point(one, "error_after_queries_median")
    return read.point(one.isel(query=-1), "error_median")


def shots_text(shots: int | None) -> str:
    """A number of shots as a tick label: a power of ten where it is one."""
    if shots is None:
        return "∞"
    digits = str(shots)
    power = len(digits) - 1
    return f"$10^{{{power}}}$" if int(digits) == 10**power else f"{shots:g}"


def _panel(
    ax: Axes, experiment: MetaLearning, ways: read.Ways, quantity: str, target: float
) -> list[Point]:
    starts, drawn = few(ways, target), list[Point]()
    looks = style.looks(starts)
    for order, start in reversed(list(enumerate(starts))):
        there = [(index, way) for index, way in enumerate(ways) if start in ways[way].start]
        look, bold = looks[style.role(start)], start == "lstm"
        # Exact costs are apart: there is no line from finite shots to them.
        for finite in (True, False):
            part = [(i, w) for i, w in there if (shots_of(experiment, w) is not None) == finite]
            points = [value(ways[way], start, quantity) for _, way in part]
            places = marks.dodged([index for index, _ in part], order, len(starts), 0.09)
            marks.trend(ax, places, points, look, marks.ERRORS, bold=bold)
            drawn += points
    exact = [i for i, way in enumerate(ways) if shots_of(experiment, way) is None]
    if exact:
        ax.axvline(min(exact) - 0.5, color="#999999", linewidth=0.6, linestyle=":")
    ax.set_xlim(-0.5, len(ways) - 0.5)
    ax.set_xticks(range(len(ways)), [shots_text(shots_of(experiment, way)) for way in ways])
    ax.grid(axis="x", visible=False)
    return drawn


def needs(study: Study) -> list[Need] | None:
    """The headline test sets under the protocols made for shots."""
    return read.ways_of(study, "shots")


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """The figure and the fields of its caption, from the statistics under every number of shots."""
    found, experiments = load(results), read.varied(results.study, "shots")
    target = results.study.claims.target
    figure = Figure(figsize=(style.WIDTH, 5.0))
    grid = figure.subplots(2, len(found), squeeze=False)
    drawn: dict[str, list[Point]] = {quantity: [] for quantity in QUANTITIES}
    for column, (name, ways) in enumerate(found.items()):
        one = experiments[name]
        for ax, quantity in zip(grid[:, column], QUANTITIES, strict=True):
            drawn[quantity] += _panel(ax, one, ways, quantity, target)
        grid[0, column].set_title(f"{one.title}\n{one.problem.size_text(one.headline_size)}")
        grid[1, column].set_xlabel("shots a query")
    for row, quantity in zip(grid, QUANTITIES, strict=True):
        marks.error_axis(row, drawn[quantity])
    grid[0, 0].set_ylabel("relative error\nafter the RNN’s queries")
    grid[1, 0].set_ylabel("relative error\nat the end of the budget")
    mains = [ways[MAIN] for ways in found.values()]
    marks.legend(figure, mains, (s for ways in found.values() for s in few(ways, target)))
    return figure, captions.common_of_ways(results, experiments, found)
