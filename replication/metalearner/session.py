"""A network's queries one by one: ask for angles, tell their cost, go on after a crash."""

import json
import reprlib
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from replication import store
from replication.checks import check_whole, real_array
from replication.errors import UserError, warn_user
from replication.metalearner.costs import cost_of, failed

if TYPE_CHECKING:
    from replication.metalearner.artefact import MetaOptimizer

FORMAT = "replication/session/1"
AGREEMENT = 1e-9
"""Largest deviation of angles and scales of a file from those that are worked out again."""
ALLOWED = 1.05
"""Largest |y| of a cost over the 1-norm of its coefficients, with room for mitigated noise."""
ENOUGH = 3
"""costs on the wrong side of the offset, and none on the other, that are worth a warning"""


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


@dataclass(frozen=True)
class Scaling:
    r"""How a network measures one cost.

    - `scale`, `offset`: it is fed $y = (\text{cost} - \text{offset})/\text{scale}$.
    - `unit`: its angles are those of the circuit times this, `(k,)`.
    - `start`: $\theta_0$, queried first, `(k,)`; `None` for zeros, whose cost is the offset.
    """

    scale: float
    offset: float
    unit: np.ndarray
    start: np.ndarray | None

    def as_json(self) -> dict[str, Any]:
        """Numbers and lists."""
        start = None if self.start is None else self.start.tolist()
        return {
            "scale": self.scale,
            "offset": self.offset,
            "unit": self.unit.tolist(),
            "start": start,
        }


class Known(NamedTuple):
    """What a session knows of the problem whose costs it is given.

    - `digest`: of the instance.
    - `norm`: the largest |cost - offset| that its Hamiltonian allows.
    """

    digest: str
    norm: float


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

    **Attributes:** `learner`; `queries`, T; `scaling`; `path`; `known`, of its problem; `paid`, the
    queries in order, each its angles and its cost.
    """

    def __init__(
        self,
        learner: "MetaOptimizer",
        scaling: Scaling,
        queries: int,
        path: str | Path | None = None,
        *,
        known: Known | None = None,
    ) -> None:
        """A new one.

        **Arguments:** `path`: of a JSON file that holds it; `None` for none; `known`: of the
        problem whose energy the cost is, so that costs can be judged; `None` for any cost.
        """
        self.learner, self.scaling, self.queries = learner, scaling, queries
        self.known = known
        self.path = None if path is None else Path(path)
        self.paid: list[tuple[np.ndarray, float]] = []
        self._state = learner.weights.memory()
        self._warned: set[str] = set()
        self._moved: set[int] = set()
        self._own = np.zeros(len(scaling.unit))
        self._next = scaling.start
        if scaling.start is None:
            self._advance(0.0)
        else:
            self._own = scaling.start * scaling.unit

    @property
    def total(self) -> int:
        """Queries of the whole session: T, and one more where the start is queried."""
        return self.queries + (self.scaling.start is not None)

    @property
    def number(self) -> int:
        """Which query `ask` gives the angles of, from 1; one more than all where none is left."""
        return len(self.paid) + 1

    @property
    def done(self) -> bool:
        """Whether the cost of every query is known."""
        return len(self.paid) == self.total

    def ask(self) -> np.ndarray:
        """The angles whose cost is wanted, `(k,)`: the same ones until it is given.

        **Raises:** [`UserError`][] where all queries are done.
        """
        if self._next is None:
            raise UserError(f"all {self.total} queries of this session are done: see its result")
        return self._next.copy()

    def tell(
        self, value: object, theta: ArrayLike | None = None, *, query: int | None = None
    ) -> None:
        """The cost of the angles last asked for.

        `None` and NaN are an evaluation that failed: nothing is kept, and `ask` gives the same
        angles again. A file is written before this returns.

        **Arguments:**

        - `value`: a real number, or an array that holds one.
        - `theta`: where the cost was evaluated, `(k,)`, if not there: the network goes on from it.
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
        if query > len(self.paid):
            if query > self.number or self.done:
                raise UserError(
                    f"query {query} is not asked yet: {len(self.paid)} of {self.total} are answered"
                )
            return False
        kept = self.paid[query - 1][1]
        if cost_of(value) != kept:
            raise UserError(f"query {query} is answered already, by {kept!r}, and not by {value!r}")
        return True

    def _check_file(self) -> None:
        """Refuse to write over costs that this session does not have."""
        if self.path is None or not self.path.exists():
            return
        there = [call["cost"] for call in read_session(self.path)["paid"]]
        if there != [cost for _, cost in self.paid]:
            raise UserError(
                f"{self.path} has {len(there)} costs by now, and this session {len(self.paid)}: "
                "another process answered too; open it again"
            )

    def run(self, cost: Callable[[np.ndarray], Any]) -> Suggestion:
        """Query a cost until all is done; what is paid is not paid again.

        **Raises:** as [`query`][Session.query] does: `error.session.run(cost)` goes on.
        """
        while not self.done:
            self.query(cost)
        return self.result

    def query(
        self,
        cost: Callable[[np.ndarray], Any],
        moved: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> None:
        """Ask, evaluate and tell once.

        **Arguments:** `moved`: takes the angles to those that are evaluated, such as ones inside
        of bounds; `None` for the same.

        **Raises:** what the cost raises, and [`UserError`][] where it returns no finite real
        number. Either way the exception's `session` is this one, and nothing paid is lost.
        """
        theta = self.ask() if moved is None else moved(self.ask())
        try:
            value = cost(theta.copy())
            if cost_of(value) is None:
                raise UserError(
                    f"cost returned {reprlib.repr(value)} at query {len(self.paid) + 1}; "
                    "a finite real number (an int or a float) is needed"
                )
        except Exception as error:
            vars(error)["session"] = self
            if self.paid:
                error.add_note(
                    f"{len(self.paid)} of {self.total} queries are paid and kept: go on with "
                    "error.session.run(cost)"
                )
            raise
        self.tell(value, theta)

    @property
    def best(self) -> tuple[np.ndarray, float]:
        """The query of lowest cost so far, its angles and its cost."""
        return min(self.paid, key=lambda call: call[1])

    @property
    def result(self) -> Suggestion:
        """What was found; [`UserError`][] before all queries are done."""
        if not self.done:
            raise UserError(
                f"{self.total - len(self.paid)} of {self.total} queries are not answered yet"
            )
        best, best_value = self.best
        points, values = zip(*self.paid[-self.queries :], strict=True)
        return Suggestion(
            np.stack(points), np.array(values), best.copy(), best_value, len(self.paid)
        )

    def save(self, path: str | Path) -> None:
        """Write all of it as JSON, by rename."""
        content = {
            "format": FORMAT,
            "network": {"name": self.learner.origin, "digest": self.learner.digest},
            "parameter_names": list(self.learner.metadata.get("parameter_names", [])),
            "queries": self.queries,
            "problem": None if self.known is None else self.known._asdict(),
            **self.scaling.as_json(),
            "paid": [
                {"theta": theta.tolist(), "cost": cost, "as_asked": index not in self._moved}
                for index, (theta, cost) in enumerate(self.paid)
            ],
        }
        store.write(path, json.dumps(content, indent=1).encode())

    @classmethod
    def open(cls, path: str | Path, learner: "MetaOptimizer") -> Self:
        """The session of a file, of this network.

        **Raises:** [`UserError`][] naming a file that is missing, damaged, or of another network.
        """
        path = Path(path)
        content = read_session(path)
        if content["network"]["digest"] != learner.digest:
            raise UserError(f"{path} is a session of another network than {learner!r}")
        start = content["start"]
        scaling = Scaling(
            float(content["scale"]),
            float(content["offset"]),
            np.array(content["unit"], float),
            None if start is None else np.array(start, float),
        )
        known = content.get("problem")
        known = None if known is None else Known(known["digest"], float(known["norm"]))
        one = cls(learner, scaling, content["queries"], path, known=known)
        for call in content["paid"]:
            theta = np.array(call["theta"], float)
            if not call["as_asked"]:
                one._accept(theta, float(call["cost"]))
            elif np.allclose(one.ask(), theta, AGREEMENT, AGREEMENT):
                one._accept(one.ask(), float(call["cost"]))
            else:
                raise UserError(f"{path}: the angles of query {len(one.paid) + 1} were changed")
        return one

    def check_is(self, other: "Session") -> None:
        """Refuse to go on with a session of another problem, cost or number of queries."""
        other_way = "give another path, or delete the file"
        if self.known and other.known and self.known.digest != other.known.digest:
            raise UserError(f"{self.path} is a session of another problem: {other_way}")
        for name in ("queries", "scale", "offset", "unit", "start"):
            mine, theirs = (
                {"queries": each.queries, **each.scaling.as_json()}[name] for each in (self, other)
            )
            same = mine is theirs is None or (
                None not in (mine, theirs)
                and np.shape(mine) == np.shape(theirs)
                and np.allclose(mine, theirs, AGREEMENT, 0)
            )
            if not same:
                raise UserError(
                    f"{self.path} is a session with {name} {reprlib.repr(mine)}, but "
                    f"{reprlib.repr(theirs)} is asked for: {other_way}"
                )

    def _accept(self, theta: np.ndarray, cost: float) -> None:
        """Keep a cost, and move on to the next angles."""
        if not np.array_equal(theta, self.ask()):
            self._moved.add(len(self.paid))
            self._own = theta * self.scaling.unit
        self.paid.append((theta.copy(), cost))
        y = (cost - self.scaling.offset) / self.scaling.scale
        number = len(self.paid)
        if self.known and abs(cost - self.scaling.offset) > ALLOWED * self.known.norm:
            self._warn(
                "range",
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
        step = len(self.paid) - (self.scaling.start is not None)
        self._state, self._own = self.learner.propose(self._state, self._own, y, step)
        self._next = self._own / self.scaling.unit

    def _judge(self) -> None:
        """Warn of costs of a problem that cannot be right, or that the network has not improved."""
        if not self.known:
            return
        start = self.scaling.start is not None
        costs = np.array([cost for _, cost in self.paid])
        if self.done and start and costs[1:].min() >= costs[0]:
            self._warn("better", "no query of the network is better than the start")
        # Points that were moved, such as into bounds, may well be poor.
        seen = self.done or (len(costs) >= ENOUGH and not self._moved)
        if seen and not start and costs.min() > self.scaling.offset:
            self._warn(
                "sign",
                "every cost lies above the offset, the mean over random states: is the cost the "
                "negative of the energy, or the offset of another Hamiltonian?",
            )

    def _warn(self, about: str, message: str) -> None:
        if about not in self._warned:
            self._warned.add(about)
            warn_user(f"{self.learner!r}: {message}")


def read_session(path: str | Path) -> dict[str, Any]:
    """The content of a session's file; [`UserError`][] for another one."""
    path = Path(path)
    wanted = {"network", "queries", "scale", "offset", "unit", "start", "paid"}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT or not wanted <= content.keys():
            raise ValueError
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"{path} is not a session of this package, or is damaged") from None
    found: dict[str, Any] = content
    return found
