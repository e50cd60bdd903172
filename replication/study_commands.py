"""Commands of the study: one for each step of the workflow, and what is asked of a study."""

import argparse
import importlib
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from replication import compilation, environment, measure, provenance, workflow
from replication.errors import UserError
from replication.study import Study, digest, dump_study, load_study, schema_text


def add_to(commands: Any) -> None:
    """A command for each step, and `schema`, `study`, `expected` and `landscape`."""
    for step in workflow.STEPS:
        text = str(workflow.declared(step).__doc__)
        one = commands.add_parser(step, help=text, description=text)
        one.add_argument("--study", default="paper", help="name, or path of a YAML file")
        one.add_argument("--results", type=Path, help="default: results/<study>")
        one.add_argument("--threads", type=int, default=1, help="cores to use (default 1)")
        for field in workflow.fields(step):
            one.add_argument(f"--{field}", required=True)
    text = "print the JSON schema of a study file"
    commands.add_parser("schema", help=text, description=text)
    text = "print the effective study, all defaults filled in, as YAML"
    commands.add_parser("study", help=text, description=text).add_argument(
        "study", nargs="?", default="paper", help="name, or path of a YAML file"
    )
    text = "print how long a study takes, from its recorded run"
    one = commands.add_parser("expected", help=text, description=text)
    one.add_argument("study", nargs="?", default="paper", help="name, or path of a YAML file")
    one.add_argument("--results", type=Path, help="default: results/<study>")
    one.add_argument("--cores", type=int, help="cores to work on it (default: all of this machine)")
    text = "record what its jobs took in these finished results, for all who make it later"
    one.add_argument("--record", action="store_true", help=text)
    measure.add_to(commands)


def _job(arguments: argparse.Namespace) -> workflow.Job:
    """The job that the arguments name."""
    study: Study = load_study(arguments.study)
    workflow.check(study)
    names: dict[str, str] = {}
    for field in workflow.fields(arguments.command):
        value = getattr(arguments, field)
        values = workflow.allowed(field, arguments.command, study, names)
        if value not in values:
            raise UserError(f"unknown {field} {value!r}; allowed are {', '.join(values)}")
        names[field] = value
    if arguments.threads < 1:
        raise UserError(f"--threads must be at least 1 (got {arguments.threads})")
    return workflow.Job(
        step=arguments.command,
        study=study,
        results=arguments.results or workflow.results_of(arguments.study),
        names=names,
        threads=min(arguments.threads, provenance.available_cores()),
    )


def _expected(arguments: argparse.Namespace) -> str:
    """How long the whole study takes, in one sentence."""
    name = Path(arguments.study).stem
    workflow.check(load_study(arguments.study))
    cores = provenance.available_cores() if arguments.cores is None else arguments.cores
    if cores < 1:
        raise UserError(f"--cores must be at least 1 (got {cores})")
    if arguments.record:
        workflow.record(name, arguments.results or workflow.results_of(arguments.study))
    times = workflow.recorded(name)
    jobs: Counter[str] = Counter()
    for (step, _), (count, _) in times.items():
        jobs[step] += count
    return workflow.expectation(times, jobs, cores)


def _configure(job: workflow.Job) -> None:
    """Set up JAX and the numerical libraries through the environment, before they are imported."""
    rolled = getattr(workflow.declared(job.step), "COMPILE_BOUND", False)
    os.environ.update(environment.variables(job.threads, rolled=rolled))
    cache = (job.results.parent / ".jax_cache").resolve()
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(cache))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")


def _import(*modules: str) -> None:
    """Import what a job needs, and set up what an imported library alone can take."""
    for module in modules:
        importlib.import_module(module)
    # A job waits for each energy before it asks for the next, and handing a small circuit to a
    # thread takes longer than the circuit. JAX reads this from no variable of the environment.
    if jax := sys.modules.get("jax"):
        jax.config.update("jax_cpu_enable_async_dispatch", False)
        compilation.watch()


def run(arguments: argparse.Namespace) -> None:
    """Do what the command line says."""
    if arguments.command == "schema":
        print(schema_text(), end="")
    elif arguments.command == "study":
        study = load_study(arguments.study)
        workflow.check(study)
        print(f"# Effective study, digest {digest(study)}\n{dump_study(study)}", end="")
    elif arguments.command == "landscape":
        measure.run(arguments)
    elif arguments.command == "expected":
        print(_expected(arguments))
    else:
        job = _job(arguments)
        workflow.check_folder(job.results, arguments.study)
        workflow.mark(job.results, arguments.study)
        if taken := workflow.take_over(job):
            print(f"taken over from {taken}, which was made with the same settings and code")
            return
        _configure(job)
        _import(*job.modules)
        workflow.run(job)
