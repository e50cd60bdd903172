"""Figure 2: the network unrolled in time over the circuit, with the numbers of a real roll-out."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from figures import captions, style
from figures import results as read
from figures.circuits import COLOURS, SYMBOLS
from replication.errors import UserError
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import MAIN, starts_for, trace_job_of
from replication.starts import NETWORK, Followed
from replication.study import Study
from replication.workflow import Need

SHOWN = 3
"""steps drawn before the dots; the last one follows them"""
INSTANCE = 0
RNN = style.LOOKS["lstm"].colour
QUIET, INK, FILL = "#767676", "#222222", "#f4f4f4"
FONT = 7.5

HEIGHT, STRIP = 2.62, 1.45
"""inches: the schematic, the axes beneath it"""
RNN_AT, BARS_AT, CIRCUIT_AT, COST_AT, TERM_AT = 2.28, 1.72, 1.17, 0.72, 0.27
"""inches above the schematic's lower edge: middles of its rows"""
BOX = 0.92
"""inches: width of a step's boxes"""


class RollOut(NamedTuple):
    """One roll-out: angles `(T, k)`, costs `(T,)`, the start and its cost, names of the angles."""

    points: np.ndarray
    costs: np.ndarray
    start: np.ndarray
    start_cost: float
    start_queried: bool
    names: list[str]

    @property
    def best_before(self) -> np.ndarray:
        """Lowest cost before each query, the start's included."""
        return np.minimum.accumulate([self.start_cost, *self.costs[:-1]])

    @property
    def terms(self) -> np.ndarray:
        """What each query adds to the meta-loss, min(y_t - min_{j<t} y_j, 0)."""
        return np.minimum(self.costs - self.best_before, 0)

    def colour(self, angle: int) -> str:
        """Colour of an angle's kind."""
        families = list(dict.fromkeys(name.rpartition("_")[0] for name in self.names))
        return COLOURS[families.index(self.names[angle].rpartition("_")[0]) % len(COLOURS)]


def _roll_out(
    results: read.Results, name: str, chosen: tuple[str, str], trace: xr.Dataset
) -> RollOut:
    """The chosen network's queries on one instance, costs as the network is given them."""
    experiment, (learner, seed) = results.experiment(name), chosen
    size = experiment.headline_size
    problem = experiment.problem.from_dataset(
        results.instances(name, size)[size].to_dataset(), size
    )[INSTANCE]
    settings = experiment.learners[learner]
    scale = problem.normaliser if settings.norm == 1 else problem.two_norm
    one = trace.isel(seed=int(seed), instance=INSTANCE)
    one = one.transpose("suggestion", "parameter", ...)
    made = np.isfinite(one["suggested_energy"].values)
    points = one["suggested"].values[made]
    costs = (one["suggested_energy"].values[made] - problem.offset) / scale
    first = len(costs) - experiment.queries_of(learner)
    return RollOut(
        points=points[first:],
        costs=costs[first:],
        start=points[0] if first else np.zeros(points.shape[1]),
        start_cost=float(costs[0]) if first else 0.0,
        start_queried=bool(first),
        names=[str(parameter) for parameter in trace["parameter"].values],
    )


def _signed(value: float) -> str:
    """A number to three decimals, a tiny one to its first digit."""
    tiny = 0 < abs(value) < 5e-4
    return (f"{value:.1g}" if tiny else f"{value:.3f}").replace("-", "−")


def _text(ax: Axes, x: float, y: float, text: str, **more: Any) -> None:
    base: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": FONT, "color": INK}
    ax.text(x, y, text, **base | more)


def _box(ax: Axes, x: float, y: float, width: float, height: float, **more: Any) -> None:
    """A rounded box around a point."""
    base = {"facecolor": FILL, "edgecolor": QUIET, "linewidth": 0.8, "zorder": 2}
    look: dict[str, Any] = base | more
    corner = (x - width / 2, y - height / 2)
    ax.add_patch(
        FancyBboxPatch(corner, width, height, boxstyle="round,pad=0,rounding_size=0.05", **look)
    )


def _arrow(ax: Axes, *points: tuple[float, float], colour: str = INK) -> None:
    """An arrow along a path of straight pieces."""
    if len(points) > 2:
        xs, ys = zip(*points[:-1], strict=True)
        ax.plot(xs, ys, color=colour, linewidth=0.9, zorder=1, solid_joinstyle="round")
    ends: dict[str, Any] = {
        "shrinkA": 0,
        "shrinkB": 0,
        "color": colour,
        "linewidth": 0.9,
        "zorder": 1,
    }
    ax.add_patch(
        FancyArrowPatch(points[-2], points[-1], arrowstyle="-|>", mutation_scale=7, **ends)
    )


def _bars(ax: Axes, x: float, rolled: RollOut, theta: np.ndarray, largest: float) -> None:
    """The angles as bars around a zero line, all steps on one scale."""
    height = 0.34
    _box(ax, x, BARS_AT, BOX, height + 0.1, facecolor="white")
    step = (BOX - 0.16) / theta.size
    left = x - (BOX - 0.16) / 2
    ax.plot([left, left + step * theta.size], [BARS_AT] * 2, color=QUIET, linewidth=0.5, zorder=4)
    for angle, value in enumerate(theta):
        tall = 0.5 * height * value / largest
        place = (left + (angle + 0.15) * step, BARS_AT)
        ax.add_patch(Rectangle(place, 0.7 * step, tall, facecolor=rolled.colour(angle), zorder=3))


def _step(ax: Axes, x: float, t: int, rolled: RollOut, largest: float) -> None:
    """One query from top to bottom: network, angles, circuit, cost, its part of the meta-loss."""
    _box(ax, x, RNN_AT, BOX, 0.3, facecolor=RNN, edgecolor=RNN)
    _text(ax, x, RNN_AT, "RNN", color="white", weight="bold", zorder=3)
    _bars(ax, x, rolled, rolled.points[t - 1], largest)
    _box(ax, x, CIRCUIT_AT, BOX, 0.3)
    for offset in (-0.08, 0, 0.08):
        y = CIRCUIT_AT + offset
        ax.plot([x - BOX / 2, x + BOX / 2], [y, y], color="#cccccc", linewidth=0.6, zorder=2.5)
    back = {"facecolor": FILL, "edgecolor": "none", "pad": 0.8}
    _text(ax, x, CIRCUIT_AT, f"U($θ_{{{t}}}$), ⟨H⟩", bbox=back, zorder=3)
    _box(ax, x, COST_AT, BOX, 0.24, facecolor="white")
    _text(ax, x, COST_AT, f"$y_{{{t}}}$ = {_signed(rolled.costs[t - 1])}", zorder=3)
    term = rolled.terms[t - 1]
    _text(ax, x, TERM_AT, _signed(term) if term else "0", color=RNN)
    for above, below in (
        (RNN_AT - 0.15, BARS_AT + 0.22),
        (BARS_AT - 0.22, CIRCUIT_AT + 0.15),
        (CIRCUIT_AT - 0.15, COST_AT + 0.12),
        (COST_AT - 0.12, TERM_AT + 0.1),
    ):
        _arrow(ax, (x, above), (x, below))
    _text(ax, x + 0.05, (RNN_AT + BARS_AT) / 2 + 0.035, f"$θ_{{{t}}}$", ha="left")


def _feedback(ax: Axes, right: float, into: float, label: str) -> None:
    """Angles and cost of one step, joined, to the next network; and its memory above."""
    left_of = into - 0.14
    _arrow(
        ax,
        (right, COST_AT),
        (left_of, COST_AT),
        (left_of, RNN_AT - 0.07),
        (into, RNN_AT - 0.07),
    )
    ax.plot([right, left_of], [BARS_AT] * 2, color=INK, linewidth=0.9, zorder=1)
    ax.plot(left_of, BARS_AT, "o", color=INK, markersize=2.5)
    _arrow(ax, (right, RNN_AT + 0.07), (into, RNN_AT + 0.07), colour=RNN)
    _text(ax, (right + into) / 2, RNN_AT + 0.16, label, color=RNN)


def _schematic(ax: Axes, rolled: RollOut, left: float) -> None:
    total = len(rolled.costs)
    steps = list(range(1, total + 1))
    if total > SHOWN + 1:
        steps = [*range(1, SHOWN + 1), total]
    columns = len(steps) + (len(steps) < total) * 0.75
    # Steps are placed evenly between the start at the left and the sum at the right.
    first, last = left + 0.55, style.WIDTH - 0.98
    pitch = (last - first) / columns
    places = {
        t: first + pitch * (index + 0.5 + 0.75 * (t == total and len(steps) < total))
        for index, t in enumerate(steps)
    }
    largest = float(np.abs(rolled.points[[t - 1 for t in steps]]).max()) or 1.0
    for t, x in places.items():
        _step(ax, x, t, rolled, largest)
    half = BOX / 2
    into = places[1] - half
    for y, text, colour in (
        (RNN_AT + 0.07, "$h_0$ = 0", RNN),
        (RNN_AT - 0.07, "$θ_0$, $y_0$", INK),
    ):
        _arrow(ax, (into - 0.22, y), (into, y), colour=colour)
        _text(ax, into - 0.25, y, text, ha="right", color=colour)
    for t, after in itertools.pairwise(steps):
        if after == t + 1:
            _feedback(ax, places[t] + half, places[after] - half, f"$h_{{{t}}}$")
            continue
        middle = (places[t] + places[after]) / 2
        _feedback(ax, places[t] + half, middle - 0.2, f"$h_{{{t}}}$")
        for y in (RNN_AT, BARS_AT, CIRCUIT_AT, COST_AT):
            _text(ax, middle + 0.02, y, "…", fontsize=11)
        into = places[after] - half
        _arrow(ax, (into - 0.24, RNN_AT + 0.07), (into, RNN_AT + 0.07), colour=RNN)
        _text(ax, into - 0.14, RNN_AT + 0.16, f"$h_{{{after - 1}}}$", color=RNN)
        _arrow(ax, (into - 0.24, RNN_AT - 0.07), (into, RNN_AT - 0.07))
    # The meta-loss is the sum of the last row.
    for t, after in itertools.pairwise(steps):
        sign = "+" if after == t + 1 else "+  …  +"
        _text(ax, (places[t] + places[after]) / 2, TERM_AT, sign)
    _text(ax, places[total] + half + 0.02, TERM_AT, "=")
    end = style.WIDTH - 0.06
    loss = f"L = {_signed(rolled.terms.sum())}"
    _text(ax, end, TERM_AT, loss, ha="right", weight="bold", color=RNN)
    _text(ax, end, TERM_AT + 0.2, "meta-loss", ha="right", color=RNN)
    _text(ax, left, TERM_AT, "improves", ha="left", color=RNN)
    for y, text in ((BARS_AT, "angles"), (CIRCUIT_AT, "circuit"), (COST_AT, "cost")):
        _text(ax, left, y, text, ha="left", color=QUIET)


def _strip(ax: Axes, rolled: RollOut) -> None:
    """All costs against the query, the best so far, and what each query improves on it."""
    query = np.arange(len(rolled.costs) + 1)
    costs = np.array([rolled.start_cost, *rolled.costs])
    best = np.minimum.accumulate(costs)
    ax.plot(query, best, drawstyle="steps-post", color=INK, linewidth=1.2, label="best so far")
    for t, (before, term) in enumerate(zip(rolled.best_before, rolled.terms, strict=True), start=1):
        if term:
            label = "improvement" if t == int(np.flatnonzero(rolled.terms)[0]) + 1 else None
            ax.plot(
                [t, t],
                [before, before + term],
                color=RNN,
                alpha=0.3,
                lw=5,
                label=label,
                solid_capstyle="butt",
                zorder=1,
            )
    ax.plot(query[1:], rolled.costs, "o", color=RNN, label="$y_t$", zorder=4)
    start = "$y_0$, queried" if rolled.start_queried else "$y_0$, known without a query"
    ax.plot(0, rolled.start_cost, "o", color=RNN, markerfacecolor="white", label=start, zorder=4)
    ax.set_xlim(-0.4, query[-1] + 0.4)
    ax.set_xticks(range(0, len(query), -(-len(query) // 12)))
    ax.set_xlabel("query t of the roll-out")
    ax.set_ylabel("cost y")
    ax.legend(loc="best", ncols=2)


def needs(study: Study) -> list[Need] | None:
    """The first headline experiment's networks, where they are tested."""
    if not study.headlines:
        return None
    name, experiment = next(iter(study.headlines.items()))
    size = {"experiment": name, "set": experiment.headline_size}
    starts = [Followed(NETWORK, learner).name for learner in experiment.candidates]
    if not set(starts) <= set(starts_for(study, name, experiment.headline_size)):
        return None
    traces = [("traces", size | {"protocol": MAIN, "starts": trace_job_of(one)}) for one in starts]
    return [read.statistics_of(study, name), ("instances", size), *traces]


def draw(results: read.Results) -> tuple[Figure, Mapping[str, object]]:
    """The figure from the first headline experiment, and the fields of its caption."""
    name, experiment = next(iter(results.study.headlines.items()))
    size = experiment.headline_size
    statistics = results.statistics(name, size)
    chosen = read.chosen(statistics)
    if not all(chosen):
        raise UserError(
            f"experiment {name!r} compares no network, so that no roll-out can be drawn"
        )
    trace = results.suggested(name, size, Followed(NETWORK, chosen[0]))
    rolled = _roll_out(results, name, chosen, trace)
    height = HEIGHT + STRIP + 0.1
    figure = Figure(figsize=(style.WIDTH, height))
    figure.set_layout_engine("none")
    ax = figure.add_axes((0, 1 - HEIGHT / height, 1, HEIGHT / height))
    ax.set(xlim=(0, style.WIDTH), ylim=(0, HEIGHT))
    ax.set_axis_off()
    _schematic(ax, rolled, 0.08)
    below = figure.add_axes(
        (0.62 / style.WIDTH, 0.42 / height, 1 - 0.75 / style.WIDTH, (STRIP - 0.42) / height)
    )
    _strip(below, rolled)
    return figure, _fields(results, experiment, chosen, rolled, [statistics, trace])


def _fields(
    results: read.Results,
    experiment: MetaLearning,
    chosen: tuple[str, str],
    rolled: RollOut,
    data: Sequence[xr.Dataset],
) -> dict[str, object]:
    families = dict.fromkeys(name.rpartition("_")[0] for name in rolled.names)
    learner = experiment.learners[chosen[0]]
    residual = learner.form == "residual"
    return {
        "title": experiment.title,
        "size": experiment.problem.size_text(experiment.headline_size),
        "instance": INSTANCE + 1,
        "chosen": captions.network_text(data[0]),
        "map": "adds its output to θ_{t−1}" if residual else "puts out θ_t itself",
        "start": f"queried, y₀ = {_signed(rolled.start_cost)}"
        if rolled.start_queried
        else "θ₀ = 0, whose y₀ = 0 is known without a query",
        "angles": ", ".join(SYMBOLS.get(one, one).replace("$", "") for one in families),
        "unit": experiment.problem.angle_unit,
        "low": _signed(rolled.points.min()),
        "high": _signed(rolled.points.max()),
        "queries": len(rolled.costs),
        "best": _signed(min(rolled.start_cost, rolled.costs.min())),
        "start_cost": _signed(rolled.start_cost),
        "loss": _signed(rolled.terms.sum()),
        "trained": learner.loss.replace("_", " "),
        "provenance": captions.provenance(data),
    }
