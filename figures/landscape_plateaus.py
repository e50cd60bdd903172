"""Variance of the cost's gradient against size and depth, with the exact limit of deep circuits."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import probes, style
from figures import results as read
from replication.probes.gradients import Gradients
from replication.problems.base import extent
from replication.study import Study
from replication.workflow import Need

COLUMNS = 4
TEXT = 6
"""points, of legends and ticks in small panels"""
SYMBOLS = {"first": "first", "middle": "middle", "mean": "mean", "gamma": "γ", "beta": "β"}


def needs(study: Study) -> list[Need] | None:
    """Every experiment of this probe."""
    return probes.needs_of(study, "gradients")


def _angles(data: xr.Dataset) -> list[str]:
    """Those with a limit, or with a name of their own, at most two."""
    named = [str(name) for name in data["angle"].values if name != "mean"]
    known = [n for n in named if bool(np.isfinite(data["gradient_limit"].sel(angle=n)).any())]
    return (known or named)[:2]


def _series(probe: Gradients, data: xr.Dataset) -> tuple[str, str, list[float]]:
    """Along which dimension the panel goes, which one its lines are, and the abscissae."""
    if data.sizes["size"] > 1:
        return "size", "depth", [extent(str(size)) for size in data["size"].values]
    n = extent(probe.sizes[0])
    return "depth", "size", [depth * (n if probe.per_qubit else 1) for depth in probe.depths]


def _name(probe: Gradients, line: str, value: object) -> str:
    if line == "size":
        return f"n = {extent(str(value))}"
    return f"L = {value} n" if probe.per_qubit else f"L = {value}"


def _panel(ax: Axes, probe: Gradients, title: str, data: xr.Dataset) -> None:
    along, line, places = _series(probe, data)
    several, angles = data[line].values, _angles(data)
    colours = style.seed_colours(len(several) * len(angles))
    for place, (value, angle) in enumerate((v, a) for v in several for a in angles):
        one = data.sel({line: value, "angle": angle})
        label = ", ".join(
            word
            for word, shown in (
                (_name(probe, line, value), len(several) > 1 or line == "depth"),
                (SYMBOLS.get(angle, angle), True),
            )
            if shown
        )
        mean, error = one["gradient"].values, one["gradient_error"].values
        ax.errorbar(
            places,
            mean,
            np.minimum(error, 0.999 * np.abs(mean)),
            color=colours[place],
            marker="osD^v"[place % 5],
            markersize=2.6,
            linewidth=0.9,
            capsize=1.5,
            label=label,
        )
        limit = one["gradient_limit"].values
        if np.isfinite(limit).any():
            ax.plot(places, limit, color=colours[place], linewidth=0.8, linestyle=(0, (1, 1)))
    ax.set_yscale("log")
    style.few_decades(ax)
    if along == "depth":
        ax.set_xscale("log", base=2)
        ax.set_xlabel("layers", fontsize=7)
    else:
        ax.set_xticks(places, [style.size_tick(str(size)) for size in data["size"].values])
        ax.set_xlabel("size", fontsize=7)
    ax.tick_params(labelsize=TEXT)
    probes.entitle(ax, title, 23)
    ax.legend(fontsize=TEXT - 0.5, loc="best", handlelength=1.4, labelspacing=0.2)


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """A panel an experiment, and the fields of the caption."""
    found = probes.load(results, "gradients")
    figure, axes = probes.grid(len(found), COLUMNS, 1.75)
    for place, (ax, one) in enumerate(zip(axes, found.values(), strict=True)):
        assert isinstance(one.probe, Gradients)
        _panel(ax, one.probe, one.title, one.data)
        if place % COLUMNS == 0:
            ax.set_ylabel("Var ∂E", fontsize=7)
    return figure, probes.fields(found)
