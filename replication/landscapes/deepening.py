"""QAOA trained depth by depth: each circuit begins where the shallower one ended."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from replication.ansatze.qaoa_limits import interpolated
from replication.checks import check_whole, real_array
from replication.errors import UserError
from replication.landscapes.functions import Energy, Floats
from replication.landscapes.trainings import train
from replication.landscapes.transitions import beside, zero_pairs

if TYPE_CHECKING:
    import optax


class Course(NamedTuple):
    """A training through all depths.

    A circuit of q layers is one of all layers whose others have zero angles: its evaluations count
    as one each, and its costs are costs of the deepest circuit.

    - `values`: the cost at each evaluation, `(evaluations,)`; NaN for one of a Hessian.
    - `gradient_norms`: Euclidean norms of the gradient there, by the angles that are not held at
      zero.
    - `theta`: the best angles of the deepest circuit, `(2p,)`.
    """

    values: Floats
    gradient_norms: Floats
    theta: Floats


Deepening = Callable[[Sequence[Energy], Any, "optax.GradientTransformation", int], Course]


def by_interpolation(
    costs: Sequence[Energy], first: Any, optimiser: "optax.GradientTransformation", evaluations: int
) -> Course:
    r"""INTERP: the angles of q layers, interpolated to q + 1, are where these begin.

    **Arguments:**

    - `costs`: of QAOA at the depths 1 … p in this order, JAX functions of the angles
      $(\gamma_1 … \gamma_q, \beta_1 … \beta_q)$.
    - `first`: where the first depth begins, `(2,)`.
    - `optimiser`: of optax, new at each depth.
    - `evaluations`: values with gradients over all depths, which have equal shares.

    L. Zhou et al., doi:10.1103/PhysRevX.10.021067.

    >>> import optax
    >>> from replication import maxcut, qaoa
    >>> problem = maxcut([(0, 1), (1, 2), (2, 3), (0, 3), (0, 2)])
    >>> costs = [qaoa(problem, p).energy for p in (1, 2)]
    >>> found = by_interpolation(costs, [0.3, -0.4], optax.adam(0.05), 100)
    >>> found.values.shape, bool(found.values[-1] < found.values[:50].min())
    ((100,), True)
    """
    theta, parts = _first(costs, first, evaluations), []
    for depth, cost in enumerate(costs, start=1):
        if depth > 1:
            theta = np.concatenate([interpolated(row) for row in np.split(theta, 2)])
        found = train(cost, theta[None], optimiser, _share(evaluations, depth, len(costs)) - 1)
        parts.append((found.values[0], found.gradient_norms[0]))
        theta = found.best[0]
    return _course(parts, theta)


def by_transition_states(
    costs: Sequence[Energy], first: Any, optimiser: "optax.GradientTransformation", evaluations: int
) -> Course:
    """Greedy transition states: down from both sides of each of the 2q - 1 at q layers.

    Of what a depth may spend, the Hessians take 2k evaluations each for k angles. Half of what is
    left goes to short descents from all sides, the other half to the best one.

    **Arguments:** as of [`by_interpolation`][].

    **Raises:** [`UserError`][] for a budget that is too small for them.

    Sack, Medina, Kueng and Serbyn, arXiv:2209.01159.
    """
    theta, parts = _first(costs, first, evaluations), []
    for depth, cost in enumerate(costs, start=1):
        left = _share(evaluations, depth, len(costs))
        starts = theta[None]
        if depth > 1:
            points = zero_pairs(theta)
            starts = beside(cost, points)[0].reshape(-1, points.shape[1])
            parts.append((np.full(2 * points.size, np.nan),) * 2)
            short = (left - 2 * points.size) // 2 // len(starts)
            if short < 2:
                raise UserError(
                    f"evaluations = {evaluations} are too few for the transition states of "
                    f"{depth} layers"
                )
            tried = train(cost, starts, optimiser, short - 1)
            parts.append((tried.values.ravel(), tried.gradient_norms.ravel()))
            starts = tried.best[[np.argmin(tried.values.min(axis=1))]]
            left -= 2 * points.size + tried.values.size
        found = train(cost, starts, optimiser, left - 1)
        parts.append((found.values[0], found.gradient_norms[0]))
        theta = found.best[0]
    return _course(parts, theta)


def _first(costs: Sequence[Energy], first: Any, evaluations: int) -> Floats:
    check_whole("evaluations", evaluations, 2 * len(costs))
    theta = real_array("first", first)
    if theta.shape != (2,) or not costs:
        raise UserError(f"first must be one gamma and one beta, got shape {theta.shape}")
    return theta


def _share(evaluations: int, depth: int, depths: int) -> int:
    """Evaluations of one depth; all depths together have all."""
    return evaluations * depth // depths - evaluations * (depth - 1) // depths


def _course(parts: list[tuple[Floats, Floats]], theta: Floats) -> Course:
    values, norms = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Course(values, norms, theta)
