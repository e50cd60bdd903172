"""Figure 1: the variational loop of each problem class, around the real circuit of an instance."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, HPacker, TextArea
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Rectangle

from figures import classes, style
from figures import results as read
from replication.study import Experiment, Study, digest
from replication.workflow import Need

if TYPE_CHECKING:
    from replication.ansatze.base import Ansatz
    from replication.problems.base import Problem

SIZES = {"maxcut": "4", "sk": "4", "hubbard": "2x2"}
"""size of the instance drawn of each class"""
COLOURS = ("#0072B2", "#009E73", "#CC79A7", "#E69F00")
"""of the kinds of angles: γ, β or T_h, T_v, V"""
QUIET, INK, FILL = "#767676", "#222222", "#f4f4f4"
SYMBOLS = {"gamma": "γ", "beta": "β", "T_h": "$T_h$", "T_v": "$T_v$", "V": "V"}
FONT = 7.5

# Inches from the left: instance, circuit, cost, optimiser (from, to).
INSTANCE, CIRCUIT, COST, OPTIMISER = (0.1, 1.2), (1.5, 4.95), (5.22, 5.98), (6.22, 6.92)
TITLE, LOOP, HEAD, GAP = 0.24, 0.36, 0.24, 0.03
"""inches: heights of a row's title, of the way back beneath it, of the figure's head; gap"""


class Gate(NamedTuple):
    """One gate of a circuit: what it is, on which wires, and which angles it depends on."""

    name: str
    wires: tuple[int, ...]
    angles: tuple[int, ...]
    turn: float
    """Its angle in the ansatz's convention, as in exp(-i turn ZZ); NaN where it has none."""


class Drawn(NamedTuple):
    """A class's row: settings, instance, circuit and numbers."""

    experiment: Experiment
    problem: "Problem"
    ansatz: "Ansatz"
    theta: np.ndarray
    energy: float
    columns: list[list[Gate]]

    @property
    def kind(self) -> str:
        """Kind of problem."""
        return self.problem.kind

    @property
    def families(self) -> list[str]:
        """Kinds of angles: gamma, beta or T_h, T_v, V."""
        names = (name.rpartition("_")[0] for name in self.ansatz.parameter_names)
        return list(dict.fromkeys(names))

    @property
    def wires(self) -> int:
        """Number of qubits."""
        return 1 + max(wire for column in self.columns for gate in column for wire in gate.wires)

    @property
    def cost(self) -> float:
        """y, what the network is told."""
        return (self.energy - self.problem.offset) / self.problem.normaliser

    def colour(self, *angles: int) -> str:
        """Colour of an angle's kind; grey for none, black for several."""
        if len(angles) != 1:
            return INK if angles else QUIET
        family = self.ansatz.parameter_names[angles[0]].rpartition("_")[0]
        return COLOURS[self.families.index(family) % len(COLOURS)]


def gates(ansatz: "Ansatz", theta: np.ndarray) -> list[Gate]:
    """The gates of `ansatz.to_cirq(theta)` in order, those left out that do nothing at any angles.

    What a gate depends on is found by moving one angle after the other.
    """
    import cirq

    moved = [ansatz.to_cirq(theta + 0.1 * row) for row in np.eye(theta.size)]
    others = [list(circuit.all_operations()) for circuit in moved]
    circuit = ansatz.to_cirq(theta)
    circuit_wires = sorted(circuit.all_qubits())
    found = []
    for index, operation in enumerate(circuit.all_operations()):
        # Approximately, for a level at zero turns with its angle by a rounding error.
        angles = tuple(
            k
            for k, other in enumerate(others)
            if not cirq.approx_eq(other[index], operation, atol=1e-9)
        )
        exponent = float(getattr(operation.gate, "exponent", 1.0))
        if not angles and abs(exponent) < 1e-9:
            continue
        wires = tuple(circuit_wires.index(qubit) for qubit in operation.qubits)
        name = _name(operation.gate)
        # Cirq's ZZ**t and X**t turn by π t/2 in exp(-i turn P).
        turn = math.pi * exponent / 2 if name in ("ZZ", "RX", "RZ") else math.nan
        found.append(Gate(name, wires, angles, turn))
    return found


def _name(gate: Any) -> str:
    import cirq

    kinds = (
        (cirq.Rx, "RX"),
        (cirq.Rz, "RZ"),
        (cirq.ZZPowGate, "ZZ"),
        (cirq.CZPowGate, "CZ"),
        (cirq.PhasedISwapPowGate, "Givens"),
        (cirq.ISwapPowGate, "hop"),
        (cirq.HPowGate, "H"),
        (cirq.XPowGate, "X"),
        (cirq.ZPowGate, "Z"),
    )
    found = next((name for kind, name in kinds if isinstance(gate, kind)), None)
    return found or ("fswap" if "SWAP" in str(gate).upper() else str(gate))


def pack(found: Sequence[Gate], *, layered: bool) -> list[list[Gate]]:
    """Columns of gates whose spans do not cross, each gate as far left as its wires allow.

    Where `layered`, for a single layer of QAOA, all gates of one angle come before those of the
    next, each angle's in columns of its own.
    """
    free: dict[int, int] = {}
    columns: list[list[Gate]] = []
    wall = 0
    last: tuple[int, ...] = ()
    if layered:
        found = sorted(found, key=lambda gate: gate.angles)
    for gate in found:
        if layered and gate.angles != last:
            wall, last = len(columns), gate.angles
        span = range(min(gate.wires), max(gate.wires) + 1)
        at = max(wall, *(free.get(wire, 0) for wire in span))
        free.update(dict.fromkeys(span, at + 1))
        columns.extend([] for _ in range(at + 1 - len(columns)))
        columns[at].append(gate)
    return columns


def _drawn(results: read.Results, experiment: Experiment) -> Drawn:
    """An instance of a class's default law, its circuit of one layer at the class heuristic.

    There is no training set here to rescale the ramp's γ on, as the study's start does for SK.
    """
    import jax.numpy as jnp

    from replication.classes import ansatz_for, ensemble_for
    from replication.seeds import key_for

    kind = experiment.problem.kind
    law = ensemble_for(type(experiment.problem)(), SIZES[kind])
    axes = ("instances", kind, "drawn", SIZES[kind], 0, 0)
    problem = law.sample(key_for(results.study.seed, *axes))
    ansatz = ansatz_for(experiment.model_copy(update={"depth": 1}), problem)
    theta = np.asarray(ansatz.heuristic(), float)
    energy = float(ansatz.energy(jnp.asarray(theta)))
    columns = pack(gates(ansatz, theta), layered=kind != "hubbard")
    return Drawn(experiment, problem, ansatz, theta, energy, columns)


def _text(ax: Axes, x: float, y: float, text: str, **more: Any) -> None:
    look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": FONT, "color": INK}
    ax.text(x, y, text, **look | more)


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


def _pieces(
    ax: Axes,
    x: float,
    y: float,
    pieces: Sequence[tuple[str, str]],
    sep: float = 1.5,
    face: str = "white",
) -> None:
    """Pieces of text in their colours, `sep` points apart, in one line centred at a point."""
    areas: list[Artist] = [
        TextArea(text, textprops={"color": c, "fontsize": FONT}) for text, c in pieces
    ]
    line = HPacker(children=areas, pad=0, sep=sep, align="baseline")
    back = {"edgecolor": "none", "facecolor": face}
    ax.add_artist(AnnotationBbox(line, (x, y), frameon=True, pad=0.15, bboxprops=back))


# --- the instance


def _graph(ax: Axes, row: Drawn, low: float, high: float) -> None:
    """Nodes on a circle; width of an edge as |J|, negative ones dashed."""
    problem: Any = row.problem
    couplings = np.asarray(problem.couplings)
    count = len(couplings)
    middle, radius = (sum(INSTANCE) / 2, (low + high) / 2), 0.4
    turn = math.pi * (0.75 - 2 * np.arange(count) / count)
    x, y = middle[0] + radius * np.cos(turn), middle[1] + radius * np.sin(turn)
    largest = np.abs(couplings).max()
    for i, j in zip(*np.nonzero(np.triu(couplings)), strict=True):
        width = 0.5 + 1.7 * abs(couplings[i, j]) / largest
        line = "-" if couplings[i, j] > 0 else (0, (2, 1.2))
        ax.plot(x[[i, j]], y[[i, j]], color=COLOURS[0], linewidth=width, linestyle=line, zorder=1)
    for node in range(count):
        ax.add_patch(Circle((x[node], y[node]), 0.1, facecolor="white", edgecolor=INK, zorder=2))
        _text(ax, x[node], y[node] - 0.005, str(node), zorder=3)


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
                _text(
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
        _text(ax, x, y, f"{number}", zorder=3)
    _text(ax, places[-1][0] + 0.2, places[-1][1] - 0.12, "U", color=colour, style="italic")


# --- the circuit


def _pitch(row: Drawn) -> float:
    """Inches from wire to wire."""
    return 0.3 if row.wires <= 5 else 0.185


def _circuit(ax: Axes, row: Drawn, high: float) -> None:
    """Wires with their gates, wire 0 on top; angles written on the gates where there is room."""
    left, right = CIRCUIT[0] + 0.32, CIRCUIT[1] - 0.08
    pitch = _pitch(row)
    heights = [high - 0.05 - pitch * (wire + 0.5) for wire in range(row.wires)]
    for wire, y in enumerate(heights):
        ax.plot([left, CIRCUIT[1]], [y, y], color="#aaaaaa", linewidth=0.6, zorder=1)
        half = row.wires // 2
        spin = f"{wire % half}{'↑' if wire < half else '↓'}" if row.kind == "hubbard" else f"{wire}"
        _text(ax, left - 0.05, y, spin, ha="right", fontsize=7)
    step = (right - left) / len(row.columns)
    for number, column in enumerate(row.columns):
        x = left + (number + 0.5) * step
        for gate in column:
            _gate(ax, row, gate, x, [heights[wire] for wire in gate.wires], step)


def _gate(ax: Axes, row: Drawn, gate: Gate, x: float, ys: Sequence[float], step: float) -> None:
    colour = row.colour(*gate.angles)
    roomy = step > 0.3
    half = min(0.18 if roomy else 0.055, 0.45 * step)
    if gate.name in ("ZZ", "CZ"):
        ax.plot([x, x], ys, color=colour, linewidth=1.2, zorder=2)
        ax.plot([x, x], ys, "o", color=colour, markersize=3.4 if roomy else 2.6, zorder=3)
        if roomy and not math.isnan(gate.turn):
            y = max(ys) - _pitch(row) / 2
            back = {"facecolor": FILL, "edgecolor": "none", "pad": 0.6}
            _text(ax, x, y, _signed(gate.turn), color=colour, fontsize=7, bbox=back, zorder=4)
    elif gate.name == "fswap":
        ax.plot([x, x], ys, color="#aaaaaa", linewidth=0.6, zorder=2)
        ax.plot([x, x], ys, "x", color=QUIET, markersize=2.6, markeredgewidth=0.7, zorder=3)
    elif len(ys) > 1:
        low, high = min(ys) - 0.05, max(ys) + 0.05
        ax.add_patch(
            Rectangle(
                (x - half, low), 2 * half, high - low, facecolor=colour, edgecolor="none", zorder=2
            )
        )
    else:
        name = {"RX": "X", "RZ": "Z"}.get(gate.name, gate.name)
        tall = 0.105 if roomy else 0.065
        face = "white" if not gate.angles else colour
        frame = Rectangle(
            (x - half, ys[0] - tall),
            2 * half,
            2 * tall,
            facecolor=face,
            edgecolor=colour,
            lw=0.7,
            zorder=2,
        )
        ax.add_patch(frame)
        if roomy and gate.angles:
            _text(ax, x, ys[0] - 0.005, _signed(gate.turn), color="white", fontsize=7, zorder=3)
        elif roomy or not gate.angles:
            _text(ax, x, ys[0] - 0.005, name, fontsize=7, zorder=3)


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _legend(ax: Axes, row: Drawn, y: float) -> None:
    """What the symbols of a circuit without room for labels mean."""
    there = [gate for column in row.columns for gate in column]
    entries: list[tuple[str, str]] = []
    if any(gate.name == "Givens" and not gate.angles for gate in there):
        entries.append(("■ Givens", QUIET))
    for angles in sorted({gate.angles for gate in there if gate.angles}):
        families = [row.ansatz.parameter_names[angle].rpartition("_")[0] for angle in angles]
        what = "●–● on-site" if families == ["V"] else "■ hop"
        symbols = ", ".join(SYMBOLS[family] for family in families)
        entries.append((f"{what} {symbols}", row.colour(*angles)))
    if any(gate.name == "fswap" for gate in there):
        entries.append(("×–× swap", QUIET))
    _pieces(ax, sum(CIRCUIT) / 2, y, entries, sep=8, face=FILL)


# --- the loop


def _title(row: Drawn) -> str:
    problem: Any = row.problem
    name = classes.words(row.kind).paper
    if row.kind == "hubbard":
        return (
            f"{name}: {problem.shape[0]} × {problem.shape[1]} sites, t = {problem.t:.2f}, "
            f"U = {problem.u:.2f}, one Trotter step"
        )
    edges = np.count_nonzero(np.triu(problem.couplings))
    terms = "edges" if row.kind == "maxcut" else "couplings"
    return f"{name}: n = {problem.num_spins}, {edges} {terms}, p = 1"


def _body(row: Drawn) -> float:
    """Height of a row's circuit."""
    return _pitch(row) * row.wires + 0.1


def _height(row: Drawn) -> float:
    return TITLE + _body(row) + (0.2 if row.kind == "hubbard" else 0) + LOOP + GAP


def _row(ax: Axes, row: Drawn, top: float) -> None:
    _text(ax, INSTANCE[0], top - TITLE / 2, _title(row), ha="left", weight="bold")
    high = top - TITLE
    low = high - _body(row)
    bottom = low - (0.2 if row.kind == "hubbard" else 0)
    middle = (low + high) / 2
    (_lattice if row.kind == "hubbard" else _graph)(ax, row, low, high)
    _box(ax, *CIRCUIT, bottom, high)
    _circuit(ax, row, high)
    if row.kind == "hubbard":
        _legend(ax, row, bottom + 0.13)
    _box(ax, *COST, middle - 0.4, middle + 0.4, "white")
    cost = sum(COST) / 2
    _text(ax, cost, middle + 0.24, "measure H")
    _text(ax, cost, middle, f"⟨H⟩ = {_signed(row.energy)}")
    _text(ax, cost, middle - 0.22, f"y = {_signed(row.cost)}")
    _box(ax, *OPTIMISER, middle - 0.4, middle + 0.4, "white")
    optimiser = sum(OPTIMISER) / 2
    _text(ax, optimiser, middle, "classical\noptimiser:\nnext θ", linespacing=1.5)
    _arrow(ax, (INSTANCE[1], middle), (CIRCUIT[0] - 0.02, middle))
    _text(ax, (INSTANCE[1] + CIRCUIT[0]) / 2 - 0.02, middle + 0.1, "H")
    _arrow(ax, (CIRCUIT[1], middle), (COST[0] - 0.02, middle))
    _arrow(ax, (COST[1], middle), (OPTIMISER[0] - 0.02, middle))
    back, enter = bottom - 0.2, CIRCUIT[0] + 0.35
    _arrow(ax, (optimiser, middle - 0.4), (optimiser, back), (enter, back), (enter, bottom - 0.02))
    pieces = [("θ = (", INK)]
    for angle, name in enumerate(row.ansatz.parameter_names):
        symbol = SYMBOLS.get(name.rpartition("_")[0], name)
        comma = ", " if angle + 1 < row.theta.size else ""
        text = f"{symbol} = {_signed(row.theta[angle])}{comma}"
        pieces.append((text, row.colour(angle)))
    unit = classes.angle_unit(row.experiment).replace("exponent units", "gate exponents")
    _pieces(ax, sum(CIRCUIT) / 2 + 0.3, back, [*pieces, (f") {unit}", INK)])


def needs(study: Study) -> list[Need] | None:
    """It computes what it shows, of the classes of the headline experiments."""
    return [] if study.headlines else None


def draw(results: read.Results) -> tuple[Figure, Mapping[str, object]]:
    """A row for each class of the study, and the fields of the caption."""
    by_kind: dict[str, Experiment] = {}
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
        _text(ax, sum(place) / 2, height - HEAD / 2, text, color=QUIET, fontsize=8)
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
    count = sum(map(len, row.columns))
    if row.kind == "hubbard":
        spins = f"modes 0↑ … {row.wires // 2 - 1}↓, all spin up first"
        swaps = any(gate.name == "fswap" for column in row.columns for gate in column)
        carried = "fermionic swaps carry the modes from wire to wire, so that partners meet; "
        return (
            f"Hubbard: the whole circuit, {count} gates on {row.wires} qubits ({spins}), at the "
            "adiabatic angles; Givens rotations prepare the ground state of the hopping term; "
            f"{carried if swaps else ''}identity part of H {row.problem.offset:.2f}, {scale}."
        )
    if row.kind == "maxcut":
        return f"MaxCut: linear ramp, {scale}."
    return (
        "SK: linear ramp as for unit weights, the γ of which the study's start rescales on the "
        f"training set, {scale}; width of an edge as the size of J, dashed where J < 0."
    )
