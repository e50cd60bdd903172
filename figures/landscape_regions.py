"""Regions of substantial gradients: the variance of the cost over cubes of growing size."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import probes, style
from figures import results as read
from replication import starts
from replication.study import Study
from replication.workflow import Need

TEXT = 6
"""points, of legends"""


def needs(study: Study) -> list[Need] | None:
    """Every experiment of this probe."""
    return probes.needs_of(study, "patches")


def _label(name: str) -> str:
    return starts.load(name).LABEL if name in starts.names() else name


def _cubes(ax: Axes, data: xr.Dataset) -> None:
    """Variance against the half-width, a line a start; a dot where it is largest."""
    names = [str(name) for name in data["start"].values]
    for name, colour in zip(names, style.seed_colours(len(names)), strict=True):
        one = data.sel(start=name)
        value, error = one["variance"].values, one["variance_error"].values
        ax.errorbar(
            data["radius"],
            value,
            np.minimum(error, 0.99 * value),
            color=colour,
            linewidth=0.9,
            label=_label(name),
        )
        top = int(value.argmax())
        ax.plot(float(data["radius"][top]), value[top], "o", color=colour, markersize=3)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel("half-width of the cube (rad)", fontsize=7)
    ax.tick_params(labelsize=TEXT)


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """A row an experiment, a panel a depth, at the largest size."""
    found = probes.load(results, "patches")
    columns = max(one.data.sizes["depth"] for one in found.values())
    figure = Figure(figsize=(style.WIDTH, 2.4 * len(found) + 0.4))
    grid = figure.subplots(len(found), columns, squeeze=False, sharey="row")
    for row, one in zip(grid, found.values(), strict=True):
        size = str(one.data["size"].values[-1])
        for ax in row[one.data.sizes["depth"] :]:
            ax.set_visible(False)
        for ax, depth in zip(row, one.data["depth"].values, strict=False):
            _cubes(ax, one.data.sel(size=size, depth=depth))
            title = f"{one.title}, n = {style.size_tick(size)}, p = {depth}"
            probes.entitle(ax, title, 34)
        row[0].set_ylabel("variance of E / ‖α‖₁", fontsize=7)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=TEXT)
    return figure, probes.fields(found)
