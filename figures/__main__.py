"""The command line of figures and tables: `python -m figures draw NAME …` or `list`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from figures import exhibits, script
from figures.results import Results
from replication import workflow
from replication.errors import UserError, exit_status
from replication.study import Study, load_study


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="figures", description="Figures and tables of a study; snakemake draws them in order."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    text = "draw one figure or table from the results of a study"
    one = commands.add_parser("draw", help=text, description=text)
    one.add_argument("script", help="name of its script")
    one.add_argument("--study", required=True, help="name of a study, or path of a YAML file")
    one.add_argument("--results", required=True, type=Path, help="folder of its results")
    one.add_argument("--experiment", help="experiment drawn, where the script is drawn for each")
    text = "print the name of every figure and table of a study"
    one = commands.add_parser("list", help=text, description=text)
    one.add_argument("study", nargs="?", default="paper", help="name, or path of a YAML file")
    return parser


def _study(name: str) -> Study:
    study = load_study(name)
    workflow.check(study)
    return study


def _draw(arguments: argparse.Namespace) -> None:
    """Draw what the arguments name."""
    module = exhibits.load(arguments.script)
    study = load_study(arguments.study)
    found = {one.experiment: one for one in exhibits.exhibits_of(arguments.script, study)}
    if not found:
        raise UserError(f"this study has nothing to show in {arguments.script}")
    if arguments.experiment not in found:
        allowed = ", ".join(name or "none" for name in found)
        raise UserError(
            f"{arguments.script} is not drawn for --experiment {arguments.experiment or 'none'}; "
            f"allowed are {allowed}"
        )
    results = Results(study, arguments.results)
    script.draw(module, results, found[arguments.experiment].name, arguments.experiment)


def _list(arguments: argparse.Namespace) -> None:
    """Print what a study has."""
    print("\n".join(one.name for one in exhibits.exhibits(_study(arguments.study))))


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status is 2 for mistakes that a user can mend."""
    arguments = _parser().parse_args(argv)
    work = _draw if arguments.command == "draw" else _list
    return exit_status(lambda: work(arguments))


if __name__ == "__main__":
    sys.exit(main())
