"""What our kernels gain beyond the formulation they began with, on one core, two, four …

    python -m bench.gains

Both are timed in turn, in one process for each number of cores, pinned to them, and again in a
second one: what differs between processes (where memory lies) differs for both.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import markdown
from bench.regression import timings
from bench.scaling import core_counts, heading
from replication.errors import UserError

PROCESSES = 2

Found = dict[str, dict[str, list[float]]]
"""By workload and quantity, the ratio in each process."""


def measured(cores: int, work: Sequence[str] = (), processes: int = PROCESSES) -> Found:
    """The plain formulation's time over ours of these workloads, or of all.

    **Raises:** [`UserError`][] where the two do not agree.
    """
    found: Found = {}
    with tempfile.TemporaryDirectory() as folder:
        side = timings.side_of(timings.ROOT / "replication", Path(folder) / "side")
        for _ in range(processes):
            for name, ratios in timings.asked(side, "bench.peers.turns", work, cores).items():
                for quantity, ratio in ratios.items():
                    found.setdefault(name, {}).setdefault(quantity, []).append(ratio)
    return found


def table(found: dict[int, Found]) -> str:
    """A row a workload and for each number of cores its value; its value and gradient."""
    counts = list(found)
    return markdown.table(
        heading(counts),
        [
            [name, *("; ".join(map(_span, found[count][name].values())) for count in counts)]
            for name in found[counts[0]]
        ],
    )


def _span(ratios: Sequence[float]) -> str:
    """One number, or from the lowest to the highest where they differ."""
    low, high = f"{min(ratios):.2g}", f"{max(ratios):.2g}"
    return low if low == high else f"{low} to {high}"


def main() -> int:
    """Print the table; exit status 2 where the user can mend it."""
    try:
        print(table({count: measured(count) for count in core_counts()}))
    except UserError as error:
        print(f"gains: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
