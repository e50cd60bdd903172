"""Train a network on one's own instances, in one call and in the process."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pydantic

from replication.ansatze.circuit import circuit_of
from replication.checks import check_problem, check_whole
from replication.errors import UserError
from replication.metalearner.artefact import MetaOptimizer
from replication.metalearner.session import QUERIES
from replication.metalearner.units import ranges_of
from replication.problems.base import Problem
from replication.seeds import generator_for, key_for

if TYPE_CHECKING:
    from replication.ansatze.base import Ansatz
    from replication.kinds.meta_learning_settings import Learner
    from replication.metalearner.rollout import Task
    from replication.metalearner.training import Trained

PURPOSE = "own training"
HELD_OUT = 5
"""every how many instances one is for validation, where none are given"""
RESTARTS, DESCENT = 11, 200
"""random beginnings of that search, and steps of Adam"""
DEFAULTS = {"form": "residual", "units": "natural", "steps": 2000, "seeds": 3}

Sampler = Callable[[np.random.Generator], Problem]


def train(
    problems: Iterable[Problem] | Sampler,
    p: int,
    *,
    validation: Iterable[Problem] | None = None,
    instances: int = 256,
    queries: int = QUERIES,
    seed: int = 0,
    name: str = "own",
    checkpoint: str | os.PathLike[str] | None = None,
    report: Callable[[int, int, np.ndarray], None] | None = None,
    **settings: Any,
) -> MetaOptimizer:
    """A network trained on instances like one's own; the best of its seeds on validation.

    Training goes as in the study (see [`train`][replication.metalearner.training.train]), in
    natural units and in single precision unless JAX is set otherwise. Instances of every size have
    the same weight. The network begins at the best single vector of angles.

    ```pycon
    >>> import replication as r
    >>> rings = [r.maxcut([(k, (k + 1) % n) for k in range(n)]) for n in (4, 6, 8, 4, 6)]
    >>> learner = r.train(rings, 1, steps=20, seeds=1, hidden=4)
    >>> learner.suggest(r.qaoa(rings[0], 1).energy, problem=rings[0]).points.shape
    (10, 2)

    ```

    **Arguments:**

    - `problems`: instances of `maxcut`, `sk`, `ising`, `qubo` or `hubbard`, all of one family; or
      a function that draws one from a `numpy.random.Generator`.
    - `p`: layers of QAOA, or steps of Hubbard's ansatz.
    - `validation`: instances to choose by; `None` for every fifth of `problems`.
    - `instances`: how many a function draws.
    - `queries`: T of the roll-out.
    - `seed`: of drawn instances, first weights and batches.
    - `name`: of the network.
    - `checkpoint`: a file from which an interrupted training goes on.
    - `report`: called after validation checks with the step, the steps of the training and the
      loss of every seed; `None` for lines on standard error.
    - `settings`: others of a [`Learner`][], such as `steps`, `seeds`, `hidden` and `batch`.

    **Raises:** [`UserError`][] for no instances, instances of several families, and settings that
    are none.
    """
    learner = _learner(settings)
    check_whole("p", p, 1)
    check_whole("queries", queries, 1)
    seen, judged = _split(problems, validation, instances, seed)
    circuits = [circuit_of(one, p) for one in seen]
    names = {tuple(one.parameter_names) for one in circuits}
    if len(names) > 1:
        raise UserError("instances must all have the same angles: QAOA's or Hubbard's, not both")
    tasks, held = _tasks(seen, p, learner), _tasks(judged, p, learner)
    constant = _constant([one for several in tasks.values() for one in several], circuits, seen)
    trained = _trained(learner, constant, tasks, held, queries, seed, checkpoint, report)
    return _chosen(trained, learner, seen, circuits[0], p, queries, name)


def _learner(settings: Mapping[str, Any]) -> "Learner":
    from replication.kinds.meta_learning_settings import Learner

    try:
        return Learner.model_validate({**DEFAULTS, **settings})
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        raise UserError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _split(
    problems: Iterable[Problem] | Sampler,
    validation: Iterable[Problem] | None,
    instances: int,
    seed: int,
) -> tuple[list[Problem], list[Problem]]:
    """Instances for training and for validation."""
    if callable(problems):
        check_whole("instances", instances, 2)
        rng = generator_for(seed, PURPOSE)
        problems = [problems(rng) for _ in range(instances)]
    every = list(problems)
    for one in every:
        check_problem(one)
    judged = every[HELD_OUT - 1 :: HELD_OUT] if validation is None else list(validation)
    if validation is None:
        every = [one for place, one in enumerate(every) if (place + 1) % HELD_OUT]
    if not every or not judged:
        raise UserError(
            f"{len(every)} instances to train on and {len(judged)} for validation: "
            f"at least one of each is needed, which takes {HELD_OUT} without validation="
        )
    return every, judged


def _size(problem: Problem) -> str:
    """Number of spins or of sites."""
    found = problem.features
    return f"{found.get('number of spins', found.get('number of sites', 0.0)):g}"


def _tasks(problems: Sequence[Any], p: int, learner: "Learner") -> "dict[str, list[Task]]":
    """Batches by size, each in groups of circuits that stack."""
    import jax

    from replication.ansatze.base import stack
    from replication.metalearner.rollout import task_for

    groups: dict[str, dict[Any, list[Any]]] = {}
    for one in problems:
        task = task_for(one, circuit_of(one, p), units=learner.units, norm=learner.norm)
        kind = jax.tree.structure(task), tuple(np.shape(leaf) for leaf in jax.tree.leaves(task))
        groups.setdefault(_size(one), {}).setdefault(kind, []).append(task)
    return {size: [stack(each) for each in kinds.values()] for size, kinds in groups.items()}


def _constant(
    batches: "list[Task]", circuits: "Sequence[Ansatz]", problems: Sequence[Problem]
) -> np.ndarray:
    """The best single vector of angles, in natural units."""
    from replication.ansatze.base import random_angles
    from replication.ansatze.names import angle_units
    from replication.evaluation.single_vector import NATURAL_FACTORS, descend

    names, rows = circuits[0].parameter_names, []
    for circuit, one in zip(circuits, problems, strict=True):
        unit = angle_units(names, one.natural_units)
        rows.append(np.asarray(circuit.heuristic(one.natural_units)) * unit)
    unit = angle_units(names, problems[0].natural_units)
    random = random_angles(circuits[0], np.random.default_rng(0), RESTARTS) * unit
    factors = np.sort(np.append(NATURAL_FACTORS, 1.0))
    begun = np.concatenate([np.multiply.outer(factors, np.mean(rows, axis=0)), random])
    ends, costs = descend(begun, batches, steps=DESCENT, capacity=len(begun))
    return np.asarray(ends[int(np.argmin(costs))])


def _trained(
    learner: "Learner",
    constant: np.ndarray,
    tasks: "dict[str, list[Task]]",
    held: "dict[str, list[Task]]",
    queries: int,
    seed: int,
    checkpoint: str | os.PathLike[str] | None,
    report: Callable[[int, int, np.ndarray], None] | None,
) -> "Trained":
    """The networks of all seeds."""
    import jax

    from replication.metalearner.network import Network, starting_at
    from replication.metalearner.training import train as train_networks

    keys = {
        use: jax.numpy.stack([key_for(seed, PURPOSE, use, each) for each in range(learner.seeds)])
        for use in ("initial network", "training batches")
    }

    def drawn(key: jax.Array) -> Network:
        return Network(constant.size, learner.hidden, learner.form, learner.inputs, key=key)

    networks = jax.jit(jax.vmap(drawn))(keys["initial network"])
    free = next(iter(tasks.values()))[0].free

    def say(step: int, steps: int, losses: Any) -> None:
        found = np.asarray(losses)
        if report is not None:
            report(step, steps, found)
        elif step % (5 * learner.validate_every) == 0 or step == steps:
            shown = " ".join(f"{value:.4f}" for value in found)
            print(f"training: step {step} of {steps}, validation {shown}", file=sys.stderr)

    return train_networks(
        learner,
        starting_at(constant, networks, starts_there=not free),
        tasks,
        held,
        queries=queries,
        keys=keys["training batches"],
        checkpoint=None if checkpoint is None else Path(checkpoint),
        report=say,
    )


def _chosen(
    trained: "Trained",
    learner: "Learner",
    problems: Sequence[Problem],
    circuit: "Ansatz",
    p: int,
    queries: int,
    name: str,
) -> MetaOptimizer:
    """The network of the lowest validation loss, with what its user must know."""
    import jax

    from replication.metalearner.network import weights_of

    best = int(np.argmin(trained.validation_loss))
    network = jax.tree.map(lambda leaf: np.asarray(leaf)[best], trained.networks)
    return MetaOptimizer(
        weights_of(network),
        {
            "name": name,
            "problem": {"kind": problems[0].kind},
            "depth": p,
            "parameter_names": list(circuit.parameter_names),
            "queries": queries,
            "inputs": learner.inputs,
            "theta_0": learner.theta_0,
            "norm": learner.norm,
            "units": learner.units,
            "needs_start": not circuit.neutral_at_zero,
            "train_sizes": sorted({_size(one) for one in problems}),
            "trained_on": ranges_of(problems, learner.units),
            "learner": "own",
            "seed": best,
            "validation_loss": float(trained.validation_loss[best]),
        },
    )
