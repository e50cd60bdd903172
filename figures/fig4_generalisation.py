"""Generalisation over sizes: queries to the target from the networks and the strongest start."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures import captions, marks, style
from figures import results as read
from figures.named import BEST, strongest
from figures.results import Point
from replication.kinds.meta_learning import MetaLearning
from replication.problems.base import extent
from replication.starts import NETWORKS, SUCCESSOR
from replication.study import Study
from replication.workflow import Need

Sizes = Mapping[str, xr.Dataset]

TEXT = 6.5
"""points, of the numbers in a panel"""


def _sizes(experiment: MetaLearning, sizes: Sizes) -> list[str]:
    return sorted({*sizes, *experiment.train_sizes}, key=extent)


def _step(places: Sequence[float]) -> float:
    gaps = np.diff(sorted(set(places)))
    return float(gaps.min()) if gaps.size else 1.0


def ratio_text(data: xr.Dataset, best: str, network: str, target: float) -> tuple[str, Point]:
    """The queries ratio of the strongest start over a network, as a word and with its interval."""
    value, bound = read.queries_ratio(data.sel(start=best, target=target), own=network)
    if math.isinf(value.middle):
        return f">{bound:.2g}×", value
    if value.middle == 0:
        return f"<{bound:.2g}×", value
    return ("" if math.isnan(value.middle) else f"{value.middle:.2g}×"), value


def _network(
    ax: Axes, results: read.Results, name: str, sizes: Sizes, network: str, order: int
) -> None:
    """One network's medians by size, and every training seed as a small circle."""
    target, look = results.study.claims.target, style.LOOKS[network]
    budget = max(data.sizes["query"] for data in sizes.values())
    found = {size: data for size, data in sizes.items() if network in data.start}
    step = 0.13 * _step([extent(size) for size in sizes])
    places = [extent(size) + order * step for size in found]
    values = [
        read.point(data.sel(start=network, target=target), "queries_to_median")
        for data in found.values()
    ]
    marks.trend(ax, places, values, look, marks.queries(budget), bold=True)
    for size in sizes:
        several = read.networks(results.networks(name, size), *read.COMPARED, SUCCESSOR)
        for networks in several.values():
            for one in networks:
                if read.network_start(one) == network:
                    middle = read.point(one.sel(target=target), "queries_to_median").middle
                    at = min(middle, marks.queries(budget).beyond)
                    ax.plot(
                        extent(size) + (order + 1.2 * math.copysign(1, order)) * step,
                        at,
                        marker="o",
                        markersize=1.8,
                        markeredgewidth=0.4,
                        color=look.colour,
                        markerfacecolor="white",
                    )
    for size, data in found.items():
        best = strongest(data, target)
        if best is not None:
            word, value = ratio_text(data, best, network, target)
            ax.annotate(
                word,
                (extent(size), 1),
                xycoords=("data", "axes fraction"),
                xytext=(0, 3 + (TEXT + 1) * (order < 0)),
                textcoords="offset points",
                ha="center",
                fontsize=TEXT,
                color=look.colour,
                weight="bold" if value.low >= results.study.claims.queries_ratio else "normal",
            )


def _panel(ax: Axes, results: read.Results, name: str, sizes: Sizes) -> None:
    experiment, target = results.experiment(name), results.study.claims.target
    budget = max(data.sizes["query"] for data in sizes.values())
    best = {size: strongest(data, target) for size, data in sizes.items()}
    places = [float(extent(size)) for size, start in best.items() if start]
    values = [
        read.point(sizes[size].sel(start=start, target=target), "queries_to_median")
        for size, start in best.items()
        if start
    ]
    marks.trend(ax, places, values, BEST, marks.queries(budget))
    shown = [network for network in NETWORKS if any(network in d.start for d in sizes.values())]
    for network in shown:
        order = -1 if network == NETWORKS[0] else 1
        _network(ax, results, name, sizes, network, order)
    marks.strip(ax, budget, upright=True)
    every = _sizes(experiment, sizes)
    half = _step([extent(size) for size in every]) / 2
    trained = [extent(size) for size in experiment.train_sizes]
    ax.plot(
        [min(trained) - half / 2, max(trained) + half / 2],
        [0, 0],
        transform=ax.get_xaxis_transform(),
        color="#888888",
        linewidth=4,
        solid_capstyle="butt",
        clip_on=False,
        zorder=5,
    )
    ax.set_xlim(extent(every[0]) - 1.4 * half, extent(every[-1]) + 1.4 * half)
    ticks = [
        f"{style.size_tick(size)}\n{sizes[size].sizes['instance'] if size in sizes else '–'}"
        for size in every
    ]
    ax.set_xticks([extent(size) for size in every], ticks, fontsize=TEXT)
    ax.grid(axis="x", visible=False)
    ax.set_ylabel(f"queries to {100 * target:g} %")
    ax.set_title(experiment.title, loc="left", pad=5 + (TEXT + 1.5) * len(shown))
    ax.annotate(
        f"{experiment.problem.size_label}\ninstances",
        (0, 0),
        xycoords="axes fraction",
        xytext=(-4, -5),
        textcoords="offset points",
        ha="right",
        va="top",
        fontsize=TEXT - 0.5,
    )


def needs(study: Study) -> list[Need] | None:
    """The statistics of every test size of the headline experiments, and of their successors'."""
    sizes = read.test_sizes_of(study, study.headlines) or []
    return [*sizes, *(need for need in read.trainers_of(study) or [] if need not in sizes)] or None


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """The figure and the fields of its caption, from the statistics of every test size."""
    experiments = results.study.headlines
    datasets = {
        name: {size: results.statistics(name, size) for size in one.test}
        for name, one in experiments.items()
    }
    figure = Figure(figsize=(style.COLUMN, 0.7 + 1.95 * len(experiments)))
    panels = figure.subplots(len(experiments), squeeze=False)[:, 0]
    for ax, name in zip(panels, experiments, strict=True):
        _panel(ax, results, name, datasets[name])
    every = [data for each in datasets.values() for data in each.values()]
    handles = [
        Line2D([], [], color=style.LOOKS[n].colour, marker="o", linewidth=1.8, label=label)
        for n, label in read.labels(every, NETWORKS).items()
    ]
    handles += [
        Line2D(
            [],
            [],
            color=BEST.colour,
            marker=BEST.marker,
            linestyle=BEST.line,
            label="strongest other start of each size",
        ),
        Line2D([], [], color="#888888", linewidth=4, label="sizes of the training"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=1, fontsize=TEXT)
    return figure, _fields(results, datasets)


def _fields(results: read.Results, datasets: Mapping[str, Sizes]) -> dict[str, object]:
    experiments, target = results.study.headlines, results.study.claims.target
    every = [data for each in datasets.values() for data in each.values()]
    heads = {name: datasets[name][one.headline_size] for name, one in experiments.items()}
    counts, strong, trained = [], [], []
    for name, one in experiments.items():
        sizes = datasets[name]
        counts.append(
            f"{one.title}: "
            + ", ".join(
                f"{one.problem.size_text(size)} ({data.sizes['instance']} test instances)"
                for size, data in sizes.items()
            )
        )
        best = {size: strongest(data, target) for size, data in sizes.items()}
        names = [
            f"{one.problem.size_text(size)} “{read.label(sizes[size], start)}”"
            for size, start in best.items()
            if start
        ]
        strong.append(f"{one.title}: {', '.join(names)}")
        trained.append(f"{one.title}: {', '.join(one.train_sizes)}")
    return {
        **captions.common(results, experiments, heads, every),
        "chosen": captions.networks_text(results),
        "sizes": "; ".join(counts),
        "instances": captions.counts(every),
        "trained": "; ".join(trained),
        "strongest": "; ".join(strong),
        "queries_ratio": f"{results.study.claims.queries_ratio:g}",
    }
