"""Slices through landscapes, and the gradient along trainings from random angles."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import probes, style
from figures import results as read
from replication.study import Study
from replication.workflow import Need

TITLES = {
    "start": "start and optimum",
    "curvature": "Hessian's axes",
    "random": "random directions",
}
MARKS = {"start": ("s", "white"), "optimum": ("*", "#D55E00"), "trap": ("^", "#CC79A7")}


def needs(study: Study) -> list[Need] | None:
    """Every experiment of this probe."""
    return probes.needs_of(study, "slices")


def _slice(ax: Axes, data: xr.Dataset) -> None:
    """Energies on one plane, with the points that lie in it."""
    x, y = data["along_x"].values, data["along_y"].values
    levels = ax.contourf(x, y, data["energy"].transpose("y", "x").values, 24, cmap="viridis")
    for point in map(str, data["point"].values):
        at = data.sel(point=point)
        place = at["place"].values
        if np.isfinite(place).all() and float(at["off"]) < 0.05:
            marker, colour = MARKS.get(point, ("o", "white"))
            ax.plot(*place, marker, color=colour, markeredgecolor="black", markersize=5)
    ax.grid(visible=False)
    ax.tick_params(labelsize=6)
    figure = ax.figure
    assert isinstance(figure, Figure)
    figure.colorbar(levels, ax=ax, fraction=0.05).ax.tick_params(labelsize=5)


def _norms(ax: Axes, data: xr.Dataset) -> None:
    """Quantiles of the gradient's norm over the random starts, by epoch."""
    epochs = data["epoch"].values
    norms = data["norm"].transpose("level", "epoch").values
    middle = len(norms) // 2
    for low, high, alpha in ((0, -1, 0.15), (1, -2, 0.3)):
        if len(norms) > 2 * abs(high):
            ax.fill_between(epochs, norms[low], norms[high], color="#0072B2", alpha=alpha)
    ax.plot(epochs, norms[middle], color="#0072B2")
    ax.set_yscale("log")
    ax.tick_params(labelsize=6)
    ax.set_xlabel("step of Adam", fontsize=7)


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """A column a case: both planes, and the gradients of its training."""
    found = probes.load(results, "slices")
    cases = [(one, str(case)) for one in found.values() for case in one.data["case"].values]
    planes = [str(plane) for plane in next(iter(found.values())).data["plane"].values]
    figure = Figure(figsize=(style.WIDTH * max(len(cases), 2) / 3, 2.0 * (len(planes) + 1)))
    grid = figure.subplots(len(planes) + 1, len(cases), squeeze=False)
    for column, (one, case) in enumerate(cases):
        data = one.data.sel(case=case)
        for row, plane in enumerate(planes):
            _slice(grid[row, column], data.sel(plane=plane))
            grid[row, column].set_xlabel("x (rad)", fontsize=7)
        _norms(grid[-1, column], data)
        grid[0, column].set_title(case, loc="left", fontsize=7, weight="bold")
    for row, plane in enumerate(planes):
        grid[row, 0].set_ylabel(f"{TITLES.get(plane, plane)}\ny (rad)", fontsize=7)
    grid[-1, 0].set_ylabel("|∇E| / ‖α‖₁", fontsize=7)
    return figure, probes.fields(found)
