"""Put every workload to every peer, our own kernels timed before and after each."""

import os
import platform
import statistics
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bench.peers import environments
from bench.peers.environments import Answer, Peer
from bench.peers.worker import QUANTITIES, repeated
from bench.peers.workloads import Own, Workload
from replication import provenance

UNSTEADY = 1.5
"""times the lowest: from there on a median, ours or a peer's, is not to be trusted"""


SMALLEST = 2**19
"""bytes of the smallest array copied: below, the call would cost more than the copy"""


def floor_bytes(amplitudes: int, depth: int, quantity: str) -> float:
    r"""Bytes that have to move if every layer is one pass over the state, in double precision.

    An amplitude has 16 bytes. QAOA's spin-flip symmetry leaves $2^{n-1}$ of them, a Hubbard sector
    has its determinants, random layers have all $2^n$. A layer reads and writes them and reads the
    diagonal (also the double occupancy, or the signs of CZ), 8 bytes an entry: 40 bytes an
    amplitude, $p$ times. The gradient adds the way back, undoing the layers on the state and its
    adjoint: $2 \cdot 32 + 8 = 72$ bytes each. The floor in time is this over the speed of a copy,
    bytes read plus bytes written, of an array as large as one state, or of [`SMALLEST`][]. A
    simulator without the symmetry has twice the floor.
    """
    layer = 40 + (72 if quantity == "gradient" else 0)
    return float(layer * depth * amplitudes)


def copy_bandwidth(num_bytes: int, seconds: float = 0.2) -> float:
    """Bytes a second, read plus written, of NumPy's copy of an array, the fastest seen."""
    size = max(num_bytes, SMALLEST) // 8
    source, target = np.ones(size), np.zeros(size)
    lowest = repeated(lambda: np.copyto(target, source), seconds)["lowest"]
    return 2 * 8 * size / (lowest / 1e3)


def floors(work: Sequence[Workload]) -> list[dict[str, Any]]:
    """The bandwidth floor of every workload but training steps, milliseconds."""
    circuits = [one for one in work if one.quantities == QUANTITIES]
    sizes = {one.name: 16 * one.amplitudes // len(one.problems) for one in circuits}
    bandwidths = {size: copy_bandwidth(size) for size in {*sizes.values()}}
    return [
        {
            "workload": one.name,
            "quantity": quantity,
            "copy_bytes_per_second": bandwidths[sizes[one.name]],
            "milliseconds": 1e3
            * floor_bytes(one.amplitudes, one.depth, quantity)
            / bandwidths[sizes[one.name]],
        }
        for one in circuits
        for quantity in QUANTITIES
    ]


def run(
    peers: Sequence[tuple[Peer, str]],
    work: Sequence[Workload],
    *,
    seconds: float,
    limit: float,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """All rows, ready for JSON.

    **Arguments:**

    - `peers`: each with what kept it from being installed, or "".
    - `work`: the workloads; of one family the smaller come first.
    - `seconds`: for which a call is timed again and again; ours a third of that, on either side.
    - `limit`: seconds that a peer may take for one workload, its start and compilation included.
    """
    results: dict[str, dict[str, Any]] = {
        peer.name: {
            "label": peer.label,
            "precision": peer.precision,
            "version": "",
            "commit": provenance.collect()["git_commit"],
            "rows": [],
        }
        for peer, _ in peers
    }
    spent: dict[tuple[str, str, str], str] = {}
    for workload in work:
        say(workload.name)
        able = [(peer, missing) for peer, missing in peers if peer.offers(workload.quantities)]
        own = {
            precision: workload.own(precision)
            for precision in {"float64", *(peer.precision for peer, _ in able)}
        }
        task = own["float64"].task(seconds) if able else {}
        for peer, missing in able:
            keys = {q: (peer.name, workload.family, q) for q in workload.quantities}
            wanted = [q for q in keys if not missing and keys[q] not in spent]
            before = _own_times(own[peer.precision], seconds / 3)
            answer = Answer(ended=missing)
            if wanted:
                answer = environments.ask(peer, task | {"quantities": wanted}, limit)
            after = _own_times(own[peer.precision], seconds / 3)
            about = results[peer.name]
            about["version"] = answer.about.get("version", about["version"])
            for quantity in keys:
                found = answer.quantities.get(quantity)
                if found is None:
                    found = {"said": spent.get(keys[quantity], answer.ended)}
                    if answer.out_of_time and quantity in wanted:
                        spent[keys[quantity]] = f"not tried: {workload.size} was {answer.ended}"
                row = _row(workload, quantity, found, before[quantity], after[quantity])
                about["rows"].append(row)
                say(f"  {peer.label}, {quantity}: {_summary(row)}")
    return {
        "machine": machine(),
        "floors": floors(work),
        "peers": results,
    }


def machine() -> dict[str, Any]:
    """What the times belong to."""
    found = provenance.collect()
    keys = ("cpu", "python", "jax_version", "jaxlib_version", "numpy_version")
    return {
        "cores": os.cpu_count(),
        "cores_used": provenance.available_cores(),
        "architecture": f"{platform.system()} {platform.machine()}",
        **{key: found[key] for key in keys},
    }


def _own_times(own: Own, seconds: float) -> dict[str, dict[str, float]]:
    times = {}
    for quantity in own.workload.quantities:
        call = own.call(quantity)
        call()
        times[quantity] = repeated(call, seconds)
    return times


def _row(
    workload: Workload,
    quantity: str,
    found: dict[str, Any],
    before: dict[str, float],
    after: dict[str, float],
) -> dict[str, Any]:
    """One peer, workload and quantity: timed with a ratio, or `said` in words why not."""
    row = {
        "workload": workload.name,
        "family": workload.family,
        "size": workload.size,
        "num_qubits": workload.num_qubits,
        "quantity": quantity,
        "own_before": before["milliseconds"],
        "own_after": after["milliseconds"],
        "own_lowest": min(before["lowest"], after["lowest"]),
        **{key: found[key] for key in _KEPT if key in found},
    }
    if "milliseconds" in row:
        ours = statistics.geometric_mean([row["own_before"], row["own_after"]])
        row["ratio"] = row["milliseconds"] / ours
        row["steady"] = (
            max(row["own_before"], row["own_after"]) < UNSTEADY * row["own_lowest"]
            and row["milliseconds"] < UNSTEADY * row["lowest"]
        )
    elif not row.get("said"):
        row["said"] = "gave no answer"
    return row


_KEPT = ("milliseconds", "lowest", "repeats", "build_seconds", "deviation", "said")


def _summary(row: dict[str, Any]) -> str:
    if "milliseconds" not in row:
        return str(row["said"])
    return f"{row['milliseconds']:.3g} ms, {row['ratio']:.2g} times ours"
