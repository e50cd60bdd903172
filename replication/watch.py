"""What is done, what runs and about how long the rest takes, said while a study is made."""

import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from replication.expected import COSTS, calibration, seconds
from replication.study import Study
from replication.workflow import STEPS, fields

EVERY = 60.0
"""seconds between two lines"""


class Rule(Protocol):
    """The name of a rule of the workflow."""

    name: str


class RunningJob(Protocol):
    """As much of Snakemake's job as is looked at."""

    rule: Rule
    wildcards_dict: Mapping[str, str]


def _seconds(study: Study, job: RunningJob) -> float:
    """Expected seconds on one core, before this machine's factor."""
    step = job.rule.name
    return seconds(step, study, job.wildcards_dict) if step in STEPS else COSTS.drawing


def _name(job: RunningJob) -> str:
    step = job.rule.name
    names = [job.wildcards_dict[key] for key in fields(step)] if step in STEPS else []
    return " ".join([step, *names])


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"


class Watch:
    """Follows one run of the workflow.

    **Arguments:** `study`, `results`: what is made; `cores`: jobs at a time; `left`, `running`: the
    jobs not finished, and those of them that run, asked anew for each line.
    """

    def __init__(
        self,
        study: Study,
        results: Path,
        cores: int,
        left: Callable[[], Iterable[RunningJob]],
        running: Callable[[], Collection[RunningJob]],
    ) -> None:
        self._study, self._results, self._cores = study, results, max(cores, 1)
        self._left, self._running = left, running
        jobs = list(left())
        self._total = len(jobs)
        self._timed = [(j.rule.name, j.wildcards_dict) for j in jobs if j.rule.name in STEPS]
        self._begun: dict[RunningJob, float] = {}

    def line(self, now: float) -> str:
        """One line, for a time in seconds that only differences of matter."""
        left, running = list(self._left()), list(self._running())
        self._begun = {job: self._begun.get(job, now) for job in running}
        factor = calibration(self._study, self._results, self._timed)
        rest = longest = 0.0
        for job in left:
            expected = factor * _seconds(self._study, job)
            if job in self._begun:
                # One that takes longer than expected is taken to be near its end.
                expected = max(expected - (now - self._begun[job]), 0.1 * expected)
                longest = max(longest, expected)
            rest += expected
        done = self._total - len(left)
        names = "; ".join(sorted(map(_name, running))) or "nothing"
        about = _duration(max(rest / self._cores, longest))
        return f"== {done} of {self._total} jobs done, running: {names}. About {about} left."

    def start(self, every: float = EVERY) -> threading.Event:
        """Print a line every so many seconds, until the program ends or the event is set."""
        stop = threading.Event()

        def follow() -> None:
            while not stop.wait(every):
                try:
                    line = self.line(time.monotonic())
                except RuntimeError:
                    # The sets changed while they were read; the next line comes soon.
                    continue
                print(line, file=sys.stderr, flush=True)

        threading.Thread(target=follow, daemon=True).start()
        return stop
