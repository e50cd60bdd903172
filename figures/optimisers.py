"""Local optimisers: queries to the target from each start under each of them."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import captions, marks, style
from figures import results as read
from replication import optimisers
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import MAIN
from replication.study import Study
from replication.workflow import Need

ROW, HEAD = 0.1, 0.62
"""inches: one start of one optimiser; title and axis of a panel"""


def uses_gradients(experiment: MetaLearning, way: str) -> bool:
    """Whether the local optimiser of one protocol uses gradients."""
    module = optimisers.load(experiment.evaluation_under(way).optimiser)
    return bool(getattr(module, "GRADIENT", False))


def name_of(experiment: MetaLearning, way: str) -> str:
    """What readers call a protocol's optimiser."""
    if way == MAIN:
        return f"{optimisers.load(experiment.evaluation.optimiser).LABEL} (elsewhere)"
    return experiment.label(way)


def _panel(
    ax: Axes, experiment: MetaLearning, ways: read.Ways, names: Sequence[str], target: float
) -> None:
    """One experiment: a block of rows for each optimiser, in it a row for each start."""
    starts = read.starts_of(ways)
    looks, budget = style.looks(starts), max(data.sizes["query"] for data in ways.values())
    block = len(starts) + 1
    found = {name_of(experiment, way): data for way, data in ways.items()}
    for index, name in enumerate(names):
        if name not in found:
            ax.text(1.2, block * index + (block - 1) / 2, "not run", va="center", color="#666666")
            continue
        data = found[name].sel(target=target)
        for order, start in enumerate(starts):
            if start in data.start:
                value = read.point(data.sel(start=start), "queries_to_median")
                place = block * index + 0.5 + order
                marks.mark(ax, place, value, looks[style.role(start)], marks.queries(budget))
        if index:
            ax.axhline(block * index - 0.5, color="#cccccc", linewidth=0.5)
    marks.strip(ax, budget)
    ax.set_ylim(block * len(names) - 0.5, -0.5)
    ax.set_yticks([block * i + (block - 1) / 2 for i in range(len(names))], names)
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
    block = 1 + max(len(read.starts_of(ways)) for ways in found.values())
    heights = [HEAD + ROW * block * len(names[kind]) for kind in kinds]
    figure = Figure(figsize=(style.WIDTH, 0.5 + sum(heights)))
    grid = figure.subplots(len(kinds), len(found), squeeze=False, height_ratios=heights)
    for row, kind in zip(grid, kinds, strict=True):
        for column, (key, ax) in enumerate(zip(found, row, strict=True)):
            one = experiments[key]
            _panel(ax, one, found[key], list(names[kind]), target)
            ax.tick_params(labelleft=column == 0)
            size = one.problem.size_text(one.headline_size)
            ax.set_title(f"{one.title}\n{size}" if kind == kinds[0] else "")
        if kind:
            row[0].set_title("with gradients: one query = value and gradient", loc="left")
    for ax in grid[-1]:
        ax.set_xlabel(f"cost queries to {target:g}")
    mains = [ways[MAIN] for ways in found.values()]
    marks.legend(figure, mains, (s for ways in found.values() for s in read.starts_of(ways)))
    return figure, captions.common_of_ways(results, experiments, found)
