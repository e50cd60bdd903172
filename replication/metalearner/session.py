"""A network's queries one by one: ask for angles, tell their cost, go on after a crash."""

import reprlib
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from replication import store
from replication.checks import check_whole, real_array
from replication.errors import UserError, warn_user
from replication.metalearner.costs import cost_of, failed
from replication.metalearner.session_file import Known, Query, Record, Scaling, read_record
from replication.metalearner.view import View

if TYPE_CHECKING:
    from replication.metalearner.artefact import MetaOptimizer

QUERIES = 10
"""how many where no other number is asked for"""
AGREEMENT = 1e-9
"""Largest deviation of angles and scales of a file from those that are worked out again."""
ALLOWED = 1.05
"""Largest |y| of a cost over the 1-norm of its coefficients, with room for mitigated noise."""


class Suggestion(NamedTuple):
    r"""What a roll-out found.

    - `points`: the network's queries $\theta_1 … \theta_T$, shape `(T, k)`, radians or gate
      exponents as the ansatz says.
    - `values`: their costs in the cost's own units, shape `(T,)`.
    - `best`: the point of lowest cost, the start included where it was queried; shape `(k,)`.
    - `best_value`: its cost.
    - `queries`: calls of the cost: T, and one more where the start was queried.
    """

    points: np.ndarray
    values: np.ndarray
    best: np.ndarray
    best_value: float
    queries: int


class Session:
    r"""A roll-out of a network, query by query.

    Made by [`MetaOptimizer.session`][]; with a path every cost is on disk before `tell` returns.

    ```pycon
    >>> import replication as r
    >>> problem = r.maxcut([(k, (k + 1) % 6) for k in range(6)])
    >>> run = r.load_meta_optimizer("maxcut-p4").session(problem)
    >>> while not run.done:
    ...     theta = run.ask()
    ...     run.tell(float(r.qaoa(problem, p=4).energy(theta)))
    >>> run.result.values.shape
    (10,)

    ```

    **Attributes:** `learner`; `queries`, T; `scaling`; `path`; `known`, of its problem; `view`, the
    order of its angles and their bounds.
    """

    def __init__(
        self,
        learner: "MetaOptimizer",
        scaling: Scaling,
        queries: int,
        path: str | Path | None = None,
        *,
        known: Known | None = None,
        view: View = View(),  # noqa: B008
    ) -> None:
        """A new one.

        **Arguments:** `path`: of a JSON file that holds it; `None` for none; `known`: of the
        problem whose energy the cost is, so that costs can be judged; `None` for any cost; `view`:
        how the cost takes the network's angles.
        """
        self.learner, self.scaling, self.queries = learner, scaling, queries
        self.known, self.view = known, view
        self.path = None if path is None else Path(path)
        self._warned: set[str] = set()
        self._begin()

    def _begin(self) -> None:
        """Before the first query."""
        self._paid: list[Query] = []
        self._state = self.learner.weights.memory()
        self._moved = False
        self._own = np.zeros(len(self.scaling.unit))
        self._next = self.scaling.start
        if self._next is None:
            self._advance(0.0)
        else:
            self._own = self._next * self.scaling.unit

    @property
    def paid(self) -> list[tuple[np.ndarray, float]]:
        """The answered queries in order, each its angles and its cost."""
        return [(one.theta, one.cost) for one in self._paid]

    @property
    def total(self) -> int:
        """Queries of the whole session: T, and one more where the start is queried."""
        return self.queries + (self.scaling.start is not None)

    @property
    def number(self) -> int:
        """Which query `ask` gives the angles of, from 1; one more than all where none is left."""
        return len(self._paid) + 1

    @property
    def done(self) -> bool:
        """Whether the cost of every query is known."""
        return len(self._paid) == self.total

    def ask(self) -> np.ndarray:
        """The angles whose cost is wanted, `(k,)`: the same ones until it is given.

        **Raises:** [`UserError`][] where all queries are done.
        """
        return self.view.given(self._inside())

    def _proposed(self) -> np.ndarray:
        """The network's next angles."""
        if self._next is None:
            raise UserError(f"all {self.total} queries of this session are done: see its result")
        return self._next

    def _inside(self) -> np.ndarray:
        """The same, inside of the bounds."""
        inside = self.view.clipped(self._proposed())
        if not np.array_equal(inside, self._proposed()):
            self._warn("bounds", "angles lie outside of the bounds and are clipped")
        return inside.copy()

    def tell(
        self, value: object, theta: ArrayLike | None = None, *, query: int | None = None
    ) -> None:
        """The cost of the angles last asked for.

        `None` and NaN are an evaluation that failed: nothing is kept, and `ask` gives the same
        angles again. A file is written before this returns.

        **Arguments:**

        - `value`: a real number, or an array that holds one.
        - `theta`: where the cost was evaluated, `(k,)`, if not there: the network goes on from it.
          In the order of `ask`.
        - `query`: which query it answers, as `number` was when its angles were asked for. With it
          the same answer given twice counts once; without it the answer is that of the next query.

        **Raises:** [`UserError`][] for anything else, where all queries are done, for a query that
        has another answer or is not asked yet, and where another process wrote to the file.
        """
        if query is not None and self._is_answered(query, value):
            return
        asked = self.ask()
        if failed(value):
            return
        theta = asked if theta is None else real_array("theta", theta)
        if theta.shape != asked.shape or not np.isfinite(theta).all():
            raise UserError(f"theta must be {len(asked)} finite numbers, got {reprlib.repr(theta)}")
        cost = cost_of(value)
        if cost is None:
            raise UserError(
                f"the cost given is {reprlib.repr(value)}; a finite real number is needed, or "
                "NaN for an evaluation that failed"
            )
        with nullcontext() if self.path is None else store.alone(self.path):
            self._check_file()
            self._accept(theta, cost)
            if self.path is not None:
                self.save(self.path)
        self._judge()

    def _is_answered(self, query: int, value: object) -> bool:
        """Whether a query has this very answer; [`UserError`][] for another one."""
        check_whole("query", query, 1)
        if query > len(self._paid):
            if query > self.number or self.done:
                raise UserError(
                    f"query {query} is not asked yet: {len(self._paid)} of {self.total} are "
                    "answered"
                )
            return False
        kept = self._paid[query - 1].cost
        if cost_of(value) != kept:
            raise UserError(f"query {query} is answered already, by {kept!r}, and not by {value!r}")
        return True

    def _check_file(self) -> None:
        """Refuse to write over costs that this session does not have."""
        if self.path is None or not self.path.exists():
            return
        there = [one.cost for one in read_record(self.path).paid]
        if there != [one.cost for one in self._paid]:
            raise UserError(
                f"{self.path} has {len(there)} costs by now, and this session {len(self._paid)}: "
                "another process answered too; open it again"
            )

    def run(self, cost: Callable[[np.ndarray], Any]) -> Suggestion:
        """Query a cost until all is done; what is paid is not paid again.

        **Raises:** as [`query`][Session.query] does: `error.session.run(cost)` goes on.
        """
        while not self.done:
            self.query(cost)
        return self.result

    def query(self, cost: Callable[[np.ndarray], Any]) -> None:
        """Ask, evaluate and tell once.

        **Raises:** what the cost raises, and [`UserError`][] where it returns no finite real
        number. Either way the exception's `session` is this one, and nothing paid is lost.
        """
        theta = self.ask()
        try:
            value = cost(theta.copy())
            if cost_of(value) is None:
                raise UserError(
                    f"cost returned {reprlib.repr(value)} at query {len(self._paid) + 1}; "
                    "a finite real number (an int or a float) is needed"
                )
        # An interrupt from the keyboard must not lose what is paid either.
        except BaseException as error:
            vars(error)["session"] = self
            if self._paid:
                error.add_note(
                    f"{len(self._paid)} of {self.total} queries are paid and kept: go on with "
                    "error.session.run(cost), cost a function of the angles alone"
                )
            raise
        self.tell(value)

    def take_back(self) -> None:
        """Take the last cost back, such as a wrong one: `ask` gives its angles again.

        A file is written before this returns.

        **Raises:** [`UserError`][] where no query is answered, and where another process wrote to
        the file.
        """
        if not self._paid:
            raise UserError("no query of this session is answered yet: there is none to take back")
        with nullcontext() if self.path is None else store.alone(self.path):
            self._check_file()
            kept = self._paid[:-1]
            self._begin()
            for one in kept:
                self._accept(one.theta, one.cost)
            if self.path is not None:
                self.save(self.path)

    @property
    def best(self) -> tuple[np.ndarray, float]:
        """The query of lowest cost so far, its angles and its cost; [`UserError`][] before any."""
        if not self._paid:
            raise UserError("no query of this session is answered yet")
        return min(self.paid, key=lambda call: call[1])

    @property
    def result(self) -> Suggestion:
        """What was found; [`UserError`][] before all queries are done."""
        if not self.done:
            raise UserError(
                f"{self.total - len(self._paid)} of {self.total} queries are not answered yet"
            )
        best, best_value = self.best
        points, values = zip(*self.paid[-self.queries :], strict=True)
        return Suggestion(
            np.stack(points), np.array(values), best.copy(), best_value, len(self._paid)
        )

    def _record(self) -> Record:
        return Record(
            self.learner.origin,
            self.learner.digest,
            tuple(self.learner.metadata.get("parameter_names", ())),
            self.queries,
            self.scaling,
            self.view,
            self.known,
            tuple(self._paid),
        )

    def save(self, path: str | Path) -> None:
        """Write all of it as JSON, by rename."""
        self._record().write(path)

    @classmethod
    def open(cls, path: str | Path, learner: "MetaOptimizer") -> Self:
        """The session of a file, of this network.

        **Raises:** [`UserError`][] naming a file that is missing, damaged, or of another network.
        """
        path = Path(path)
        kept = read_record(path)
        if kept.digest != learner.digest:
            raise UserError(f"{path} is a session of another network than {learner!r}")
        one = cls(learner, kept.scaling, kept.queries, path, known=kept.known, view=kept.view)
        for query in kept.paid:
            if not query.as_asked:
                one._accept(query.theta, query.cost)
            elif np.allclose(one.ask(), query.theta, AGREEMENT, AGREEMENT):
                one._accept(one.ask(), query.cost)
            else:
                raise UserError(f"{path}: the angles of query {len(one._paid) + 1} were changed")
        return one

    def check_is(self, other: "Session") -> None:
        """Refuse to go on with a session of another problem, cost, view or number of queries."""
        other_way = "give another path, or delete the file"
        if self.known and other.known and self.known.digest != other.known.digest:
            raise UserError(f"{self.path} is a session of another problem: {other_way}")
        theirs = other._record().settings()
        for name, mine in self._record().settings().items():
            if not _agree(mine, theirs[name]):
                raise UserError(
                    f"{self.path} is a session with {name} {reprlib.repr(mine)}, but "
                    f"{reprlib.repr(theirs[name])} is asked for: {other_way}"
                )

    def _accept(self, theta: np.ndarray, cost: float) -> None:
        """Keep a cost at angles as `ask` gives them, and move on to the next ones."""
        own = self._inside()
        as_asked = np.array_equal(theta, self.view.given(own))
        if not as_asked:
            own = self.view.own(theta, own)
        if not np.array_equal(own, self._proposed()):
            self._moved = True
            self._own = own * self.scaling.unit
        self._paid.append(Query(theta.copy(), cost, as_asked))
        y = (cost - self.scaling.offset) / self.scaling.scale
        number = len(self._paid)
        if self.known and abs(cost - self.scaling.offset) > ALLOWED * self.known.norm:
            self._warn(
                f"range {number}",
                f"the cost {cost:.6g} at query {number} is none that the problem can have, which "
                f"are within {self.known.norm:.6g} of {self.scaling.offset:.6g}: is it of this "
                "problem, in the same unit?",
            )
        elif abs(y) > ALLOWED and self.learner.bounded:
            self._warn(
                "range",
                f"(cost - offset)/scale = {y:.3g} at query {number} lies outside [-1, 1], "
                "where the network was not trained: give the Hamiltonian's scale and offset",
            )
        if self.done:
            self._next = None
        else:
            self._advance(y)

    def _advance(self, y: float) -> None:
        """The next angles, after those of the last query cost `y`."""
        step = len(self._paid) - (self.scaling.start is not None)
        self._state, self._own = self.learner.propose(self._state, self._own, y, step)
        self._next = self._own / self.scaling.unit

    def _judge(self) -> None:
        """Warn of costs of a problem that cannot be right, or that the network has not improved."""
        if not self.known:
            return
        costs = np.array([one.cost for one in self._paid])
        if self.done and self.scaling.start is not None and costs[1:].min() >= costs[0]:
            self._warn("better", "no query of the network is better than the start")
        # Angles that were moved, such as into bounds, may well be poor.
        first = len(costs) == 1 and not self._moved
        if self.known.mean is None or not self.known.usual or not (first or self.done):
            return
        possible = self.scaling.offset + ALLOWED * self.known.norm
        if self.known.mean < costs.min() <= possible:
            which = "the first cost" if first else "every cost"
            self._warn(
                "sign",
                f"{which} lies above {self.known.mean:.6g}, the mean over random states, which the "
                "first angles of the network lower: is the cost the negative of the energy, in "
                "another unit, or of angles in another order?",
            )

    def _warn(self, about: str, message: str) -> None:
        if about not in self._warned:
            self._warned.add(about)
            warn_user(f"{self.learner!r}: {message}")


def _agree(one: Any, other: Any) -> bool:
    """Whether two settings are the same up to rounding."""
    numbers = (np.array(each, float) for each in (one, other)) if _numeric(one, other) else None
    if numbers is None:
        return bool(one == other)
    mine, theirs = numbers
    return mine.shape == theirs.shape and np.allclose(mine, theirs, AGREEMENT, 0, equal_nan=True)


def _numeric(*values: Any) -> bool:
    return not any(value is None or isinstance(value, str) for value in values)
