"""Circuits as they are drawn: the gates of an ansatz in columns, coloured by their angles."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.offsetbox import AnnotationBbox, HPacker, TextArea
from matplotlib.patches import Rectangle

from replication.kinds.meta_learning import MetaLearning

if TYPE_CHECKING:
    from replication.ansatze.base import Ansatz
    from replication.problems.base import Problem

COLOURS = ("#0072B2", "#009E73", "#CC79A7", "#E69F00")
"""of the kinds of angles: γ, β or T_h, T_v, V"""
QUIET, INK, FILL = "#767676", "#222222", "#f4f4f4"
SYMBOLS = {"gamma": "γ", "beta": "β", "T_h": "$T_h$", "T_v": "$T_v$", "V": "V"}
FONT = 7.5


class Gate(NamedTuple):
    """One gate of a circuit: what it is, on which wires, and which angles it depends on."""

    name: str
    wires: tuple[int, ...]
    angles: tuple[int, ...]
    rotation: float
    """Its angle in the ansatz's convention, φ as in exp(-i φ ZZ); NaN where it has none."""


class Drawn(NamedTuple):
    """A class's row: settings, instance, circuit and numbers."""

    experiment: MetaLearning
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
    def is_lattice(self) -> bool:
        """Whether its instance has sites and bonds, a qubit for each spin of a site."""
        return hasattr(self.problem, "bonds")

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
        """y, what the network is given."""
        return (self.energy - self.problem.offset) / self.problem.normaliser

    def colour(self, *angles: int) -> str:
        """Colour of an angle's kind; grey for none, black for several."""
        if len(angles) != 1:
            return INK if angles else QUIET
        family = self.ansatz.parameter_names[angles[0]].rpartition("_")[0]
        return COLOURS[self.families.index(family) % len(COLOURS)]


def gates(ansatz: Any, theta: np.ndarray) -> list[Gate]:
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
        # Approximately, for a level at zero changes with its angle by a rounding error.
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
        # Cirq's ZZ**t and X**t rotate by φ = π t/2 in exp(-i φ P).
        rotation = math.pi * exponent / 2 if name in ("ZZ", "RX", "RZ") else math.nan
        found.append(Gate(name, wires, angles, rotation))
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


def put_text(ax: Axes, x: float, y: float, words: str, **more: Any) -> None:
    """A word centred at a point."""
    look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": FONT, "color": INK}
    ax.text(x, y, words, **look | more)


def put_pieces(
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


def pitch_of(row: Drawn) -> float:
    """Inches from wire to wire."""
    return 0.3 if row.wires <= 5 else 0.185


def draw_circuit(ax: Axes, row: Drawn, place: tuple[float, float], high: float) -> None:
    """Wires with their gates, wire 0 on top; angles written on the gates where there is room."""
    left, right = place[0] + 0.32, place[1] - 0.08
    pitch = pitch_of(row)
    heights = [high - 0.05 - pitch * (wire + 0.5) for wire in range(row.wires)]
    for wire, y in enumerate(heights):
        ax.plot([left, place[1]], [y, y], color="#aaaaaa", linewidth=0.6, zorder=1)
        half = row.wires // 2
        spin = f"{wire % half}{'↑' if wire < half else '↓'}" if row.is_lattice else f"{wire}"
        put_text(ax, left - 0.05, y, spin, ha="right", fontsize=7)
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
        if roomy and not math.isnan(gate.rotation):
            y = max(ys) - pitch_of(row) / 2
            back = {"facecolor": FILL, "edgecolor": "none", "pad": 0.6}
            put_text(ax, x, y, signed(gate.rotation), color=colour, fontsize=7, bbox=back, zorder=4)
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
            put_text(
                ax, x, ys[0] - 0.005, signed(gate.rotation), color="white", fontsize=7, zorder=3
            )
        elif roomy or not gate.angles:
            put_text(ax, x, ys[0] - 0.005, name, fontsize=7, zorder=3)


def signed(value: float) -> str:
    """A number to two decimals, with a minus sign."""
    return f"{value:.2f}".replace("-", "−")


def draw_legend(ax: Axes, row: Drawn, place: tuple[float, float], y: float) -> None:
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
    put_pieces(ax, sum(place) / 2, y, entries, sep=8, face=FILL)
