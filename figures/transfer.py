"""Transfer: median errors of every start outside the training distribution."""

import math
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import captions, style
from figures import results as read
from replication.kinds.meta_learning import MetaLearning
from replication.study import Study
from replication.variations import held_out
from replication.workflow import Need

ROW, HEAD = 0.24, 0.42
"""inches: one test set; title of a block"""
OWN = "own RNN"
"""the column of the network that was trained on the test set's distribution"""


class Row(NamedTuple):
    """One test set, and the same distribution's own experiment where the study has it.

    `network` is the experiment that the RNN is of; `trained` whether on these
      instances' distribution and sizes.
    """

    network: str
    test_set: str
    label: str
    trained: bool
    data: xr.Dataset
    own: tuple[str, xr.Dataset] | None = None


def transferred(study: Study) -> dict[str, MetaLearning]:
    """Headline experiments tested, or trained again, outside their training distribution."""
    return {
        name: one for name, one in study.headlines.items() if one.transfer or held_out(study, name)
    }


def own_sizes(experiment: MetaLearning) -> list[str]:
    """Test sizes on the training distribution with which test sets of another are compared.

    Errors grow with the size, so each size of those has its own, besides the headline's.
    """
    wanted = {experiment.headline_size, *(one.size for one in experiment.transfer.values())}
    return [size for size in experiment.test if size in wanted]


def own_set(study: Study, name: str, test_set: str) -> tuple[str, str] | None:
    """Experiment of the same depth that is trained on another's transfer set, and its test set.

    **Returns:** names of that experiment and of its test size; `None` where the study has none.
    """
    foreign = study.meta_learning[name].transfer[test_set]
    for other, one in study.mains.items():
        alike = one.depth == study.meta_learning[name].depth and one.problem == foreign.problem
        if other != name and alike and foreign.size in one.test:
            return other, foreign.size
    return None


def load(results: read.Results) -> dict[str, list[Row]]:
    """The test sets of each experiment, below those of the training distribution."""
    study, found = results.study, {}
    for name, one in transferred(study).items():
        rows = [
            Row(
                name,
                size,
                f"training distribution, {one.problem.size_text(size)}",
                True,
                results.statistics(name, size),
            )
            for size in own_sizes(one)
        ]
        for key in held_out(study, name):
            variant = study.meta_learning[key]
            for size in variant.test:
                label = label_of(one, variant.title, size)
                rows.append(Row(key, size, label, False, results.statistics(key, size)))
        for key, foreign in one.transfer.items():
            own = own_set(study, name, key)
            beside = (own[0], results.statistics(*own)) if own else None
            data = results.statistics(name, key)
            label = label_of(one, one.label(key), foreign.size)
            rows.append(Row(name, key, label, False, data, beside))
        found[name] = rows
    return found


def missing(study: Study) -> str:
    """What captions say of sizes that have no test set on the training distribution."""
    sizes = captions.listed(
        f"{one.title}, {one.problem.size_text(foreign.size)}"
        for one in transferred(study).values()
        for foreign in one.transfer.values()
        if foreign.size not in own_sizes(one)
    )
    return f" (none here: {sizes})" if sizes else ""


def label_of(experiment: MetaLearning, name: str, size: str) -> str:
    """A test set's name, with its size where that is not the headline's."""
    text = experiment.problem.size_text(size)
    return name if size == experiment.headline_size or text in name else f"{name}, {text}"


def columns(found: dict[str, list[Row]]) -> dict[str, str]:
    """Roles of all starts, the RNN first, with the names that readers see."""
    names: dict[str, list[str]] = {}
    for rows in found.values():
        for row in rows:
            for start in read.compared(row.data):
                names.setdefault(style.role(start), []).append(read.label(row.data, start))
    named = {role: " / ".join(dict.fromkeys(names[role])) for role in style.looks(names)}
    if any(row.own for rows in found.values() for row in rows):
        named[OWN] = "RNN trained\non this distribution"
    return named


def _errors(row: Row, roles: dict[str, str]) -> list[float]:
    """Median error of each role on one test set; NaN where it was not run."""
    variable = "error_after_queries_median"
    by_role = {
        style.role(start): float(row.data[variable].sel(start=start, bound="value"))
        for start in read.compared(row.data)
    }
    if row.own and "lstm" in row.own[1].start:
        by_role[OWN] = float(row.own[1][variable].sel(start="lstm", bound="value"))
    return [by_role.get(role, math.nan) for role in roles]


def _block(
    ax: Axes, rows: list[Row], roles: dict[str, str], norm: mpl.colors.Normalize
) -> mpl.collections.QuadMesh:
    table = np.array([_errors(row, roles) for row in rows])
    drawn = np.ma.masked_invalid(np.maximum(table, norm.vmin or style.FLOOR))
    mesh = ax.pcolormesh(drawn, cmap="cividis", norm=norm, edgecolors="white", linewidth=1.0)
    for (row, column), value in np.ndenumerate(table):
        if math.isnan(value):
            text, colour, weight = "–", "#666666", "normal"
        else:
            text = f"{value:#.2g}" if value < 10 else f"{value:.0f}"
            colour = _ink(mesh.cmap(norm(max(value, style.FLOOR))))
            best = value == np.nanmin(table[row, : len(roles) - (OWN in roles)])
            weight = "bold" if best and list(roles)[column] != OWN else "normal"
        ax.text(
            column + 0.5,
            row + 0.5,
            text,
            ha="center",
            va="center",
            color=colour,
            weight=weight,
            fontsize=7.5,
        )
    ax.set_ylim(len(rows), 0)
    ax.set_yticks(np.arange(len(rows)) + 0.5, [row.label for row in rows])
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)
    ax.axhline(sum(row.trained for row in rows), color="black", linewidth=0.8)
    return mesh


def _ink(background: style.Colour) -> str:
    """Black or white, whichever has the higher contrast (WCAG 2.1's relative luminance)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in background[:3]]
    return "black" if np.dot((0.2126, 0.7152, 0.0722), linear) > 0.179 else "white"


def needs(study: Study) -> list[Need] | None:
    """Test sets outside the training distribution, and what is shown beside them."""
    found: dict[tuple[str, str], None] = {}
    for name, one in transferred(study).items():
        found.update({(name, size): None for size in own_sizes(one)})
        found.update({(name, key): None for key in one.transfer})
        own = (own_set(study, name, key) for key in one.transfer)
        found.update({pair: None for pair in own if pair})
        variants = held_out(study, name)
        found.update(
            {(key, size): None for key in variants for size in study.meta_learning[key].test}
        )
    return [read.statistics_of(study, *one) for one in found] or None


def draw(results: read.Results) -> tuple[Figure, dict[str, object]]:
    """The figure and the fields of its caption, from the statistics of every test set."""
    found, experiments = load(results), transferred(results.study)
    roles = columns(found)
    values = np.array([e for rows in found.values() for row in rows for e in _errors(row, roles)])
    seen = values[np.isfinite(values)]
    low = max(seen.min(initial=1.0), style.FLOOR)
    norm = mpl.colors.LogNorm(low, max(seen.max(initial=0.0), 10 * low))
    heights = [HEAD + ROW * len(rows) for rows in found.values()]
    figure = Figure(figsize=(style.WIDTH, 0.7 + sum(heights)))
    grid = figure.subplots(len(found), 1, squeeze=False, height_ratios=heights)[:, 0]
    for index, (ax, (name, rows)) in enumerate(zip(grid, found.items(), strict=True)):
        mesh = _block(ax, rows, roles, norm)
        ax.set_title(experiments[name].title, loc="left", weight="bold", pad=30 if not index else 6)
        if index == 0:
            ax.xaxis.tick_top()
            ax.set_xticks(
                np.arange(len(roles)) + 0.5,
                [_wrapped(label) for label in roles.values()],
                fontsize=7,
            )
    bar = figure.colorbar(mesh, ax=list(grid), location="bottom", shrink=0.6, aspect=40, pad=0.02)
    bar.set_label("median relative error after the RNN’s queries")
    bar.outline.set_visible(False)
    every = [row.data for rows in found.values() for row in rows]
    heads = {name: rows[0].data for name, rows in found.items()}
    titles = {name: one.title for name, one in results.study.meta_learning.items()}
    own = captions.listed(
        f"“{row.label}” for {titles[name]}: {titles[row.own[0]]}"
        for name, rows in found.items()
        for row in rows
        if row.own
    )
    last = f" The last column is the RNN trained on the test set’s own distribution ({own})."
    return figure, captions.common(results, experiments, heads, every) | {
        "own": last if own else "",
        "missing": missing(results.study),
        "instances": captions.counts(every),
        "test_sets": "; ".join(
            f"{titles[name]}: "
            + ", ".join(f"{row.label} ({row.data.sizes['instance']})" for row in rows)
            for name, rows in found.items()
        ),
    }


def _wrapped(label: str) -> str:
    """Two lines for a column's heading where it has two words or more."""
    if "\n" in label:
        return label
    if " / " in label:
        return label.replace(" / ", " /\n")
    return "\n".join(label.split(" ", 1))
