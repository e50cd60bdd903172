"""Sensitivity: error and queries ratio under every varied setting, beside their base."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import captions, marks, style
from figures import results as read
from figures.sensitivity_table import Cells, base_text, groups_of, name_of, rows_of
from replication.errors import UserError
from replication.study import Study
from replication.variations import variations
from replication.workflow import Need

ROW, HEAD = 0.165, 0.62
"""inches: a row; title, axis and gap of a class"""
CHANGED = "#000000"
"""colour of a row that changes a verdict"""
ROOM = 1.5
"""factor by which an axis goes beyond its numbers, with room for an open arrow head"""

FLOORS = {"error": style.FLOOR, "queries_ratio": 0.1}
"""smallest number drawn as such"""


class Line(NamedTuple):
    """One row of a class: a base, or a variation of the base above it."""

    name: str
    row: Cells
    suffix: str

    @property
    def changes(self) -> str:
        """Claims whose verdict differs from the base's."""
        return "" if self.suffix else str(self.row["differs"]).replace(" ", ", ")

    def triple(self, key: str) -> tuple[float, float, float]:
        """A number with its interval."""
        value, low, high = self.row[f"{key}{self.suffix}"]
        return value, low, high


def _lines(results: read.Results) -> dict[str, list[Line]]:
    """Rows by class; thresholds move no number, so they are in the table alone."""
    found: dict[str, list[Line]] = {}
    rows = [row for row in rows_of(results) if row["kind"] != "rule"]
    for name, groups in groups_of(results.study, rows).items():
        lines = found.setdefault(name, [])
        for each in groups.values():
            lines.append(Line(base_text(each[0]), each[0], "_base"))
            lines += [Line(name_of(results.study, row), row, "") for row in each]
    return found


def _limits(lines: Iterable[Line], key: str, threshold: float) -> tuple[float, float]:
    triples = [line.triple(key) for line in lines]
    values = [end for each in triples if not math.isnan(each[0]) for end in each]
    known = [max(one, FLOORS[key]) for one in [*values, threshold] if math.isfinite(one)]
    return min(known) / ROOM**2, max(known) * ROOM**2


def _fill(
    ax: Axes, lines: Sequence[Line], key: str, threshold: float, limits: tuple[float, float]
) -> None:
    """Points with intervals; an open arrow head at the edge that one lies beyond."""
    below, beyond = limits[0] * ROOM, limits[1] / ROOM
    for height, line in enumerate(lines):
        value, low, high = line.triple(key)
        if math.isnan(value):
            ax.text(beyond, height, "–", ha="center", va="center", fontsize=7)
            continue
        look = style.LOOKS["lstm"]
        colour = CHANGED if line.changes else look.colour
        ends = [min(max(end, below), beyond) for end in (low, high)]
        ax.plot(ends, [height] * 2, color=colour, linewidth=1.2, alpha=0.6)
        marker, face = (look.marker, colour if line.suffix or line.changes else "white")
        if not below <= value <= beyond:
            marker, face = ("<" if value < below else ">"), "white"
        ax.plot(
            min(max(value, below), beyond),
            height,
            marker=marker,
            color=colour,
            markerfacecolor=face,
            markeredgewidth=1.0,
            zorder=4,
        )
    ax.axvline(threshold, color="#555555", linewidth=0.8, linestyle="--")
    for height, line in enumerate(lines):
        if line.suffix:
            ax.axhspan(height - 0.5, height + 0.5, color="#eeeeee", linewidth=0, zorder=0)
    ax.set_xscale("log")
    ax.set_xlim(*limits)
    # Half a decade of bare powers of ten would leave an axis with one number or none.
    subs = (1.0, 2.0, 5.0) if limits[1] < 100 * limits[0] else (1.0,)
    ax.xaxis.set_major_locator(mpl.ticker.LogLocator(subs=subs))
    ax.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
    ax.set_ylim(len(lines) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)


def needs(study: Study) -> list[Need] | None:
    """The rows of the claims step, where a setting is varied."""
    return [("claims", {})] if any(one.shown for one in variations(study)) else None


def draw(results: read.Results) -> tuple[Figure, Mapping[str, object]]:
    """The figure and the fields of its caption, from the rows of the claims step."""
    study, classes = results.study, _lines(results)
    if not classes:
        raise UserError("this study varies no setting: there is no sensitivity to draw")
    every = [line for lines in classes.values() for line in lines]
    heights = [HEAD + ROW * len(lines) for lines in classes.values()]
    figure = Figure(figsize=(style.WIDTH, 0.25 + sum(heights)))
    grid = figure.subplots(len(classes), 2, squeeze=False, height_ratios=heights)
    panels = (("error", study.claims.error), ("queries_ratio", study.claims.queries_ratio))
    for axes, (name, lines) in zip(grid, classes.items(), strict=True):
        for ax, (key, threshold) in zip(axes, panels, strict=True):
            _fill(ax, lines, key, threshold, _limits(every, key, threshold))
        axes[0].set_yticks(range(len(lines)), [line.name for line in lines])
        axes[1].set_yticks([])
        for height, line in enumerate(lines):
            if line.changes:
                marks.beside(axes[1], line.changes, height, bold=True)
        axes[0].set_title(study.meta_learning[name].title, loc="left", weight="bold")
        marks.beside(axes[1], "changes")
    grid[-1, 0].set_xlabel("error after the RNN’s queries")
    grid[-1, 1].set_xlabel(f"queries ratio to {study.claims.target:g}")
    return figure, {
        "error": f"{study.claims.error:g}",
        "queries_ratio": f"{study.claims.queries_ratio:g}",
        "target": f"{study.claims.target:g}",
        "confidence": f"{100 * study.statistics.confidence:g}",
        "resamples": study.statistics.resamples,
        "rows": sum(not line.suffix for line in every),
        "changing": sum(bool(line.changes) for line in every),
        "provenance": captions.provenance([results.claims().to_dataset()]),
    }
