"""The main figure: error against all cost queries, from the networks and from every other start."""

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures import captions, style
from figures import results as read
from figures.named import named, others
from replication.kinds.meta_learning import MetaLearning
from replication.starts import NETWORKS
from replication.study import Study
from replication.workflow import Need

SHOWN = 1e-4
"""Smallest relative error drawn: nothing is claimed below."""
OTHERS = "#b8b8b8"
"""Colour of the starts that are not named."""


def _per_cent(values: np.ndarray) -> np.ndarray:
    return 100 * np.maximum(values.astype(float), SHOWN / 10)


def _curves(
    ax: Axes, data: xr.Dataset, networks: xr.Dataset | None, target: float
) -> dict[str, style.Look]:
    """Every start's curve: those named in colour with their band, the others as thin lines."""
    query, shown = data["query"].values, named(data, target)
    looks = style.looks(shown)
    for start in read.compared(data):
        if start not in shown:
            middle = data["error_median"].sel(start=start, bound="value").values
            ax.plot(query, _per_cent(middle), color=OTHERS, linewidth=0.5, zorder=2)
    for learner in read.networks(networks, *read.COMPARED, "successor").values():
        for one in learner:
            look = style.LOOKS[read.network_start(one)]
            middle = _per_cent(one["error_median"].values)
            ax.plot(query, middle, color=look.colour, linewidth=0.4, alpha=0.7, zorder=2.5)
    for start in reversed(shown):
        look, bold = looks[style.role(start)], start in NETWORKS
        middle, low, high = map(_per_cent, read.curve(data.sel(start=start), "error_median"))
        ax.fill_between(query, low, high, step="post", color=look.colour, alpha=0.15, linewidth=0)
        ax.plot(
            query,
            middle,
            color=look.colour,
            linestyle=look.line,
            linewidth=1.6 if bold else 1.0,
            drawstyle="steps-post",
            zorder=4 if bold else 3,
        )
        needed = float(data["queries_to_median"].sel(start=start, target=target, bound="value"))
        if needed <= query[-1]:
            ax.plot(needed, 100 * target, "o", color=look.colour, markersize=2.6, zorder=5)
    return {start: looks[style.role(start)] for start in shown}


def _axes(ax: Axes, experiment: MetaLearning, data: xr.Dataset, target: float) -> None:
    handed, size = experiment.roll_out_queries, experiment.headline_size
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlim(1, data["query"].values[-1])
    ax.set_ylim(100 * SHOWN, 150)
    ax.axvspan(1, handed, color="#D55E00", alpha=0.07, linewidth=0, zorder=0)
    ax.axhline(100 * target, color="#444444", linewidth=0.6, linestyle="--", zorder=1)
    ax.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
    ax.yaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
    count = data.sizes["instance"]
    where = f"{experiment.problem.size_text(size)}, {count} instances"
    ax.set_title(f"{experiment.title}, {where}", loc="left")


def needs(study: Study) -> list[Need] | None:
    """The statistics of each headline test set."""
    return read.headlines_of(study)


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """The figure and the fields of its caption, from the statistics of each headline size."""
    experiments, target = results.study.headlines, results.study.claims.target
    datasets = results.heads(experiments)
    figure = Figure(figsize=(style.COLUMN, 0.9 + 1.75 * len(experiments)))
    panels = figure.subplots(len(experiments), squeeze=False)[:, 0]
    labels: dict[str, style.Look] = {}
    for ax, (name, experiment) in zip(panels, experiments.items(), strict=True):
        data = datasets[name]
        networks = results.networks(name, experiment.headline_size)
        for start, look in _curves(ax, data, networks, target).items():
            labels.setdefault(read.label(data, start), look)
        _axes(ax, experiment, data, target)
        ax.set_ylabel("error (%)")
    panels[-1].set_xlabel("cost queries")
    handles = [
        Line2D([], [], color=look.colour, linestyle=look.line, linewidth=1.4, label=label)
        for label, look in labels.items()
    ]
    handles.append(Line2D([], [], color=OTHERS, linewidth=0.8, label="other starts"))
    figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=6.5)
    return figure, _fields(results, datasets)


def _fields(results: read.Results, datasets: Mapping[str, xr.Dataset]) -> dict[str, object]:
    experiments = results.study.headlines
    panels, chosen = [], []
    for name, one in experiments.items():
        data = datasets[name]
        gap = 100 * float(np.median(data["reference_gap"].values))
        panels.append(
            f"{one.title}, {one.problem.size_text(one.headline_size)}, "
            f"{data.sizes['instance']} test instances (trained on {', '.join(one.train_sizes)}), "
            f"whose optimum is {gap:.2g} % above the true minimum"
        )
        networks = results.networks(name, one.headline_size)
        seeds = sum(map(len, read.networks(networks).values()))
        chosen.append(f"{one.title}: {captions.network_text(data)} (of {seeds} networks tested)")
    fields = captions.common(results, experiments, datasets, datasets.values())
    return fields | {
        "columns": captions.listed(panels),
        "chosen": captions.listed(chosen),
        "shown": f"{100 * SHOWN:g} %",
        "target": f"{100 * results.study.claims.target:g} %",
        "others": others(datasets.values(), results.study.claims.target),
    }
