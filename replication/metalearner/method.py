"""A network as a method of SciPy's `minimize` and of loops that take such a method."""

import inspect
import reprlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import numpy as np

from replication.ansatze.names import Order, families_of
from replication.checks import real_array
from replication.errors import UserError, warn_user

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

    from replication.metalearner.artefact import MetaOptimizer
    from replication.metalearner.session import Session
    from replication.problems.base import Problem

PERIODS = {"beta": np.pi}
"""Shifts that change a state by a sign at most, whatever the instance: of QAOA's mixer."""
_SETTINGS = {"offset", "queries", "scale", "unit"}
_IGNORED = {"jac", "hess", "hessp", "tol", "disp"}
STEP = 0.1
"""radians, of a local optimiser's first steps"""
STOPPED = 99
"""SciPy's status of a minimisation that the callback stopped."""


class Method:
    """A network, and after it perhaps a local optimiser, for one problem.

    Made by [`MetaOptimizer.on`][] and [`MetaOptimizer.then`][]. It is a `method` of
    `scipy.optimize.minimize`, and what other packages call a minimiser:

    ```pycon
    >>> import replication as r
    >>> import scipy.optimize
    >>> problem = r.maxcut([(k, (k + 1) % 6) for k in range(6)])
    >>> method = r.load_meta_optimizer("ising-p4").on(problem).then("COBYQA")
    >>> found = scipy.optimize.minimize(r.qaoa(problem, p=4).energy, None, method=method)
    >>> found.nfev > 10 and round(float(found.fun), 4) == -6.0
    True

    ```
    """

    def __init__(
        self,
        learner: "MetaOptimizer",
        problem: "Problem | None" = None,
        order: Order = "own",
        settings: Mapping[str, Any] | None = None,
        local: tuple[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """**Arguments:** `settings`: of [`MetaOptimizer.session`][]; `local`: method, options."""
        if order not in get_args(Order):
            raise UserError(f"order {order!r} must be one of {', '.join(get_args(Order))}")
        self.learner, self.problem, self.order = learner, problem, order
        self.settings, self.local = dict(settings or {}), local

    def then(self, method: str, **options: Any) -> "Method":
        """The same, followed by a method of SciPy from the best point.

        Methods without gradients begin with steps of 0.1 rad if `options` do not say otherwise.

        **Arguments:** `options`: of that method.
        """
        return Method(self.learner, self.problem, self.order, self.settings, (method, options))

    def __call__(
        self,
        fun: Callable[..., Any],
        x0: Any = None,
        args: tuple[Any, ...] = (),
        *,
        bounds: Any = None,
        callback: Callable[..., Any] | None = None,
        constraints: Any = (),
        **options: Any,
    ) -> "OptimizeResult":
        """Minimise a cost.

        **Arguments:**

        - `fun`: the cost, a callable of angles and `args`.
        - `x0`: where the network starts, queried first; `None` for the start it was trained from.
        - `bounds`: as SciPy's. Angles β are moved by π into them; others that leave them are
          clipped, with a warning.
        - `callback`: called after each query with the best point, or with `intermediate_result`;
          `StopIteration` ends the search.
        - `options`: `queries`, also as `maxfev` or `maxiter`, `scale`, `offset`, `unit` and
          `problem`.

        **Raises:** [`UserError`][] for constraints, unknown options and bad bounds.
        """
        # A string would be taken as its characters, a mapping as its keys.
        if isinstance(args, str | bytes | Mapping) or not np.iterable(args):
            raise UserError(f"args must be a tuple, got {reprlib.repr(args)}")
        if np.size(constraints):
            raise UserError(f"{self.learner!r} takes no constraints; leave them out")
        # SciPy makes an array of None.
        start = None if isinstance(x0, np.ndarray) and x0.tolist() == [None] else x0
        if start is not None and self.order == "qiskit":
            start = swapped(real_array("x0", start))
        session = self._session(start, options)
        box = box_of(bounds, self.learner.num_parameters, self._periods())
        if self.order == "qiskit":
            box = Box(swapped(box.low), swapped(box.high), box.periods)
        stop = self._query(session, lambda theta: fun(self._given(theta), *args), box, callback)
        found = self._result(session, box, stop)
        if self.local is None or stop:
            return found
        return self._polish(found, fun, args, bounds, callback)

    def _session(self, start: Any, options: Mapping[str, Any]) -> "Session":
        """The network's queries, with the settings of this method and of one call."""
        settings, problem = dict(self.settings), self.problem
        for name, value in sorted(options.items()):
            if name == "problem":
                problem = value
            elif name in ("maxfev", "maxiter"):
                # The start is one of the evaluations.
                asked = name == "maxfev" and (start is not None or self.learner.needs_start)
                settings["queries"] = value - asked
            elif name in _SETTINGS:
                settings[name] = value
            elif name not in _IGNORED:
                allowed = ", ".join(sorted({*_SETTINGS, "maxfev", "maxiter", "problem"}))
                raise UserError(f"unknown option {name}; allowed are {allowed}")
        return self.learner.session(problem, start=start, **settings)

    def _periods(self) -> np.ndarray:
        """Of each angle, `(k,)`, in the network's order; infinite for those without a known one."""
        unnamed = [""] * self.learner.num_parameters
        families = families_of(self.learner.metadata.get("parameter_names", unnamed))
        return np.array([PERIODS.get(family, np.inf) for family in families])

    def _query(
        self,
        session: "Session",
        cost: Callable[[np.ndarray], Any],
        box: "Box",
        callback: Callable[..., Any] | None,
    ) -> bool:
        """All queries, inside of the box; whether the callback stopped them."""
        clipped = False

        def inside(theta: np.ndarray) -> np.ndarray:
            nonlocal clipped
            moved = box.clipped(theta)
            if not clipped and (moved != theta).any():
                clipped = True
                warn_user("angles of the network lie outside of the bounds and are clipped")
            return moved

        while not session.done:
            session.query(lambda theta: cost(box.image(theta)), inside)
            if callback is not None and self._stopped(session, box, callback):
                return True
        return False

    def _stopped(self, session: "Session", box: "Box", callback: Callable[..., Any]) -> bool:
        """Whether the callback asks to stop."""
        best, value = session.best
        best = box.image(best)
        from scipy.optimize import OptimizeResult

        try:
            if "intermediate_result" in _parameters(callback):
                callback(intermediate_result=OptimizeResult(x=self._given(best), fun=value))
            else:
                callback(self._given(best))
        except StopIteration:
            return True
        return False

    def _result(self, session: "Session", box: "Box", stopped: bool) -> "OptimizeResult":
        from scipy.optimize import OptimizeResult

        best, value = session.best
        words = "the callback stopped it" if stopped else "the network's queries are used up"
        return OptimizeResult(
            x=self._given(box.image(best)),
            fun=value,
            nfev=len(session.paid),
            nit=len(session.paid) - (session.scaling.start is not None),
            success=not stopped,
            status=STOPPED if stopped else 0,
            message=words,
        )

    def _polish(
        self,
        found: "OptimizeResult",
        fun: Callable[..., Any],
        args: tuple[Any, ...],
        bounds: Any,
        callback: Callable[..., Any] | None,
    ) -> "OptimizeResult":
        """SciPy's method from the best point; its evaluations and the network's together."""
        from scipy.optimize import minimize

        assert self.local is not None
        method, given = self.local
        options = first_steps(method, found.x) | dict(given)
        try:
            ended = minimize(
                fun, found.x, args, method, bounds=bounds, callback=callback, options=options
            )
        except ValueError as error:
            if "Unknown solver" in str(error):
                raise UserError(f"SciPy has no method {method!r}") from None
            raise
        ended.nfev += found.nfev
        if found.fun < ended.fun:
            ended.x, ended.fun = found.x, found.fun
        return ended

    def _given(self, theta: np.ndarray) -> np.ndarray:
        """Angles in the order of the cost."""
        return swapped(theta) if self.order == "qiskit" else theta


class Box(NamedTuple):
    """Bounds of angles and the periods of their images, `(k,)` each, infinite where there is none.

    The network sees its own angles; the cost is evaluated at their images inside of the bounds.
    """

    low: np.ndarray
    high: np.ndarray
    periods: np.ndarray

    def _shift(self, theta: np.ndarray) -> np.ndarray:
        """Whole periods that bring angles inside, or as close as they come."""
        with np.errstate(invalid="ignore"):
            up = np.ceil((self.low - theta) / self.periods)
            down = np.floor((self.high - theta) / self.periods)
        turns = np.where(theta < self.low, up, np.where(theta > self.high, down, 0.0))
        known = np.isfinite(self.periods) & np.isfinite(turns)
        return np.where(known, turns, 0.0) * np.where(known, self.periods, 0.0)

    def image(self, theta: np.ndarray) -> np.ndarray:
        """Where the cost is evaluated, for angles of the network that are [`clipped`][]."""
        return np.clip(theta + self._shift(theta), self.low, self.high)

    def clipped(self, theta: np.ndarray) -> np.ndarray:
        """The same angles, but those whose image leaves the bounds at their ends."""
        shift = self._shift(theta)
        moved = theta + shift
        kept = np.clip(moved, self.low, self.high)
        return np.where(kept == moved, theta, kept - shift)


def box_of(bounds: Any, k: int, periods: np.ndarray) -> Box:
    """Bounds as SciPy takes them: `None`, its `Bounds`, or a pair for each angle.

    **Arguments:** `k`: number of angles; `periods`: of each, `(k,)`.

    **Raises:** [`UserError`][] for another number of them, and for bounds that leave no room.
    """
    if bounds is None or (not hasattr(bounds, "lb") and not np.size(bounds)):
        return Box(np.full(k, -np.inf), np.full(k, np.inf), periods)
    if hasattr(bounds, "lb"):
        low, high = (np.broadcast_to(np.asarray(b, float), k) for b in (bounds.lb, bounds.ub))
    else:
        pairs: Sequence[Any] = [*bounds]
        if len(pairs) != k or any(np.size(pair) != 2 for pair in pairs):
            raise UserError(f"bounds must be a pair for each of {k} angles, got {len(pairs)}")
        ends = [(-np.inf if a is None else a, np.inf if b is None else b) for a, b in pairs]
        low, high = np.array(ends, float).T
    if not (low <= high).all():
        raise UserError("bounds must have low ends at most as large as high ends")
    return Box(low, high, periods)


def first_steps(method: str, best: np.ndarray) -> dict[str, Any]:
    """Options by which SciPy's methods without gradients begin with steps of 0.1 rad.

    Their own are so long that what the network found is lost.
    """
    match method.lower():
        case "cobyla":
            return {"rhobeg": STEP}
        case "cobyqa":
            return {"initial_tr_radius": STEP}
        case "nelder-mead":
            return {"initial_simplex": np.vstack([best, best + STEP * np.eye(best.size)])}
    return {}


def swapped(theta: np.ndarray) -> np.ndarray:
    """Angles (γ, β) as (β, γ) and back.

    >>> swapped(np.array([1.0, 2.0, 3.0, 4.0])).tolist()
    [3.0, 4.0, 1.0, 2.0]
    """
    first, second = np.split(theta, 2)
    return np.concatenate([second, first])


def _parameters(function: Callable[..., Any]) -> Mapping[str, Any]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        # Of built-in functions there may be none.
        return {}
