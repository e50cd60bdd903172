"""Medians with their intervals as markers, along rows or over numbers; censored ones as arrows."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures import style
from figures.results import Point, labels

STRIP = 1.9
"""right or upper end of an axis of queries, in budgets: the grey strip is beyond the budget"""


class Ends(NamedTuple):
    """Lowest value drawn, highest one, and where what is beyond that is drawn."""

    floor: float
    most: float
    beyond: float


ERRORS = Ends(style.FLOOR, math.inf, math.inf)


def queries(budget: int) -> Ends:
    """Ends of an axis of cost queries."""
    return Ends(1, budget, 1.38 * budget)


def mark(
    ax: Axes,
    place: float,
    value: Point,
    look: style.Look,
    ends: Ends,
    *,
    upright: bool = False,
    bold: bool = True,
    arrow: str = "",
) -> None:
    """A point with its interval, across at height `place`, or `upright` at abscissa `place`.

    What is beyond `ends.most` is a hollow arrow head at `ends.beyond`, what is below the floor one
    on the floor; `arrow` (`"up"` or `"down"`) makes any other point one, a bound.
    """
    if math.isnan(value.middle):
        return
    middle, low, high = (
        ends.beyond if each > ends.most else max(each, ends.floor)
        for each in (value.middle, value.low, value.high)
    )
    up, down = ("^", "v") if upright else (">", "<")
    marker, size = (look.marker, 4.5) if bold else ("o", 3.0)
    face = look.colour if bold else "white"
    if value.middle > ends.most or arrow == "up":
        marker, face = up, "white"
    elif value.middle < ends.floor or arrow == "down":
        marker, face = down, "white"
    line = ([place] * 2, [low, high]) if upright else ([low, high], [place] * 2)
    at = (place, middle) if upright else (middle, place)
    ax.plot(*line, color=look.colour, linewidth=1.4 if bold else 0.7, alpha=0.6, zorder=3)
    ax.plot(
        *at,
        marker=marker,
        markersize=size,
        color=look.colour,
        markerfacecolor=face,
        markeredgewidth=1.0 if bold else 0.8,
        clip_on=False,
        zorder=4,
    )


def trend(
    ax: Axes,
    places: Sequence[float],
    values: Sequence[Point],
    look: style.Look,
    ends: Ends,
    *,
    arrows: Sequence[str] = (),
    bold: bool = False,
) -> None:
    """Points over numbers, joined where neighbours are not censored."""
    middles = [
        one.middle if one.middle <= ends.most and not arrow else math.nan
        for one, arrow in zip(values, arrows or [""] * len(values), strict=True)
    ]
    ax.plot(
        places,
        np.maximum(middles, ends.floor),
        color=look.colour,
        linestyle=look.line,
        linewidth=1.8 if bold else 1.1,
        zorder=3.5 if bold else 2.5,
    )
    for place, one, arrow in zip(places, values, arrows or [""] * len(values), strict=True):
        mark(ax, place, one, look, ends, upright=True, arrow=arrow)


def dodged(places: Sequence[float], index: int, count: int, step: float) -> list[float]:
    """Abscissae moved aside a little, so that no start hides another."""
    return [place + step * (index - (count - 1) / 2) for place in places]


def strip(ax: Axes, budget: int, *, upright: bool = False) -> None:
    """A logarithmic axis of queries with a grey strip for what is beyond the budget."""
    axis = ax.yaxis if upright else ax.xaxis
    (ax.set_yscale if upright else ax.set_xscale)("log")
    (ax.set_ylim if upright else ax.set_xlim)(0.85, STRIP * budget)
    (ax.axhspan if upright else ax.axvspan)(
        budget, STRIP * budget, color="#eeeeee", linewidth=0, zorder=0
    )
    # The highest decade leaves room for the label of the strip.
    decades = [10**k for k in range(int(math.log10(budget)) + 1) if k == 0 or 10**k < budget / 2]
    axis.set_ticks([*decades, 1.38 * budget], [*map(str, decades), f">{budget}"])
    axis.set_minor_formatter(mpl.ticker.NullFormatter())


def legend(figure: Figure, datasets: Iterable[xr.Dataset], starts: Iterable[str]) -> None:
    """One entry a role below the panels, named as the data name the starts."""
    names = labels(datasets, starts)
    handles = [
        Line2D(
            [],
            [],
            color=look.colour,
            marker=look.marker,
            linestyle=look.line,
            linewidth=1.8 if role == "lstm" else 1.2,
            label=names[role],
        )
        for role, look in style.looks(names).items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 3))


def error_limits(values: Iterable[Point]) -> tuple[float, float]:
    """One error axis for several panels, so that they can be compared."""
    flat = np.array([each for value in values for each in value], float)
    flat = flat[np.isfinite(flat)]
    if flat.size == 0:
        return 10 * style.FLOOR, 1.0
    high = max(flat.max() * 1.6, 10 * style.FLOOR)
    return max(min(flat.min() / 1.6, high / 20), style.FLOOR), high


def error_axis(row: Sequence[Axes], values: Iterable[Point]) -> None:
    """Upright logarithmic error axes with shared limits, labelled at the left."""
    limits = error_limits(values)
    for index, ax in enumerate(row):
        ax.set_yscale("log")
        ax.set_ylim(*limits)
        style.decades(ax)
        ax.tick_params(labelleft=index == 0)


def beside(ax: Axes, text: str, height: float | None = None, *, bold: bool = False) -> None:
    """A word right of a panel: at a height of its data, or above them as their heading."""
    ax.annotate(
        text,
        (1, 1 if height is None else height),
        xycoords=("axes fraction", "axes fraction" if height is None else "data"),
        xytext=(4, 3 if height is None else 0),
        textcoords="offset points",
        va="baseline" if height is None else "center",
        fontsize=7,
        fontweight="bold" if bold else "normal",
    )
