# The study, and what all rules share: everything about a job is asked of replication.workflow.
import os
import shlex
import sys
from pathlib import Path

# Jobs find this package and this Python, wherever snakemake was called from.
sys.path.insert(0, workflow.basedir)
os.environ.update(
    PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
    PYTHONPATH=os.pathsep.join(filter(None, [workflow.basedir, os.environ.get("PYTHONPATH", "")])),
)

# glibc would give the memory of a call back, and the next one would ask for it page by page.
for name, value in {"MMAP_THRESHOLD_": 2**25, "TRIM_THRESHOLD_": 2**27, "ARENA_MAX": 1}.items():
    os.environ.setdefault(f"MALLOC_{name}", str(value))

from figures.exhibits import exhibits
from replication import workflow as jobs
from replication.errors import UserError
from replication.expected import expected
from replication.study import digest, load_study
from replication.watch import Watch


def read_study():
    """The study that the configuration names, and the folder of its results."""
    for key in config:
        if key not in ("study", "results"):
            raise UserError(f"unknown key {key!r} in --config; allowed are study, results")
    name = str(config.get("study", "paper"))
    study = load_study(name)
    jobs.check(study)
    results = Path(config.get("results", "results")) / Path(name).stem
    jobs.writable(results)
    return name, study, results


try:
    NAME, STUDY, RESULTS = read_study()
except UserError as error:
    # Not an exception: Snakemake would add the place in this file, which says nothing to a user.
    print(f"snakemake: error: {error}", file=sys.stderr)
    sys.exit(2)

ARGUMENTS = shlex.join(["--study", NAME, "--results", str(RESULTS)])
# Of several jobs that could begin, the one of the highest number does: a drawing as soon as what it
# shows is there, then what training waits for.
PRIORITY = {
    "figures": 10,
    "tables": 10,
    "select": 9,
    "train": 8,
    "constants": 7,
    "instances": 6,
    "optima": 5,
    "reference": 4,
    "traces": 3,
    "statistics": 2,
    "shots": 0,
    "claims": 0,
}
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
    sample=r"[\w-]+",
    starts=r"[\w.-]+",


def job(step, wildcards):
    return jobs.Job(step, STUDY, RESULTS, dict(wildcards.items()))


def needed(step):
    """Input function: the files that a step reads."""
    return lambda wildcards: [str(path) for path in job(step, wildcards).inputs]


def parameters(step):
    """Arguments of the command, and what must make it run again: settings and code."""
    return {
        "arguments": lambda wildcards: " ".join(
            [
                step,
                ARGUMENTS,
                *(f"--{name} {shlex.quote(wildcards[name])}" for name in jobs.fields(step)),
            ]
        ),
        "settings": lambda wildcards: job(step, wildcards).settings,
        "code": lambda wildcards: job(step, wildcards).code,
    }


def drawn_from(exhibit):
    """Input files of a figure or table, all others if it is the last."""
    read = [str(RESULTS / jobs.STEPS[step].format(**names)) for step, names in exhibit.needs]
    if exhibit.last:
        read += [f"{RESULTS}/{one.name}{ENDINGS[one.kind][0]}" for one in EXHIBITS if not one.last]
    return read


def exhibit_parameters(exhibit):
    """Arguments that draw a figure or table, and what must make it run again."""
    only = f" --experiment {shlex.quote(exhibit.experiment)}" if exhibit.experiment else ""
    return {
        "arguments": f"{exhibit.script} {ARGUMENTS}{only}",
        "settings": digest(STUDY),
        "code": lambda wildcards: jobs.code_digest(str(exhibit.source), "figures.script"),
    }
