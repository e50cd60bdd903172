"""Depth: error after the RNN's queries and queries to the target against p or r, for each class."""

from collections.abc import Mapping

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import captions, marks, style
from figures import results as read
from figures.named import named, others
from figures.results import Point
from replication.kinds.meta_learning import MetaLearning
from replication.study import Study
from replication.workflow import Need


def groups_of(study: Study) -> list[dict[str, MetaLearning]]:
    """Main experiments of a headline's distribution, each group in the order of depth."""
    groups: dict[str, dict[str, MetaLearning]] = {}
    successors = {one.successor for one in study.mains.values()}
    for name, one in study.mains.items():
        if name in successors:
            continue
        groups.setdefault(one.problem.model_dump_json(), {})[name] = one
    return [
        dict(sorted(group.items(), key=lambda item: item[1].depth))
        for group in groups.values()
        if group.keys() & study.headlines.keys()
    ]


def _column(
    top: Axes,
    bottom: Axes,
    group: Mapping[str, MetaLearning],
    datasets: Mapping[str, xr.Dataset],
    target: float,
) -> list[Point]:
    """Draw every start of one class over its depths; the errors drawn."""
    starts = list(dict.fromkeys(s for name in group for s in named(datasets[name], target)))
    looks, errors = style.looks(starts), list[Point]()
    budget = max(one.evaluation.budget for one in group.values())
    for order, start in reversed(list(enumerate(starts))):
        depths, after, needed = [], [], []
        for position, name in enumerate(group):
            if start not in named(datasets[name], target):
                continue
            data = datasets[name].sel(start=start, target=target)
            depths.append(position)
            after.append(read.point(data, "error_after_queries_median"))
            needed.append(read.point(data, "queries_to_median"))
        places = marks.dodged(depths, order, len(starts), 0.09)
        look, bold = looks[style.role(start)], start == "lstm"
        marks.trend(top, places, after, look, marks.ERRORS, bold=bold)
        marks.trend(bottom, places, needed, look, marks.queries(budget), bold=bold)
        errors += after
    marks.strip(bottom, budget, upright=True)
    for ax in (top, bottom):
        ax.set_xlim(-0.5, len(group) - 0.5)
        ax.set_xticks(range(len(group)), [str(one.depth) for one in group.values()])
        ax.grid(axis="x", visible=False)
    return errors


def needs(study: Study) -> list[Need] | None:
    """The headline test sets of all main experiments, where several differ in depth alone."""
    if all(len(group) == 1 for group in groups_of(study)):
        return None
    return [read.statistics_of(study, name) for group in groups_of(study) for name in group]


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """The figure and the fields of its caption, from the statistics of the headline test sets."""
    groups, target = groups_of(results.study), results.study.claims.target
    experiments = {name: one for group in groups for name, one in group.items()}
    datasets = results.heads(experiments)
    figure = Figure(figsize=(style.WIDTH, 5.0))
    grid = figure.subplots(2, len(groups), squeeze=False)
    errors: list[Point] = []
    for column, group in enumerate(groups):
        top, bottom = grid[:, column]
        errors += _column(top, bottom, group, datasets, target)
        first = next(iter(group.values()))
        sizes = dict.fromkeys(one.problem.size_text(one.headline_size) for one in group.values())
        top.set_title(f"{first.problem.label} {first.problem.algorithm}, {', '.join(sizes)}")
        bottom.set_xlabel(first.problem.depth_label)
    marks.error_axis(grid[0], errors)
    grid[0, 0].set_ylabel("relative error\nafter the RNN’s queries")
    grid[1, 0].set_ylabel(f"cost queries to a\nrelative error of {target:g}")
    marks.legend(
        figure, datasets.values(), (s for data in datasets.values() for s in named(data, target))
    )
    fields = captions.common(results, experiments, datasets, datasets.values())
    return figure, fields | {
        "panels": captions.headings(experiments, datasets),
        "others": others(datasets.values(), target),
    }
