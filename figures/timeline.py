"""Where the minutes went: every job of the study in time, and the sum by step."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from figures import exhibits, style
from figures import results as read
from figures.origins import recorded
from replication.errors import UserError
from replication.study import Study
from replication.workflow import STEPS, TAKEN_FROM, Need, benchmark_file, measured_seconds

LAST = True
"""it shows the time that all other figures and tables took"""
IDLE = 30.0
"""seconds without any job that are cut out: a study may go on after a pause"""
COLOURS = {
    "instances": "#999999",
    "constants": "#F0E442",
    "optima": "#009E73",
    "train": "#D55E00",
    "select": "#000000",
    "traces": "#0072B2",
    "reference": "#56B4E9",
    "statistics": "#CC79A7",
    "shots": "#E69F00",
    "claims": "#5D3A9B",
    "drawing": "#8C564B",
}
"""by step, and of figures and tables"""

OTHERS = ("#A6761D", "#66A61E", "#E7298A", "#1F3B73")
"""of steps that are not named above, one after the other"""
OVERHEAD: dict[str, tuple[str, dict[str, Any]]] = {
    "start_up": ("start-up: Python and imports", {"facecolor": "#dddddd", "hatch": "////"}),
    "compiling": ("tracing and compilation", {"facecolor": "#bbbbbb", "hatch": "...."}),
}
"""fields of a job that are not its work, with their label and look"""


def colours() -> dict[str, str]:
    """The colour of every step, in the order in which they are shown."""
    others = [step for step in STEPS if step not in COLOURS]
    drawing = {"drawing": COLOURS["drawing"]}
    found = {step: OTHERS[place % len(OTHERS)] for place, step in enumerate(others)}
    return {step: one for step, one in COLOURS.items() if step in STEPS} | found | drawing


class Job(NamedTuple):
    """One finished job: seconds it took in all, of which to start up, and to compile."""

    step: str
    begin: float
    seconds: float
    start_up: float
    compiling: float

    @property
    def end(self) -> float:
        return self.begin + self.seconds


def _overhead(path: Path) -> tuple[float, float]:
    """Seconds before the first line of a job's own code, and of compilation after it; 0 where the
    file does not tell, or tells of the job whose result was taken over.
    """
    keys = "start_up_time_s", "compile_time_s"
    said = recorded(path, (*keys, TAKEN_FROM)) if path.is_file() else {}
    if TAKEN_FROM in said:
        return 0.0, 0.0
    start_up, compiling = (said.get(key, 0) for key in keys)
    return start_up, compiling


def _files(study: Study, folder: Path) -> Iterator[tuple[str, Path, Path]]:
    """Of each job but the time line's: its step, its benchmark, the file that tells more of it."""
    for step, names in exhibits.jobs_of(study):
        yield step, benchmark_file(folder, step, names), folder / STEPS[step].format(**names)
    for one in exhibits.exhibits(study):
        if not one.last:
            bench = folder / "benchmarks" / f"{one.name}.tsv"
            yield "drawing", bench, bench.with_suffix(".json")


def jobs_of(study: Study, folder: Path) -> list[Job]:
    """Jobs by begin, from what Snakemake's `benchmark:` left; a file's date is its job's end.

    **Raises:** [`UserError`][] where there is none.
    """
    found = []
    for step, bench, more in _files(study, folder):
        seconds = measured_seconds(bench)
        if seconds is not None:
            found.append(Job(step, bench.stat().st_mtime - seconds, seconds, *_overhead(more)))
    if not found:
        raise UserError(f"no job left its time in {folder / 'benchmarks'}")
    return sorted(found, key=lambda job: job.begin)


def _minutes(jobs: Iterable[Job], key: str) -> float:
    return sum(getattr(job, key) for job in jobs) / 60


def without_pauses(jobs: Sequence[Job]) -> list[Job]:
    """The same jobs from second 0 on, times without any job cut out."""
    moved, shift, until = [], jobs[0].begin, jobs[0].begin
    for job in jobs:
        if job.begin - until > IDLE:
            shift += job.begin - until
        until = max(until, job.end)
        moved.append(job._replace(begin=job.begin - shift))
    return moved


def rows_of(jobs: Iterable[Job]) -> list[int]:
    """A row for each job, as few as there were jobs at a time."""
    ends: list[float] = []
    found = []
    for job in jobs:
        # A second of grace: the clock of files is coarser than that of jobs.
        free = [row for row, end in enumerate(ends) if end <= job.begin + 1]
        row = free[0] if free else len(ends)
        if not free:
            ends.append(0.0)
        ends[row] = job.end
        found.append(row)
    return found


def _gantt(ax: Axes, jobs: Sequence[Job]) -> None:
    rows = rows_of(jobs)
    boxes = [
        Rectangle((job.begin / 60, row - 0.42), job.seconds / 60, 0.84)
        for job, row in zip(jobs, rows, strict=True)
    ]
    shades = [colours()[job.step] for job in jobs]
    ax.add_collection(
        PatchCollection(boxes, facecolors=shades, edgecolors="white", linewidths=0.15)
    )
    ax.set_xlim(0, max(job.end for job in jobs) / 60)
    ax.set_ylim(max(rows) + 0.5, -0.5)
    ax.set_yticks(range(max(rows) + 1), [f"{row + 1}" for row in range(max(rows) + 1)])
    ax.set_ylabel("jobs at a time")
    ax.set_xlabel("minutes since the start, pauses left out")
    ax.grid(axis="y", visible=False)


def _sums(ax: Axes, jobs: Sequence[Job]) -> None:
    steps = [step for step in colours() if any(job.step == step for job in jobs)]
    whole = sum(job.seconds for job in jobs)
    for height, step in enumerate(steps):
        mine = [job for job in jobs if job.step == step]
        total, *overhead = (_minutes(mine, key) for key in ("seconds", *OVERHEAD))
        left = total - sum(overhead)
        ax.barh(height, left, color=colours()[step])
        for minutes, (_, look) in zip(overhead, OVERHEAD.values(), strict=True):
            ax.barh(height, minutes, left=left, linewidth=0, **look)
            left += minutes
        ax.text(
            total,
            height,
            f" {60 * total / whole:.0%} of all, {len(mine)} job{'s' * (len(mine) > 1)}",
            va="center",
            fontsize=7,
        )
    ax.set_yticks(range(len(steps)), steps)
    ax.set_ylim(len(steps) - 0.4, -0.6)
    longest = max(sum(j.seconds for j in jobs if j.step == step) for step in steps) / 60
    ax.set_xlim(0, 1.35 * longest)
    ax.set_xlabel("minutes of one core")
    ax.grid(axis="y", visible=False)
    ax.tick_params(axis="y", length=0)


def needs(study: Study) -> list[Need]:
    """Nothing of its own: it waits for all figures and tables, and so for what these read."""
    return []


def draw(results: read.Results) -> tuple[Figure, Mapping[str, object]]:
    """The figure and the fields of its caption."""
    jobs = without_pauses(jobs_of(results.study, results.folder))
    count = max(rows_of(jobs)) + 1
    figure = Figure(figsize=(style.WIDTH, 3.9 + 0.28 * count))
    upper, lower = figure.subplots(2, 1, height_ratios=[0.35 + 0.28 * count, 2.6])
    _gantt(upper, jobs)
    _sums(lower, jobs)
    # Beside the bars it would lie on one of them in some studies.
    handles = [Patch(label=label, **look) for label, look in OVERHEAD.values()]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
    whole = _minutes(jobs, "seconds")
    return figure, {
        "jobs": len(jobs),
        "minutes": f"{whole:.0f}",
        "wall": f"{max(job.end for job in jobs) / 60:.0f}",
        "most": count,
        **{key: f"{100 * _minutes(jobs, key) / whole:.1f}" for key in OVERHEAD},
        "idle": f"{IDLE:g}",
    }
