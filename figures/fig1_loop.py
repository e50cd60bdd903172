"""Figure 1: the variational loop of each problem class, around the real circuit of an instance."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch

from figures import results as read
from figures import style
from figures.circuits import (
    COLOURS,
    FILL,
    INK,
    QUIET,
    SYMBOLS,
    Drawn,
    draw_circuit,
    draw_legend,
    gates,
    pack,
    pitch_of,
    put_pieces,
    put_text,
    signed,
)
from replication.kinds.meta_learning import MetaLearning
from replication.problems.base import ProblemClass
from replication.study import Study, digest
from replication.workflow import Need

# Inches from the left: instance, circuit, cost, optimiser (from, to).
INSTANCE, CIRCUIT, COST, OPTIMISER = (0.1, 1.2), (1.5, 4.95), (5.22, 5.98), (6.22, 6.92)
TITLE, LOOP, HEAD, GAP = 0.24, 0.36, 0.24, 0.03
"""inches: heights of a row's title, of the way back beneath it, of the figure's head; gap"""


def _drawn(results: read.Results, experiment: MetaLearning) -> Drawn:
    """An instance of a class's default ensemble and its circuit of one layer at the heuristic.

    There is no training set here to rescale the ramp's γ on, as the study's start does for SK.
    """
    import jax.numpy as jnp

    from replication.seeds import key_for

    kind = experiment.problem.kind
    size = experiment.problem.example_size
    axes = ("instances", kind, "drawn", size, 0, 0)
    default: ProblemClass = type(experiment.problem).model_validate({})
    problem = default.at(size).sample(key_for(results.study.seed, *axes))
    ansatz: Any = experiment.problem.circuit(problem, 1)
    theta = np.asarray(ansatz.heuristic(), float)
    energy = float(ansatz.energy(jnp.asarray(theta)))
    columns = pack(gates(ansatz, theta), layered=experiment.problem.neutral_at_zero)
    return Drawn(experiment, problem, ansatz, theta, energy, columns)


def _box(
    ax: Axes, left: float, right: float, low: float, high: float, face: str = FILL, **more: Any
) -> None:
    style_ = "round,pad=0,rounding_size=0.06"
    size: dict[str, Any] = {"linewidth": 0.8, "edgecolor": QUIET, "zorder": 0} | more
    box = FancyBboxPatch(
        (left, low), right - left, high - low, boxstyle=style_, facecolor=face, **size
    )
    ax.add_patch(box)


def _arrow(ax: Axes, *points: tuple[float, float]) -> None:
    """An arrow along a path of straight pieces."""
    xs, ys = zip(*points, strict=True)
    ax.plot(xs[:-1], ys[:-1], color=INK, linewidth=1.0, solid_joinstyle="round")
    ax.add_patch(
        FancyArrowPatch(
            points[-2],
            points[-1],
            arrowstyle="-|>",
            mutation_scale=8,
            linewidth=1.0,
            color=INK,
            shrinkA=0,
            shrinkB=0,
        )
    )


# --- the instance


def _graph(ax: Axes, row: Drawn, low: float, high: float) -> None:
    """Nodes on a circle; width of an edge as |J|, negative ones dashed."""
    problem: Any = row.problem
    couplings = np.asarray(problem.couplings)
    count = len(couplings)
    middle, radius = (sum(INSTANCE) / 2, (low + high) / 2), 0.4
    around = math.pi * (0.75 - 2 * np.arange(count) / count)
    x, y = middle[0] + radius * np.cos(around), middle[1] + radius * np.sin(around)
    largest = np.abs(couplings).max()
    for i, j in zip(*np.nonzero(np.triu(couplings)), strict=True):
        width = 0.5 + 1.7 * abs(couplings[i, j]) / largest
        line = "-" if couplings[i, j] > 0 else (0, (2, 1.2))
        ax.plot(x[[i, j]], y[[i, j]], color=COLOURS[0], linewidth=width, linestyle=line, zorder=1)
    for node in range(count):
        ax.add_patch(Circle((x[node], y[node]), 0.1, facecolor="white", edgecolor=INK, zorder=2))
        put_text(ax, x[node], y[node] - 0.005, str(node), zorder=3)


def _lattice(ax: Axes, row: Drawn, low: float, high: float) -> None:
    """Sites on a grid; bonds and sites in the colours of the angles that treat them."""
    problem: Any = row.problem
    width, height = problem.shape
    left, bottom = sum(INSTANCE) / 2 - 0.3 * (width - 1), (low + high) / 2 - 0.3 * (height - 1)
    places = [
        (left + 0.6 * (site % width), bottom + 0.6 * (height - 1 - site // width))
        for site in range(width * height)
    ]
    for family, bonds in zip(("T_h", "T_v"), problem.bonds, strict=True):
        for pair in bonds:
            xs, ys = zip(*(places[site] for site in pair), strict=True)
            colour = COLOURS[row.families.index(family)]
            ax.plot(xs, ys, color=colour, linewidth=2.2, zorder=1)
            if pair == bonds[0]:
                across = family == "T_h"
                x, y = np.mean(xs), np.mean(ys)
                put_text(
                    ax,
                    x - (0 if across else 0.07),
                    y + (0.1 if across else 0),
                    "t",
                    ha="center" if across else "right",
                    color=colour,
                    style="italic",
                )
    colour = COLOURS[row.families.index("V")]
    for number, (x, y) in enumerate(places):
        ax.add_patch(Circle((x, y), 0.125, facecolor="white", edgecolor=colour, lw=1.6, zorder=2))
        put_text(ax, x, y, f"{number}", zorder=3)
    put_text(ax, places[-1][0] + 0.2, places[-1][1] - 0.12, "U", color=colour, style="italic")


# --- the loop


def _title(row: Drawn) -> str:
    problem: Any = row.problem
    name = row.experiment.problem.title
    if row.is_lattice:
        return (
            f"{name}: {problem.shape[0]} × {problem.shape[1]} sites, t = {problem.t:.2f}, "
            f"U = {problem.u:.2f}, one Trotter step"
        )
    edges = np.count_nonzero(np.triu(problem.couplings))
    return f"{name}: n = {problem.num_spins}, {edges} {row.experiment.problem.terms}, p = 1"


def _body(row: Drawn) -> float:
    """Height of a row's circuit."""
    return pitch_of(row) * row.wires + 0.1


def _height(row: Drawn) -> float:
    return TITLE + _body(row) + (0.2 if row.is_lattice else 0) + LOOP + GAP


def _row(ax: Axes, row: Drawn, top: float) -> None:
    put_text(ax, INSTANCE[0], top - TITLE / 2, _title(row), ha="left", weight="bold")
    high = top - TITLE
    low = high - _body(row)
    bottom = low - (0.2 if row.is_lattice else 0)
    middle = (low + high) / 2
    (_lattice if row.is_lattice else _graph)(ax, row, low, high)
    _box(ax, *CIRCUIT, bottom, high)
    draw_circuit(ax, row, CIRCUIT, high)
    if row.is_lattice:
        draw_legend(ax, row, CIRCUIT, bottom + 0.13)
    _box(ax, *COST, middle - 0.4, middle + 0.4, "white")
    cost = sum(COST) / 2
    put_text(ax, cost, middle + 0.24, "measure H")
    put_text(ax, cost, middle, f"⟨H⟩ = {signed(row.energy)}")
    put_text(ax, cost, middle - 0.22, f"y = {signed(row.cost)}")
    _box(ax, *OPTIMISER, middle - 0.4, middle + 0.4, "white")
    optimiser = sum(OPTIMISER) / 2
    put_text(ax, optimiser, middle, "classical\noptimiser:\nnext θ", linespacing=1.5)
    _arrow(ax, (INSTANCE[1], middle), (CIRCUIT[0] - 0.02, middle))
    put_text(ax, (INSTANCE[1] + CIRCUIT[0]) / 2 - 0.02, middle + 0.1, "H")
    _arrow(ax, (CIRCUIT[1], middle), (COST[0] - 0.02, middle))
    _arrow(ax, (COST[1], middle), (OPTIMISER[0] - 0.02, middle))
    back, enter = bottom - 0.2, CIRCUIT[0] + 0.35
    _arrow(ax, (optimiser, middle - 0.4), (optimiser, back), (enter, back), (enter, bottom - 0.02))
    pieces = [("θ = (", INK)]
    for angle, name in enumerate(row.ansatz.parameter_names):
        symbol = SYMBOLS.get(name.rpartition("_")[0], name)
        comma = ", " if angle + 1 < row.theta.size else ""
        text = f"{symbol} = {signed(row.theta[angle])}{comma}"
        pieces.append((text, row.colour(angle)))
    unit = row.experiment.problem.angle_unit.replace("exponent units", "gate exponents")
    put_pieces(ax, sum(CIRCUIT) / 2 + 0.3, back, [*pieces, (f") {unit}", INK)])


def needs(study: Study) -> list[Need] | None:
    """It computes what it shows, of the classes of the headline experiments."""
    return [] if study.headlines else None


def draw(results: read.Results) -> tuple[Figure, Mapping[str, object]]:
    """A row for each class of the study, and the fields of the caption."""
    by_kind: dict[str, MetaLearning] = {}
    for one in results.study.headlines.values():
        by_kind.setdefault(one.problem.kind, one)
    rows = [_drawn(results, one) for one in by_kind.values()]
    height = HEAD + sum(_height(row) for row in rows)
    figure = Figure(figsize=(style.WIDTH, height))
    figure.set_layout_engine("none")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, style.WIDTH), ylim=(0, height))
    ax.set_axis_off()
    for place, text in (
        (INSTANCE, "instance"),
        (CIRCUIT, "quantum circuit"),
        (COST, "cost"),
        (OPTIMISER, "classical part"),
    ):
        put_text(ax, sum(place) / 2, height - HEAD / 2, text, color=QUIET, fontsize=8)
    top = height - HEAD
    for row in rows:
        _row(ax, row, top)
        top -= _height(row)
    return figure, {
        "classes": "; ".join(_title(row) for row in rows),
        "notes": " ".join(_notes(row) for row in rows),
        "digest": digest(results.study),
    }


def _notes(row: Drawn) -> str:
    """What the caption says about one class."""
    scale = f"Σ|α| = {row.problem.normaliser:.2f}"
    count, label = sum(map(len, row.columns)), row.experiment.problem.label
    if row.is_lattice:
        spins = f"modes 0↑ … {row.wires // 2 - 1}↓, all spin up first"
        swaps = any(gate.name == "fswap" for column in row.columns for gate in column)
        carried = "fermionic swaps carry the modes from wire to wire, so that partners meet; "
        return (
            f"{label}: the whole circuit, {count} gates on {row.wires} qubits ({spins}), "
            "at the adiabatic angles; Givens rotations prepare the ground state of the hopping "
            f"term; {carried if swaps else ''}identity part of H {row.problem.offset:.2f}, {scale}."
        )
    if not row.experiment.problem.scaled_heuristic:
        return f"{label}: linear ramp, {scale}."
    return (
        f"{label}: linear ramp as for unit weights, the γ of which the study's start "
        f"rescales on the training set, {scale}; width of an edge as the size of J, dashed where "
        "J < 0."
    )
