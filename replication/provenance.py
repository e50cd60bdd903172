"""Where a result comes from: versions, commit, machine and time, as attributes of its file."""

import datetime
import os
import platform
import subprocess
import sys
import time
import tomllib
from importlib import metadata
from pathlib import Path

from replication import compilation

PACKAGES = ("jax", "jaxlib", "numpy", "scipy", "equinox", "optax", "xarray")
ROOT = Path(__file__).resolve().parent.parent
DISTRIBUTION = "replication-learning-to-learn"

_IMPORTED = time.time()


def collect(started: float | None = None) -> dict[str, str | int | float]:
    """Provenance of a result that is being saved now.

    **Arguments:**

    - `started`: when its work began, seconds since the epoch; `None` leaves the times out.

    **Returns:** flat, netCDF-ready attributes: `python`, `<package>_version`, `git_commit`,
    `git_dirty` (`"yes"`, `"no"`; both `"unknown"` outside this package's own repository), `cpu`,
    `cores` (those this process may use), `platform`, `host_system`, `peak_memory_mib`, and with
    `started` also `started_utc` (ISO 8601) and the times of [`times`][].
    """
    commit, dirty = _git()
    found: dict[str, str | int | float] = {
        "replication_version": _own_version(),
        **versions(),
        "git_commit": commit,
        "git_dirty": dirty,
        "cpu": _cpu(),
        "cores": available_cores(),
        "platform": platform.platform(),
        "peak_memory_mib": _peak_memory(),
    }
    if started is not None:
        utc = datetime.datetime.fromtimestamp(started, datetime.UTC)
        found["started_utc"] = utc.isoformat(timespec="seconds")
        found |= times(started)
    return found


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that compute the numbers, as attributes."""
    found = {f"{name}_version": _version(name) for name in PACKAGES}
    return {"python": platform.python_version(), **found}


def times(started: float) -> dict[str, float]:
    """Seconds until now of work that began at `started`, and what went before it.

    **Returns:** `start_up_time_s`, from the start of the process, `wall_time_s`, and of that
    `compile_time_s`.
    """
    found = {
        "start_up_time_s": started - process_began(),
        "wall_time_s": time.time() - started,
        "compile_time_s": compilation.seconds(),
    }
    return {name: round(seconds, 3) for name, seconds in found.items()}


def process_began() -> float:
    """When this process began, seconds since the epoch.

    Where the system does not say, it is when this module was imported: before all that takes long.
    """
    try:
        fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, IndexError, ValueError):
        return _IMPORTED
    return min(time.time() - age, _IMPORTED)


def available_cores() -> int:
    """Cores that this process may run on, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"


def _own_version() -> str:
    """Version of this package: that of the checkout it runs from, or of the installed one."""
    project = ROOT / "pyproject.toml"
    if project.is_file():
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
    return _version(DISTRIBUTION)


def _git() -> tuple[str, str]:
    """Commit and dirty flag of the repository that this package is the root of."""
    try:
        if Path(_ask_git("rev-parse", "--show-toplevel")).resolve() != ROOT:
            return "unknown", "unknown"
        commit = _ask_git("rev-parse", "HEAD")
        changed = _ask_git("--no-optional-locks", "status", "--porcelain")
    except (OSError, subprocess.SubprocessError):
        return "unknown", "unknown"
    return commit, "yes" if changed else "no"


def _ask_git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    done = subprocess.run(command, capture_output=True, check=True, timeout=20)
    return os.fsdecode(done.stdout).strip()


def _cpu() -> str:
    """Model of the processor, as the system names it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine() or "unknown"


def _peak_memory() -> float:
    """Peak resident memory of this process in MiB; -1 where the system does not say."""
    try:
        import resource
    except ImportError:
        return -1.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
