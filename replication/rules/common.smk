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
# shows is there. Steps say their own.
PRIORITY = {"figures": 10, "tables": 10}
ENDINGS = {
    "figures": (".svg", ".pdf", ".png", ".rst"),
    "tables": (".csv", ".md", ".rst", ".tex"),
}
DRAWN = jobs.drawings(STUDY)
DRAWINGS = [
    f"{RESULTS}/{place}{end}" for place in DRAWN for end in ENDINGS[Path(place).parent.name]
]


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


def drawn_from(drawing):
    """Input files of a figure or table, all others if it is the last."""
    read = [str(RESULTS / jobs.STEPS[step].format(**names)) for step, names in drawing.needs]
    if drawing.last:
        others = [one for one in DRAWINGS if Path(one).stem != drawing.stem]
        read += [one for one in others if one.endswith((".svg", ".csv"))]
    return read


def drawing_parameters(drawing):
    """Arguments of a figure's script, and what must make it run again."""
    only = f" --experiment {shlex.quote(drawing.experiment)}" if drawing.experiment else ""
    script = Path(workflow.basedir, "figures", f"{drawing.script}.py")
    return {
        "arguments": f"{ARGUMENTS}{only}",
        "settings": digest(STUDY),
        "code": lambda wildcards: jobs.code_digest(str(script), *jobs.class_modules(STUDY, {})),
    }
