"""The points that probes begin at: random ones, starts of this package and its networks."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from replication.errors import UserError
from replication.probes.instances import drawn, half_periods

if TYPE_CHECKING:
    from replication.ansatze.base import Ansatz
    from replication.metalearner.artefact import MetaOptimizer
    from replication.problems.base import ProblemClass
    from replication.starts import TrainingPoints

STARTS = (
    "ramp",
    "adiabatic",
    "natural_ramp",
    "natural_adiabatic",
    "natural_constant",
    "sk_angles",
)
"""Starts that probes compare by default; of them those that serve the circuit."""

OFFERED = (*STARTS, "constant", "tree_angles", "lr_qaoa", "inverse_depth")
"""Starts that need no query, and of a training set no more than [`training_points`][] gives."""

RANDOM = "random in the box"
PERIODS = "random in the periods"
RANDOMS = (RANDOM, PERIODS)
"""Uniform on the ansatz' own box of angles, and on a period of each."""

_FACTORS = (1.0, 0.5, 0.71, 1.4, 2.0)
_SCALES = np.geomspace(0.25, 16, 97)
_RESTARTS = 8


def check_sizes(problem: "ProblemClass", sizes: Sequence[str]) -> None:
    """Refuse sizes that the class does not allow, and none at all."""
    if not sizes:
        raise UserError("sizes is empty; give at least one size")
    for size in sizes:
        problem.check_size(size)


def check_starts(names: Sequence[str]) -> None:
    """Refuse starts that probes cannot make."""
    for name in names:
        if name not in OFFERED:
            raise UserError(f"start {name!r} must be one of {', '.join(OFFERED)}")


def half_widths(ansatz: "Ansatz", which: str) -> np.ndarray:
    """Of the box that random angles are from, `(k,)`; angles without a period are from (-π, π)."""
    if which == RANDOM:
        return np.asarray(ansatz.angle_box, float)
    return half_periods(ansatz, math.pi)


def random_points(ansatz: "Ansatz", which: str, count: int, rng: np.random.Generator) -> np.ndarray:
    """Uniform angles, shape `(count, k)`."""
    half = half_widths(ansatz, which)
    return rng.uniform(-half, half, (count, half.size))


def served(problem: "ProblemClass", names: Sequence[str]) -> list[str]:
    """Those of some starts that are made for the class' circuits."""
    from replication import starts

    return [name for name in names if starts.applies(name, problem.family)]


def _circuit(maker: "ProblemClass", depth: int, instance: Any) -> "Ansatz":
    return maker.circuit(instance, depth)


def training_points(
    problem: "ProblemClass", sizes: Sequence[str], depth: int, count: int, seed: int
) -> "TrainingPoints":
    """What starts take over from a training set: constant angles and the ramps' factors.

    The vector of lowest mean cost in either kind of units, each size with equal weight: the best
    end of L-BFGS from the heuristic with five factors and random angles. What no start of
    `OFFERED` asks for is left empty.

    **Arguments:** `count`: instances over all `sizes`; `depth`: of the circuit.
    """
    from replication.ansatze.names import families_of
    from replication.seeds import generator_for
    from replication.starts import NaturalPoints, TrainingPoints

    each = max(1, count // len(sizes))
    sets = [drawn(problem, size, each, seed, "training") for size in sizes]
    circuit = problem.circuit(sets[-1][0], depth)
    scaled = sets[-1][0].natural_units.angles
    which = np.array([one in scaled for one in families_of(circuit.parameter_names)])
    rng = generator_for(seed, "constants", problem.kind, depth)
    points, factors = {}, {}
    for units in ("coefficients", "natural"):
        constant, factor = _best(problem, sets, depth, units, which, rng)
        points[units] = constant
        factors[units] = factor if units == "natural" or problem.scaled_heuristic else 1.0
    none = np.full((0, circuit.num_parameters), np.nan)
    natural = NaturalPoints(
        points["natural"],
        none[:0],
        factors["natural"],
        [one for several in sets for one in several],
        none,
        none,
    )
    return TrainingPoints(points["coefficients"], none[:0], factors["coefficients"], natural)


def _best(
    problem: "ProblemClass",
    sets: Sequence[Sequence[Any]],
    depth: int,
    units: Any,
    which: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, float]:
    """The best vector, and the best factor on the heuristic's scaled angles."""
    import equinox as eqx

    from replication.ansatze.base import random_angles
    from replication.landscapes import lbfgs, values
    from replication.metalearner.rollout import batch_of
    from replication.metalearner.units import scales_of

    groups = []
    for several in sets:
        for maker, some in problem.groups(several):
            groups.append(batch_of(some, _circuits(maker, depth), units=units))
    weights = np.array([len(group.scale) for group in groups]) / sum(map(len, sets))
    cost = eqx.Partial(_mean_cost, groups, weights)
    circuits = [problem.circuit(one, depth) for one in sets[-1]]
    names = circuits[0].parameter_names
    scales = [scales_of(one, names, units) for one in sets[-1]]
    heuristic = np.mean(
        [
            np.asarray(circuit.heuristic(own.natural)) * own.angles
            for circuit, own in zip(circuits, scales, strict=True)
        ],
        axis=0,
    )
    moved = which if which.any() else ~which
    tried = [np.where(moved, factor * heuristic, heuristic) for factor in _FACTORS]
    beginnings = np.concatenate([tried, random_angles(circuits[0], rng, _RESTARTS)])
    ends, costs = lbfgs(cost, beginnings)
    best = ends[int(np.argmin(costs))]
    if not which.any():
        return best, 1.0
    ramps = np.where(which, heuristic * _SCALES[:, None], heuristic)
    return best, float(_SCALES[int(np.argmin(values(cost, ramps)))])


def _circuits(problem: "ProblemClass", depth: int) -> "Callable[[Any], Ansatz]":
    return lambda instance: problem.circuit(instance, depth)


def _mean_cost(groups: Sequence[Any], weights: np.ndarray, theta: Any) -> Any:
    import jax
    import jax.numpy as jnp

    means = [jnp.mean(jax.vmap(type(one).cost, (0, None))(one, theta)) for one in groups]
    return jnp.dot(jnp.stack(means), jnp.asarray(weights, means[0].dtype))


def load_learners(
    names: Sequence[str], problem: "ProblemClass", size: str, depth: int
) -> "dict[str, MetaOptimizer]":
    """The package's networks by name; [`UserError`][] for one of a circuit of other angles."""
    from replication.metalearner.artefact import load_meta_optimizer

    found = {name: load_meta_optimizer(name) for name in names}
    instance = drawn(problem, size, 1, 0, "training")[0] if names else None
    for name, learner in found.items():
        ours = tuple(problem.circuit(instance, depth).parameter_names)
        theirs = tuple(learner.metadata["parameter_names"])
        if theirs != ours:
            raise UserError(
                f"network {name!r} proposes {', '.join(theirs)}, but the circuit of depth {depth} "
                f"takes {', '.join(ours)}"
            )
    return found


def points_of(
    instance: Any,
    ansatz: "Ansatz",
    names: Sequence[str],
    training: "TrainingPoints",
    learners: "Mapping[str, MetaOptimizer]",
) -> dict[str, np.ndarray]:
    """The point of each start and network on one instance, shapes `(k,)`.

    Networks hand over the best of the ten points that they query.
    """
    import warnings

    from replication import starts
    from replication.cost import CountedCost

    def energy(theta: np.ndarray) -> float:
        return float(ansatz.energy(theta))

    def cost(theta: np.ndarray) -> float:
        return (energy(theta) - float(instance.offset)) / float(instance.normaliser)

    found = {}
    for name in names:
        made = starts.Context(
            problem=instance,
            ansatz=ansatz,
            cost=CountedCost(cost, 1),
            rng=np.random.default_rng(0),
            queries=1,
            training=training,
        )
        found[name] = np.asarray(starts.load(name).start(made), float)
    for name, learner in learners.items():
        with warnings.catch_warnings():
            # Of instances unlike its training's, which are what is asked about.
            warnings.filterwarnings("ignore", message=".*was not trained on problems like this")
            found[name] = learner.suggest(energy, problem=instance).best
    return found
