"""Performance profiles: the fraction of instances within each error and each count of queries."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import captions, marks, style
from figures import results as read
from figures.named import named, others
from replication.study import Study
from replication.workflow import Need


def _profile(ax: Axes, data: xr.Dataset, variable: str, starts: Sequence[str]) -> None:
    looks = style.looks(read.compared(data))
    x = data[data[variable].dims[-2]].values
    for order, start in reversed(list(enumerate(starts))):
        one, bold = data.sel(start=start), start == "lstm"
        middle, low, high = 100 * one[variable].values.T
        style.band(
            ax,
            x,
            middle,
            low,
            high,
            looks[style.role(start)],
            markevery=(2 + 2 * order, 2 * len(starts)),
            linewidth=1.8 if bold else 1.2,
            zorder=4 if bold else 3,
        )
    ax.set_xscale("log")
    ax.set_ylim(0, 102)
    ax.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())


def _errors_seen(datasets: Sequence[xr.Dataset]) -> tuple[float, float]:
    """Where the profiles of the errors leave 0 and reach 1, in any panel."""
    low, high = [], []
    for data in datasets:
        x, fraction = (
            data["at_most_error"].values,
            data["profile_error"].sel(start=read.compared(data), bound="value").values,
        )
        low.append(x[np.argmax((fraction > 0).any(axis=0))])
        high.append(x[min(np.argmax((fraction >= 1).all(axis=0)) or x.size - 1, x.size - 1)])
    return max(min(low) / 1.5, style.FLOOR), max(max(high), 20 * style.FLOOR)


def needs(study: Study) -> list[Need] | None:
    """The statistics of each headline test set."""
    return read.headlines_of(study)


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """The figure and the fields of its caption, from the statistics of each headline test set."""
    experiments, target = results.study.headlines, results.study.claims.target
    datasets = results.heads(experiments)
    limits = _errors_seen(list(datasets.values()))
    count = len(experiments)
    figure = Figure(figsize=(style.WIDTH, 0.95 + 1.75 * count))
    grid = figure.subplots(count, 2, squeeze=False, sharey=True)
    for row, (name, one) in enumerate(experiments.items()):
        data, (left, right) = datasets[name], grid[row]
        starts = named(data, target)
        _profile(left, data, "profile_error", starts)
        _profile(right, data.sel(target=target), "profile_queries", starts)
        left.set_xlim(*limits)
        right.set_xlim(1, one.evaluation.budget)
        right.axvline(one.roll_out_queries, color="#444444", linewidth=0.7, zorder=1)
        right.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
        left.set_title(
            f"{one.title}, {one.problem.size_text(one.headline_size)}", loc="left", weight="bold"
        )
        right.set_title(f"{data.sizes['instance']} instances", loc="left")
        left.set_ylabel("instances (%)")
    grid[-1, 0].set_xlabel("relative error after the RNN’s queries, at most")
    grid[-1, 1].set_xlabel(f"cost queries to a relative error of {target:g}, at most")
    marks.legend(
        figure, datasets.values(), (s for data in datasets.values() for s in named(data, target))
    )
    fields = captions.common(results, experiments, datasets, datasets.values())
    return figure, fields | {
        "panels": captions.headings(experiments, datasets),
        "others": others(datasets.values(), target),
    }
