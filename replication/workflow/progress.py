"""How long a study takes: what its jobs took in a recorded run, corrected by those of this one."""

import csv
import json
import logging
import re
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from replication import store
from replication.errors import UserError
from replication.workflow.graph import STEPS
from replication.workflow.reuse import seconds_elsewhere

TIMES = Path(__file__).resolve().parents[1] / "studies" / "times.json"
SPREAD = 2.0
"""Machines of as many cores take from this fraction to this multiple of the recorded time."""

ENOUGH = 60.0
"""Recorded seconds of finished jobs from which their ratio to this run's corrects the others."""

EVERY = 60.0
"""Seconds between two lines on what is done."""

DRAWING = "drawing"
"""The step of every figure and table."""

UNTIMED = {"all", "study", "total"}
"""Names among Snakemake's counts of jobs that take no time: two rules and the sum of all."""

Times = dict[tuple[str, str], tuple[int, float]]
"""Number of jobs and their seconds in all, by step and experiment (`""` for a step without)."""


def benchmark_file(results: Path, step: str, names: Mapping[str, str]) -> Path:
    """Where Snakemake's `benchmark:` leaves the time of a job."""
    return (results / "benchmarks" / STEPS[step].format(**names)).with_suffix(".tsv")


def measured_seconds(path: Path) -> float | None:
    """Seconds in a benchmark file; `None` where it is missing or cut."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return float(next(csv.DictReader(file, delimiter="\t"))["s"])
    except (OSError, StopIteration, KeyError, ValueError):
        return None


def _job_of(benchmark: str) -> tuple[str, str]:
    """Step and experiment of a benchmark file, by its path without ending."""
    for step, path in STEPS.items():
        pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path.rpartition(".")[0])
        if found := re.fullmatch(pattern, benchmark):
            return step, found.groupdict().get("experiment", "")
    return DRAWING, ""


def _add(times: Times, job: tuple[str, str], seconds: float) -> None:
    jobs, total = times.get(job, (0, 0.0))
    times[job] = jobs + 1, round(total + seconds, 2)


def recorded(study: str) -> Times:
    """What the jobs of a study took in its recorded run; nothing where there is none.

    **Arguments:**

    - `study`: its name, that of its file without the ending.
    """
    content = json.loads(TIMES.read_text(encoding="utf-8"))
    return {
        (step, experiment): (jobs, seconds)
        for step, experiment, jobs, seconds in content.get(study, [])
    }


def record(study: str, results: Path) -> None:
    """Keep what the jobs of a finished run took, for those who make the study later.

    A job that took over a result counts as long as it took where it was computed.

    **Raises:** [`UserError`][] where no job left its time.
    """
    folder = results / "benchmarks"
    times: Times = {}
    for path in folder.rglob("*.tsv"):
        place = path.relative_to(folder)
        seconds = seconds_elsewhere(results / place.with_suffix(".nc")) or measured_seconds(path)
        if seconds is not None:
            _add(times, _job_of(place.with_suffix("").as_posix()), seconds)
    if not times:
        raise UserError(f"no job left its time in {folder}")
    content = json.loads(TIMES.read_text(encoding="utf-8"))
    content[study] = [[*job, *took] for job, took in sorted(times.items())]
    text = json.dumps(content, indent=0, sort_keys=True)
    rows = re.sub(r"\[\n(\S+)\n(\S+)\n(\S+)\n(\S+)\n\]", r"[\1 \2 \3 \4]", text)
    store.write(TIMES, f"{rows}\n".encode())


def _mean(times: Times, step: str, experiment: str | None = None) -> float | None:
    """Seconds a job of a step, of one experiment where it was timed; `None` where none was."""
    took = [one for key, one in times.items() if key == (step, experiment)]
    took = took or [one for (other, _), one in times.items() if other == step]
    return sum(seconds for _, seconds in took) / sum(jobs for jobs, _ in took) if took else None


def _minutes(seconds: float) -> str:
    if seconds < 60:
        return "less than a minute"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def expectation(times: Times, jobs: Mapping[str, int], cores: int) -> str:
    """One sentence on how long some jobs will take.

    **Arguments:**

    - `times`: what the study's jobs took in a recorded run.
    - `jobs`: number of jobs to do, by step.
    - `cores`: cores that work on them, a job on each.
    """
    if not times:
        return "Expected time: not known, since no run of this study is recorded."
    seconds = sum(count * (_mean(times, step) or 0.0) for step, count in jobs.items()) / cores
    span = f"{_minutes(seconds / SPREAD)} to {_minutes(seconds * SPREAD)}"
    where = f"on {cores} core{'s' if cores > 1 else ''}"
    return f"Expected time {where}, from a recorded run: {span}."


class _Running(NamedTuple):
    """The step and experiment of a job that runs, how it is shown, and when it began."""

    job: tuple[str, str]
    label: str
    begun: float


class Progress(logging.Handler):
    """Says before a run how long it will take, and during it what is done and what is left.

    It reads the events that Snakemake logs for logger plugins, as
    `snakemake-interface-logger-plugins` documents them.

    **Arguments:**

    - `times`: what the study's jobs took in a recorded run.
    """

    def __init__(self, times: Times) -> None:
        super().__init__(logging.INFO)
        self._times = times
        self._took: Times = {}
        self._cores = 0
        self._left: Counter[str] = Counter()
        self._running: dict[int, _Running] = {}
        self._recorded = self._measured = self._said = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """Note what an event says of the run; now and then print a line."""
        fields, now = vars(record), record.created
        match fields.get("event"):
            case "resources_info":
                # A cluster is given how many jobs may run at a time instead of cores.
                self._cores = fields.get("cores") or fields.get("nodes") or self._cores
            case "run_info" if self._cores:
                # The first name is the documented one.
                counts = fields.get("per_rule_job_counts") or fields.get("stats", {})
                for rule in counts.keys() - UNTIMED:
                    self._left[_step(rule)] += counts[rule]
                self._say(expectation(self._times, self._left, self._cores), now)
            case "job_info":
                names = fields.get("wildcards") or {}
                job = _step(fields["rule_name"]), names.get("experiment", "")
                label = " ".join([fields["rule_name"], *names.values()])
                self._running[fields["jobid"]] = _Running(job, label, now)
            case "job_finished" if fields["job_id"] in self._running:
                self._finish(self._running.pop(fields["job_id"]), now)
            case "job_error":
                self._running.pop(fields["jobid"], None)
            case "progress" if self._said and now - self._said >= EVERY:
                self._say(self.line(fields["done"], fields["total"], now), now)

    def line(self, done: int, total: int, now: float) -> str:
        """What is done of how many jobs, what runs and about how long the remaining ones take."""
        running = self._running.values()
        left = longest = 0.0
        for step, count in (self._left - Counter(one.job[0] for one in running)).items():
            left += count * (self._seconds(step) or 0.0)
        for one in running:
            seconds = self._seconds(*one.job) or 0.0
            # A job that takes longer than expected counts as nearly done.
            seconds = max(seconds - (now - one.begun), 0.1 * seconds)
            longest = max(longest, seconds)
            left += seconds
        about = f"About {_minutes(max(left / self._cores, longest))} left"
        untimed = [step for step in +self._left if self._seconds(step) is None]
        if untimed:
            about += f", besides jobs not timed yet ({', '.join(untimed)})"
        names = "; ".join(sorted(one.label for one in running)) or "nothing"
        return f"== {done} of {total} jobs done, running: {names}. {about}."

    def _finish(self, one: _Running, now: float) -> None:
        self._left[one.job[0]] -= 1
        _add(self._took, one.job, now - one.begun)
        if one.job in self._times:
            self._recorded += _mean(self._times, *one.job) or 0.0
            self._measured += now - one.begun

    def _seconds(self, step: str, experiment: str | None = None) -> float | None:
        """Seconds of a job in this run, from the recorded run or else from this one."""
        factor = self._measured / self._recorded if self._recorded >= ENOUGH else 1.0
        mean = _mean(self._times, step, experiment)
        return _mean(self._took, step, experiment) if mean is None else factor * mean

    def _say(self, line: str, now: float) -> None:
        self._said = now
        print(line, file=sys.stderr, flush=True)


def _step(rule: str) -> str:
    """The step of a rule; figures, tables and the page are drawings."""
    return rule if rule in STEPS else DRAWING
