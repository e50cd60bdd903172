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

# Snakemake's limit of jobs a second starts a timer at each look for work that starts the next one:
# after a thousand jobs they take a quarter of a core. A cluster is to keep its limit.
if workflow.scheduling_settings and not workflow.resource_settings.nodes:
    workflow.scheduling_settings.max_jobs_per_timespan = None

ARGUMENTS = shlex.join(["--study", NAME, "--results", str(RESULTS)])
OUTPUT = {step: f"{RESULTS}/{path}" for step, path in jobs.STEPS.items()}
LOG = {
    step: f"{RESULTS}/logs/{Path(path).with_suffix('.log')}" for step, path in jobs.STEPS.items()
}
BENCHMARK = {
    step: f"{RESULTS}/benchmarks/{Path(path).with_suffix('.tsv')}"
    for step, path in jobs.STEPS.items()
}
FORMATS = ("pdf", "svg", "png", "rst")
FIGURES = [f"{RESULTS}/figures/{one.stem}.{end}" for one in jobs.figures(STUDY) for end in FORMATS]
TABLES = [
    f"{RESULTS}/tables/{one.stem}.{end}"
    for one in jobs.tables(STUDY)
    for end in ("md", "csv", "tex")
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
            [ARGUMENTS, *(f"--{name} {wildcards[name]}" for name in jobs.fields(step))]
        ),
        "settings": lambda wildcards: job(step, wildcards).settings,
        "code": lambda wildcards: job(step, wildcards).code,
    }


def urgency(step):
    """Priority of a step's jobs."""
    return lambda wildcards: jobs.urgency(STUDY, step, dict(wildcards.items()))


def drawn_from(drawing):
    """Input files of a figure or table, all others if it is the last."""
    read = [str(RESULTS / jobs.STEPS[step].format(**names)) for step, names in drawing.needs]
    if drawing.last:
        others = [one for one in FIGURES if Path(one).stem != drawing.stem]
        read += [one for one in (*others, *TABLES) if one.endswith((".svg", ".csv"))]
    return read


def drawing_parameters(drawing):
    """Arguments of a figure's script, and what must make it run again."""
    only = f" --experiment {drawing.experiment}" if drawing.experiment else ""
    script = Path(workflow.basedir, "figures", f"{drawing.script}.py")
    return {
        "arguments": f"{ARGUMENTS}{only}",
        "settings": digest(STUDY),
        "code": lambda wildcards: jobs.code_digest(str(script)),
    }
