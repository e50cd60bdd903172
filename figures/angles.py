"""What each trained network suggests: every angle against the query, a line a training seed."""

import itertools
from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures import captions, style
from figures import results as read
from replication.errors import UserError
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import MAIN, trace_job_of
from replication.kinds.meta_learning_settings import COMPARED
from replication.starts import NETWORK, Followed
from replication.study import Study
from replication.workflow import Need

SPREAD = (10, 90)
"""percentiles of the test instances between which is shaded"""
COLUMNS = 4
WIDE = 5
"""layers that have room side by side; more are broken into lines of [`COLUMNS`][]"""
SYMBOLS = {"gamma": "γ", "beta": "β", "T_h": "$T_h$", "T_v": "$T_v$", "V": "$V$"}


def _families(names: Sequence[str]) -> dict[str, list[str]]:
    """Names of the angles by family: {"gamma": ["gamma_1", …], …}."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.rpartition("_")[0], []).append(name)
    return found


def _panel(
    ax: Axes, angle: xr.DataArray, first: int, best: str, colours: Sequence[style.Colour]
) -> None:
    query = np.arange(first, first + angle.sizes["suggestion"])
    numbers = [str(number) for number in range(angle.sizes["seed"])]
    # The chosen network is drawn last, on top.
    for number in sorted(numbers, key=lambda number: number == best):
        seed, chosen = int(number), number == best
        values = angle.isel(seed=seed).transpose("instance", "suggestion").values
        colour = style.LOOKS["lstm"].colour if chosen else colours[seed]
        low, high = np.percentile(values, SPREAD, axis=0)
        ax.fill_between(query, low, high, color=colour, alpha=0.18 if chosen else 0.1, linewidth=0)
        ax.plot(
            query,
            np.median(values, axis=0),
            color=colour,
            linewidth=1.8 if chosen else 0.9,
            marker="o" if chosen else None,
            markersize=2.8,
        )
    ax.margins(x=0.03)
    ax.xaxis.set_major_locator(mpl.ticker.MaxNLocator(5, integer=True))
    ax.yaxis.set_major_locator(mpl.ticker.MaxNLocator(4))


def _block(
    axes: np.ndarray,
    experiment: MetaLearning,
    learner: str,
    layers: range,
    suggested: xr.DataArray,
    families: Mapping[str, list[str]],
    best: tuple[str, str],
    colours: Sequence[style.Colour],
) -> None:
    """Some layers, or Trotter steps, of one learner across, families of angles down."""
    # Hubbard's roll-out begins with θ₀ itself, its query 0.
    first = 1 - (suggested.sizes["suggestion"] - experiment.evaluation.queries)
    chosen = best[1] if learner == best[0] else ""
    for row, angles in zip(axes, families.values(), strict=True):
        here = angles[layers.start : layers.stop]
        for ax in row[len(here) :]:
            ax.set_visible(False)
        for ax, angle in zip(row, here, strict=False):
            _panel(ax, suggested.sel(parameter=angle), first, chosen, colours)
    kind = experiment.problem.layer
    for ax, number in zip(axes[0], layers, strict=False):
        ax.set_title(f"{learner}, {kind} {number + 1}")


def _legend(figure: Figure, seeds: Mapping[str, int], best: tuple[str, str]) -> None:
    handles = style.seed_handles(seeds, best)
    if all(best):
        look = style.LOOKS["lstm"]
        name = f"chosen on validation ({best[0]}, seed {best[1]})"
        handles.append(
            Line2D([], [], color=look.colour, marker="o", markersize=2.8, linewidth=1.8, label=name)
        )
    columns = len(handles) if len(handles) <= 5 else 3
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)


def _learners(experiment: MetaLearning) -> list[str]:
    """Learners of the main comparison that are tested on the headline test set."""
    tested = experiment.learners_tested_on(experiment.headline_size)
    return [one for one in tested if one in experiment.learners_of(*COMPARED)]


def needs(study: Study) -> dict[str, list[Need]]:
    """For each main experiment what its networks suggest on the headline test set."""
    found = {}
    for name, one in study.mains.items():
        where = {"experiment": name, "set": one.headline_size, "protocol": MAIN}
        starts = [Followed(NETWORK, learner).name for learner in _learners(one)]
        if starts:
            traces = (("traces", where | {"starts": trace_job_of(start)}) for start in starts)
            found[name] = [read.statistics_of(study, name), *traces]
    return found


def draw(results: read.Results, name: str) -> tuple[Figure, dict[str, object]]:
    """The figure of one experiment at its headline size, and the fields of its caption."""
    experiment = results.experiment(name)
    size = experiment.headline_size
    statistics = results.statistics(name, size)
    learners = _learners(experiment)
    if not learners:
        raise UserError(f"experiment {name!r} tests no learner on its headline size {size}")
    traces = {learner: results.suggested(name, size, learner) for learner in learners}
    best = read.chosen(statistics)
    first_trace = traces[learners[0]]
    families = _families([str(parameter) for parameter in first_trace["parameter"].values])
    layers = max(map(len, families.values()))
    across = layers if layers <= WIDE else COLUMNS
    lines = [range(k, min(k + across, layers)) for k in range(0, layers, across)]
    blocks = [(learner, line) for learner in traces for line in lines]
    # Learners are side by side where there is room for all their layers, else below each other.
    beside = len(learners) * layers <= COLUMNS
    rows = len(families) * (1 if beside else len(blocks))
    columns = across * (len(blocks) if beside else 1)
    seeds = {learner: trace.sizes["seed"] for learner, trace in traces.items()}
    colours = style.seed_colours(max(seeds.values()))

    figure = Figure(figsize=(style.WIDTH, 0.9 + 1.25 * rows))
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey="row")
    for index, (learner, line) in enumerate(blocks):
        down, right = (0, index * across) if beside else (index * len(families), 0)
        block = grid[down : down + len(families), right : right + across]
        suggested = traces[learner]["suggested"]
        _block(block, experiment, learner, line, suggested, families, best, colours)
    for ax in grid[-1]:
        ax.set_xlabel("query of the roll-out")
    for ax, family in zip(grid[:, 0], itertools.cycle(families), strict=False):
        unit = experiment.problem.angle_unit.removesuffix(" units")
        ax.set_ylabel(f"{SYMBOLS.get(family, family)} ({unit})")
    _legend(figure, seeds, best)
    return figure, {
        "title": experiment.title,
        "size": experiment.problem.size_text(size),
        "instances": statistics.sizes["instance"],
        "learners": ", ".join(
            f"{learner} (trained on {', '.join(experiment.train_sizes_of(learner))}; "
            f"{trace.sizes['seed']} seeds)"
            for learner, trace in traces.items()
        ),
        "low": SPREAD[0],
        "high": SPREAD[1],
        "unit": experiment.problem.angle_unit,
        "first": "Query 0 is the given start θ₀, which is queried too. "
        if experiment.needs_start
        else "",
        "chosen": captions.network_text(statistics),
        "provenance": captions.provenance([statistics, *traces.values()]),
    }
