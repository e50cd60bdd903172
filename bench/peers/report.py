"""Results as JSON, as Markdown tables, as a plot, and in the README between its marks."""

import io
import json
import math
import re
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.peers import run
from bench.peers.layers import FORMS, LAYERS
from bench.peers.training import BATCHES, QUERIES, Step
from bench.peers.worker import QUANTITIES
from figures import style, tables
from replication import store
from replication.errors import UserError

BEGIN, END = "<!-- peers:begin -->", "<!-- peers:end -->"
DRAWN = {
    "maxcut-p5": "QAOA, p = 5",
    "layers-circuits": f"{FORMS['circuits']} of random layers",
}
"""the families in the plot, one row each"""

WORDS = {"value": "value", "gradient": "value and gradient"}

Column = tuple[str, str, str]
"""workload, quantity, heading"""


def save(found: dict[str, Any], folder: Path, readme: Path | None) -> None:
    """Write `results.json`, `peers.md` and `peers.png`, and the README's part where it is given.

    Rows of an earlier run on the same machine with the same versions stay, unless their peer and
    family were run again: every row has its own kernels' times beside it. UserError where the
    README has no marks.
    """
    path = folder / "results.json"
    if old := earlier(folder):
        found = merged(old, found)
    text = markdown(found)
    store.write(path, (json.dumps(found, indent=1) + "\n").encode())
    store.write(folder / "peers.md", f"# Our simulators beside others\n\n{text}".encode())
    store.write(folder / "peers.png", picture(found))
    if readme is not None:
        store.write(readme, filled(readme.read_text(encoding="utf-8"), text).encode())


def earlier(folder: Path, *, same_as: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """The results of an earlier run, if there are any.

    **Raises:** [`UserError`][] for a file that is not one of ours, and where `same_as` is given for
    one of another machine.
    """
    path = folder / "results.json"
    if not path.is_file():
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        machine = found["machine"]
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{path} is no results of a run; delete it or give --out DIR") from None
    if same_as and machine != same_as:
        raise UserError(
            f"{path} is of another machine or other versions, and would lose its other peers: run "
            "all of them, or give --out DIR"
        )
    return found


def merged(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The new results, and what of the old ones was not run again: peers, and families of work."""
    if old["machine"] != new["machine"]:
        return new
    floors = {(one["workload"], one["quantity"]): one for one in old["floors"] + new["floors"]}
    peers = old["peers"] | {
        name: _with_rows_of(old["peers"].get(name), about) for name, about in new["peers"].items()
    }
    return new | {
        "floors": list(floors.values()),
        "peers": {name: peers[name] for name in sorted(peers)},
    }


def _with_rows_of(old: dict[str, Any] | None, new: dict[str, Any]) -> dict[str, Any]:
    """A peer with its old rows of other families, each with its commit; not of other versions."""
    if old is None or new["version"] not in ("", old["version"]):
        return new
    again = {row["family"] for row in new["rows"]}
    kept = [{"commit": old["commit"]} | row for row in old["rows"] if row["family"] not in again]
    return new | {"version": old["version"], "rows": kept + new["rows"]}


def filled(readme: str, text: str) -> str:
    """The README with `text` and the picture between its marks."""
    if BEGIN not in readme or END not in readme:
        raise UserError(f"the README has no {BEGIN} … {END} to put the peers between")
    picture = f"![{_CAPTION}](peers/peers.png)"
    return re.sub(
        f"{BEGIN}.*{END}",
        lambda _: f"{BEGIN}\n\n{text}\n{picture}\n\n{END}",
        readme,
        flags=re.DOTALL,
    )


_CAPTION = (
    "Milliseconds against qubits for QAOA of depth 5 on random 3-regular graphs and for batches of "
    "random layers, ours, the peers' and the bandwidth floor"
)


def markdown(found: dict[str, Any]) -> str:
    """Machine, one table a kind of work, and in words what could not be timed."""
    reasons: list[str] = []
    sections = [
        f"**{title}**\n\n{_table(found, columns, reasons)}"
        for title, columns in _sections(found)
        if columns
    ]
    if any(row["quantity"] == "step" for row in _rows(found)):
        sections.append(f"**A training step**\n\n{_steps(found, reasons)}")
    parts = [_machine(found), *sections]
    if reasons:
        parts.append("\n".join(f"{k}. {reason}" for k, reason in enumerate(reasons, 1)))
    return "\n\n".join(parts) + "\n"


def _machine(found: dict[str, Any]) -> str:
    machine = found["machine"]
    commits = sorted(
        {
            row.get("commit", about["commit"])[:7]
            for about in found["peers"].values()
            for row in about["rows"]
        }
    )
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['cores_used']} used; "
        f"{machine['architecture']}, Python {machine['python']}; ours at {', '.join(commits)}, "
        f"jax {machine['jax_version']}. Milliseconds a call, the median, and in brackets how many "
        "times as long as ours in the same precision before and after it; ≈ where a median is over "
        f"{run.UNSTEADY} times its lowest, so that the machine was busy, and – where there is no "
        "time, for the reason of that number below the tables."
    )


def _rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for about in found["peers"].values() for row in about["rows"]]


def _sections(found: dict[str, Any]) -> list[tuple[str, list[Column]]]:
    """Titles and columns, in the order in which the rows were made."""
    rows = {row["workload"]: row for row in _rows(found)}
    titles = {
        "maxcut": "QAOA, one random 3-regular graph",
        "hubbard": "Hubbard ladder, grouped ansatz",
        "layers": f"{LAYERS} random layers of rotations and CZ",
    }
    sections: list[tuple[str, list[Column]]] = []
    for kind, title in titles.items():
        chosen = [row for row in rows.values() if row["family"].startswith(kind)]
        chosen.sort(key=lambda row: (row["family"], row["num_qubits"]))
        for quantity in QUANTITIES:
            columns = [(row["workload"], quantity, _heading(row)) for row in chosen]
            sections.append((f"{title}: {WORDS[quantity]}", columns))
    batches = [
        (row["workload"], quantity, WORDS[quantity])
        for row in rows.values()
        if row["family"].startswith("batch")
        for quantity in QUANTITIES
    ]
    sections.insert(2, ("128 spin glasses with all-to-all weights, n = 8, p = 5", batches))
    return sections


def _heading(row: dict[str, Any]) -> str:
    kind, depth = row["family"].split("-")
    if kind == "layers":
        return f"{FORMS[depth]}, n = {row['size']}"
    size = row["size"].replace("x", "×")
    return f"{size if '×' in size else f'n = {size}'}, {depth[0]} = {depth[1:]}"


def _table(found: dict[str, Any], columns: Sequence[Column], reasons: list[str]) -> str:
    lines: list[list[str]] = []
    for precision in sorted({about["precision"] for about in found["peers"].values()})[::-1]:
        times = [
            own_time(found, workload, quantity, precision) for workload, quantity, _ in columns
        ]
        cells = ["" if time is None else f"**{_number(time)}**" for time in times]
        lines.append([f"**ours**, {precision}", *cells])
    floors = {(one["workload"], one["quantity"]): one["milliseconds"] for one in found["floors"]}
    if any(column[:2] in floors for column in columns):
        cells = [_number(floors[column[:2]]) if column[:2] in floors else "" for column in columns]
        lines.append(["bandwidth floor", *cells])
    for about in found["peers"].values():
        by_column = {(row["workload"], row["quantity"]): row for row in about["rows"]}
        if not any(column[:2] in by_column for column in columns):
            continue
        cells = [_cell(about["label"], by_column.get(column[:2]), reasons) for column in columns]
        lines.append([f"{about['label']} {about['version']}, {about['precision']}", *cells])
    return _grid(["", *(heading for _, _, heading in columns)], lines)


def _steps(found: dict[str, Any], reasons: list[str]) -> str:
    """One row a batch and simulator: queries with gradient a second, and the step's time."""
    lines: list[list[str]] = []
    for batch in BATCHES:
        name, queries = Step(batch).name, QUERIES * batch
        ours = own_time(found, name, "step", "float64")
        if ours is not None:
            lines.append([str(batch), "**ours**", f"**{_rate(queries, ours)}**", _number(ours)])
        for about in found["peers"].values():
            row = next((one for one in about["rows"] if one["workload"] == name), None)
            if row is not None:
                time = row.get("milliseconds")
                rate = "–" if time is None else _rate(queries, time)
                called = f"{about['label']} {about['version']}"
                lines.append([str(batch), called, rate, _cell(about["label"], row, reasons)])
    head = ["graphs a step", "", "queries with gradient a second", "step (ms)"]
    return _grid(head, lines)


def _grid(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    return tables.grid(tables.Section("", head, lines, "l" * len(head)))


def _rate(queries: int, milliseconds: float) -> str:
    return f"{float(f'{1e3 * queries / milliseconds:.2g}'):,.0f}".replace(",", " ")


def _cell(label: str, row: dict[str, Any] | None, reasons: list[str]) -> str:
    if row is None:
        return ""
    if "milliseconds" in row:
        mark = "" if row["steady"] else "≈ "
        return f"{_number(row['milliseconds'])} ({mark}{_number(row['ratio'], 2)}×)"
    reason = f"{label}: {row['said']}"
    if reason not in reasons:
        reasons.append(reason)
    return f"– ({reasons.index(reason) + 1})"


def _number(value: float, digits: int = 3) -> str:
    """Some significant digits, never in powers of ten."""
    decimals = digits - 1 - math.floor(math.log10(value))
    return f"{value:.{max(0, decimals)}f}"


def own_time(found: dict[str, Any], workload: str, quantity: str, precision: str) -> float | None:
    """Median of our times around every peer of that precision, milliseconds."""
    times = [
        row[key]
        for about in found["peers"].values()
        if about["precision"] == precision
        for row in about["rows"]
        if (row["workload"], row["quantity"]) == (workload, quantity)
        for key in ("own_before", "own_after")
    ]
    return statistics.median(times) if times else None


def picture(found: dict[str, Any]) -> bytes:
    """Time against n of the families in [`DRAWN`][], ours, the peers' and the floor; PNG."""
    drawn = [one for one in DRAWN if any(row["family"] == one for row in _rows(found))]
    drawn = drawn or [*DRAWN][:1]
    with mpl.rc_context(style.RC):
        figure = Figure(figsize=(style.WIDTH, 0.9 + 2.7 * len(drawn)))
        axes = figure.subplots(len(drawn), 2, sharey="row", squeeze=False)
        for row, family in zip(axes, drawn, strict=True):
            for ax, quantity in zip(row, QUANTITIES, strict=True):
                _panel(ax, found, quantity, family)
                ax.set_title(f"{DRAWN[family]}: {WORDS[quantity]}")
            row[0].set_ylabel("time a call (ms)")
        handles = {
            label: handle
            for ax in axes.flat
            for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
        }
        figure.legend(handles.values(), handles, loc="outside lower center", ncols=4)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=min(220.0, style.PIXELS / style.WIDTH))
        return buffer.getvalue()


def _panel(ax: Axes, found: dict[str, Any], quantity: str, family: str) -> None:
    looks = [look for name, look in style.LOOKS.items() if name != "lstm"] + style.SPARE_LOOKS
    # One look a peer in all panels.
    shown = [
        about
        for about in found["peers"].values()
        if any(_curve(about, "value", one) for one in DRAWN)
    ]
    sizes = {row["workload"]: row["num_qubits"] for row in _rows(found) if row["family"] == family}
    for precision, line, label in (
        ("float64", "-", "ours"),
        ("float32", ":", "ours, single precision"),
    ):
        times = [(n, own_time(found, name, quantity, precision)) for name, n in sizes.items()]
        if curve := sorted((n, time) for n, time in times if time is not None):
            look = style.LOOKS["lstm"]
            ax.plot(
                *zip(*curve, strict=True),
                color=look.colour,
                marker=look.marker,
                linestyle=line,
                linewidth=2.2,
                zorder=3,
                label=label,
            )
    for about, look in zip(shown, looks, strict=False):
        curve = _curve(about, quantity, family)
        single = ", single precision" if about["precision"] == "float32" else ""
        ax.plot(
            *zip(*curve, strict=True) if curve else ([], []),
            color=look.colour,
            marker=look.marker,
            linestyle=look.line,
            label=f"{about['label']}{single}",
        )
    floor = sorted(
        (sizes[one["workload"]], one["milliseconds"])
        for one in found["floors"]
        if one["workload"] in sizes and one["quantity"] == quantity
    )
    if floor:
        ax.plot(
            *zip(*floor, strict=True),
            color="#000000",
            linestyle="-.",
            linewidth=0.8,
            label="bandwidth floor, double precision",
        )
    ax.set_yscale("log")
    ax.set_xticks(sorted(set(sizes.values())))
    ax.set_xlabel("qubits n")
    style.decades(ax)


def _curve(about: dict[str, Any], quantity: str, family: str) -> list[tuple[int, float]]:
    return sorted(
        (row["num_qubits"], row["milliseconds"])
        for row in about["rows"]
        if row["family"] == family and row["quantity"] == quantity and "milliseconds" in row
    )
