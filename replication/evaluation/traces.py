"""One start, then one local optimiser, on one instance: the trace of all its queries."""

from typing import NamedTuple

import jax
import numpy as np

from replication import optimisers, starts
from replication.classes import Ansatz, Problem, simplex_edges
from replication.evaluation.counting import BudgetExhausted, CountedCost
from replication.metalearner.artefact import MetaOptimizer
from replication.study import Evaluation


class Trace(NamedTuple):
    r"""Best so far after each query, and what the start itself did.

    - `energy`: lowest $\langle H\rangle$ after each query, offset included, `(budget,)`.
    - `point`: where, `(budget, k)`.
    - `start_queries`: queries that the start made.
    - `suggested`, `suggested_energy`: the start's own queries in order, `(start_queries, k)` and
      `(start_queries,)`.
    - `queries`: queries made in all, at most the budget.
    """

    energy: np.ndarray
    point: np.ndarray
    start_queries: int
    suggested: np.ndarray
    suggested_energy: np.ndarray
    queries: int


class TrainingPoints(NamedTuple):
    """What starts take over from the training set; see [`starts.Context`][]."""

    constant: np.ndarray
    median: np.ndarray
    ramp_scale: float


@jax.jit
def _energy(ansatz: Ansatz, theta: jax.Array) -> jax.Array:
    return ansatz.energy(theta)


def trace(
    start: str,
    problem: Problem,
    ansatz: Ansatz,
    points: TrainingPoints,
    settings: Evaluation,
    *,
    rng: np.random.Generator,
    learner: MetaOptimizer | None = None,
) -> Trace:
    """Follow one start and the local optimiser after it until the budget is used up.

    **Arguments:** `start`: a name in `replication.starts`; `rng`: its noise for this instance;
    `learner`: the network, where the start is one.
    """
    scale, offset = problem.normaliser, problem.offset
    on_device = jax.device_put(ansatz)
    cost = CountedCost(
        lambda theta: (float(_energy(on_device, theta)) - offset) / scale, settings.budget
    )
    context = starts.Context(
        problem=problem,
        ansatz=ansatz,
        cost=cost,
        rng=rng,
        queries=settings.queries,
        learner=learner,
        **points._asdict(),
    )
    start_queries = settings.budget
    try:
        theta = starts.load(start).start(context)
        start_queries = len(cost.values)
        optimisers.load(settings.optimiser).minimise(
            cost, theta, edges=simplex_edges(ansatz, settings.simplex), budget=cost.remaining + 1
        )
    except BudgetExhausted:
        pass
    best, point = cost.best_so_far()
    return Trace(
        energy=best * scale + offset,
        point=point,
        start_queries=start_queries,
        suggested=np.array(cost.points[:start_queries]).reshape(start_queries, point.shape[1]),
        suggested_energy=np.array(cost.values[:start_queries]) * scale + offset,
        queries=len(cost.values),
    )
