"""The look of every figure: sizes, palette, one look per start, bands, axes and seeds."""

import itertools
import math
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from replication import starts

WIDTH = 7.0
"""inches: two columns of a journal"""
COLUMN = 3.4
"""inches: one column of a journal"""
FLOOR = 1e-6
"""smallest relative error drawn; what lies below is drawn on it or cut, and the caption says so"""
PIXELS = 1600
"""longest side of a PNG that Snakemake's report viewer shows well"""

RC: Any = {
    "axes.grid": True,
    "axes.grid.which": "major",
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 8,
    "axes.unicode_minus": True,
    "figure.constrained_layout.use": True,
    "font.size": 8,
    "grid.alpha": 0.6,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.5,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.0,
    "mathtext.fontset": "dejavusans",
    "pdf.fonttype": 42,
    "svg.hashsalt": "replication",
    "xtick.labelsize": 7,
    "xtick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.labelsize": 7,
    "ytick.major.width": 0.6,
    "ytick.minor.width": 0.4,
}


Colour = tuple[float, float, float, float]
Line = Literal["-", "--", ":", "-."]
SPARE_LINES: tuple[Line, ...] = ("--", ":", "-.")


class Look(NamedTuple):
    """Colour, marker and line of one start."""

    colour: str
    marker: str
    line: Line


# Okabe & Ito's colour-blind-safe palette without yellow, too light on white, and Tol's wine; grey
# is for random.
LOOKS = {
    "lstm": Look("#D55E00", "o", "-"),
    "successor": Look("#882255", "o", "-"),
    "heuristic": Look("#0072B2", "s", "-"),
    "constant": Look("#009E73", "^", "-"),
    "median": Look("#CC79A7", "D", "-"),
    "random": Look("#767676", "x", "-"),
}
SPARE_LOOKS = [
    Look(colour, marker, line)
    for line in SPARE_LINES
    for marker, colour in (("v", "#56B4E9"), ("P", "#E69F00"), ("*", "#000000"), ("h", "#999933"))
]
HEURISTICS = ("ramp", "adiabatic")
"""the class heuristics: one of them per problem class, so that they have one look"""


def role(start: str) -> str:
    """What a start's look hangs on: its name, but `"heuristic"` for each class's own heuristic."""
    return "heuristic" if start in HEURISTICS else start


def looks(names: Iterable[str]) -> dict[str, Look]:
    """Look of every role among some starts, the same in every figure.

    Starts without a look of their own take unused ones in alphabetical order, those of the package
    first.
    """
    roles, package = {role(name) for name in names}, {role(name) for name in starts.names()}
    spare = [*sorted(package - LOOKS.keys()), *sorted(roles - package - LOOKS.keys())]
    every = LOOKS | dict(zip(spare, itertools.cycle(SPARE_LOOKS)))
    return {name: look for name, look in every.items() if name in roles}


def band(
    ax: Axes,
    x: np.ndarray,
    middle: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    look: Look,
    **line: Any,
) -> None:
    """A step curve (a running best changes only at queries) over its shaded interval."""
    ax.fill_between(x, low, high, step="post", color=look.colour, alpha=0.18, linewidth=0)
    ax.plot(
        x,
        middle,
        color=look.colour,
        linestyle=look.line,
        marker=look.marker,
        markerfacecolor=look.colour,
        drawstyle="steps-post",
        **line,
    )


def seed_colours(count: int) -> list[Colour]:
    """Colours of training seeds, distinct from the starts' as one dark-to-light scale."""
    return [mpl.colormaps["viridis"](0.88 * i / max(count - 1, 1)) for i in range(count)]


def few_decades(ax: Axes) -> None:
    """Quiet minor ticks on a logarithmic y axis; 2 and 5 labelled where decades are too few."""
    low, high = map(math.log10, ax.get_ylim())
    ax.yaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    if math.floor(high) - math.ceil(low) < 1:
        ax.yaxis.set_minor_locator(mpl.ticker.LogLocator(subs=(2.0, 5.0)))
        ax.yaxis.set_minor_formatter(mpl.ticker.FormatStrFormatter("%g"))
        ax.yaxis.set_major_formatter(mpl.ticker.FormatStrFormatter("%g"))
        ax.tick_params(axis="y", which="minor", labelsize=mpl.rcParams["ytick.labelsize"])


def decades(ax: Axes, most: int = 6) -> None:
    """At most `most` labelled decades on a logarithmic y axis, and quiet minor ticks."""
    low, high = ax.get_ylim()
    span = math.log10(high / low)
    ax.yaxis.set_major_locator(mpl.ticker.LogLocator(numticks=most + 2))
    ax.yaxis.set_minor_locator(
        mpl.ticker.LogLocator(subs=tuple(range(2, 10)), numticks=99)
        if span <= 3
        else mpl.ticker.NullLocator()
    )
    ax.yaxis.set_minor_formatter(mpl.ticker.NullFormatter())


def size_tick(size: str) -> str:
    """A size as a tick label."""
    return size.replace("x", "×")
