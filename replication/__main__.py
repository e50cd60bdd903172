"""The command line: `python -m replication STEP …` does one job of the workflow."""

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from replication import compilation, environment, provenance, workflow
from replication.errors import UserError
from replication.study import Study, digest, dump_study, load_study, schema_text

HELP = {
    "instances": "draw the instances of a sample: train, validation or one of the tests",
    "shots": "find the shots a cost query takes",
    "constants": "find the best single angle vector on the training set",
    "optima": "find the optima of a sample's instances",
    "train": "train the meta-learner, going on from its last checkpoint",
    "select": "choose the network to use by validation loss",
    "traces": "minimise every instance of a test sample from one start, under one protocol",
    "reference": "collect the best known optima of a test sample",
    "statistics": "errors, distances and intervals of a test sample under one protocol",
    "claims": "judge the paper's claims by the study's thresholds",
}
MANY_SMALL = ("constants", "train")
"""steps that differentiate many small circuits side by side, and take long to compile"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="replication",
        description="One job of the replication workflow; snakemake calls these in order.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for step, text in HELP.items():
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
    return parser


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
        results=_results(arguments),
        names=names,
        threads=min(arguments.threads, provenance.available_cores()),
    )


def _results(arguments: argparse.Namespace) -> Path:
    """The folder of the study's results."""
    given: Path | None = arguments.results
    return given or Path("results") / Path(arguments.study).stem


def _configure(job: workflow.Job) -> None:
    """Set up JAX and the numerical libraries through the environment, before they are imported."""
    rolled = job.step in MANY_SMALL
    os.environ.update(environment.variables(job.threads, rolled=rolled))
    cache = (job.results.parent / ".jax_cache").resolve()
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(cache))
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")


def _import(*modules: str) -> None:
    """Import what a job needs, and set up what only an imported library can be told."""
    for module in modules:
        importlib.import_module(module)
    # A job waits for each energy before it asks for the next, and handing a small circuit to a
    # thread takes longer than the circuit. JAX reads this from no variable of the environment.
    if jax := sys.modules.get("jax"):
        jax.config.update("jax_cpu_enable_async_dispatch", False)
        compilation.watch()


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status is 2 for mistakes that a user can mend."""
    arguments = _parser().parse_args(argv)
    try:
        if arguments.command == "schema":
            print(schema_text(), end="")
        elif arguments.command == "study":
            study = load_study(arguments.study)
            print(f"# Effective study, digest {digest(study)}\n{dump_study(study)}", end="")
        else:
            job = _job(arguments)
            workflow.writable(job.results)
            _configure(job)
            _import(*job.modules)
            workflow.run(job)
    except UserError as error:
        print(f"replication: error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        where = f" {error.filename}" if error.filename else ""
        print(f"replication: error: cannot write{where}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("replication: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
