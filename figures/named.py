"""Which starts a picture names, and the strongest of the others; the figure of starts shows all."""

import math
from collections.abc import Iterable

import xarray as xr

from figures import captions, style
from figures import results as read
from replication.kinds.meta_learning_jobs import MAIN
from replication.starts import NETWORKS

ALWAYS = (*NETWORKS, *style.HEURISTICS, "constant", "random")
MOST = 8
"""Starts that have room side by side."""
BEST = style.Look("#000000", "D", "--")
"""The look of the strongest start without a network, whichever it is."""


def strongest(data: xr.Dataset, target: float, *, besides: Iterable[str] = NETWORKS) -> str | None:
    """The start with the lowest median queries to the target, then with the lowest error.

    **Arguments:** `besides`: starts that are left out.
    """
    left = [start for start in read.compared(data) if start not in tuple(besides)]

    def strength(start: str) -> tuple[float, float]:
        one = data.sel(start=start, target=target, bound="value")
        error = float(one["error_after_queries_median"])
        return float(one["queries_to_median"]), math.inf if math.isnan(error) else error

    return min(left, key=strength, default=None)


def named(data: xr.Dataset, target: float) -> list[str]:
    """Networks, class heuristic, constants and random angles, and the strongest other start."""
    best = strongest(data, target, besides=ALWAYS)
    return [start for start in read.compared(data) if start in ALWAYS or start == best]


def few(ways: read.Ways, target: float) -> list[str]:
    """The starts that several protocols follow; of many those that [`named`][] gives."""
    several = read.starts_of(ways)
    shown = named(ways[MAIN], target)
    return several if len(several) <= MOST else [start for start in several if start in shown]


def others(datasets: Iterable[xr.Dataset], target: float) -> str:
    """Labels of the starts that pictures do not name, for captions."""
    return (
        captions.labels(
            read.label(data, start)
            for data in datasets
            for start in read.compared(data)
            if start not in named(data, target)
        )
        or "none"
    )
