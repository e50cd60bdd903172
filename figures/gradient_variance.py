"""Variance of the cost's gradient at random angles against size, for each depth."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import captions, style
from figures import results as read
from replication.kinds.gradient_variance import GradientVariance
from replication.problems.base import extent
from replication.study import Study
from replication.workflow import Need

COLUMNS = 3
"""Panels side by side, at most."""


def needs(study: Study) -> list[Need] | None:
    """The variances of every experiment of this kind."""
    names = study.of_kind(GradientVariance)
    return [("gradient_variance", {"experiment": name}) for name in names] or None


def _panel(ax: Axes, experiment: GradientVariance, data: xr.Dataset) -> None:
    """One line a depth: mean over instances, with its standard error."""
    places = [extent(size) for size in experiment.sizes]
    instances = data.sizes["instance"]
    colours = style.seed_colours(len(experiment.depths))
    for depth, colour in zip(experiment.depths, colours, strict=True):
        variance = data["variance"].sel(depth=depth).transpose("size", "instance").values
        error = variance.std(axis=1, ddof=1) / np.sqrt(instances)
        ax.errorbar(
            places,
            variance.mean(axis=1),
            error,
            color=colour,
            marker="o",
            markersize=3,
            capsize=2,
            label=f"{experiment.problem.layer}s: {depth}",
        )
    ax.set_yscale("log")
    ax.set_xticks(places, [style.size_tick(size) for size in experiment.sizes])
    ax.set_xlabel(experiment.problem.size_label)
    ax.set_title(experiment.title, loc="left", weight="bold")
    ax.legend()


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """A panel for each experiment, and the fields of its caption."""
    experiments = results.study.of_kind(GradientVariance)
    datasets = {name: results.of_step("gradient_variance", name) for name in experiments}
    columns = min(len(experiments), COLUMNS)
    rows = -(-len(experiments) // columns)
    figure = Figure(figsize=(style.WIDTH * columns / COLUMNS, 2.4 * rows))
    grid = figure.subplots(rows, columns, squeeze=False)
    for ax in grid.flat[len(experiments) :]:
        ax.set_visible(False)
    for ax, (name, one) in zip(grid.flat, experiments.items(), strict=False):
        _panel(ax, one, datasets[name])
    for row in grid:
        row[0].set_ylabel("Var ∂y, mean over angles")
    counts = (f"{one.title}: {one.instances} instances a size" for one in experiments.values())
    points = (f"{one.points}" for one in experiments.values())
    return figure, {
        "instances": captions.listed(counts),
        "points": " or ".join(dict.fromkeys(points)),
        "provenance": captions.provenance(datasets.values()),
    }
