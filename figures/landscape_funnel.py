"""Many traps and one funnel: numbers of minima, transition states and disconnectivity trees."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import probes, style
from figures import results as read
from replication.study import Study
from replication.workflow import Need

KINDS = ("minima", "transition_states")
TEXT = 6
"""points, of legends"""
TREE_DEPTHS = 3
"""trees drawn, of the deepest circuits whose tree has a merge"""


def needs(study: Study) -> list[Need] | None:
    """Counts of minima, and trees."""
    return probes.needs_of(study, *KINDS)


def _counts(left: Axes, right: Axes, title: str, data: xr.Dataset) -> None:
    """Distinct minima and Chao1's estimate against the depth; median error and the best's part."""
    sizes = [str(size) for size in data["size"].values]
    for size, colour in zip(sizes, style.seed_colours(len(sizes)), strict=True):
        one, depth = data.sel(size=size), data["depth"].values
        left.plot(depth, one["distinct"], ":", color=colour, linewidth=0.9)
        left.errorbar(
            depth,
            one["estimate"],
            one["estimate_error"],
            color=colour,
            marker="o",
            markersize=3,
            label=f"size {style.size_tick(size)}",
        )
        right.errorbar(
            depth,
            100 * one["median_error"],
            100 * one["median_error_error"],
            color=colour,
            marker="o",
            markersize=3,
        )
        right.plot(depth, 100 * one["best"], "--", color=colour, linewidth=0.9)
    left.set_yscale("log")
    left.set_ylabel("distinct minima")
    right.set_ylabel("error; part in the best (%)")
    for ax in (left, right):
        ax.set_xticks(data["depth"].values)
        ax.set_xlabel("layers")
    probes.entitle(left, title, 32)
    left.legend(fontsize=TEXT)


def _path(ax: Axes, title: str, data: xr.Dataset) -> None:
    """Energy of the greedy path beside the best of random descents, by depth."""
    names = [str(name) for name in data["instance"].values]
    for name, colour in zip(names, ("#D55E00", "#0072B2", "#009E73", "#CC79A7"), strict=False):
        one = data.sel(instance=name)
        ground = float(one["ground"])
        label = "given graph" if name == "given" else f"drawn graph {name}"
        for variable, line in (("greedy", "-"), ("random_best", ":")):
            error = np.maximum(100 * (one[variable] - ground) / abs(ground), 1e-2)
            ax.plot(
                data["depth"],
                error,
                line,
                color=colour,
                marker="o" if line == "-" else "x",
                markersize=3.5,
                label=f"{label}: {'greedy' if line == '-' else 'random, best'}",
            )
    ax.set_xticks(data["depth"].values)
    ax.set_xlabel("layers")
    ax.set_ylabel("above the ground state (%)")
    probes.entitle(ax, title, 32)
    ax.set_ylim(top=1.5 * ax.get_ylim()[1])
    ax.legend(fontsize=TEXT - 1, loc="upper right", handlelength=1.2, borderpad=0)


def _tree(ax: Axes, title: str, data: xr.Dataset) -> None:
    """A line a minimum, from its energy up to the pass where it meets the next."""
    leaves = data["leaf"].values
    count = int(np.isfinite(leaves).sum())
    order = data["leaf_order"].values[:count]
    places = np.empty(2 * count)
    places[order] = np.arange(count)
    height = np.concatenate([leaves[:count], np.full(count, np.nan)])
    children, passes = data["child"].values, data["height"].values
    for merge, (pair, top) in enumerate(zip(children, passes, strict=True)):
        if not np.isfinite(top):
            break
        node = count + merge
        x = places[pair]
        for child, at in zip(pair, x, strict=True):
            ax.plot([at, at], [height[child], top], color="#444444", linewidth=0.6)
        ax.plot(x, [top, top], color="#444444", linewidth=0.6)
        if node < 2 * count:
            places[node], height[node] = x.mean(), top
    ax.plot(places[0], leaves[0], "o", color="#D55E00", markersize=3)
    ax.set_xticks([])
    ax.set_ylabel("energy")
    probes.entitle(ax, title, 32)


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """Two panels a count of minima; a path and trees for each set of transition states."""
    found = probes.load(results, *KINDS)
    panels = []
    for one in found.values():
        if one.probe.kind == "minima":
            panels += [("counts", one.title, one.data), ("", "", one.data)]
        else:
            panels.append(("path", one.title, one.data))
            for name in one.data["instance"].values[:1]:
                several = one.data.sel(instance=name)
                for depth in several["depth"].values[:TREE_DEPTHS]:
                    tree = several.sel(depth=depth)
                    panels.append(("tree", f"{one.title}, p = {depth}", tree))
    figure, axes = probes.grid(len(panels), 4, 2.0)
    for place, (kind, title, data) in enumerate(panels):
        if kind == "counts":
            _counts(axes[place], axes[place + 1], title, data)
        elif kind == "path":
            _path(axes[place], title, data)
        elif kind == "tree":
            _tree(axes[place], title, data)
    return figure, probes.fields(found)
