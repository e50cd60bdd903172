"""Base against head in one run: the same calls timed alternately, on one core, ratio by ratio."""

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from replication.errors import UserError

from .clock import CALLS
from .reference import Reference

ROOT = Path(__file__).resolve().parents[2]
FACTOR = 1.5
"""ratio from which a call counts as slower: less is noise on a shared machine"""
ROOM = 1.2
"""what an accepted ratio may be exceeded by, for the same reason"""
ROUNDS = 4


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """Another commit of this repository in a temporary folder.

    **Raises:** [`UserError`][] for a commit that is not there.
    """
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        git = ["git", "-C", str(ROOT), "worktree"]
        made = subprocess.run(
            [*git, "add", "--detach", str(tree), commit],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise UserError(f"there is no commit {commit!r} to compare with: {made.stderr.strip()}")
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def side_of(package: Path, folder: Path) -> Path:
    """A folder with the package of one side and the benchmarks of this checkout."""
    folder.mkdir()
    (folder / "replication").symlink_to(package, target_is_directory=True)
    (folder / "bench").symlink_to(ROOT / "bench", target_is_directory=True)
    return folder


def asked(side: Path, module: str, arguments: Sequence[str], cores: int = 1) -> Any:
    """What a module prints as JSON, in a process of its own on the first `cores` allowed.

    **Raises:** [`UserError`][] with its last line of errors where it fails.
    """
    pinned: list[str] = []
    if hasattr(os, "sched_getaffinity"):
        chosen = sorted(os.sched_getaffinity(0))[:cores]
        pinned = ["taskset", "-c", ",".join(map(str, chosen))]
    environment = os.environ | {
        "PYTHONPATH": str(side),
        "JAX_COMPILATION_CACHE_DIR": str(side / "cache"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "OMP_NUM_THREADS": str(cores),
        "NPROC": str(cores),
    }
    command = [*pinned, sys.executable, "-m", module, *arguments]
    done = subprocess.run(
        command, cwd=side, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise UserError(f"the calls cannot be timed in {side.name}: {last[0]}")
    return json.loads(done.stdout)


def clocked(side: Path, calls: Sequence[str], cores: int = 1) -> dict[str, float]:
    """Seconds of each call on one side.

    **Raises:** [`UserError`][] where that side cannot do one of them.
    """
    found = asked(side, "bench.regression.clock", calls, cores)
    return {name: float(seconds) for name, seconds in found.items()}


def _clocked_or_not(side: Path, calls: Sequence[str]) -> dict[str, float]:
    """As [`clocked`][], with no number (NaN) for what an older commit cannot do."""
    try:
        return clocked(side, calls)
    except UserError as error:
        if len(calls) == 1:
            print(f"timings: {calls[0]}: {error}", file=sys.stderr)
            return {calls[0]: math.nan}
    return {name: s for one in calls for name, s in _clocked_or_not(side, [one]).items()}


def compared(
    base: Path, head: Path, calls: Sequence[str] = tuple(CALLS), rounds: int = ROUNDS
) -> Mapping[str, tuple[float, float]]:
    """Seconds of each call in two trees, lowest over alternating rounds.

    **Arguments:** `base`, `head`: folders of the package `replication`.

    **Returns:** for each call the seconds of base (NaN if it cannot do it) and head.
    """
    with tempfile.TemporaryDirectory() as folder:
        sides = [
            side_of(package, Path(folder) / name)
            for name, package in (("base", base), ("head", head))
        ]
        times: list[dict[str, list[float]]] = [{}, {}]
        for _ in range(rounds):
            for side, how, found in zip(sides, (_clocked_or_not, clocked), times, strict=True):
                for name, seconds in how(side, calls).items():
                    found.setdefault(name, []).append(seconds)
    return {name: (min(times[0][name]), min(times[1][name])) for name in calls}


def ratios(base: str) -> dict[str, float]:
    """Seconds of each call here over those in another commit, infinite where that cannot do it.

    They are also printed.

    **Raises:** [`UserError`][] where that commit is not there, or the calls fail here.
    """
    with checked_out(base) as tree:
        found = compared(tree / "replication", ROOT / "replication")
    for name, (before, now) in found.items():
        print(f"timings: {name}: {1e3 * before:.3g} ms in {base}, {1e3 * now:.3g} ms now")
    return {
        name: math.inf if math.isnan(before) else now / before
        for name, (before, now) in found.items()
    }


def allowed(found: Mapping[str, float]) -> dict[str, float]:
    """Ratios to allow from now on: [`FACTOR`][], more where a call was found slower on purpose."""
    return {name: ROOM * ratio if ratio > FACTOR else FACTOR for name, ratio in found.items()}


def limits(now: Reference, before: Reference | None) -> dict[str, float]:
    """What each ratio may be, as said in this checkout and in the commit compared with.

    A slowdown is accepted where it happens. Once that commit says the same it counts no more, or
    all that follow might be as much slower again.
    """
    return dict.fromkeys(now.figures, FACTOR) if now == before else now.figures
