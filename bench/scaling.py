"""What more cores bring: the same calls on one core, two, four …, in turn.

    python -m bench.scaling

Each is timed by a process of its own, pinned to its cores; the lowest of some rounds counts.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import markdown
from bench.regression import timings
from bench.regression.clock import CALLS
from replication.errors import UserError
from replication.provenance import available_cores


def core_counts() -> list[int]:
    """One core, two, four … as many as there are."""
    return [2**k for k in range(available_cores().bit_length())]


def heading(counts: Sequence[int]) -> list[str]:
    """The head of a table with a column for each number of cores."""
    return ["", *(f"{count} cores" if count > 1 else "1 core" for count in counts)]


def measured(
    counts: Sequence[int], calls: Sequence[str] = tuple(CALLS), rounds: int = timings.ROUNDS
) -> dict[str, dict[int, float]]:
    """Seconds of each call on each number of cores."""
    found = {call: dict.fromkeys(counts, float("inf")) for call in calls}
    with tempfile.TemporaryDirectory() as folder:
        side = timings.side_of(timings.ROOT / "replication", Path(folder) / "side")
        for _ in range(rounds):
            for count in counts:
                for call, seconds in timings.clocked(side, calls, count).items():
                    found[call][count] = min(found[call][count], seconds)
    return found


def table(found: dict[str, dict[int, float]]) -> str:
    """Milliseconds, and in brackets how many times as fast as on one core."""
    counts = list(next(iter(found.values())))
    rows = []
    for call, times in found.items():
        cells = [f"{1e3 * times[count]:.3g} ms" for count in counts]
        cells[1:] = [
            f"{cell} ({times[counts[0]] / times[count]:.2g}×)"
            for cell, count in zip(cells[1:], counts[1:], strict=True)
        ]
        rows.append([call, *cells])
    return markdown.table(heading(counts), rows)


def main() -> int:
    """Print a row a call and a column a number of cores, a power of two each."""
    try:
        print(table(measured(core_counts())))
    except UserError as error:
        print(f"scaling: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
