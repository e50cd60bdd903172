"""Commands for users of a network: from a graph in a file to angles, and what is known of both."""

import argparse
import json
import math
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from replication import store
from replication.checks import check_whole
from replication.errors import UserError
from replication.metalearner.artefact import QUERIES
from replication.metalearner.session import Session
from replication.metalearner.units import range_in_words
from replication.problems.graph_files import SUFFIXES

if TYPE_CHECKING:
    from replication.metalearner.artefact import MetaOptimizer
    from replication.problems.ising import IsingProblem

DONE = 3
"""exit status of `ask` where no query is left"""
DEPTH = 4
"""layers of the circuit where none are given"""
FAILED = "failed"
"""what `tell` is given for an evaluation that failed"""


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

    text = "the angles whose cost is wanted next, of a session in a file"
    status = f"exit status {DONE} where no query is left"
    one = commands.add_parser("ask", help=text, description=f"{text}; {status}.")
    one.add_argument("session", type=Path, help="JSON file; made if there is none")
    one.add_argument("--problem", help="file of a weighted graph; of a session that is there, too")
    _add_format(one)
    _add_network(one)
    one.add_argument("--queries", type=int, help="of a new session (default 10)")
    _add_form(one)

    text = "the cost of the angles last asked for"
    one = commands.add_parser("tell", help=text, description=text)
    one.add_argument("session", type=Path, help="JSON file")
    one.add_argument("cost", help=f"a number (after -- if negative), or {FAILED!r} to ask again")
    one.add_argument(
        "--query",
        type=int,
        help="which query it answers, as ask said: the same answer twice then counts once",
    )

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


def _add_form(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument(
        "--order",
        choices=("own", "qiskit"),
        default="own",
        help="of the angles: gammas first, or betas as in Qiskit's QAOAAnsatz",
    )


def run(arguments: argparse.Namespace) -> None:
    """Do what the command line says."""
    with warnings.catch_warnings():
        # One line each, without the line of code that it comes from.
        warnings.simplefilter("default")
        warnings.showwarning = _say_warning
        content, text = COMMANDS[arguments.command](arguments)
    print(_as_json(content) if getattr(arguments, "json", False) else text)
    if arguments.command == "ask" and content["done"]:
        raise Finished


Answer = tuple[dict[str, Any], str]
"""What a command found, and the same in words."""


def _suggest(arguments: argparse.Namespace) -> Answer:
    asked = (arguments.shots, arguments.then, arguments.picture, arguments.queries)
    if not arguments.simulate and any(one is not None for one in asked):
        raise UserError("--shots, --queries, --then and --picture need --simulate")
    if arguments.shots is not None:
        check_whole("--shots", arguments.shots, 1)
    for path in (arguments.out, arguments.picture):
        _check_folder(path)
    problem, learner = _graph(arguments.graph, arguments), _network(arguments)
    if not arguments.simulate:
        first = learner.session(problem).ask()
        content: dict[str, Any] = {"queries": 0, **_angles(first, learner, arguments.order)}
        return _written(content, arguments), _lines(content)
    from replication.ansatze.qaoa import qaoa

    circuit = qaoa(problem, learner.metadata["depth"])
    energy, values = _simulated(problem, circuit, arguments)
    queries = QUERIES if arguments.queries is None else arguments.queries
    method = learner.on(problem, queries=queries)
    best = (method.then(arguments.then) if arguments.then else method)(energy).x
    shots = arguments.shots if arguments.shots is not None else 1000
    measured = circuit.sample(best, shots, arguments.seed)
    outcome = problem.best_of(measured)
    weight = float(np.triu(problem.couplings).sum())
    content = {
        "queries": len(values),
        **_angles(best, learner, arguments.order),
        "lowest cost": float(min(values)),
        "expected cut": (weight - float(np.mean(problem.energy(measured)))) / 2,
        "cut": outcome.cut,
        "samples": shots,
        "seen": outcome.times,
        "word": outcome.bits,
        "bits": {str(node): bit for node, bit in outcome.of_nodes.items()},
        "costs": [float(value) for value in values],
    }
    _written(content, arguments)
    if arguments.picture:
        _draw(values, queries, arguments.picture)
    return content, _lines(content)


def _simulated(
    problem: "IsingProblem", circuit: Any, arguments: argparse.Namespace
) -> tuple[Any, list[float]]:
    """The cost, and a list that all queries are added to."""
    values: list[float] = []

    def energy(theta: np.ndarray) -> float:
        if arguments.shots is not None:
            # Other shots at every query.
            bits = circuit.sample(theta, arguments.shots, arguments.seed + 1 + len(values))
            values.append(float(np.mean(problem.energy(bits))))
        else:
            values.append(float(circuit.energy(theta)))
        if sys.stderr.isatty():
            print(f"\rquery {len(values)}: cost {values[-1]:<12.6g}", end="", file=sys.stderr)
        return values[-1]

    return energy, values


def _ask(arguments: argparse.Namespace) -> Answer:
    from replication.metalearner.artefact import open_session

    path, problem = arguments.session, arguments.problem
    if not path.exists():
        if problem is None:
            raise UserError(f"there is no session {path}; a new one needs --problem")
        _check_folder(path)
        queries = QUERIES if arguments.queries is None else arguments.queries
        session = _network(arguments).session(_graph(problem, arguments), path, queries=queries)
        session.save(path)
        return _state(session, arguments.order)
    session = open_session(path)
    # What is given again must be what the session was made with.
    named = arguments.network is not None or arguments.p is not None
    learner = _network(arguments) if named else session.learner
    queries = session.queries if arguments.queries is None else arguments.queries
    if problem is not None:
        session = learner.session(_graph(problem, arguments), path, queries=queries)
    elif named or queries != session.queries:
        session = Session.open(path, learner)
        session.check_is(Session(learner, session.scaling, queries))
    return _state(session, arguments.order)


def _tell(arguments: argparse.Namespace) -> Answer:
    from replication.metalearner.artefact import open_session

    session = open_session(arguments.session)
    if arguments.cost == FAILED:
        cost = float("nan")
    else:
        try:
            cost = float(arguments.cost)
        except ValueError:
            raise UserError(f"cost {arguments.cost!r} must be a number or {FAILED!r}") from None
        if np.isnan(cost):
            raise UserError(f"cost is nan: give {FAILED!r} for an evaluation that failed")
    session.tell(cost, query=arguments.query)
    return _state(session, "own")


def _state(session: "Session", order: str) -> Answer:
    content: dict[str, Any] = {
        "query": min(session.number, session.total),
        "of": session.total,
        "done": session.done,
    }
    if session.done:
        found = session.result
        content |= {**_angles(found.best, session.learner, order), "cost": found.best_value}
    else:
        content |= _angles(session.ask(), session.learner, order)
    return content, _lines(content)


def _info(arguments: argparse.Namespace) -> Answer:
    from replication.metalearner.artefact import load_meta_optimizer, networks, open_session

    if arguments.name is None:
        found: dict[str, Any] = {**networks()}
        return found, "\n".join(f"{name:<22}{text}" for name, text in found.items())
    if arguments.name.endswith(".json"):
        return _state(open_session(arguments.name), "own")
    content = _card(load_meta_optimizer(arguments.name))
    return content, _lines(content)


def _card(learner: "MetaOptimizer") -> dict[str, Any]:
    """What a user must know of a network."""
    about = learner.metadata
    trained = about.get("trained_on", {})
    return {
        "name": about.get("name"),
        "problem": learner.summary,
        "angles": ", ".join(about.get("parameter_names", [])),
        "units": learner.units,
        "start": "adiabatic angles" if learner.needs_start else "zeros",
        "queries in training": about.get("queries"),
        "trained on": {name: range_in_words(*ends) for name, ends in trained.items()},
        "error in validation": about.get("validation_error"),
        "parameters": int(sum(array.size for array in learner.weights.arrays.values())),
        "study": about.get("provenance", {}).get("study"),
        "commit": about.get("provenance", {}).get("git_commit"),
        "digest": learner.digest,
    }


def _problem(arguments: argparse.Namespace) -> Answer:
    problem = _graph(arguments.graph, arguments)
    weights = problem.couplings[np.triu_indices(problem.num_spins, 1)]
    kept = weights[weights != 0]
    content: dict[str, Any] = {
        "nodes": problem.num_spins,
        "edges": int(kept.size),
        "weights": range_in_words(float(kept.min()), float(kept.max())),
        "sum of weights": float(kept.sum()),
        "scale in natural units": problem.natural_units.energy,
        "offset": problem.offset,
        "unit of gamma in natural units": problem.natural_units.angles["gamma"],
        **{name: round(value, 6) for name, value in problem.features.items()},
        "names": [str(node) for node in problem.nodes],
    }
    return content, _lines(content)


def _recommend(arguments: argparse.Namespace) -> Answer:
    from replication.recommendation import recommend

    found = recommend(_graph(arguments.graph, arguments), arguments.p)
    content: dict[str, Any] = {
        **found._asdict(),
        "best": found.best._asdict(),
        "without_network": found.without_network._asdict(),
        "starts": [one._asdict() for one in found.starts],
    }
    return content, str(found)


def _train(arguments: argparse.Namespace) -> Answer:
    from replication.own_training import train

    if arguments.out.suffix != ".npz":
        raise UserError(f"--out {arguments.out} must end in .npz")
    learner = train(
        [_graph(path, arguments) for path in arguments.graphs],
        arguments.p,
        name=arguments.out.stem,
        checkpoint=arguments.checkpoint,
        **{name: getattr(arguments, name) for name in ("steps", "seeds", "hidden")},
    )
    learner.save(arguments.out)
    content = _card(learner)
    return content, _lines(content)


def _graph(path: str, arguments: argparse.Namespace) -> "IsingProblem":
    from replication.problems.graph_files import read_graph
    from replication.problems.maxcut import maxcut

    return maxcut(read_graph(path, arguments.format))


def _network(arguments: argparse.Namespace) -> "MetaOptimizer":
    from replication.metalearner.artefact import load_meta_optimizer
    from replication.metalearner.network_file import pretrained_names

    depth = DEPTH if arguments.p is None else arguments.p
    name = arguments.network or f"ising-p{depth}"
    if not arguments.network and name not in pretrained_names():
        known = ", ".join(one for one in pretrained_names() if one.startswith("ising-p"))
        raise UserError(
            f"no network for {depth} layers comes with the package; there is {known}, and "
            "train-network makes others: name yours by --network"
        )
    learner = load_meta_optimizer(name)
    layers = learner.metadata.get("depth")
    if "gamma_1" not in learner.metadata.get("parameter_names", []):
        raise UserError(f"network {learner.origin!r} is of other circuits than a graph's QAOA")
    if arguments.p not in (None, layers):
        raise UserError(f"network {learner.origin!r} has {layers} layers: give --p {layers}")
    return learner


def _check_folder(path: Path | None) -> None:
    """Refuse a file in a folder that is not there, before anything is paid for."""
    if path is not None and not path.parent.is_dir():
        raise UserError(f"the folder of {path} does not exist")


def _angles(theta: np.ndarray, learner: "MetaOptimizer", order: str) -> dict[str, Any]:
    """Angles by name in the order asked for, and as one list."""
    names = list(learner.metadata["parameter_names"])
    pairs = [*zip(names, theta.tolist(), strict=True)]
    if order == "qiskit":
        half = len(pairs) // 2
        pairs = pairs[half:] + pairs[:half]
    return {"angles": dict(pairs), "theta": [value for _, value in pairs]}


def _as_json(content: dict[str, Any]) -> str:
    """JSON, which has no infinity: null for it."""
    return json.dumps(_finite(content), indent=1, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _written(content: dict[str, Any], arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.simulate and sys.stderr.isatty():
        print(file=sys.stderr)
    if arguments.out:
        store.write(arguments.out, (_as_json(content) + "\n").encode())
    return content


def _lines(content: dict[str, Any]) -> str:
    """One line a fact; lists that repeat others are left out."""
    rows = []
    for name, value in content.items():
        if name in ("theta", "costs") or value is None:
            continue
        if isinstance(value, dict):
            value = ", ".join(f"{key} {_number(each)}" for key, each in value.items())
        elif isinstance(value, list):
            value = " ".join(map(str, value))
        rows.append(f"{name}: {_number(value)}")
    return "\n".join(rows)


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _draw(values: list[float], queries: int, path: Path) -> None:
    """Costs and the lowest so far, by query."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 2.6), layout="constrained")
    ax = figure.subplots()
    steps = np.arange(1, len(values) + 1)
    ax.plot(steps, values, ".", color="#888888", label="cost")
    ax.step(steps, np.minimum.accumulate(values), where="post", color="#D55E00", label="lowest")
    if len(values) > queries:
        ax.axvline(queries + 0.5, color="black", linewidth=0.6, linestyle=":")
    ax.set_xlabel("query")
    ax.set_ylabel("cost ⟨H⟩")
    ax.legend(frameon=False)
    try:
        figure.savefig(path, dpi=200)
    except (OSError, ValueError) as error:
        raise UserError(f"cannot write the picture {path}: {error}") from None


def _say_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    print(f"replication: warning: {message}", file=sys.stderr)


COMMANDS: Mapping[str, Callable[[argparse.Namespace], Answer]] = {
    "suggest": _suggest,
    "ask": _ask,
    "tell": _tell,
    "info": _info,
    "problem": _problem,
    "recommend": _recommend,
    "train-network": _train,
}
"""what does each command, by its name"""
