"""Transfer: the networks and the strongest other start outside the training distribution."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import matplotlib as mpl
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures import captions, marks, style
from figures import results as read
from figures.named import BEST, strongest
from figures.results import Point
from replication.kinds.meta_learning import MetaLearning
from replication.starts import NETWORKS
from replication.study import Study
from replication.variations import held_out
from replication.workflow import Need

ROW, HEAD = 0.2, 0.27
"""inches: one test set; title of a block"""
TEXT = 6.5
"""points, of labels"""
LOW, HIGH = 0.2, 100.0
"""ends of the axis of ratios"""
SHIFT = 0.24
"""rows by which markers of a row are apart"""


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


def _shown(rows: Sequence[Row]) -> list[str]:
    return [name for name in NETWORKS if any(name in row.data.start for row in rows)]


def _errors(ax: Axes, rows: Sequence[Row], target: float) -> list[Point]:
    """Errors in per cent of the networks, the strongest other start, and the set's own network."""
    drawn = []

    def mark(data: xr.Dataset, start: str, place: float, look: style.Look) -> None:
        value = read.per_cent(read.point(data.sel(start=start), "error_after_queries_median"))
        marks.mark(ax, place, value, look, marks.Ends(100 * style.FLOOR, math.inf, math.inf))
        drawn.append(value)

    for height, row in enumerate(rows):
        for order, network in enumerate(_shown(rows)):
            if network in row.data.start:
                mark(row.data, network, height + (order - 1) * SHIFT, style.LOOKS[network])
        best = strongest(row.data, target)
        if best:
            mark(row.data, best, height + SHIFT, BEST)
        if row.own and "lstm" in row.own[1].start:
            look = style.LOOKS["lstm"]._replace(marker="*")
            mark(row.own[1], "lstm", height, look)
    return drawn


def _ratios(ax: Axes, rows: Sequence[Row], target: float, threshold: float) -> None:
    """Queries of the strongest other start over each network's; filled where established."""
    for height, row in enumerate(rows):
        best = strongest(row.data, target)
        for order, network in enumerate(_shown(rows)):
            if best is None or network not in row.data.start:
                continue
            one = row.data.sel(start=best, target=target)
            value, bound = read.queries_ratio(one, own=network)
            arrow = "up" if math.isinf(value.middle) else "down" if value.middle == 0 else ""
            if arrow:
                value = value._replace(middle=bound)
            kept = Point(*(min(max(each, LOW), HIGH) for each in value))
            look, place = style.LOOKS[network], height + (order - 0.5) * SHIFT
            if math.isnan(value.middle):
                continue
            marks.mark(ax, place, kept, look, marks.Ends(LOW, math.inf, math.inf), arrow=arrow)
            if not arrow and not value.low >= threshold:
                # Hollow: the interval does not exclude a smaller ratio.
                ax.plot(kept.middle, place, look.marker, markersize=2.6, color="white", zorder=5)


def _block(axes: Sequence[Axes], rows: Sequence[Row], results: read.Results) -> list[Point]:
    claims = results.study.claims
    left, right = axes
    drawn = _errors(left, rows, claims.target)
    _ratios(right, rows, claims.target, claims.queries_ratio)
    left.axvline(100 * claims.growth, color="#444444", linewidth=0.6, linestyle="--", zorder=1)
    right.axvline(1, color="#444444", linewidth=0.6, zorder=1)
    right.axvline(claims.queries_ratio, color="#444444", linewidth=0.6, linestyle="--", zorder=1)
    right.set_xlim(LOW / 1.2, 1.2 * HIGH)
    for ax in axes:
        ax.set_xscale("log")
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.grid(axis="y", visible=False)
        ax.tick_params(axis="y", length=0)
        ax.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:g}"))
        ax.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
        trained = sum(row.trained for row in rows)
        ax.axhspan(-0.5, trained - 0.5, color="#eeeeee", linewidth=0, zorder=0)
    left.set_yticks(range(len(rows)), [row.label for row in rows], fontsize=TEXT)
    right.set_yticks([])
    return drawn


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
    heights = [HEAD + ROW * len(rows) for rows in found.values()]
    figure = Figure(figsize=(style.COLUMN, 0.95 + sum(heights)))
    grid = figure.subplots(len(found), 2, squeeze=False, height_ratios=heights)
    drawn: list[Point] = []
    for axes, (name, rows) in zip(grid, found.items(), strict=True):
        drawn += _block(axes, rows, results)
        axes[0].set_title(experiments[name].title, loc="left", weight="bold", fontsize=7)
    values = [end for value in drawn for end in value if math.isfinite(end) and end > 0]
    for left, right in grid:
        left.set_xlim(max(min(values) / 1.5, 1e-3), 1.5 * max(values))
        for ax in (left, right):
            ax.tick_params(labelbottom=left is grid[-1, 0])
    grid[-1, 0].set_xlabel("error (%)")
    grid[-1, 1].set_xlabel("queries ratio")
    every = [row.data for rows in found.values() for row in rows]
    handles = [
        Line2D([], [], color=style.LOOKS[n].colour, marker="o", linewidth=1.4, label=label)
        for n, label in read.labels(every, NETWORKS).items()
    ]
    handles.append(
        Line2D([], [], color=BEST.colour, marker=BEST.marker, label="strongest other start")
    )
    if any(row.own for rows in found.values() for row in rows):
        look = style.LOOKS["lstm"]
        label = "RNN trained on that distribution"
        handles.append(Line2D([], [], color=look.colour, marker="*", linestyle="none", label=label))
    figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=TEXT)
    return figure, _fields(results, found)


def _fields(results: read.Results, found: dict[str, list[Row]]) -> dict[str, object]:
    study, experiments = results.study, transferred(results.study)
    every = [row.data for rows in found.values() for row in rows]
    heads = {name: rows[0].data for name, rows in found.items()}
    titles = {name: one.title for name, one in study.meta_learning.items()}
    own = captions.listed(
        f"“{row.label}” for {titles[name]}: {titles[row.own[0]]}"
        for name, rows in found.items()
        for row in rows
        if row.own
    )
    last = f" Stars: the RNN trained on the test set’s own distribution ({own})."
    return captions.common(results, experiments, heads, every) | {
        "own": last if own else "",
        "missing": missing(study),
        "growth": f"{100 * study.claims.growth:g} %",
        "queries_ratio": f"{study.claims.queries_ratio:g}",
        "instances": captions.counts(every),
        "strongest": "; ".join(
            f"{titles[name]}: "
            + ", ".join(
                f"{row.label} “{read.label(row.data, best)}”"
                for row in rows
                for best in [strongest(row.data, study.claims.target)]
                if best
            )
            for name, rows in found.items()
        ),
        "test_sets": "; ".join(
            f"{titles[name]}: "
            + ", ".join(f"{row.label} ({row.data.sizes['instance']})" for row in rows)
            for name, rows in found.items()
        ),
    }
