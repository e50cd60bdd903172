"""The words that a user's commands take, and how their answers are printed."""

import argparse
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from replication import answers
from replication.answers import DEPTH, FAILED, Answer
from replication.problems.graph_files import SUFFIXES

DONE = 3
"""exit status of `ask` where no query is left"""


class Finished(Exception):
    """All queries of a session are done."""


def add_to(commands: Any) -> None:
    """A parser for each command."""
    text = "angles for a graph in a file, by a trained network"
    one = commands.add_parser("suggest", help=text, description=f"{text}. {_FORMATS}")
    _add_graph(one)
    _add_network(one)
    one.add_argument(
        "--simulate",
        action="store_true",
        help="query a simulated cost; without it the network's first angles alone are given",
    )
    one.add_argument("--shots", type=int, help="shots for each query (default: exact costs)")
    one.add_argument("--seed", type=int, default=0, help="of the shots (default 0)")
    one.add_argument("--queries", type=int, help="of the network (default 10)")
    one.add_argument("--then", metavar="METHOD", help="SciPy's method from there, such as cobyqa")
    one.add_argument("--out", type=Path, help="file for all of it, as JSON")
    one.add_argument("--picture", type=Path, help="file for the trace of costs, .png or .pdf")
    _add_form(one)

    text = "angles for a graph by a formula, a table or a draw, without a network or a query"
    one = commands.add_parser("initial-angles", help=text, description=f"{text}. {_FORMATS}")
    one.add_argument("start", help="name of a start such as tree_angles or lr_qaoa")
    _add_graph(one)
    one.add_argument("--p", type=int, default=DEPTH, help=f"layers (default {DEPTH})")
    one.add_argument("--seed", type=int, default=0, help="of a start that draws (default 0)")
    _add_form(one)

    text = "the angles whose cost is wanted next, of a session in a file"
    status = f"exit status {DONE} where no query is left"
    one = commands.add_parser("ask", help=text, description=f"{text}; {status}.")
    one.add_argument("session", type=Path, help="JSON file; made if there is none")
    one.add_argument("--problem", help="file of a weighted graph; of a session that is there, too")
    _add_format(one)
    _add_network(one)
    one.add_argument("--queries", type=int, help="of a new session (default 10)")
    _add_form(one, kept=True)

    text = "the cost of the angles last asked for"
    one = commands.add_parser("tell", help=text, description=text)
    one.add_argument("session", type=Path, help="JSON file")
    one.add_argument("cost", help=f"a number (after -- if negative), or {FAILED!r} to ask again")
    one.add_argument(
        "--query",
        type=int,
        help="which query it answers, as ask said: the same answer twice then counts once",
    )

    text = "take the last cost of a session back, such as a wrong one"
    one = commands.add_parser("take-back", help=text, description=text)
    one.add_argument("session", type=Path, help="JSON file")

    text = "the best cut among measured bits"
    one = commands.add_parser("cut", help=text, description=f"{text}. {_FORMATS}")
    _add_graph(one)
    one.add_argument("counts", type=Path, help="JSON file, from words of bits to counts")
    _add_form(one)

    text = "what a network was trained on, or where a session is"
    one = commands.add_parser("info", help=text, description=text)
    one.add_argument("name", nargs="?", help="network, .npz file or session; all networks without")
    one.add_argument("--json", action="store_true", help="as JSON")

    text = "what is read from a file of a graph"
    one = commands.add_parser("problem", help=text, description=f"{text}. {_FORMATS}")
    _add_graph(one)
    one.add_argument("--json", action="store_true", help="as JSON")

    text = "the network and the other start that were best on graphs like one's own"
    one = commands.add_parser("recommend", help=text, description=f"{text}. {_FORMATS}")
    _add_graph(one)
    one.add_argument("--p", type=int, default=DEPTH, help=f"layers (default {DEPTH})")
    one.add_argument("--json", action="store_true", help="as JSON")

    text = "train a network on graphs of one's own, every fifth for validation"
    one = commands.add_parser("train-network", help=text, description=f"{text}. {_FORMATS}")
    one.add_argument("graphs", nargs="+", help="files of weighted graphs, at least five")
    _add_format(one)
    one.add_argument("--p", type=int, required=True, help="layers of the circuit")
    one.add_argument("--out", type=Path, required=True, help=".npz file of the network")
    one.add_argument("--steps", type=int, default=2000, help="of the training (default 2000)")
    one.add_argument("--seeds", type=int, default=3, help="networks to choose from (default 3)")
    one.add_argument("--hidden", type=int, default=64, help="units of the LSTM (default 64)")
    one.add_argument("--checkpoint", type=Path, help="file from which a stopped training goes on")
    one.add_argument("--json", action="store_true", help="as JSON")


_FORMATS = (
    "Formats, by the file's suffix: edge lists (.edgelist, .txt, .csv), Gset (.gset, .rudy), "
    "DIMACS (.dimacs), .gml, .graphml and .json."
)


def _add_graph(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("graph", help="file of a weighted graph")
    _add_format(parser)


def _add_format(parser: argparse.ArgumentParser) -> None:
    names = sorted({*SUFFIXES.values()})
    parser.add_argument("--format", choices=names, help="of the file, whatever its suffix")


def _add_network(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--p", type=int, help=f"layers of the circuit (default {DEPTH})")
    parser.add_argument("--network", help="name or .npz file (default: ising-p<p>)")


def _add_form(parser: argparse.ArgumentParser, *, kept: bool = False) -> None:
    """How angles are printed; `kept`: whether a session keeps their order."""
    parser.add_argument("--json", action="store_true", help="as JSON")
    kind = "; kept by the session" if kept else ""
    parser.add_argument(
        "--order",
        choices=("own", "qiskit"),
        default=None if kept else "own",
        help=f"gammas and qubit 0 first, or betas and the last qubit as in Qiskit{kind}",
    )


def run(arguments: argparse.Namespace) -> None:
    """Do what the command line says."""
    with warnings.catch_warnings():
        # One line each, without the line of code that it comes from.
        warnings.simplefilter("default")
        warnings.showwarning = _say_warning
        content, text = COMMANDS[arguments.command](arguments)
    print(answers.as_json(content) if getattr(arguments, "json", False) else text)
    if arguments.command == "ask" and content["done"]:
        raise Finished


def _say_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    print(f"replication: warning: {message}", file=sys.stderr)


COMMANDS: Mapping[str, Callable[[argparse.Namespace], Answer]] = {
    "suggest": answers.suggest,
    "initial-angles": answers.initial,
    "ask": answers.ask,
    "tell": answers.tell,
    "take-back": answers.take_back,
    "cut": answers.cut,
    "info": answers.info,
    "problem": answers.problem,
    "recommend": answers.recommend,
    "train-network": answers.train,
}
"""what does each command, by its name"""
