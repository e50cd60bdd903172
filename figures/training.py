"""How training went: the validation loss of every network above the best one of its experiment."""

from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from figures import captions, style
from figures import results as read
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_settings import COMPARED
from replication.study import Study
from replication.workflow import Need

COLUMNS = 3
LOWEST = 1e-2
"""per cent; smaller distances to the best loss are drawn there"""
LINES: tuple[style.Line, ...] = ("-", "--", ":", "-.")


def shown(study: Study) -> dict[str, MetaLearning]:
    """The headline experiments, then those whose networks succeed theirs."""
    headlines = study.headlines
    successors = dict.fromkeys(one.successor for one in headlines.values() if one.successor)
    return headlines | {name: study.meta_learning[name] for name in successors}


def _ends(log: xr.Dataset) -> np.ndarray:
    """Last step of each seed: where it stopped early, or the last one."""
    stopped = log["stopped_step"].values
    return np.where(stopped < 0, log["step"].values[-1], stopped)


def _above(log: xr.Dataset, best: float) -> np.ndarray:
    """Validation losses above the best, in per cent of it."""
    values = 100 * (log["validation_loss"].values - best) / abs(best)
    return np.maximum(values, LOWEST)


def _panel(ax: Axes, logs: Mapping[str, xr.Dataset], chosen: tuple[str, str]) -> None:
    best = min(float(log["best_loss"].min()) for log in logs.values())
    count = max(log.sizes["seed"] for log in logs.values())
    colours = style.seed_colours(count)
    for line, (learner, log) in zip(LINES, logs.items(), strict=False):
        step, values = log["check_step"].values, _above(log, best)
        for seed, end in enumerate(_ends(log)):
            used = (step <= end) & np.isfinite(log["validation_loss"].values[seed])
            own = (learner, str(seed)) == chosen
            colour = style.LOOKS["lstm"].colour if own else colours[seed]
            width, order = (1.6, 4) if own else (0.7, 3)
            ax.plot(
                step[used], values[seed][used], line, color=colour, linewidth=width, zorder=order
            )
    weight, step = (next(iter(logs.values()))[name].values for name in ("blend", "step"))
    blending = step[(weight > 0) & (weight < 1)]
    if blending.size:
        ax.axvspan(blending[0], blending[-1], color="#eeeeee", linewidth=0, zorder=0)
    ax.set_yscale("log")
    ax.set_ylim(LOWEST / 1.3, 200)
    ax.yaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
    ax.xaxis.set_major_locator(mpl.ticker.MaxNLocator(4, integer=True))


def needs(study: Study) -> list[Need] | None:
    """The training logs of these experiments, and which network was chosen."""
    found: list[Need] = []
    for name, one in shown(study).items():
        found.append(read.statistics_of(study, name))
        found += [
            ("train", {"experiment": name, "learner": learner})
            for learner in one.learners_of(*COMPARED)
        ]
    return found or None


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """The figure and the fields of its caption, from the training logs."""
    experiments = shown(results.study)
    statistics = results.heads(experiments)
    logs = {
        name: {learner: results.trained(name, learner) for learner in one.learners_of(*COMPARED)}
        for name, one in experiments.items()
    }
    columns = min(len(experiments), COLUMNS)
    blocks = -(-len(experiments) // columns)
    figure = Figure(figsize=(style.WIDTH, 0.6 + 1.9 * blocks))
    grid = figure.subplots(blocks, columns, squeeze=False, sharey=True)
    for ax in grid.flat[len(experiments) :]:
        ax.set_visible(False)
    for ax, (name, each) in zip(grid.flat, logs.items(), strict=False):
        _panel(ax, each, read.chosen(statistics[name]))
        ax.set_title(experiments[name].title, loc="left")
        ax.set_xlabel("training step")
        ax.legend(
            handles=[
                Line2D([], [], color="#444444", linestyle=line, linewidth=0.9, label=learner)
                for line, learner in zip(LINES, each, strict=False)
            ],
            fontsize=7,
            handlelength=2.2,
            # Four learners fit above the curves.
            labelspacing=0.15,
            borderaxespad=0.2,
        )
    for row in grid:
        row[0].set_ylabel("validation loss above\nthe lowest one (%)")
    most = max(log.sizes["seed"] for each in logs.values() for log in each.values())
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=colour, linewidth=0.9, label=f"seed {seed}")
        for seed, colour in enumerate(style.seed_colours(most))
    ]
    colour = style.LOOKS["lstm"].colour
    handles.append(Line2D([], [], color=colour, linewidth=1.6, label="chosen on validation"))
    handles.append(Patch(color="#eeeeee", label="gradual change of the loss"))
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    return figure, _fields(results, experiments, statistics, logs)


def _fields(
    results: read.Results,
    experiments: Mapping[str, MetaLearning],
    statistics: Mapping[str, xr.Dataset],
    logs: Mapping[str, Mapping[str, xr.Dataset]],
) -> dict[str, object]:
    learners = captions.listed(
        f"{experiments[name].title}, {learner}: {log.sizes['seed']} seeds, trained on "
        f"{', '.join(experiments[name].train_sizes_of(learner))}, of which "
        f"{int((log['stopped_step'].values >= 0).sum())} stopped early"
        for name, each in logs.items()
        for learner, log in each.items()
    )
    every = [*statistics.values(), *(log for each in logs.values() for log in each.values())]
    return {
        "learners": learners,
        "lowest": f"{LOWEST:g} %",
        "chosen": captions.listed(
            f"{experiments[name].title}: {captions.network_text(data)}"
            for name, data in statistics.items()
        ),
        "provenance": captions.provenance(every),
    }
