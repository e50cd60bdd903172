"""Medians with their intervals as markers, along rows or over numbers; censored ones as arrows."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
import style
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from replication import problems
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import MAIN
from replication.problems.base import extent
from replication.workflow import protocols_in, varied

CONTROLS = ("lstm", "heuristic", "constant", "median", "random")
"""roles of the starts that figures of many settings show; all others are in `sizes`"""
CLASSES = {kind: f"{one.label} {one.algorithm}" for kind, one in problems.classes().items()}
STRIP = 1.9
"""right or upper end of an axis of queries, in budgets: the grey strip is beyond the budget"""


class Point(NamedTuple):
    """A median with its interval; infinite where censored, NaN where there is none."""

    middle: float
    low: float
    high: float


class Ends(NamedTuple):
    """Lowest value drawn, highest one, and where what is beyond that is drawn."""

    floor: float
    most: float
    beyond: float


ERRORS = Ends(style.FLOOR, math.inf, math.inf)


def queries(budget: int) -> Ends:
    """Ends of an axis of cost queries."""
    return Ends(1, budget, 1.38 * budget)


def point(one: xr.Dataset, variable: str) -> Point:
    """A variable of one start, such as `error_median`, with its interval."""
    return Point(*one[variable].values.tolist())


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


def dodged(places: Sequence[float], turn: int, turns: int, step: float) -> list[float]:
    """Abscissae moved aside a little, so that no start hides another."""
    return [place + step * (turn - (turns - 1) / 2) for place in places]


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


def shown(data: xr.Dataset, roles: Iterable[str] = CONTROLS) -> list[str]:
    """Starts of the comparison that play one of some roles, the RNN first."""
    wanted = set(roles)
    return [start for start in style.compared(data) if style.role(start) in wanted]


def legend(figure: Figure, datasets: Iterable[xr.Dataset], starts: Iterable[str]) -> None:
    """One entry a role below the panels, named as the data name the starts."""
    wanted, names = set(starts), dict[str, list[str]]()
    for data in datasets:
        for start in style.compared(data):
            if start in wanted:
                names.setdefault(style.role(start), []).append(style.label(data, start))
    looks = style.looks(wanted)
    handles = [
        Line2D(
            [],
            [],
            color=looks[role].colour,
            marker=looks[role].marker,
            linestyle=looks[role].line,
            linewidth=1.8 if role == "lstm" else 1.2,
            label=" / ".join(dict.fromkeys(names[role])),
        )
        for role in looks
        if role in names
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


def number_of(experiment: MetaLearning, size: str) -> float:
    """A size as a number: qubits of QAOA, sites of a ladder."""
    return float(extent(size))


def size_tick(size: str) -> str:
    """A size as a tick label."""
    return size.replace("x", "×")


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


Ways = Mapping[str, xr.Dataset]
"""Statistics of one headline sample by protocol."""


def ways(results: style.Results, figure: str) -> dict[str, dict[str, xr.Dataset]]:
    """Statistics of each headline sample under the protocols made for a figure."""
    return {
        name: {
            way: results.statistics(name, one.headline_size, way)
            for way in protocols_in(one, figure)
        }
        for name, one in varied(results.study, figure).items()
    }


def starts_of(ways: Ways) -> list[str]:
    """Starts that more than the experiment's own evaluation follows, the RNN first."""
    others = {str(s) for way, data in ways.items() if way != MAIN for s in style.compared(data)}
    every = dict.fromkeys(s for data in ways.values() for s in style.compared(data))
    return [start for start in every if start in others]


def common_of_ways(
    results: style.Results, experiments: Mapping[str, MetaLearning], found: Mapping[str, Ways]
) -> dict[str, object]:
    """Fields of captions about several protocols, see [`common`][]; `panels` among them."""
    heads = {name: each[MAIN] for name, each in found.items()}
    every = [data for each in found.values() for data in each.values()]
    fields = common(results, experiments, heads, every)
    return fields | {"panels": headings(experiments, heads)}


def headings(experiments: Mapping[str, MetaLearning], datasets: Mapping[str, xr.Dataset]) -> str:
    """Experiments, sizes and instances of a figure's headline samples, for captions."""
    return "; ".join(
        f"{one.title}, {style.size_text(one, one.headline_size)}, "
        f"{datasets[name].sizes['instance']} test instances"
        for name, one in experiments.items()
    )


def counts(datasets: Iterable[xr.Dataset]) -> str:
    """How many test instances the samples have, for captions."""
    found = [data.sizes["instance"] for data in datasets]
    low, high = min(found), max(found)
    each = f"{low} test instances" if low == high else f"{low} to {high} test instances"
    return f"Samples have {each}"


def common(
    results: style.Results,
    experiments: Mapping[str, MetaLearning],
    headlines: Mapping[str, xr.Dataset],
    used: Iterable[xr.Dataset],
) -> dict[str, object]:
    """Fields that captions of these figures and tables share."""
    statistics = results.study.statistics
    return {
        "confidence": f"{100 * statistics.confidence:g}",
        "resamples": statistics.resamples,
        "target": f"{results.study.claims.target:g}",
        "floor": f"{style.FLOOR:g}",
        "handed": style.listed(f"{e.title}: {e.roll_out_queries}" for e in experiments.values()),
        "optimisers": style.listed(
            f"{one.title}: {style.optimiser_text(one)}" for one in experiments.values()
        ),
        "chosen": style.listed(
            f"{experiments[name].title}: {style.network_text(data)}"
            for name, data in headlines.items()
        ),
        "provenance": style.provenance(used),
    }
