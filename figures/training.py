"""How training went: meta-loss, validation loss and gradient norm of every learner and seed."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from figures import captions, style
from figures import results as read
from replication.kinds.meta_learning_settings import COMPARED
from replication.study import Study
from replication.workflow import Need

POINTS = 100
"""points drawn of a curve that has a value every step; each is the mean of a block of steps"""
COLUMNS = 4


def _ends(log: xr.Dataset) -> np.ndarray:
    """Last step of each seed: where it stopped early, or the last one."""
    stopped = log["stopped_step"].values
    return np.where(stopped < 0, log["step"].values[-1], stopped)


def _blocks(step: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Steps and values averaged over blocks, about `POINTS` of them."""
    count = min(step.size, POINTS)
    cuts = np.linspace(0, step.size, count + 1).astype(int)
    steps, means = (
        np.array([part[a:b].mean() for a, b in itertools.pairwise(cuts)]) for part in (step, values)
    )
    return steps, means


def _each_step(
    ax: Axes, log: xr.Dataset, variable: str, colours: Sequence[style.Colour], best: str
) -> None:
    step = log["step"].values
    for seed, end in enumerate(_ends(log)):
        used = (step <= end) & np.isfinite(log[variable].values[seed])
        if used.any():
            x, y = _blocks(step[used], log[variable].values[seed][used])
            ax.plot(x, y, **_line(seed, best, colours, bold=1.4))


def _line(
    seed: int, best: str, colours: Sequence[style.Colour], bold: float = 1.8
) -> dict[str, Any]:
    if str(seed) == best:
        return {"color": style.LOOKS["lstm"].colour, "linewidth": bold, "zorder": 4}
    return {"color": colours[seed], "linewidth": 0.9, "zorder": 3}


def _checks(ax: Axes, log: xr.Dataset, colours: Sequence[style.Colour], best: str) -> None:
    step, values = log["check_step"].values, log["validation_loss"].values
    for seed, end in enumerate(_ends(log)):
        used = (step <= end) & np.isfinite(values[seed])
        line = _line(seed, best, colours)
        ax.plot(step[used], values[seed][used], **line)
        found = np.flatnonzero(used & (step == log["best_step"].values[seed]))
        ax.plot(
            step[found],
            values[seed][found],
            marker="*",
            markersize=9 if str(seed) == best else 7,
            color=line["color"],
            markeredgecolor="white",
            markeredgewidth=0.4,
            linestyle="none",
            zorder=5,
        )


def _zoom(axes: Sequence[Axes], logs: Sequence[xr.Dataset]) -> None:
    """Show all that the second half of the training looked like; the fall before it is cut."""
    late = [
        log["validation_loss"].values[:, log["check_step"].values > log["step"].values[-1] / 2]
        for log in logs
    ]
    best = [log["best_loss"].values for log in logs]
    values = np.concatenate([np.ravel(part) for part in (*late, *best)])
    values = values[np.isfinite(values)]
    margin = 0.08 * (np.ptp(values) or abs(values[0]) or 1)
    for ax in axes:
        ax.set_ylim(values.min() - margin, values.max() + margin)


def _shade(ax: Axes, log: xr.Dataset) -> None:
    weight, step = log["blend"].values, log["step"].values
    blending = step[(weight > 0) & (weight < 1)]
    if blending.size:
        ax.axvspan(blending[0], blending[-1], color="#eeeeee", linewidth=0, zorder=0)


def _legend(figure: Figure, seeds: Mapping[str, int], best: tuple[str, str]) -> None:
    handles: list[Line2D | Patch] = [*style.seed_handles(seeds, best)]
    if all(best):
        name = f"chosen on validation ({best[0]}, seed {best[1]})"
        colour = style.LOOKS["lstm"].colour
        handles.append(Line2D([], [], color=colour, linewidth=1.8, label=name))
    handles += [
        Line2D(
            [], [], color="#444444", marker="*", markersize=7, linestyle="none", label="best check"
        ),
        Patch(color="#eeeeee", label="loss blends over"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 5))


def needs(study: Study) -> dict[str, list[Need]]:
    """For each main experiment its training logs, and which network was chosen."""
    return {
        name: [
            read.statistics_of(study, name),
            *(("train", {"experiment": name, "learner": n}) for n in one.learners_of(*COMPARED)),
        ]
        for name, one in study.mains.items()
    }


def draw(results: read.Results, name: str) -> tuple[Figure, dict[str, object]]:
    """The figure of one experiment, and the fields of its caption."""
    experiment = results.experiment(name)
    statistics = results.statistics(name, experiment.headline_size)
    best = read.chosen(statistics)
    learners = {one: experiment.learners[one] for one in experiment.learners_of(*COMPARED)}
    logs = {learner: results.trained(name, learner) for learner in learners}
    seeds = {learner: log.sizes["seed"] for learner, log in logs.items()}
    colours = style.seed_colours(max(seeds.values()))

    columns = min(len(logs), COLUMNS)
    blocks = -(-len(logs) // columns)
    figure = Figure(figsize=(style.WIDTH, 0.8 + 4.8 * blocks))
    grid = figure.subplots(3 * blocks, columns, squeeze=False, sharex="col", sharey="row")
    for ax in grid.flat:
        ax.set_visible(False)
    for index, (learner, log) in enumerate(logs.items()):
        block, column = divmod(index, columns)
        top, middle, bottom = axes = grid[3 * block : 3 * block + 3, column]
        chosen = best[1] if learner == best[0] else ""
        for ax in axes:
            ax.set_visible(True)
            _shade(ax, log)
        _each_step(top, log, "loss", colours, chosen)
        _checks(middle, log, colours, chosen)
        _each_step(bottom, log, "gradient_norm", colours, chosen)
        trained_on = ", ".join(experiment.train_sizes_of(learner))
        top.set_title(f"{learner}\ntrained on {trained_on}")
        bottom.set_yscale("log")
        bottom.xaxis.set_major_locator(mpl.ticker.MaxNLocator(4, integer=True))
        bottom.set_xlabel("training step")
        if column == 0:
            top.set_ylabel("meta-loss\n(training batch)")
            middle.set_ylabel("best normalised cost\n(validation set)")
            bottom.set_ylabel("gradient norm\n(before clipping)")
    for block in range(blocks):
        shown = list(logs.values())[block * columns : (block + 1) * columns]
        _zoom(grid[3 * block + 1], shown)
    _legend(figure, seeds, best)
    losses = dict.fromkeys(learner.loss.replace("_", " ") for learner in learners.values())
    blended = any(learner.warm_up[1] > 0 for learner in learners.values())
    return figure, {
        "title": experiment.title,
        "learners": "; ".join(
            f"{learner}, {log.sizes['seed']} seeds, trained on "
            f"{', '.join(experiment.train_sizes_of(learner))}"
            for learner, log in logs.items()
        ),
        "course": _course(" or ".join(losses), blended),
        "queries": experiment.evaluation.queries,
        "block": max(1, round(max(log.sizes["step"] for log in logs.values()) / POINTS)),
        "stopped": "; ".join(
            f"{learner}: {int((log['stopped_step'].values >= 0).sum())} of {log.sizes['seed']}"
            for learner, log in logs.items()
        ),
        "chosen": captions.network_text(statistics),
        "instances": f"{experiment.validation_instances} validation instances a size",
        "provenance": captions.provenance([statistics, *logs.values()]),
    }


def _course(loss: str, blended: bool) -> str:
    if not blended:
        return f"it is the {loss}"
    return (
        "it is the cumulative regret before the grey region, blends over in it, and is the "
        f"{loss} after it, so that its level changes there and only its course within a region "
        "tells of learning"
    )
