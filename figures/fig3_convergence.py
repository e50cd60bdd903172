"""The main figure: error and distance to the optimum against all cost queries, from every start."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import captions, marks, style
from figures import results as read
from replication.kinds.meta_learning import MetaLearning
from replication.study import Study
from replication.workflow import Need

COLUMNS = 3
"""experiments side by side; more of them wrap into further pairs of rows"""


def _curves(ax: Axes, data: xr.Dataset, quantity: str, looks: Mapping[str, style.Look]) -> None:
    starts = read.compared(data)
    query = data["query"].values
    # The RNN comes first in the legend and last on the paper, so that nothing covers it.
    for order, start in reversed(list(enumerate(starts))):
        one = data.sel(start=start)
        middle, low, high = one[f"{quantity}_median"].values.astype(float).T
        if quantity == "error":
            middle, low, high = (np.maximum(each, style.FLOOR / 10) for each in (middle, low, high))
        style.band(
            ax,
            query,
            middle,
            low,
            high,
            looks[style.role(start)],
            markevery=style.sparse(query.size, order, len(starts)),
            linewidth=1.8 if start == "lstm" else 1.2,
            zorder=4 if start == "lstm" else 3,
        )


def _axes(top: Axes, bottom: Axes, experiment: MetaLearning, size: str, data: xr.Dataset) -> None:
    handed = experiment.roll_out_queries
    for ax in (top, bottom):
        ax.set_xscale("log")
        ax.set_xlim(1, data["query"].values[-1])
        ax.axvline(handed, color="#444444", linewidth=0.7, zorder=1)
        ax.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
    top.set_yscale("log")
    bottom.set_ylim(bottom=0)
    bottom.set_xlabel("cost queries")
    count = data.sizes["instance"]
    top.set_title(
        f"{experiment.title}\n{experiment.problem.size_text(size)}, {count} instances", pad=13
    )
    top.annotate(
        f"RNN: {handed} queries",
        (handed, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 2),
        textcoords="offset points",
        ha="center",
        fontsize=7,
        color="#444444",
    )


def _share_errors(row: Sequence[Axes]) -> None:
    """One error axis for a whole row, so that the classes can be compared."""
    limits = [ax.get_ylim() for ax in row]
    high = max(10 * style.FLOOR, *(high for _, high in limits))
    low = max(style.FLOOR, min(high / 100, *(low for low, _ in limits)))
    for index, ax in enumerate(row):
        ax.set_ylim(low, high)
        style.decades(ax)
        ax.tick_params(labelleft=index == 0)


def needs(study: Study) -> list[Need] | None:
    """The statistics of each headline test set."""
    return read.headlines_of(study)


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """The figure and the fields of its caption, from the statistics of each headline size."""
    experiments = results.study.headlines
    datasets = {
        name: results.statistics(name, one.headline_size) for name, one in experiments.items()
    }
    looks = style.looks(s for data in datasets.values() for s in read.compared(data))
    columns = min(len(experiments), COLUMNS)
    blocks = -(-len(experiments) // columns)
    figure = Figure(figsize=(style.WIDTH, 0.75 + 4.1 * blocks))
    grid = figure.subplots(2 * blocks, columns, squeeze=False)
    for ax in grid.flat:
        ax.set_visible(False)
    for index, (name, experiment) in enumerate(experiments.items()):
        block, column = divmod(index, columns)
        top, bottom = grid[2 * block : 2 * block + 2, column]
        top.set_visible(True)
        bottom.set_visible(True)
        _curves(top, datasets[name], "error", looks)
        _curves(bottom, datasets[name], "distance", looks)
        _axes(top, bottom, experiment, experiment.headline_size, datasets[name])
        unit = experiment.problem.angle_unit
        if column == 0:
            top.set_ylabel("relative error\nto the best known optimum")
            bottom.set_ylabel(f"distance to the nearest\noptimum ({unit})")
        else:
            bottom.set_ylabel(f"distance ({unit})")
    for block in range(blocks):
        _share_errors(grid[2 * block][: len(experiments) - block * columns])
    marks.legend(figure, datasets.values(), (s for d in datasets.values() for s in d.start.values))
    return figure, _fields(results, datasets)


def _fields(results: read.Results, datasets: Mapping[str, xr.Dataset]) -> dict[str, object]:
    experiments = results.study.headlines
    columns, chosen = [], []
    for name, one in experiments.items():
        data = datasets[name]
        columns.append(
            f"{one.title}, {one.problem.size_text(one.headline_size)}, "
            f"{data.sizes['instance']} test instances (trained on {', '.join(one.train_sizes)})"
        )
        networks = results.networks(name, one.headline_size)
        seeds = sum(map(len, read.networks(networks).values()))
        chosen.append(f"{one.title}: {captions.network_text(data)} (of {seeds} networks tested)")
    fields = captions.common(results, experiments, datasets, datasets.values())
    return fields | {"columns": captions.listed(columns), "chosen": captions.listed(chosen)}
