"""A network as a method of SciPy's `minimize` and of loops that take such a method."""

import inspect
import reprlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from replication.ansatze.names import Order
from replication.checks import check_whole
from replication.errors import UserError
from replication.metalearner.costs import cost_of
from replication.metalearner.session import QUERIES
from replication.metalearner.view import view_of

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

    from replication.metalearner.artefact import MetaOptimizer
    from replication.metalearner.session import Session
    from replication.problems.base import Problem

_SETTINGS = {"offset", "queries", "scale", "unit"}
_LIMITS = ("maxfev", "maxiter")
_DERIVATIVES = ("jac", "hess", "hessp")
STEP = 0.1
"""radians, of a local optimiser's first steps"""
STOPPED = 99
"""SciPy's status of a minimisation that the callback stopped."""
USED_UP = 1
"""SciPy's status of one whose evaluations are used up."""


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
        # Refused here and not at the first cost.
        view_of(order, None, learner.metadata.get("parameter_names", [""] * learner.num_parameters))
        self.learner, self.problem, self.order = learner, problem, order
        self.settings, self.local = dict(settings or {}), local

    def then(self, method: str, **options: Any) -> "Method":
        """The same, followed by a method of SciPy from the best point.

        Methods without gradients begin with steps of 0.1 rad if `options` do not say otherwise.

        **Arguments:** `options`: of that method, and `jac`, `hess`, `hessp` and `tol` as
        `scipy.optimize.minimize` takes them.
        """
        if options.get("jac") is True:
            raise UserError("jac=True is for minimize, which takes values and gradients apart")
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
        - `bounds`: as SciPy's, see [`MetaOptimizer.session`][].
        - `callback`: called after each query with the best point, or with `intermediate_result`;
          `StopIteration` ends the search.
        - `options`: `scale`, `offset`, `unit` and `problem`; `queries` of the network; `maxfev` and
          `maxiter`, evaluations and iterations of all, of which a local optimiser has what the
          network leaves; `jac`, `hess` and `hessp`, for it alone.

        **Raises:** [`UserError`][] for constraints, unknown options and bad bounds. What the cost
        raises has the network's queries as its `session`, and all evaluations' best point as its
        `best`.
        """
        # A string would be taken as its characters, a mapping as its keys.
        if isinstance(args, str | bytes | Mapping) or not np.iterable(args):
            raise UserError(f"args must be a tuple, got {reprlib.repr(args)}")
        if np.size(constraints):
            raise UserError(f"{self.learner!r} takes no constraints; leave them out")
        # SciPy makes an array of None.
        start = None if isinstance(x0, np.ndarray) and x0.tolist() == [None] else x0
        limits = {name: options.pop(name) for name in _LIMITS if options.get(name) is not None}
        for name, value in limits.items():
            check_whole(name, value, 1)
        derivatives = {name: options.pop(name, None) for name in _DERIVATIVES}
        tolerance = {"tol": options.pop("tol", None)}
        session = self._session(start, bounds, limits, options)
        cost = Watched(fun, args, limits.get("maxfev"))
        stop = self._query(session, cost, callback)
        found = self._result(session, stop)
        left = limits.get("maxiter", np.inf) - found.nit
        if self.local is None or stop or cost.spent or left <= 0:
            return found
        shared = {"bounds": bounds, "callback": callback, **derivatives, **tolerance}
        try:
            return self._polish(found, cost, shared, int(left) if np.isfinite(left) else None)
        except BaseException as error:
            vars(error).update(session=session, best=cost.best)
            error.add_note(
                f"{cost.calls} evaluations are paid, the network's in error.session and the lowest "
                "of all, angles and cost, in error.best"
            )
            raise

    def _session(
        self, start: Any, bounds: Any, limits: Mapping[str, int], options: Mapping[str, Any]
    ) -> "Session":
        """The network's queries, with the settings of this method and of one call."""
        settings, problem = dict(self.settings), self.problem
        for name, value in sorted(options.items()):
            if name == "problem":
                problem = value
            elif name in _SETTINGS:
                settings[name] = value
            elif name != "disp":
                allowed = ", ".join(sorted({*_SETTINGS, *_LIMITS, "problem"}))
                raise UserError(f"unknown option {name}; allowed are {allowed}")
        # The start is one of the evaluations.
        asked = start is not None or self.learner.needs_start
        if asked and limits.get("maxfev") == 1:
            raise UserError("maxfev = 1 is used up by the start: give at least 2")
        most = [value - (asked and name == "maxfev") for name, value in limits.items()]
        if self.local is not None:
            # The network does not take all that a local optimiser is to have a part of.
            most.append(settings.get("queries", QUERIES))
        if most:
            settings["queries"] = min(most)
        given = {"order": self.order, "bounds": bounds}
        return self.learner.session(problem, start=start, **given, **settings)

    def _query(
        self, session: "Session", cost: "Watched", callback: Callable[..., Any] | None
    ) -> bool:
        """All queries; whether the callback stopped them."""
        while not session.done:
            session.query(cost)
            if callback is not None and self._stopped(session, callback):
                return True
        return False

    def _stopped(self, session: "Session", callback: Callable[..., Any]) -> bool:
        """Whether the callback asks to stop."""
        best, value = session.best
        from scipy.optimize import OptimizeResult

        try:
            if "intermediate_result" in _parameters(callback):
                callback(intermediate_result=OptimizeResult(x=best.copy(), fun=value))
            else:
                callback(best.copy())
        except StopIteration:
            return True
        return False

    def _result(self, session: "Session", stopped: bool) -> "OptimizeResult":
        from scipy.optimize import OptimizeResult

        best, value = session.best
        words = "the callback stopped it" if stopped else "the network's queries are used up"
        return OptimizeResult(
            x=best.copy(),
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
        cost: "Watched",
        shared: Mapping[str, Any],
        iterations: int | None,
    ) -> "OptimizeResult":
        """SciPy's method from the best point; its evaluations and the network's together.

        **Arguments:** `shared`: what `minimize` was given; `iterations`: left, `None` for any.
        """
        from scipy.optimize import OptimizeResult, minimize

        assert self.local is not None
        method, given = self.local
        options = first_steps(method, found.x) | dict(given)
        named = {name: options.pop(name) for name in (*_DERIVATIVES, "tol") if name in options}
        if iterations is not None:
            options["maxiter"] = min(iterations, options.get("maxiter", iterations))
        call = {**shared, **named, "options": options}
        try:
            ended = minimize(cost.fun, found.x, cost.args, method, **call)
        except _UsedUp:
            best, value = cost.best
            words = "the evaluations are used up"
            ended = OptimizeResult(
                x=best, fun=value, success=False, status=USED_UP, message=words, nfev=0, nit=0
            )
        except ValueError as error:
            if "Unknown solver" in str(error):
                raise UserError(f"SciPy has no method {method!r}") from None
            raise
        ended.nfev = cost.calls
        ended.nit = ended.get("nit", 0) + found.nit
        if found.fun < ended.fun:
            ended.x, ended.fun = found.x, found.fun
        return ended


class _UsedUp(Exception):
    """No evaluation is left."""


class Watched:
    """A cost that counts its evaluations, keeps the best one, and ends at a limit.

    **Attributes:** `calls`; `best`, angles and cost of the lowest, `None` before any; `args`.
    """

    def __init__(self, cost: Callable[..., Any], args: tuple[Any, ...], limit: int | None) -> None:
        """**Arguments:** `cost`: of angles and `args`; `limit`: evaluations, `None` for any."""
        self._cost, self.args, self._limit = cost, args, limit
        self.calls = 0
        self.best: Any = None

    @property
    def spent(self) -> bool:
        """Whether no evaluation is left."""
        return self._limit is not None and self.calls >= self._limit

    def __call__(self, theta: np.ndarray) -> Any:
        """The cost at angles."""
        return self.fun(theta, *self.args)

    def fun(self, theta: np.ndarray, *args: Any) -> Any:
        """The same with its further arguments, as SciPy calls it."""
        if self.spent:
            raise _UsedUp
        answer = self._cost(theta, *args)
        self.calls += 1
        value = cost_of(answer)
        if value is not None and (self.best is None or value < self.best[1]):
            self.best = (np.array(theta, float), value)
        return answer


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


def _parameters(function: Callable[..., Any]) -> Mapping[str, Any]:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        # Of built-in functions there may be none.
        return {}
