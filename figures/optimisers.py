"""Local optimisers: queries to every target, from each start, under each of them."""

from collections.abc import Mapping, Sequence

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import captions, marks, style
from figures import results as read
from figures.named import few
from replication import optimisers
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import MAIN
from replication.study import Study
from replication.workflow import Need

ROW, HEAD = 0.085, 0.62
"""inches: one start of one optimiser; title and axis of a panel"""
TEXT = 6.5


def uses_gradients(experiment: MetaLearning, way: str) -> bool:
    """Whether the local optimiser of one protocol uses gradients."""
    module = optimisers.load(experiment.evaluation_under(way).optimiser)
    return bool(getattr(module, "GRADIENT", False))


def name_of(experiment: MetaLearning, way: str) -> str:
    """What readers call a protocol's optimiser."""
    if way == MAIN:
        return f"{optimisers.load(experiment.evaluation.optimiser).LABEL} (elsewhere)"
    return experiment.label(way)


def _row(
    ax: Axes, place: float, data: xr.Dataset, look: style.Look, target: float, ends: marks.Ends
) -> None:
    """One start: a dot a target, the claims' own one with its marker and interval."""
    values = {
        float(each): read.point(data.sel(target=each), "queries_to_median")
        for each in data["target"].values
    }
    reached = [value.middle for value in values.values() if value.middle <= ends.most]
    beyond = [ends.beyond] * (len(reached) < len(values))
    ax.plot(
        [*reached, *beyond], [place] * len([*reached, *beyond]), color=look.colour, linewidth=0.6
    )
    small = [v.middle for t, v in values.items() if t != target and v.middle <= ends.most]
    ax.plot(small, [place] * len(small), ".", color=look.colour, markersize=3, zorder=4)
    if beyond:
        ax.plot(ends.beyond, place, ">", color=look.colour, markerfacecolor="white", markersize=3)
    if values[target].middle <= ends.most:
        marks.mark(ax, place, values[target], look, ends)


def _panel(
    ax: Axes, experiment: MetaLearning, ways: read.Ways, names: Sequence[str], target: float
) -> None:
    """One experiment: a block of rows for each optimiser, in it a row for each start."""
    starts = few(ways, target)
    looks, budget = style.looks(starts), max(data.sizes["query"] for data in ways.values())
    block, ends = len(starts) + 1, marks.queries(budget)
    found = {name_of(experiment, way): data for way, data in ways.items()}
    for index, name in enumerate(names):
        if index:
            ax.axhline(block * index - 0.5, color="#cccccc", linewidth=0.5)
        if name not in found:
            middle = block * index + (block - 1) / 2
            ax.text(1.2, middle, "not run", va="center", color="#666666", fontsize=TEXT)
            continue
        for order, start in enumerate(starts):
            if start in found[name].start:
                place = block * index + 0.5 + order
                one, look = found[name].sel(start=start), looks[style.role(start)]
                _row(ax, place, one, look, target, ends)
    marks.strip(ax, budget)
    ax.set_ylim(block * len(names) - 0.5, -0.5)
    ax.set_yticks([block * i + (block - 1) / 2 for i in range(len(names))], names, fontsize=TEXT)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)


def needs(study: Study) -> list[Need] | None:
    """The headline test sets under every local optimiser."""
    return read.ways_of(study, "optimiser")


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """The figure and the fields of its caption, from the statistics under every optimiser."""
    target = results.study.claims.target
    experiments, found = read.varied(results.study, "optimiser"), read.ways(results, "optimiser")
    names: dict[bool, dict[str, None]] = {False: {}, True: {}}
    for key, one in experiments.items():
        for way in found[key]:
            names[uses_gradients(one, way)][name_of(one, way)] = None
    kinds = [kind for kind in (False, True) if names[kind]]
    block = 1 + max(len(few(ways, target)) for ways in found.values())
    heights = [HEAD + ROW * block * len(names[kind]) for kind in kinds]
    figure = Figure(figsize=(style.WIDTH, 0.5 + sum(heights)))
    grid = figure.subplots(len(kinds), len(found), squeeze=False, height_ratios=heights)
    for row, kind in zip(grid, kinds, strict=True):
        for column, (key, ax) in enumerate(zip(found, row, strict=True)):
            one = experiments[key]
            _panel(ax, one, found[key], list(names[kind]), target)
            ax.tick_params(labelleft=column == 0)
            size = one.problem.size_text(one.headline_size)
            ax.set_title(f"{one.title}\n{size}" if kind == kinds[0] else "", fontsize=7)
        if kind:
            row[0].set_title("with gradients: one query = value and gradient", loc="left")
    targets = [f"{100 * each:g}" for each in results.study.statistics.targets]
    for ax in grid[-1]:
        ax.set_xlabel(f"queries to {', '.join(targets)} %")
    mains = [ways[MAIN] for ways in found.values()]
    marks.legend(figure, mains, (s for ways in found.values() for s in few(ways, target)))
    return figure, _fields(results, experiments, found, target)


def _fields(
    results: read.Results,
    experiments: Mapping[str, MetaLearning],
    found: Mapping[str, read.Ways],
    target: float,
) -> dict[str, object]:
    left = (
        read.label(ways[MAIN], start)
        for ways in found.values()
        for start in read.starts_of(ways)
        if start not in few(ways, target) and start in ways[MAIN].start
    )
    return captions.common_of_ways(results, experiments, found) | {
        "targets": ", ".join(f"{each:g}" for each in results.study.statistics.targets),
        "others": captions.labels(left) or "none",
    }
