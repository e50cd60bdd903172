"""Ablations: what the RNN loses without its costs, its length, its loss, its size or its start."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import captions, marks, style
from figures import results as read
from figures.marks import Ends
from figures.named import named
from figures.results import Point
from replication.kinds.meta_learning_jobs import MAIN
from replication.study import Study
from replication.workflow import Need

ROW, HEAD = 0.185, 0.55
"""inches: one row; title and axis of a panel"""


class Row(NamedTuple):
    """One way to train or to use the network: the middle of its seeds, and every seed."""

    name: str
    start: str
    data: xr.Dataset
    one: xr.Dataset
    seeds: tuple[xr.Dataset, ...] = ()

    @property
    def trained(self) -> bool:
        """Whether it is a learner, else a start."""
        return bool(self.seeds)

    @property
    def look(self) -> style.Look:
        """The look of the start that it is."""
        return style.looks([self.start])[style.role(self.start)]

    def middle(self, variable: str, target: float) -> Point:
        """Median of one variable; for a learner the middle of its seeds."""
        name = f"{variable}_middle" if self.trained else f"{variable}_median"
        return read.point(self.one.sel(target=target), name)

    def of_seeds(self, variable: str, target: float) -> list[float]:
        """Median of one variable for every single network."""
        return [
            read.point(seed.sel(target=target), f"{variable}_median").middle for seed in self.seeds
        ]


def load(results: read.Results) -> dict[str, list[Row]]:
    """Every row of each experiment: uses of the chosen network, the other starts, the learners."""
    found = {}
    for name, ways in read.ways(results, "ablation").items():
        one, main, rows = results.experiment(name), ways[MAIN], []
        for way, data in ways.items():
            if "lstm" in data.start:
                label = read.label(data, "lstm") if way == MAIN else one.label(way)
                rows.append(Row(label, "lstm", data, data.sel(start="lstm")))
        rows += [
            Row(read.label(main, start), start, main, main.sel(start=start))
            for start in read.compared(main)
            if start != "lstm"
        ]
        place = name, one.headline_size
        networks = read.networks(results.networks(*place), "ablation")
        learners = results.learners(*place)
        for learner in one.learners_of("ablation"):
            if learner in networks and learners is not None:
                label, its = one.label(learner), learners.sel(learner=learner)
                rows.append(Row(label, "lstm", main, its, tuple(networks[learner])))
        found[name] = rows
    return found


def _shown(rows: Sequence[Row], target: float) -> list[Row]:
    """All rows of networks, and of the other starts those that figures name."""
    return [row for row in rows if row.trained or row.start in named(row.data, target)]


def _order(found: Mapping[str, Sequence[Row]]) -> list[tuple[bool, str]]:
    """Names of all rows, those of trained learners last."""
    names = dict.fromkeys((row.trained, row.name) for rows in found.values() for row in rows)
    return sorted(names, key=lambda name: name[0])


def _panel(
    ax: Axes,
    rows: Sequence[Row],
    order: Sequence[tuple[bool, str]],
    variable: str,
    target: float,
    ends: Ends,
) -> None:
    places = {name: index + 0.5 for index, name in enumerate(order)}
    for row in rows:
        centre, look = places[row.trained, row.name], row.look
        values = row.of_seeds(variable, target)
        for value, height in zip(values, np.linspace(-0.28, 0.28, len(values)), strict=True):
            seed = Point(value, value, value)
            marks.mark(ax, centre + height, seed, look, ends, bold=False)
        marks.mark(ax, centre, row.middle(variable, target), look, ends)
    for name in places.keys() - {(row.trained, row.name) for row in rows}:
        ax.annotate(
            "not run",
            (0.5, places[name]),
            xycoords=("axes fraction", "data"),
            ha="center",
            va="center",
            fontsize=7,
            color="#767676",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    bases = [row for row in rows if row.trained][:1] + [r for r in rows if r.start == "constant"]
    for row in bases:
        middle = row.middle(variable, target).middle
        if ends.floor < middle <= ends.most:
            ax.axvline(middle, color=row.look.colour, linewidth=0.8, linestyle=":", zorder=1)
    ax.set_ylim(len(order), 0)
    ax.set_yticks(list(places.values()), [name for _, name in order])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    untrained = sum(not trained for trained, _ in order)
    if 0 < untrained < len(order):
        ax.axhline(untrained, color="#999999", linewidth=0.6)


def needs(study: Study) -> list[Need] | None:
    """The headline test sets under the protocols made for ablations."""
    return read.ways_of(study, "ablation")


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """The figure and the fields of its caption, from the headline test sets' statistics."""
    target = results.study.claims.target
    found = {name: _shown(rows, target) for name, rows in load(results).items()}
    experiments = read.varied(results.study, "ablation")
    order = _order(found)
    height = HEAD + ROW * len(order)
    figure = Figure(figsize=(style.WIDTH, 0.25 + 2 * height))
    grid = figure.subplots(2, len(found), squeeze=False)
    errors = [
        point
        for rows in found.values()
        for row in rows
        for point in (
            row.middle("error_of_start", target),
            *(Point(v, v, v) for v in row.of_seeds("error_of_start", target)),
        )
    ]
    limits = marks.error_limits(errors)
    for column, (name, rows) in enumerate(found.items()):
        one, (top, bottom) = experiments[name], grid[:, column]
        budget = rows[0].data.sizes["query"]
        _panel(top, rows, order, "error_of_start", target, marks.ERRORS)
        top.set_xscale("log")
        top.set_xlim(*limits)
        top.xaxis.set_major_locator(mpl.ticker.LogLocator(numticks=6))
        top.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
        _panel(bottom, rows, order, "queries_to", target, marks.queries(budget))
        marks.strip(bottom, budget)
        top.set_title(f"{one.title}\n{one.problem.size_text(one.headline_size)}")
        for ax in (top, bottom):
            ax.tick_params(labelleft=column == 0)
        top.set_xlabel("error after its own queries")
        bottom.set_xlabel(f"cost queries to {target:g}")
    every = [row.data for rows in found.values() for row in rows]
    heads = {name: rows[0].data for name, rows in found.items()}
    fields = captions.common(results, experiments, heads, every)
    return figure, fields | {
        "panels": captions.headings(experiments, heads),
        "base": captions.listed(
            f"{experiments[name].title}: “{row.name}”"
            for name, rows in found.items()
            for row in [each for each in rows if each.trained][:1]
        )
        or "none",
    }
