"""Why a learned start helps: gradients there, where gradient flow from it ends, and the traps."""

from typing import NamedTuple

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures import captions, probes, style
from figures import results as read
from replication import starts
from replication.probes.base import bounded
from replication.probes.tie import Tie
from replication.problems.base import extent
from replication.study import Study
from replication.workflow import Need

TEXT = 6
"""points, of legends and ticks"""
RADIUS = 0.1
"""half-width of the cubes drawn, in the units of the angles"""
RANDOM = {
    "random in the box": ("random angles, box of the study", style.Look("#767676", "x", "-")),
    "random in the periods": ("random angles, full periods", style.Look("#767676", "x", ":")),
}


class Look(NamedTuple):
    """How a start is drawn and called."""

    name: str
    look: style.Look


def needs(study: Study) -> list[Need] | None:
    """Every experiment of this probe."""
    return probes.needs_of(study, "tie")


def _looks(names: list[str], learners: tuple[str, ...]) -> dict[str, Look]:
    """Networks as elsewhere: the paper's form and the one in natural units."""
    others = [name for name in names if name not in learners and name not in RANDOM]
    looks = style.looks(others)
    found = {name: Look(*RANDOM[name]) for name in names if name in RANDOM}
    for name in others:
        found[name] = Look(starts.load(name).LABEL, looks[style.role(name)])
    for name in learners:
        natural = "natural" in name or name.startswith("ising")
        role, words = (
            ("successor", "in natural units") if natural else ("lstm", "in the paper's form")
        )
        found[name] = Look(f"network {words}, after ten queries", style.LOOKS[role])
    return found


def _signal(ax: Axes, data: xr.Dataset, looks: dict[str, Look]) -> None:
    """Mean squared gradient at the starts, and over a cube around them."""
    sizes = [extent(str(size)) for size in data["size"].values]
    near = float(data["radius"].values[np.abs(data["radius"].values - RADIUS).argmin()])
    for name, (_, look) in looks.items():
        one = data.sel(start=name)
        around = one.sel(radius=near)
        ax.errorbar(
            sizes,
            around["patch_signal"],
            around["patch_signal_error"],
            color=look.colour,
            marker=look.marker,
            markersize=3,
            linestyle=look.line,
            linewidth=1,
        )
        ax.plot(sizes, one["signal"], color=look.colour, linewidth=0.6, linestyle=":")
    limit = data["deep_limit"].mean("instance").values
    if np.isfinite(limit).any():
        ax.plot(sizes, limit, color="#999999", linewidth=2.5, zorder=1)
    ax.set_yscale("log")
    ax.set_xticks(sizes, [style.size_tick(str(size)) for size in data["size"].values])


def _basins(ax: Axes, data: xr.Dataset, looks: dict[str, Look]) -> None:
    """Probability that gradient flow, or L-BFGS, ends in the best known optimum."""
    count = data.sizes["instance_of_traps"]
    sizes = np.array([extent(str(size)) for size in data["trap_size"].values], float)
    step = 0.06 * (np.diff(sizes).min() if sizes.size > 1 else 1.0)
    for place, (name, (_, look)) in enumerate(looks.items()):
        one = data.sel(start=name)
        at = sizes + step * (place - (len(looks) - 1) / 2)
        found = [bounded(value, count) for value in one["flow_best"].values]
        ax.errorbar(
            at,
            one["flow_best"],
            np.transpose([(each.value - each.low, each.high - each.value) for each in found]),
            color=look.colour,
            marker=look.marker,
            markersize=3,
            linestyle="none",
            linewidth=0.8,
        )
        ax.plot(
            at,
            one["lbfgs_best"],
            look.marker if look.marker != "x" else "o",
            color=look.colour,
            markersize=5.5,
            markerfacecolor="none",
            markeredgewidth=0.6,
        )
    ax.set_ylim(-0.04, 1.06)
    ax.set_xticks(sizes, [style.size_tick(str(size)) for size in data["trap_size"].values])


def _traps(ax: Axes, data: xr.Dataset) -> None:
    """Distinct minima by Chao1, and the median error of random descents."""
    sizes = [extent(str(size)) for size in data["trap_size"].values]
    ax.errorbar(
        sizes, data["estimate"], data["estimate_error"], color="black", marker="o", markersize=3
    )
    ax.set_yscale("log")
    ax.yaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    ax.set_xticks(sizes, [style.size_tick(str(size)) for size in data["trap_size"].values])
    other = ax.twinx()
    other.errorbar(
        sizes,
        100 * data["median_error"],
        100 * data["median_error_error"],
        color="#CC79A7",
        marker="D",
        markersize=3,
    )
    other.set_ylim(bottom=0)
    other.tick_params(labelsize=TEXT, colors="#CC79A7")
    other.grid(visible=False)
    other.spines["right"].set_visible(True)
    other.set_ylabel("median error (%)", fontsize=TEXT + 0.5, color="#CC79A7")


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """A column an experiment, rows for signal, basins and traps."""
    found = probes.load(results, "tie")
    figure = Figure(figsize=(style.WIDTH * max(len(found), 2) / 3, 6.2))
    grid = figure.subplots(3, len(found), squeeze=False, height_ratios=[1.2, 1.1, 0.8])
    entries: dict[str, style.Look] = {}
    for column, one in enumerate(found.values()):
        assert isinstance(one.probe, Tie)
        names = [str(name) for name in one.data["start"].values]
        looks = _looks(names, one.probe.learners)
        _signal(grid[0, column], one.data, looks)
        _basins(grid[1, column], one.data, looks)
        _traps(grid[2, column], one.data)
        entries |= dict(looks.values())
        grid[0, column].set_title(one.title, loc="left", fontsize=7, weight="bold")
        grid[2, column].set_xlabel(one.probe.problem.size_label)
        for ax in grid[:, column]:
            ax.tick_params(labelsize=TEXT)
    for ax, label in zip(
        grid[:, 0], ("mean |∇E|², normalised", "ends in the best", "distinct minima"), strict=True
    ):
        ax.set_ylabel(label, fontsize=7)
    handles = [
        Line2D([], [], color=look.colour, marker=look.marker, linestyle=look.line, label=name)
        for name, look in entries.items()
    ]
    handles.append(Line2D([], [], color="#999999", linewidth=2.5, label="deep circuits, exact"))
    columns = min(len(found), 3)
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, fontsize=TEXT)
    networks = captions.listed(
        f"{key.removeprefix('network_')}: {value}"
        for one in found.values()
        for key, value in one.data.attrs.items()
        if key.startswith("network_")
    )
    counts = captions.listed(
        f"{one.title}: {one.data.sizes['instance_of_traps']}" for one in found.values()
    )
    words = {"radius": f"{RADIUS:g}", "networks": networks, "counts": counts}
    return figure, probes.fields(found) | words
