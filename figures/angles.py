"""What the chosen networks suggest: each angle by layer, at the first query and at the last."""

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures import captions, style
from figures import results as read
from replication.kinds.meta_learning_jobs import MAIN, starts_for, trace_job_of, trainer_of
from replication.starts import NETWORKS, Followed
from replication.study import Study
from replication.workflow import Need

SPREAD = (10, 90)
"""percentiles of the test instances between which is shaded"""
MOVED = 0.12
"""layers by which the networks of one panel are apart"""
SYMBOLS = {"gamma": "γ", "beta": "β", "T_h": "$T_h$", "T_v": "$T_v$", "V": "$V$"}


class Suggested(NamedTuple):
    """Angles that one chosen network suggests: `(instance, suggestion, parameter)`.

    The last `queries` suggestions are its own; a given start is before them.
    """

    start: str
    name: str
    angles: xr.DataArray
    queries: int


def _traces(study: Study, name: str, start: str) -> list[str]:
    """The traces of every network that one start may be; none where not all are followed."""
    trainer = study.meta_learning[trainer_of(study, name, start)]
    names = [Followed(start, learner).name for learner in trainer.candidates]
    followed = starts_for(study, name, study.meta_learning[name].headline_size)
    return names if set(names) <= set(followed) else []


def shown(study: Study) -> dict[str, list[str]]:
    """The networks whose suggestions are known on the headline set of each headline experiment."""
    found = {
        name: [start for start in NETWORKS if _traces(study, name, start)]
        for name in study.headlines
    }
    return {name: networks for name, networks in found.items() if networks}


def needs(study: Study) -> list[Need] | None:
    """What the networks suggest on each headline test set, and which of them are chosen."""
    found: dict[str, Need] = {}
    for name, networks in shown(study).items():
        where = {"experiment": name, "set": study.meta_learning[name].headline_size}
        for start in networks:
            trainer = trainer_of(study, name, start)
            wanted = [read.statistics_of(study, name), read.statistics_of(study, trainer)]
            wanted += [
                ("traces", where | {"protocol": MAIN, "starts": trace_job_of(each)})
                for each in _traces(study, name, start)
            ]
            found |= {repr(need): need for need in wanted}
    return list(found.values()) or None


def load(results: read.Results) -> dict[str, list[Suggested]]:
    """What each chosen network suggests on the headline test set."""
    found: dict[str, list[Suggested]] = {}
    for name, networks in shown(results.study).items():
        size = results.experiment(name).headline_size
        for start in networks:
            trainer = trainer_of(results.study, name, start)
            head = results.statistics(trainer, results.experiment(trainer).headline_size)
            learner, seed = read.chosen(head)
            data = results.statistics(name, size)
            if learner:
                trace = results.suggested(name, size, Followed(start, learner))
                queries = results.experiment(name).evaluation.queries
                angles = trace["suggested"].isel(seed=int(seed))
                label = read.label(data, start) if start in data.start else start
                found.setdefault(name, []).append(Suggested(start, label, angles, queries))
    return found


def _families(names: Sequence[str]) -> dict[str, list[str]]:
    """Names of the angles by family: {"gamma": ["gamma_1", …], …}."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.rpartition("_")[0], []).append(name)
    return found


def _panel(ax: Axes, one: Suggested, names: Sequence[str], place: float) -> None:
    """One family of angles: dashed at the first query, full at the last, shaded over instances."""
    look, layers = style.LOOKS[one.start], np.arange(1, len(names) + 1) + place
    values = one.angles.sel(parameter=list(names)).transpose("suggestion", "instance", "parameter")
    first, last = values.values[-one.queries], values.values[-1]
    low, high = np.percentile(last, SPREAD, axis=0)
    ax.vlines(layers, low, high, color=look.colour, alpha=0.35, linewidth=3)
    for each, line in ((first, ":"), (last, "-")):
        ax.plot(layers, np.median(each, axis=0), line, color=look.colour, marker=".", linewidth=1.2)
    ax.set_xlim(0.5, len(names) + 0.5)
    ax.set_xticks(range(1, len(names) + 1))
    ax.yaxis.set_major_locator(mpl.ticker.MaxNLocator(4))


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """The figure and the fields of its caption, from what the networks suggested."""
    found = load(results)
    experiments = {name: results.experiment(name) for name in found}
    parameters = {
        name: [str(each) for each in several[0].angles["parameter"].values]
        for name, several in found.items()
    }
    most = max(map(len, map(_families, parameters.values())))
    figure = Figure(figsize=(style.WIDTH, 0.85 + 1.25 * most))
    grid = figure.subplots(most, len(found), squeeze=False)
    for column, (name, several) in enumerate(found.items()):
        families = _families(parameters[name])
        for ax in grid[len(families) :, column]:
            ax.set_visible(False)
        unit = experiments[name].problem.angle_unit.removesuffix(" units")
        for ax, (family, names) in zip(grid[:, column], families.items(), strict=False):
            for order, each in enumerate(several):
                _panel(ax, each, names, MOVED * (order - (len(several) - 1) / 2))
            ax.set_ylabel(f"{SYMBOLS.get(family, family)} ({unit})")
        head = experiments[name].problem.size_text(experiments[name].headline_size)
        grid[0, column].set_title(f"{experiments[name].title}, {head}", loc="left")
        grid[len(families) - 1, column].set_xlabel(experiments[name].problem.layer)
    looks = {each.name: style.LOOKS[each.start] for several in found.values() for each in several}
    handles = [
        Line2D([], [], color=look.colour, linewidth=1.4, label=name) for name, look in looks.items()
    ]
    handles += [
        Line2D([], [], color="#444444", linestyle=":", marker=".", label="first query"),
        Line2D([], [], color="#444444", linestyle="-", marker=".", label="last query"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4)
    heads = results.heads(experiments)
    fields = captions.common(results, experiments, heads, heads.values())
    return figure, fields | {
        "panels": captions.headings(experiments, heads),
        "low": SPREAD[0],
        "high": SPREAD[1],
    }
