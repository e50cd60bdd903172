"""Builds a study in one process, which imports and compiles once: `python -m tests.whole STUDY`.

Snakemake would do the same jobs, each in a process of its own. Results are in `results/<study>` of
the working directory. What shows the time of Snakemake's jobs is left out.
"""

import sys
from pathlib import Path

from figures import exhibits
from figures.__main__ import main as draw
from replication import workflow
from replication.__main__ import main as do
from replication.study import load_study


def build(path: Path) -> None:
    """Every job that a figure or table of the study needs, then the figures and tables."""
    study, results = load_study(path), Path("results") / path.stem
    common = ["--study", str(path), "--results", str(results)]
    done = set()

    def make(step: str, names: dict[str, str]) -> None:
        output = workflow.STEPS[step].format(**names)
        if output in done:
            return
        for need in workflow.needs(step, study, names):
            make(*need)
        fields = [f"--{key}={names[key]}" for key in workflow.fields(step)]
        assert not do([step, *common, *fields])
        done.add(output)

    for one in exhibits.exhibits(study):
        for need in one.needs:
            make(*need)
        if not one.last:
            only = [f"--experiment={one.experiment}"] if one.experiment else []
            assert not draw(["draw", one.script, *common, *only])


if __name__ == "__main__":
    build(Path(sys.argv[1]))
