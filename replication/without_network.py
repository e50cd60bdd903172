"""The angles that a start of the study gives on one's own instance: formulas, tables, searches."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from replication import starts
from replication.ansatze.circuit import circuit_of
from replication.checks import check_whole
from replication.cost import CountedCost
from replication.errors import UserError
from replication.seeds import generator_for

if TYPE_CHECKING:
    from replication.problems.base import Problem

PURPOSE = "initial angles"
TAUGHT = "the training set"
"""what a start may use that a single instance cannot give"""


def available(family: str) -> list[str]:
    """Names of the starts that serve a family of angles and need no training set."""
    serving = (one for one in starts.names() if starts.applies(one, family))
    return [one for one in serving if starts.uses(one) != TAUGHT]


def initial_angles(
    start: str,
    problem: "Problem",
    p: int,
    cost: Callable[[NDArray[np.float64]], float] | None = None,
    *,
    queries: int = 10,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Angles to begin with, without a network.

    Formulas and tables ask for no cost, and take any number of spins; a start that searches, such
    as `sk_angles_scaled`, makes up to `queries` queries of it. `recommend` says which start was the
    best where.

    ```pycon
    >>> import replication as r
    >>> ring = r.maxcut([(k, (k + 1) % 8) for k in range(8)])
    >>> theta = r.initial_angles("tree_angles", ring, p=1)
    >>> print(theta.round(4), round(float(r.qaoa(ring, p=1).energy(theta)), 6))
    [ 0.3927 -0.3927] -4.0

    ```

    **Arguments:**

    - `start`: the name of a file of `replication/starts` that uses no training set.
    - `problem`: the instance; `p`: layers, or Trotter steps of the Hubbard ansatz.
    - `cost`: takes angles to the energy of the circuit on the instance; `None` for the simulator.
    - `queries`: how many a searching start may make; INTERP and FOURIER make as many as they need.
    - `seed`: of starts that draw.

    **Returns:** angles in the circuit's own units, shape `(k,)`.

    **Raises:** [`UserError`][] for another name, naming those that serve the problem, and for
    numbers that make no sense.
    """
    check_whole("p", p, 1)
    check_whole("queries", queries, 1)
    check_whole("seed", seed, 0)
    ansatz = circuit_of(problem, p, simulated=False)
    family = "qaoa" if "gamma_1" in ansatz.parameter_names else "trotter"
    if start not in available(family):
        why = "is no start of the package"
        if start in starts.names():
            other = not starts.applies(start, family)
            why = "is for other circuits" if other else "needs a training set, or is a network"
        raise UserError(f"{start!r} {why}; allowed are {', '.join(available(family))}")

    @cache
    def asked() -> Callable[[NDArray[np.float64]], Any]:
        return circuit_of(problem, p).energy if cost is None else cost

    def normalised(theta: NDArray[np.float64]) -> float:
        return (float(asked()(theta)) - problem.offset) / (problem.normaliser or 1.0)

    module: Any = starts.load(start)
    own = getattr(module, "OWN_BUDGET", False)
    context = starts.Context(
        problem=problem,
        ansatz=ansatz,
        cost=CountedCost(normalised, budget=10_000 if own else queries),
        rng=generator_for(seed, PURPOSE, start),
        queries=queries,
        # A start that uses none does not look at it.
        training=cast(starts.TrainingPoints, None),
    )
    return np.asarray(module.start(context), np.float64)
