"""A session as a JSON file: what it holds, and which files are none."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from replication import store
from replication.errors import UserError
from replication.metalearner.view import View, view_of

FORMAT = "replication/session/1"


class Scaling(NamedTuple):
    r"""How a network measures one cost.

    - `scale`, `offset`: it is fed $y = (\text{cost} - \text{offset})/\text{scale}$.
    - `unit`: its angles are those of the circuit times this, `(k,)`.
    - `start`: $\theta_0$, queried first, `(k,)`; `None` for zeros, whose cost is the offset.
    """

    scale: float
    offset: float
    unit: np.ndarray
    start: np.ndarray | None


class Known(NamedTuple):
    """What a session knows of the problem whose costs it is given.

    - `digest`: of the instance.
    - `norm`: the largest |cost - offset| that its Hamiltonian allows.
    - `mean`: the mean cost of random states; `None` where it is not known.
    - `usual`: whether the first angles are those of the training, which lower the cost.
    """

    digest: str
    norm: float
    mean: float | None = None
    usual: bool = False


class Query(NamedTuple):
    """An answered query: its angles as the cost takes them, `(k,)`, and its cost.

    - `as_asked`: whether the angles are those that were asked for.
    """

    theta: np.ndarray
    cost: float
    as_asked: bool


class Record(NamedTuple):
    """All that a session is.

    - `network`: name or path of the network, `None` for one that was never loaded; `digest`: of it.
    - `names`: of the network's angles.
    - `queries`: T; `scaling`, `view`, `known`: of the cost; `paid`: the answered queries.
    """

    network: str | None
    digest: str
    names: tuple[str, ...]
    queries: int
    scaling: Scaling
    view: View
    known: Known | None
    paid: tuple[Query, ...]

    def settings(self) -> dict[str, Any]:
        """How the cost is asked, as numbers and lists, in the order of the cost."""
        start = None if self.scaling.start is None else self._ordered(self.scaling.start)
        return {
            **self.view.as_json(),
            "queries": self.queries,
            "scale": self.scaling.scale,
            "offset": self.scaling.offset,
            "unit": self._ordered(self.scaling.unit),
            "start": start,
        }

    def write(self, path: str | Path) -> None:
        """All of it as JSON, by rename."""
        content = {
            "format": FORMAT,
            "network": {"name": self.network, "digest": self.digest},
            "parameter_names": self._ordered(np.array(self.names)),
            "problem": None if self.known is None else self.known._asdict(),
            **self.settings(),
            "paid": [one._asdict() | {"theta": one.theta.tolist()} for one in self.paid],
        }
        store.write(path, json.dumps(content, indent=1).encode())

    def _ordered(self, values: np.ndarray) -> list[Any]:
        ordered: list[Any] = self.view.ordered(values).tolist() if values.size else []
        return ordered


def read_record(path: str | Path) -> Record:
    """The session of a file; [`UserError`][] naming one that is missing, damaged or of no kind."""
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError
        return _parsed(content)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        raise UserError(f"{path} is not a session of this package, or is damaged") from None


def _parsed(content: dict[str, Any]) -> Record:
    """Of what JSON holds; any exception of a value's type for what is none."""
    unit = np.array(content["unit"], float)
    names = content.get("parameter_names") or [""] * unit.size
    plain = View(content.get("order", "own"))
    own_names = tuple(plain.ordered(np.array(names, str)).tolist())
    view = view_of(plain.order, content.get("bounds"), own_names)
    start = content["start"]
    start = None if start is None else _angles(start, unit.size)
    scaling = Scaling(
        float(content["scale"]),
        float(content["offset"]),
        view.ordered(_angles(unit, len(names))),
        None if start is None else view.ordered(start),
    )
    known = content.get("problem")
    if known is not None:
        mean = known.get("mean")
        known = Known(
            str(known["digest"]),
            float(known["norm"]),
            None if mean is None else float(mean),
            bool(known.get("usual", False)),
        )
    paid = [
        Query(_angles(one["theta"], unit.size), _finite(one["cost"]), bool(one["as_asked"]))
        for one in content["paid"]
    ]
    queries, network = content["queries"], content["network"]
    total = queries + (start is not None)
    if not isinstance(queries, int) or queries < 1 or len(paid) > total:
        raise ValueError
    name = network["name"]
    if not isinstance(name, str | None):
        raise TypeError
    digest = str(network["digest"])
    return Record(name, digest, own_names, queries, scaling, view, known, tuple(paid))


def _angles(values: Any, size: int) -> np.ndarray:
    array = np.array(values, float)
    if array.shape != (size,) or not np.isfinite(array).all():
        raise ValueError
    return array


def _finite(value: Any) -> float:
    if not isinstance(value, int | float) or not np.isfinite(value):
        raise ValueError
    return float(value)
