"""Searches and gradients by cost queries alone, which several starts and optimisers use."""

from collections.abc import Callable, Sequence

import numpy as np

from replication.cost import Cost, CountedCost


def descend(
    cost: Callable[[np.ndarray], float],
    start: np.ndarray,
    *,
    edges: np.ndarray,
    queries: int,
    tolerance: float = 1e-8,
) -> np.ndarray:
    """The best point of a search from the simplex `start`, `start + edges[k] e_k`; shape `(k,)`.

    **Arguments:** `cost`: normalised to [-1, 1], so that a tolerance means the same everywhere;
    `edges`: shape `(k,)`; `queries`: at most so many; `tolerance`: difference of costs over the
    simplex at which the search ends, its points within 1e-5 too, or 1e-3 for a coarse tolerance.

    Nelder and Mead 1965, doi:10.1093/comjnl/7.4.308.
    """
    from scipy.optimize import minimize

    found = minimize(
        cost,
        start,
        method="Nelder-Mead",
        options={
            "initial_simplex": np.vstack([start, start + np.diag(edges)]),
            "maxfev": queries,
            "maxiter": queries,
            "xatol": 1e-5 if tolerance <= 1e-5 else np.inf,
            "fatol": tolerance,
        },
    )
    return np.asarray(found.x)


def search_factors(
    cost: CountedCost, base: np.ndarray, groups: Sequence[np.ndarray], *, queries: int
) -> np.ndarray:
    """The best of points whose groups of angles are multiplied by a factor each; shape `(k,)`.

    **Arguments:** `base`: angles, shape `(k,)`, asked for first; `groups`: masks of angles, each
    with a factor of its own; `queries`: how many are made.
    """

    def scaled(factors: np.ndarray) -> float:
        theta = base
        for factor, group in zip(factors, groups, strict=True):
            theta = np.where(group, theta * factor, theta)
        return cost(theta)

    count = len(groups)
    descend(scaled, np.ones(count), edges=np.full(count, 0.2), queries=queries)
    return cost.best_point


def with_nlopt(
    algorithm: str, cost: Cost, start: np.ndarray, *, edges: np.ndarray, budget: int
) -> None:
    """Search by an algorithm of NLopt, in units of `edges`, from first steps of 1 to 1e-4."""
    import nlopt

    search = nlopt.opt(getattr(nlopt, algorithm), start.size)
    search.set_min_objective(lambda x, _: cost(start + edges * x))
    search.set_initial_step(1.0)
    search.set_xtol_abs(1e-4)
    search.set_maxeval(budget)
    search.optimize(np.zeros(start.size))


def central_gradient(
    cost: Callable[[np.ndarray], float], x: np.ndarray, reach: float = 0.1
) -> np.ndarray:
    r"""$(f(x + r e_k) - f(x - r e_k)) / 2r$ for each k, shape `(k,)`; two queries each."""
    steps = reach * np.eye(x.size)
    return np.array([(cost(x + step) - cost(x - step)) / (2 * reach) for step in steps])
