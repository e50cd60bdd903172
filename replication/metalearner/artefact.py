"""A trained network as a black-box optimiser of a circuit's angles."""

import functools
import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from replication.ansatze.names import Order
from replication.checks import check_problem, check_whole, real_array, real_number
from replication.errors import UserError, warn_user
from replication.metalearner.inference import Floats, State, Weights
from replication.metalearner.measured import unlike_all
from replication.metalearner.method import Method
from replication.metalearner.network_file import (
    find_network,
    pretrained_names,
    read_network,
    write_network,
)
from replication.metalearner.session import QUERIES, Session, Suggestion
from replication.metalearner.session_file import Known, Scaling, read_record
from replication.metalearner.sessions import Sessions
from replication.metalearner.units import Scales, Units, scales_of
from replication.metalearner.view import View, view_of
from replication.problems import classes
from replication.problems.base import Problem, fingerprint

if TYPE_CHECKING:
    import scipy.optimize

    from replication.ansatze.base import Ansatz
    from replication.metalearner.network import Network


class MetaOptimizer:
    """A trained network as a black-box optimiser of a circuit's angles.

    It needs nothing but a cost: a simulator, SciPy, Cirq or hardware. As a `method` of
    `scipy.optimize.minimize` it takes `x0` as the start, and `problem`, or `scale`, `offset` and
    `unit`, and `queries` through `options`.

    ```pycon
    >>> import replication as r
    >>> problem = r.maxcut([(k, (k + 1) % 6) for k in range(6)])
    >>> ansatz = r.qaoa(problem, p=4)
    >>> learner = r.load_meta_optimizer("maxcut-p4")
    >>> found = learner.suggest(ansatz.energy, problem=problem)
    >>> found.best_value < float(ansatz.energy(ansatz.heuristic()))
    True

    ```

    **Attributes:** `weights`; `metadata`, a dictionary with the problem, depth, parameter names,
    training seed, validation loss and the digest of the study that made it; `origin`, the name or
    path that it was loaded by.
    """

    def __init__(
        self, weights: Weights, metadata: dict[str, Any], origin: str | None = None
    ) -> None:
        """Wrap a network; use [`load_meta_optimizer`][] for one from a file."""
        self.weights = weights
        self.metadata = metadata
        self.origin = origin

    @functools.cached_property
    def network(self) -> "Network":
        """The same as a module of Equinox, for JAX."""
        from replication.metalearner.network import network_from

        return network_from(self.weights.arrays, self.weights.form, self.weights.inputs)

    @property
    def num_parameters(self) -> int:
        """Number of angles it proposes."""
        return self.weights.num_parameters

    def __repr__(self) -> str:
        """Name, form and number of angles."""
        return (
            f"MetaOptimizer({self.metadata.get('name')!r}, {self.weights.form}, "
            f"{self.num_parameters} angles)"
        )

    @property
    def summary(self) -> str:
        """Class of problems, depth and training sizes."""
        about = self.metadata
        sizes = ", ".join(about.get("train_sizes", []))
        return f"{about['problem']['kind']}, depth {about['depth']}, trained on sizes {sizes}"

    @functools.cached_property
    def digest(self) -> str:
        """Of all that its proposals depend on: arrays, form and inputs."""
        found = hashlib.sha256(f"{self.weights.form} {self.weights.inputs}".encode())
        for name, array in sorted(self.weights.arrays.items()):
            found.update(name.encode() + np.asarray(array, "<f8").tobytes())
        return found.hexdigest()[:16]

    @property
    def units(self) -> Units:
        """What its angles and costs are measured in; files without a word: the coefficients."""
        units: Units = self.metadata.get("units", "coefficients")
        return units

    def scales_of(self, problem: Problem, names: Sequence[str]) -> Scales:
        """How it measures one instance; `names`: of the angles."""
        return scales_of(problem, names, self.units, self.metadata.get("norm", 1))

    @property
    def needs_start(self) -> bool:
        """Whether it goes on from angles that are queried first, and not from zeros."""
        return bool(self.metadata.get("needs_start"))

    @property
    def bounded(self) -> bool:
        """Whether the costs that it is fed lie in [-1, 1]: those over the 1-norm do."""
        return self.units == "coefficients" and self.metadata.get("norm", 1) == 1

    def suggest(
        self,
        cost: Callable[[np.ndarray], Any],
        queries: int = QUERIES,
        scale: float | None = None,
        offset: float | None = None,
        start: ArrayLike | None = None,
        *,
        problem: Problem | None = None,
        unit: ArrayLike | None = None,
        order: Order = "own",
        bounds: Any = None,
        path: str | Path | None = None,
    ) -> Suggestion:
        r"""Let the network query a cost and return what it proposed.

        **Arguments:**

        - `cost`: any callable from angles, shape `(k,)`, to a number.
        - the others: as of [`session`][MetaOptimizer.session], which this is in one call.

        **Raises:** [`UserError`][] as `session` does, and for a cost that is no finite real number.
        An exception of the cost has what was paid in its `session`, and so does the file `path`.
        Warns where y leaves [-1, 1] by 5 %, where a network in natural units is given none, where
        the problem is not like those of its training, and where the costs are not those of one.
        """
        return self.session(
            problem,
            path,
            queries=queries,
            scale=scale,
            offset=offset,
            start=start,
            unit=unit,
            order=order,
            bounds=bounds,
        ).run(cost)

    def session(
        self,
        problem: Problem | None = None,
        path: str | Path | None = None,
        *,
        queries: int = QUERIES,
        scale: float | None = None,
        offset: float | None = None,
        start: ArrayLike | None = None,
        unit: ArrayLike | None = None,
        order: Order = "own",
        bounds: Any = None,
    ) -> Session:
        r"""The network's queries one by one, for a cost that is slow or may fail.

        The network is fed $y = (\text{cost} - \text{offset})/\text{scale}$ and proposes angles
        times `unit`. With `problem`, whose energy the cost is, all of these are known, and the
        result of a network in natural units does not depend on that of energy. By hand: offset is
        the identity part (`problem.offset`); scale is the 1-norm of the Hamiltonian's Pauli
        coefficients (`problem.normaliser`), so that y lies in [-1, 1], and unit 1 for a network in
        units of the `coefficients`, and those of `problem.natural_units` for one in `natural`
        units.

        **Arguments:**

        - `problem`: the instance, as made by `maxcut`, `sk`, `ising` or `hubbard`.
        - `path`: of a JSON file: the session in it goes on if it is there, and every cost is
          written to it at once. `None` for no file.
        - `queries`: T, how many points the network proposes.
        - `scale`, `offset`: `None` for those of the problem, or 1 and 0 without one.
        - `start`: $\theta_0$, queried first. `None` means QAOA's zeros, whose cost is the
          offset and is not queried, and for Hubbard the problem's adiabatic angles.
        - `unit`: what angles are multiplied by for the network, a number or shape `(k,)`; `None`
          for that of the problem, or 1 without one.
        - `order`: of all angles that the cost takes and that are given here: `qiskit` for β before
          γ as in its `QAOAAnsatz`.
        - `bounds`: as SciPy's, inside of which the cost is asked. Angles β are moved by π into
          them; others that leave them are clipped, with a warning. `None` for none.

        **Raises:** [`UserError`][] for a start of the wrong shape or missing, a scale or unit that
        is not positive, a start or an offset that is not of finite real numbers, and a file that is
        another session's.
        """
        if problem is not None:
            check_problem(problem)
        names = self.metadata.get("parameter_names", [""] * self.num_parameters)
        view = view_of(order, bounds, names)
        energy, identity, factors = self._scales(problem, scale, offset, unit, view)
        check_whole("queries", queries, 1)
        first = self._first_angles(start, problem, view)
        scaling = Scaling(energy, identity, factors, first)
        known = None
        if problem is not None:
            usual = start is None
            known = Known(fingerprint(problem), problem.normaliser, problem.mean, usual)
        one = Session(self, scaling, int(queries), path, known=known, view=view)
        if one.path is not None and one.path.exists():
            kept = Session.open(one.path, self)
            kept.check_is(one)
            kept.known = known
            return kept
        return one

    def sessions(
        self, problems: Iterable[Problem], folder: str | Path | None = None, **settings: Any
    ) -> Sessions:
        """A session for each of several instances, to ask and tell them together.

        **Arguments:** `folder`: for their files, `0.json` and so on; `None` for no files;
        `settings`: as of [`session`][MetaOptimizer.session], the same for all.
        """
        place = None if folder is None else Path(folder)
        return Sessions(
            self.session(one, None if place is None else place / f"{number}.json", **settings)
            for number, one in enumerate(problems)
        )

    def _scales(
        self,
        problem: Problem | None,
        scale: float | None,
        offset: float | None,
        unit: ArrayLike | None,
        view: View,
    ) -> tuple[float, float, np.ndarray]:
        """Scale, offset and the unit of each angle, `(k,)`: those given, else the problem's."""
        k = self.num_parameters
        energy, identity, angles = 1.0, 0.0, np.ones(k)
        if problem is not None:
            energy, angles, _ = self.scales_of(problem, self.metadata["parameter_names"])
            identity = problem.offset
            self._compare(problem)
        elif self.units == "natural" and unit is None:
            warn_user(
                f"{self!r} was trained in natural units; without problem= or unit= the unit of its "
                "angles is taken to be 1"
            )
        scale = energy if scale is None else _checked("scale", scale, "a positive real number")
        offset = identity if offset is None else _checked("offset", offset, "a finite real number")
        factors = angles if unit is None else real_array("unit", unit)
        if scale <= 0:
            raise UserError(f"scale must be a positive real number, got {scale}")
        if factors.shape not in ((), (k,)) or not (np.isfinite(factors) & (factors > 0)).all():
            raise UserError(f"unit must be one positive number or {k} of them, got {unit!r}")
        factors = np.broadcast_to(factors, k)
        return scale, offset, factors if unit is None else view.ordered(factors)

    def _compare(self, problem: Problem) -> None:
        """Warn of an instance unlike those of the training, and refuse one of other circuits."""
        trained = self.metadata.get("trained_on", {})
        if trained and not trained.keys() & problem.features.keys():
            raise UserError(
                f"{self!r} sets the angles {', '.join(self.metadata['parameter_names'])}, which "
                f"the circuit of this problem, of the kind {problem.kind!r}, does not have"
            )
        if words := unlike_all(problem, trained, self.origin):
            warn_user(f"{self!r} was not trained on problems like this one: {words}")

    def _first_angles(
        self, start: ArrayLike | None, problem: Problem | None, view: View
    ) -> np.ndarray | None:
        r"""$\theta_0$, checked, shape `(k,)`; `None` for zeros whose cost is known."""
        if start is None and problem is not None and self.needs_start:
            start = view.ordered(self._heuristic(problem))
        if start is None:
            if self.needs_start:
                units = "problem.natural_units" if self.units == "natural" else ""
                raise UserError(
                    f"{self!r} needs start=: the instance's adiabatic angles, "
                    f"ansatz.heuristic({units}), or give problem="
                )
            return None
        theta = real_array("start", start)
        if np.asarray(start).dtype.kind == "b":
            raise UserError(f"start must be an array of real numbers, got {start!r}")
        if theta.shape != (self.num_parameters,):
            raise UserError(
                f"start has shape {theta.shape}, but {self!r} takes shape ({self.num_parameters},)"
            )
        if not np.isfinite(theta).all():
            raise UserError(f"start = {theta.tolist()} must be finite")
        theta = view.ordered(theta)
        self._warn_of_start(theta, problem)
        return theta

    def _warn_of_start(self, theta: np.ndarray, problem: Problem | None) -> None:
        """Say where a start is not one that the network was trained from, as far as is known."""
        if self.metadata.get("theta_0") != "default":
            return
        usual, words = np.zeros(theta.size), "zero angles"
        if self.needs_start:
            if problem is None:
                return
            usual, words = self._heuristic(problem), "the problem's adiabatic angles"
        if not np.allclose(theta, usual, 1e-6, 1e-6):
            warn_user(
                f"{self!r} was trained from {words}: from another start its angles may be poor"
            )

    def _heuristic(self, problem: Problem) -> np.ndarray:
        natural = problem.natural_units if self.units == "natural" else None
        return np.asarray(self.circuit(problem).heuristic(natural))

    def propose(self, state: State, theta: Floats, y: float, t: int) -> tuple[State, Floats]:
        """State and angles after the query number `t` (0 for the start) at `theta` cost `y`."""
        return self.weights.step(state, theta, y, first=t == 0)

    def circuit(self, problem: Problem) -> "Ansatz":
        """The ansatz of an instance that the network proposes angles for.

        **Raises:** [`UserError`][] for a problem of another kind or with other angles, and where
        the file does not say for which circuit the network is.
        """
        try:
            settings, depth = dict(self.metadata["problem"]), self.metadata["depth"]
        except KeyError as key:
            raise UserError(f"{self!r} does not say its {key}; give start=") from None
        circuit = classes()[settings["kind"]].model_validate(settings).circuit(problem, depth)
        known = tuple(self.metadata["parameter_names"])
        if circuit.parameter_names != known:
            raise UserError(
                f"{self!r} sets the angles {', '.join(known)}, but the circuit of this problem has "
                f"{', '.join(circuit.parameter_names)}"
            )
        return circuit

    def on(
        self, problem: Problem | None = None, *, order: Order = "own", **settings: Any
    ) -> Method:
        """The network as a method of `scipy.optimize.minimize` for one problem.

        **Arguments:** `order`: of the angles that the cost takes, `qiskit` for β before γ;
        `settings`: as of [`session`][MetaOptimizer.session].
        """
        return Method(self, problem, order, settings)

    def then(self, method: str, **options: Any) -> Method:
        """The network followed by a method of SciPy; see [`Method.then`][]."""
        return self.on().then(method, **options)

    def __call__(
        self, fun: Callable[..., float], x0: ArrayLike | None = None, *args: Any, **given: Any
    ) -> "scipy.optimize.OptimizeResult":
        """`scipy.optimize.minimize(cost, x0, method=learner, options=…)`; see [`Method`][]."""
        return self.on()(fun, x0, *args, **given)

    def save(self, path: str | Path) -> None:
        """Write arrays and JSON metadata to one `.npz` file, by rename."""
        write_network(path, self.weights, self.metadata)


def _checked(name: str, value: float, allowed: str) -> float:
    number = real_number(name, value, allowed)
    # NumPy's and JAX's numbers go on as they are, in their own precision.
    return value if hasattr(value, "dtype") else number


def load_meta_optimizer(name_or_path: str | Path) -> MetaOptimizer:
    """Load a trained network.

    ```pycon
    >>> from replication import load_meta_optimizer
    >>> load_meta_optimizer("sk-p4").num_parameters
    8

    ```

    **Arguments:**

    - `name_or_path`: a name that [`networks`][] lists, such as `"ising-p4"`, or the path of an
      `.npz` file.

    **Raises:** [`UserError`][] naming the file if it is missing, cut, empty, or not a network.
    """
    return MetaOptimizer(*read_network(find_network(str(name_or_path))), str(name_or_path))


def open_session(path: str | Path) -> Session:
    """Go on with the session of a file, with the network that is named in it.

    ```pycon
    >>> import pathlib, tempfile
    >>> import replication as r
    >>> problem = r.maxcut([(k, (k + 1) % 6) for k in range(6)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "run.json"
    ...     r.load_meta_optimizer("ising-p4").session(problem, path).tell(-3.5)
    ...     len(r.open_session(path).paid)
    1

    ```

    **Raises:** [`UserError`][] naming a file that is missing or damaged, and where the network of
    its name is another one or was never loaded from a file.
    """
    name = read_record(path).network
    if name is None:
        raise UserError(f"{path} does not say the file of its network: use the learner's session()")
    return Session.open(path, load_meta_optimizer(name))


def networks() -> dict[str, str]:
    """The networks that come with the package, with a line on each.

    ```pycon
    >>> from replication import networks
    >>> networks()["maxcut-p4"]
    'maxcut, depth 4, trained on sizes 6, 7, 8, 9'

    ```
    """
    return {name: load_meta_optimizer(name).summary for name in pretrained_names()}
