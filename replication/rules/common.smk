# The study, and what all rules use: everything about a job is asked of replication.workflow.
import os
import shlex
import sys
from pathlib import Path

from snakemake.logging import logger

# Jobs find this package and this Python, wherever snakemake was called from.
sys.path.insert(0, workflow.basedir)
os.environ.update(
    PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    PYTHONPATH=os.pathsep.join(filter(None, [workflow.basedir, os.environ.get("PYTHONPATH", "")])),
    PYTHONUTF8="1",
)

# glibc would give the memory of a call back, and the next one would ask for it page by page.
for name, value in {"MMAP_THRESHOLD_": 2**25, "TRIM_THRESHOLD_": 2**27, "ARENA_MAX": 1}.items():
    os.environ.setdefault(f"MALLOC_{name}", str(value))

from replication import workflow as jobs
from replication.errors import UserError
from replication.study import digest

try:
    NAME, STUDY, RESULTS = jobs.configured(config, workflow.basedir)
except UserError as error:
    # Not an exception: Snakemake would add the place in this file, which says nothing to a user.
    print(f"snakemake: error: {error}", file=sys.stderr)
    sys.exit(2)

# Only a checkout whose path works finds them.
from figures.exhibits import exhibits

logger.addHandler(jobs.Progress(jobs.recorded(RESULTS.name)))

# What shows the study depends on its words too.
SHOWN = digest(STUDY, STUDY.title, STUDY.labels)
ARGUMENTS = shlex.join(["--study", NAME, "--results", str(RESULTS)])
# Of several jobs that could begin, the one of the highest number does: a drawing as soon as what it
# shows is there. Steps say their own.
PRIORITY = 10
CLASSES = jobs.class_modules(STUDY, {})
ENDINGS = {
    "figures": (".svg", ".pdf", ".png", ".rst"),
    "tables": (".csv", ".md", ".rst", ".tex"),
}
EXHIBITS = exhibits(STUDY)
DRAWINGS = [f"{RESULTS}/{one.name}{end}" for one in EXHIBITS for end in ENDINGS[one.kind]]


wildcard_constraints:
    experiment=r"[\w-]+",
    learner=r"[\w-]+",
    protocol=r"[\w-]+",
    set=r"[\w-]+",
    starts=r"[\w.-]+",


def job(wildcards, step):
    return jobs.Job(step, STUDY, RESULTS, dict(wildcards.items()))


def drawn_from(exhibit):
    """Input files of a figure or table, all others if it is the last."""
    read = [str(RESULTS / jobs.STEPS[step].format(**names)) for step, names in exhibit.needs]
    if exhibit.last:
        read += [f"{RESULTS}/{one.name}{ENDINGS[one.kind][0]}" for one in EXHIBITS if not one.last]
    return read
