"""How long a finished study takes on more cores or fewer: its measured jobs, placed anew.

    python -m bench.placement results/paper

A job begins once all that it needs is done and a core is free, the most urgent one first, as under
Snakemake, and takes as long as it was measured to.
"""

import heapq
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench import markdown
from replication import workflow
from replication.errors import UserError
from replication.expected import benchmark_file, measured_seconds
from replication.study import Study, load_study

CORES = (1, 2, 4, 8)


class Timed(NamedTuple):
    """A job: seconds, urgency, and the names of the jobs that it needs."""

    seconds: float
    urgency: int
    needs: Sequence[str]


def _name(step: str, names: Mapping[str, str]) -> str:
    return workflow.STEPS[step].format(**names)


def _seconds(bench: Path) -> float:
    found = measured_seconds(bench)
    if found is None:
        raise UserError(f"{bench} is missing or cut: build the study whole first")
    return found


def measured(study: Study, folder: Path) -> dict[str, Timed]:
    """Every job of a study by its output, and its figures and tables but the last.

    **Raises:** [`UserError`][] naming a benchmark file that is not there.
    """
    found = {
        _name(step, names): Timed(
            _seconds(benchmark_file(folder, step, names)),
            workflow.urgency(study, step, names),
            [_name(*need) for need in workflow.needs(step, study, names)],
        )
        for step, names in workflow.jobs_of(study)
    }
    for name, one in workflow.drawings(study).items():
        if not one.last:
            seconds = _seconds(folder / "benchmarks" / f"{name}.tsv")
            needs = [_name(*need) for need in one.needs]
            found[name] = Timed(seconds, workflow.DRAWN_AT_ONCE, needs)
    return found


def placed(jobs: Mapping[str, Timed], cores: int) -> dict[str, float]:
    """Seconds after which each job begins, on so many cores."""
    begun: dict[str, float] = {}
    running: list[tuple[float, str]] = []
    done: set[str] = set()
    now = 0.0
    while len(done) < len(jobs):
        ready = [
            name for name, job in jobs.items() if name not in begun and done.issuperset(job.needs)
        ]
        ready.sort(key=lambda name: -jobs[name].urgency)
        for name in ready[: cores - len(running)]:
            begun[name] = now
            heapq.heappush(running, (now + jobs[name].seconds, name))
        now, name = heapq.heappop(running)
        done.add(name)
    return begun


def table(jobs: Mapping[str, Timed], counts: Sequence[int] = CORES) -> str:
    """A row a number of cores: minutes in all, and until the first figure that shows results."""
    rows = []
    for cores in counts:
        begun = placed(jobs, cores)
        ends = {name: begin + jobs[name].seconds for name, begin in begun.items()}
        drawn = [ends[name] for name in jobs if name.startswith("figures/") and jobs[name].needs]
        rows.append(
            [str(cores), *(f"{each / 60:.1f}" for each in (max(ends.values()), min(drawn)))]
        )
    return markdown.table(["cores", "minutes", "first figure with results"], rows)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table of the study whose results the command line names; 2 for a mistake."""
    arguments = sys.argv[1:] if argv is None else argv
    try:
        if len(arguments) != 1:
            raise UserError("give the folder of a finished study, such as results/paper")
        folder = Path(arguments[0])
        print(table(measured(load_study(str(folder / "study.yaml")), folder)))
    except UserError as error:
        print(f"placement: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
