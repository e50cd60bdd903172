"""What exhibits about landscapes read: the experiments of one probe, and what these measured."""

import textwrap
from collections.abc import Callable, Mapping
from typing import NamedTuple

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import captions, style
from figures import results as read
from replication.kinds.landscape import Landscape
from replication.probes.base import Probe
from replication.study import Study
from replication.workflow import Need


class Measured(NamedTuple):
    """One experiment: what figures call it, its settings, and its arrays."""

    title: str
    probe: Probe
    data: xr.Dataset


def of_probe(study: Study, *kinds: str) -> dict[str, Landscape]:
    """The experiments of some probes by name, in the study's order."""
    found = study.of_kind(Landscape)
    return {name: one for name, one in found.items() if one.probe.kind in kinds}


def needs_of(study: Study, *kinds: str) -> list[Need] | None:
    """Their jobs; `None` where there is none."""
    return [("probe", {"experiment": name}) for name in of_probe(study, *kinds)] or None


def load(results: read.Results, *kinds: str) -> dict[str, Measured]:
    """What they measured."""
    return {
        name: Measured(one.title, one.probe, results.of_step("probe", name))
        for name, one in of_probe(results.study, *kinds).items()
    }


def fields(measured: Mapping[str, Measured]) -> dict[str, object]:
    """Fields of captions: the publications whose statements are checked, and the provenance."""
    return {
        "sources": captions.listed(one.probe.source for one in measured.values()),
        "provenance": captions.provenance(one.data for one in measured.values()),
    }


Panel = Callable[[Axes, xr.Dataset], None]
"""What draws the arrays of one probe."""


def small_multiples(
    results: read.Results, draws: Mapping[str, Panel], height: float, width: int
) -> tuple[Figure, dict[str, object]]:
    """A panel an experiment, in the order of the probes, three side by side; the caption's fields.

    **Arguments:** `height`: of a panel, inches; `width`: of its title, characters.
    """
    found = load(results, *draws)
    drawn = panels(found, *draws)
    figure, axes = grid(len(drawn), 3, height)
    for ax, one in zip(axes, drawn, strict=True):
        draws[one.probe.kind](ax, one.data)
        entitle(ax, one.title, width)
    return figure, fields(found)


def panels(found: Mapping[str, Measured], *kinds: str) -> list[Measured]:
    """The experiments in the order of these probes: a panel each."""
    return [one for kind in kinds for one in found.values() if one.probe.kind == kind]


def grid(count: int, columns: int, height: float) -> tuple[Figure, list[Axes]]:
    """A figure of two columns' width with so many panels, at most `columns` side by side."""
    across = min(count, columns)
    down = -(-count // across)
    figure = Figure(figsize=(style.WIDTH * across / columns, height * down))
    axes = [*figure.subplots(down, across, squeeze=False).flat]
    for ax in axes[count:]:
        ax.set_visible(False)
    return figure, axes[:count]


def entitle(ax: Axes, title: str, width: int) -> None:
    """A panel's title in lines of so many characters; `n = 6` stays together."""
    text = textwrap.fill(title.replace(" = ", "\u00a0=\u00a0"), width)
    ax.set_title(text, loc="left", fontsize=6.5, weight="bold")
