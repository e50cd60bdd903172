"""Every start of the main comparison: error after the network's queries, queries to the target."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import captions, marks, style
from figures import results as read
from figures.named import strongest
from figures.results import Point
from replication import starts
from replication.starts import NETWORKS
from replication.study import Study
from replication.workflow import Need

ROW, HEAD = 0.13, 0.6
"""inches: a start; title and axis of a class"""
TEXT = 6.5
"""points, of labels"""
OTHER = style.Look("#444444", "s", "-")
"""the look of a start without a network"""


def ordered(data: xr.Dataset, target: float) -> list[str]:
    """All starts, the one with the fewest median queries first, then by error."""
    left, found = set(read.compared(data)), list[str]()
    while left:
        best = strongest(data, target, besides=[*found])
        assert best is not None
        found.append(best)
        left.discard(best)
    return found


def _look(start: str) -> style.Look:
    return style.LOOKS[start] if start in NETWORKS else OTHER


def _panel(axes: Sequence[Axes], data: xr.Dataset, target: float) -> list[Point]:
    left, right = axes
    budget, errors = data.sizes["query"], []
    names = ordered(data, target)
    for height, start in enumerate(names):
        one, look = data.sel(start=start, target=target), _look(start)
        error = read.per_cent(read.point(one, "error_after_queries_median"))
        marks.mark(left, height, error, look, marks.Ends(100 * style.FLOOR, 1e9, 1e9))
        queries = read.point(one, "queries_to_median")
        marks.mark(right, height, queries, look, marks.queries(budget))
        marks.beside(right, f"{100 * float(one['reached']):.0f} %", height)
        errors.append(error)
    marks.strip(right, budget)
    marks.beside(right, "reached")
    left.set_xscale("log")
    left.set_yticks(range(len(names)), [read.label(data, name) for name in names], fontsize=TEXT)
    for tick, start in zip(left.get_yticklabels(), names, strict=True):
        tick.set_color(_look(start).colour if start in NETWORKS else "black")
    right.tick_params(labelleft=False)
    for ax in axes:
        ax.set_ylim(len(names) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="y", visible=False)
    return errors


def needs(study: Study) -> list[Need] | None:
    """The statistics of each headline test set, and of the successors' own."""
    return read.trainers_of(study)


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """The figure and the fields of its caption, from the statistics of each headline size."""
    experiments, target = results.study.headlines, results.study.claims.target
    datasets = results.heads(experiments)
    heights = [HEAD + ROW * len(read.compared(data)) for data in datasets.values()]
    figure = Figure(figsize=(style.WIDTH, 0.2 + sum(heights)))
    grid = figure.subplots(len(datasets), 2, squeeze=False, height_ratios=heights)
    errors = [
        error
        for axes, data in zip(grid, datasets.values(), strict=True)
        for error in _panel(axes, data, target)
    ]
    limits = marks.error_limits(errors)
    for (left, right), (name, one) in zip(grid, experiments.items(), strict=True):
        left.set_xlim(*limits)
        left.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
        left.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
        size = one.problem.size_text(one.headline_size)
        left.set_title(f"{one.title}, {size}", loc="left", weight="bold")
        right.set_title(f"{datasets[name].sizes['instance']} instances", loc="left")
    grid[-1, 0].set_xlabel("error after the RNN’s queries (%)")
    grid[-1, 1].set_xlabel(f"queries to {100 * target:g} %")
    return figure, _fields(results, datasets)


def _fields(results: read.Results, datasets: Mapping[str, xr.Dataset]) -> dict[str, object]:
    experiments = results.study.headlines
    groups: dict[str, dict[str, None]] = {}
    for data in datasets.values():
        for start in read.compared(data):
            # Results may hold a start whose file is gone.
            use = starts.uses(start) if start in starts.names() else "not stated"
            groups.setdefault(use, {})[read.label(data, start)] = None
    fields = captions.common(results, experiments, datasets, datasets.values())
    return fields | {
        "panels": captions.headings(experiments, datasets),
        "chosen": captions.networks_text(results),
        "uses": "; ".join(f"{use}: {captions.labels(names)}" for use, names in groups.items()),
    }
