"""What the commands for users of a network find: each gives a dictionary and the same in words."""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from replication import store
from replication.ansatze.names import Order
from replication.checks import check_whole
from replication.errors import UserError
from replication.metalearner.session import QUERIES, Session
from replication.metalearner.units import range_in_words
from replication.metalearner.view import View
from replication.problems.assignments import tallied

if TYPE_CHECKING:
    from replication.metalearner.artefact import MetaOptimizer
    from replication.problems.ising import IsingProblem

DEPTH = 4
"""layers of the circuit where none are given"""
FAILED = "failed"
"""what `tell` is given for an evaluation that failed"""

Answer = tuple[dict[str, Any], str]
"""What a command found, and the same in words."""


def suggest(arguments: argparse.Namespace) -> Answer:
    """Angles for a graph, the first ones or after queries of a simulated cost."""
    asked = (arguments.shots, arguments.then, arguments.picture, arguments.queries)
    if not arguments.simulate and any(one is not None for one in asked):
        raise UserError("--shots, --queries, --then and --picture need --simulate")
    if arguments.shots is not None:
        check_whole("--shots", arguments.shots, 1)
    for path in (arguments.out, arguments.picture):
        _check_folder(path)
    problem, learner = _graph(arguments.graph, arguments), _network(arguments)
    if not arguments.simulate:
        session = learner.session(problem, order=arguments.order)
        content: dict[str, Any] = {"queries": 0, **_asked(session, session.ask())}
        return _written(content, arguments), _lines(content)
    from replication.ansatze.qaoa import qaoa

    circuit = qaoa(problem, learner.metadata["depth"])
    energy, values = _simulated(problem, circuit, arguments)
    queries = _queries(arguments)
    method = learner.on(problem, queries=queries)
    best = (method.then(arguments.then) if arguments.then else method)(energy).x
    shots = arguments.shots if arguments.shots is not None else 1000
    measured = circuit.sample(best, shots, arguments.seed)
    content = {
        "queries": len(values),
        **_angles(best, learner.metadata["parameter_names"], arguments.order),
        "lowest cost": float(min(values)),
        **_cut(problem, measured),
        "costs": [float(value) for value in values],
    }
    _written(content, arguments)
    if arguments.picture:
        _draw(values, queries, arguments.picture)
    return content, _lines(content)


def initial(arguments: argparse.Namespace) -> Answer:
    """The angles of a start that is no network and asks for no cost."""
    from replication.ansatze.qaoa import unsimulated
    from replication.without_network import initial_angles

    problem = _graph(arguments.graph, arguments)

    def no_cost(theta: np.ndarray) -> float:
        raise UserError(
            f"{arguments.start} queries costs; `initial_angles` of Python takes a function for them"
        )

    theta = initial_angles(arguments.start, problem, arguments.p, no_cost, seed=arguments.seed)
    names = unsimulated(problem, arguments.p).parameter_names
    content = {"start": arguments.start, **_angles(theta, names, arguments.order)}
    return content, _lines(content)


def cut(arguments: argparse.Namespace) -> Answer:
    """The best cut among measured bits."""
    problem = _graph(arguments.graph, arguments)
    try:
        counts = json.loads(arguments.counts.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"cannot read {arguments.counts}: {error.strerror}") from None
    except ValueError:
        counts = None
    if not isinstance(counts, dict):
        raise UserError(f'{arguments.counts} must be JSON such as {{"0110": 12, "1001": 7}}')
    content = _cut(problem, counts, arguments.order)
    return content, _lines(content)


def _cut(problem: "IsingProblem", measured: Any, order: Order = "own") -> dict[str, Any]:
    """The mean and the best of measured bits, given as counts or shots."""
    best = problem.best_of(measured, order)
    outcomes, counts = tallied(measured, problem.nodes, order)
    weight = float(np.triu(problem.couplings).sum())
    mean = float(np.average(problem.energy(outcomes), weights=counts))
    return {
        "mean cut": (weight - mean) / 2,
        "samples": int(counts.sum()),
        "cut": best.cut,
        "seen": best.times,
        "word": best.bits,
        "bits": {str(node): bit for node, bit in best.of_nodes.items()},
    }


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


def ask(arguments: argparse.Namespace) -> Answer:
    """The angles whose cost is wanted next, of a session that is there or a new one."""
    from replication.metalearner.artefact import open_session

    path, problem = arguments.session, arguments.problem
    if not path.exists():
        if problem is None:
            raise UserError(f"there is no session {path}; a new one needs --problem")
        _check_folder(path)
        session = _network(arguments).session(
            _graph(problem, arguments),
            path,
            queries=_queries(arguments),
            order=arguments.order or "own",
        )
        session.save(path)
        return _state(session)
    session = open_session(path)
    # What is given again must be what the session was made with.
    named = arguments.network is not None or arguments.p is not None
    learner = _network(arguments) if named else session.learner
    queries = _queries(arguments, session.queries)
    order = arguments.order or session.view.order
    if problem is not None:
        session = learner.session(_graph(problem, arguments), path, queries=queries, order=order)
    elif named or queries != session.queries or order != session.view.order:
        session = Session.open(path, learner)
        session.check_is(Session(learner, session.scaling, queries, view=View(order)))
    return _state(session)


def tell(arguments: argparse.Namespace) -> Answer:
    """What a session asks for after one more cost."""
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
    return _state(session)


def take_back(arguments: argparse.Namespace) -> Answer:
    """What a session asks for again, without its last cost."""
    from replication.metalearner.artefact import open_session

    session = open_session(arguments.session)
    session.take_back()
    return _state(session)


def _state(session: "Session") -> Answer:
    content: dict[str, Any] = {
        "query": min(session.number, session.total),
        "of": session.total,
        "done": session.done,
    }
    if session.done:
        found = session.result
        content |= {**_asked(session, found.best), "cost": found.best_value}
    else:
        content |= _asked(session, session.ask())
    return content, _lines(content)


def _asked(session: "Session", theta: np.ndarray) -> dict[str, Any]:
    """Angles of a session, in its order."""
    view, names = session.view, session.learner.metadata["parameter_names"]
    return _angles(view.ordered(theta), names, view.order)


def info(arguments: argparse.Namespace) -> Answer:
    """The networks, one of them, or where a session is."""
    from replication.metalearner.artefact import load_meta_optimizer, networks, open_session

    if arguments.name is None:
        found: dict[str, Any] = {**networks()}
        return found, "\n".join(f"{name:<22}{text}" for name, text in found.items())
    if arguments.name.endswith(".json"):
        return _state(open_session(arguments.name))
    content = _card(load_meta_optimizer(arguments.name))
    return content, _lines(content)


def _card(learner: "MetaOptimizer") -> dict[str, Any]:
    """What a user must know of a network."""
    about = learner.metadata
    trained = about.get("trained_on", {})
    return {
        "name": about.get("name"),
        "problem": learner.summary,
        "angles": list(about.get("parameter_names", [])),
        "units": learner.units,
        "start": "adiabatic angles" if learner.needs_start else "zeros",
        "queries in training": about.get("queries"),
        "trained on": {name: tuple(ends) for name, ends in trained.items()},
        "error in validation": about.get("validation_error"),
        "parameters": int(sum(array.size for array in learner.weights.arrays.values())),
        "study": about.get("provenance", {}).get("study"),
        "commit": about.get("provenance", {}).get("git_commit"),
        "digest": learner.digest,
    }


def problem(arguments: argparse.Namespace) -> Answer:
    """What is read from a file of a graph."""
    problem = _graph(arguments.graph, arguments)
    weights = problem.couplings[np.triu_indices(problem.num_spins, 1)]
    kept = weights[weights != 0]
    content: dict[str, Any] = {
        "nodes": problem.num_spins,
        "edges": int(kept.size),
        "weights": (float(kept.min()), float(kept.max())),
        "sum of weights": float(kept.sum()),
        "scale in natural units": problem.natural_units.energy,
        "offset": problem.offset,
        "unit of gamma in natural units": problem.natural_units.angles["gamma"],
        **{name: round(value, 6) for name, value in problem.features.items()},
        "names": [str(node) for node in problem.nodes],
    }
    return content, _lines(content)


def recommend(arguments: argparse.Namespace) -> Answer:
    """The network and the other start that were best on graphs like this one."""
    from replication.recommendation import recommend as recommended

    found = recommended(_graph(arguments.graph, arguments), arguments.p)
    content: dict[str, Any] = {
        **found._asdict(),
        "best": found.best._asdict(),
        "without_network": found.without_network._asdict(),
        "starts": [one._asdict() for one in found.starts],
    }
    return content, str(found)


def train(arguments: argparse.Namespace) -> Answer:
    """A network of one's own."""
    from replication.own_training import train as trained

    if arguments.out.suffix != ".npz":
        raise UserError(f"--out {arguments.out} must end in .npz")
    learner = trained(
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


def _queries(arguments: argparse.Namespace, otherwise: int = QUERIES) -> int:
    return otherwise if arguments.queries is None else int(arguments.queries)


def _check_folder(path: Path | None) -> None:
    """Refuse a file in a folder that is not there, before anything is paid for."""
    if path is not None and not path.parent.is_dir():
        raise UserError(f"the folder of {path} does not exist")


def _angles(theta: np.ndarray, names: Sequence[str], order: Order) -> dict[str, Any]:
    """Angles of the network's order by name in the order asked for, and as one list."""
    view = View(order)
    values = view.ordered(theta).tolist()
    named = zip(view.ordered(np.array(names)).tolist(), values, strict=True)
    return {"angles": dict(named), "theta": values}


def as_json(content: dict[str, Any]) -> str:
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
        store.write(arguments.out, (as_json(content) + "\n").encode())
    return content


def _lines(content: dict[str, Any]) -> str:
    """One line a fact; lists that repeat others are left out."""
    rows = []
    for name, value in content.items():
        if name in ("theta", "costs") or value is None:
            continue
        if isinstance(value, dict):
            value = ", ".join(f"{key} {_in_words(each)}" for key, each in value.items())
        rows.append(f"{name}: {_in_words(value)}")
    return "\n".join(rows)


def _in_words(value: Any) -> str:
    """A number, a list, or a tuple of the two ends of a range."""
    if isinstance(value, tuple):
        return range_in_words(*value)
    if isinstance(value, list):
        return " ".join(map(str, value))
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
