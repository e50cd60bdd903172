"""One start, then one local optimiser, on one instance: the trace of all its queries."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import jax
import numpy as np

from replication import optimisers, starts
from replication.ansatze.base import Ansatz, simplex_edges
from replication.cost import BudgetExhausted, Coordinates, Cost, CountedCost
from replication.evaluation.optima import energy_gradient
from replication.evaluation.shots import SampledEnergy
from replication.metalearner.artefact import MetaOptimizer
from replication.problems.base import Problem

if TYPE_CHECKING:
    from replication.kinds.meta_learning_settings import Evaluation


class Trace(NamedTuple):
    r"""Best so far after each query, and what the start itself did.

    - `energy`: exact $\langle H\rangle$, offset included, of the point of lowest observed cost
      after each query, `(budget,)`: the lowest so far where costs are exact, not under shot noise.
    - `point`: that point, `(budget, k)`.
    - `start_queries`: queries that the start made.
    - `suggested`, `suggested_energy`: the start's own queries in order, `(start_queries, k)`, and
      what they returned, `(start_queries,)`.
    - `queries`: queries made in all, at most the budget.
    """

    energy: np.ndarray
    point: np.ndarray
    start_queries: int
    suggested: np.ndarray
    suggested_energy: np.ndarray
    queries: int


class Noise(NamedTuple):
    """Generators of one trace, named apart: the start's, the optimiser's, the shots'."""

    start: np.random.Generator
    optimiser: np.random.Generator
    shots: np.random.Generator


@jax.jit
def _energy(ansatz: Ansatz, theta: jax.Array) -> jax.Array:
    return ansatz.energy(theta)


def _costs(
    problem: Problem, ansatz: Ansatz, settings: "Evaluation", rng: np.random.Generator
) -> tuple[CountedCost, Callable[[np.ndarray], float]]:
    """The counted cost that the settings ask for, with `rng` for its shots; the exact energy."""
    scale, offset = problem.normaliser, problem.offset
    on_device = jax.device_put(ansatz)

    def exact(theta: np.ndarray) -> float:
        return _energy(on_device, theta).item()

    def gradient(theta: np.ndarray) -> np.ndarray:
        return np.asarray(energy_gradient(on_device, theta)) / scale

    if settings.shots is None:
        cost = CountedCost(lambda theta: (exact(theta) - offset) / scale, settings.budget, gradient)
        return cost, exact
    shots, sample = settings.shots, SampledEnergy(ansatz)
    sampled = CountedCost(
        lambda theta: (sample(theta, shots, rng) - offset) / scale, settings.budget, None
    )
    return sampled, exact


def trace(
    start: str,
    problem: Problem,
    ansatz: Ansatz,
    points: starts.TrainingPoints,
    settings: "Evaluation",
    *,
    noise: Noise,
    learner: MetaOptimizer | None = None,
) -> Trace:
    """Follow one start and the local optimiser after it until the budget is used up.

    **Arguments:** `start`: a name in `replication.starts`; `noise`: its generators for this
    instance; `learner`: the network, where the start is one.

    **Raises:** [`UserError`][] for an optimiser that needs gradients where costs are sampled.
    """
    cost, exact = _costs(problem, ansatz, settings, noise.shots)
    context = starts.Context(
        problem=problem,
        ansatz=ansatz,
        cost=cost,
        rng=noise.start,
        queries=settings.queries,
        training=points,
        learner=learner,
    )
    start_queries = settings.budget
    try:
        theta = starts.load(start).start(context)
        start_queries = len(cost.values)
        own: Cost = cost
        origin, edges = theta, simplex_edges(ansatz, settings.simplex)
        if settings.whitened:
            matrix = points.natural.whitening / context.units[:, None]
            own, origin = Coordinates(cost, theta, matrix), np.zeros(theta.size)
            edges = np.full(theta.size, settings.simplex[0])
        optimisers.load(settings.optimiser).minimise(
            own, origin, edges=edges, budget=cost.remaining + 1, rng=noise.optimiser
        )
    except BudgetExhausted:
        pass
    best, point = cost.best_so_far()
    energies = best * problem.normaliser + problem.offset
    if settings.shots is not None:
        distinct, which = np.unique(point, axis=0, return_inverse=True)
        energies = np.array([exact(theta) for theta in distinct])[which.ravel()]
    return Trace(
        energy=energies,
        point=point,
        start_queries=start_queries,
        suggested=np.array(cost.points[:start_queries]).reshape(start_queries, point.shape[1]),
        suggested_energy=np.array(cost.values[:start_queries]) * problem.normaliser
        + problem.offset,
        queries=len(cost.values),
    )
