"""The race of mitigations: gradient at the start beside the error at the end, and the way there."""

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import marks, probes, style
from figures import results as read
from replication.probes.qaoa_race import QAOARace
from replication.probes.race import Race
from replication.study import Study
from replication.workflow import Need

ROW, HEAD, LEAST = 0.135, 0.58, 1.6
"""inches: an arm; title and axis of a race; the lowest race"""
TEXT = 6.5
"""points, of labels"""
FLOOR = 1e-6
"""smallest error drawn"""
NAMED = 4
"""curves with a colour: uniform angles, and the best arms"""
UNIFORM = "uniform"
KINDS = ("race", "qaoa_race")


def needs(study: Study) -> list[Need] | None:
    """Every race."""
    return probes.needs_of(study, *KINDS)


def _ordered(data: xr.Dataset) -> list[str]:
    """Arms, the lowest median error first."""
    return [str(arm) for arm in data["arm"].values[np.argsort(data["median"].values)]]


def _rows(axes: list[Axes], data: xr.Dataset) -> None:
    """Mean square of the derivatives at the start, and the median error at the end."""
    left, right = axes
    arms = _ordered(data)
    for height, arm in enumerate(arms):
        one = data.sel(arm=arm)
        colour = "#0072B2" if arm == UNIFORM else "black"
        left.errorbar(
            one["gradient"],
            height,
            xerr=1.96 * one["gradient_error"],
            color=colour,
            marker="o",
            markersize=3.5,
        )
        ends = np.maximum(one["median_interval"].values, FLOOR)
        right.plot(ends, [height, height], color=colour, linewidth=1.2, alpha=0.6)
        right.plot(max(float(one["median"]), FLOOR), height, "o", color=colour, markersize=3.5)
        low, high = 100 * one["success_interval"].values
        marks.beside(right, f"{100 * float(one['success']):.0f} [{low:.0f}, {high:.0f}] %", height)
    labels = [str(data["label"].sel(arm=arm).item()) for arm in arms]
    left.set_yticks(range(len(arms)), labels, fontsize=TEXT)
    right.set_yticks([])
    marks.beside(right, "success")
    for ax in axes:
        ax.set_xscale("log")
        ax.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
        ax.set_ylim(len(arms) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="y", visible=False)
    left.set_xlabel("mean (∂E)² at the start")
    right.set_xlabel("median error at the end")


def _way(ax: Axes, data: xr.Dataset) -> None:
    """Median error so far by evaluation, with the names of a few arms."""
    named = [UNIFORM, *(arm for arm in _ordered(data) if arm != UNIFORM)][:NAMED]
    colours = dict(zip(named, ("#0072B2", "#D55E00", "#009E73", "#CC79A7"), strict=False))
    middle = int(np.argmin(np.abs(data["quantile"].values - 0.5)))
    for arm in reversed([str(arm) for arm in data["arm"].values]):
        one = data["curve"].sel(arm=arm).transpose("evaluation", "quantile").values[:, middle]
        label = str(data["label"].sel(arm=arm).item()) if arm in colours else None
        ax.plot(
            data["evaluation"],
            np.maximum(one, FLOOR),
            color=colours.get(arm, "#bbbbbb"),
            linewidth=1.2 if arm in colours else 0.7,
            zorder=3 if arm in colours else 2,
            label=label,
        )
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("gradient evaluations")
    ax.set_ylabel("median error so far")
    ax.yaxis.set_minor_locator(mpl.ticker.NullLocator())
    ax.legend(
        fontsize=TEXT - 1.5,
        handlelength=1.2,
        labelspacing=0.2,
        loc="center right",
        frameon=True,
        framealpha=0.85,
        edgecolor="none",
    )


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """A row of panels a race."""
    found = probes.load(results, *KINDS)
    heights = [max(HEAD + ROW * one.data.sizes["arm"], LEAST) for one in found.values()]
    figure = Figure(figsize=(style.WIDTH, sum(heights)))
    grid = figure.subplots(len(heights), 3, squeeze=False, height_ratios=heights)
    settings = []
    for row, one in zip(grid, found.values(), strict=True):
        assert isinstance(one.probe, Race | QAOARace)
        _rows([*row[:2]], one.data)
        _way(row[2], one.data)
        row[0].set_title(one.title, loc="left", weight="bold")
        settings.append(f"{one.title}: {one.probe.in_words()}")
    return figure, probes.fields(found) | {"settings": "; ".join(settings)}
