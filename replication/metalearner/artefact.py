"""A trained network as a file and as an optimiser: arrays and JSON, no pickle."""

import json
import math
import reprlib
import warnings
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy
from jax.typing import ArrayLike

from replication.checks import real_array, real_number
from replication.errors import UserError
from replication.metalearner.arrays import read_arrays, write_arrays
from replication.metalearner.network import Form, Inputs, Memory, Network

FORMAT = "replication/meta-optimizer/1"

_NOT_TAKEN = ("bounds", "callback", "constraints")
_SCIPY_ARGUMENTS = {"jac", "hess", "hessp", "tol", *_NOT_TAKEN}


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


@eqx.filter_jit
def _step(
    network: Network, memory: Memory, theta: jax.Array, y: jax.Array, first: jax.Array
) -> tuple[Memory, jax.Array]:
    return network(memory, theta, y, first)


class MetaOptimizer:
    """A trained network as a black-box optimiser of a circuit's angles.

    It needs nothing but a cost: a simulator, SciPy, Cirq or hardware. As a `method` of
    `scipy.optimize.minimize` it takes `x0` as the start, and `scale`, `offset` and `queries`
    through `options`.

    ```pycon
    >>> import replication as r
    >>> problem = r.maxcut([(k, (k + 1) % 6) for k in range(6)])
    >>> ansatz = r.qaoa(problem, p=4)
    >>> learner = r.load_meta_optimizer("maxcut-p4")
    >>> found = learner.suggest(ansatz.energy, scale=problem.normaliser, offset=problem.offset)
    >>> found.best_value < float(ansatz.energy(ansatz.heuristic()))
    True

    ```

    **Attributes:** `network`; `metadata`, a dictionary with the problem, depth, parameter names,
    training seed, validation loss and the digest of the study that made it.
    """

    def __init__(self, network: Network, metadata: dict[str, Any]) -> None:
        """Wrap a network; use [`load_meta_optimizer`][] for one from a file."""
        self.network = network
        self.metadata = metadata

    @property
    def num_parameters(self) -> int:
        """Number of angles it proposes."""
        return self.network.anchor.shape[-1]

    def __repr__(self) -> str:
        """Name, form and number of angles."""
        return (
            f"MetaOptimizer({self.metadata.get('name')!r}, {self.network.form}, "
            f"{self.num_parameters} angles)"
        )

    def suggest(
        self,
        cost: Callable[[np.ndarray], float],
        queries: int = 10,
        scale: float = 1.0,
        offset: float = 0.0,
        start: ArrayLike | None = None,
    ) -> Suggestion:
        r"""Let the network query a cost and return what it proposed.

        The network is fed $y = (\text{cost} - \text{offset})/\text{scale}$, which should lie in
        [-1, 1]: scale is the 1-norm of the Hamiltonian's Pauli coefficients (`problem.normaliser`)
        and offset its identity part (`problem.offset`).

        **Arguments:**

        - `cost`: any callable from angles, shape `(k,)`, to a number.
        - `queries`: T, how many points the network proposes.
        - `start`: $\theta_0$, queried first. `None` means QAOA's zeros, whose cost is the
          offset and is not queried; a Hubbard network needs a start, its adiabatic one.

        **Raises:** [`UserError`][] for a start of the wrong shape or missing, a scale that is not
        positive, and a start, an offset or a cost that is not of finite real numbers. Warns where y
        leaves [-1, 1] by 5 %.
        """
        scale = _checked("scale", scale, "a positive real number")
        offset = _checked("offset", offset, "a finite real number")
        if scale <= 0:
            raise UserError(f"scale must be a positive real number, got {scale}")
        if isinstance(queries, bool) or not isinstance(queries, int | np.integer) or queries < 1:
            raise UserError(f"queries = {queries} must be a whole number, at least 1")
        calls: list[tuple[np.ndarray, float]] = []

        def ask(theta: np.ndarray) -> float:
            answer = cost(theta.copy())
            value = _cost_of(answer)
            if value is None:
                raise UserError(
                    f"cost returned {reprlib.repr(answer)} at query {len(calls) + 1}; "
                    "a finite real number (an int or a float) is needed"
                )
            calls.append((theta, value))
            y = (value - offset) / scale
            if abs(y) > 1.05 and self.metadata.get("norm", 1) == 1:
                warnings.warn(
                    f"(cost - offset)/scale = {y:.3g} at query {len(calls)} lies outside [-1, 1], "
                    "where the network was not trained: give the Hamiltonian's scale and offset",
                    stacklevel=3,
                )
            return y

        theta = self._first_angles(start)
        y = 0.0 if start is None else ask(theta)
        memory, points = self.network.memory(), []
        for t in range(queries):
            memory, theta = self.propose(memory, theta, y, t)
            points.append(theta)
            y = ask(theta)
        best, best_value = min(calls, key=lambda call: call[1])
        values = np.array([value for _, value in calls[-len(points) :]])
        return Suggestion(np.stack(points), values, best, best_value, len(calls))

    def _first_angles(self, start: ArrayLike | None) -> np.ndarray:
        r"""$\theta_0$, checked, shape `(k,)`."""
        if start is None:
            if self.metadata.get("needs_start"):
                raise UserError(
                    f"{self!r} needs start=: the instance's adiabatic angles, ansatz.heuristic()"
                )
            return np.zeros(self.num_parameters)
        theta = real_array("start", start)
        if np.asarray(start).dtype.kind == "b":
            raise UserError(f"start must be an array of real numbers, got {start!r}")
        if theta.shape != (self.num_parameters,):
            raise UserError(
                f"start has shape {theta.shape}, but {self!r} takes shape ({self.num_parameters},)"
            )
        if not np.isfinite(theta).all():
            raise UserError(f"start = {theta.tolist()} must be finite")
        return theta

    def propose(
        self, memory: Memory, theta: np.ndarray, y: float, t: int
    ) -> tuple[Memory, np.ndarray]:
        """Memory and angles after the query number `t` (0 for the start) at `theta` cost `y`."""
        dtype = self.network.anchor.dtype
        memory, proposal = _step(
            self.network,
            memory,
            jnp.asarray(theta, dtype),
            jnp.asarray(y, dtype),
            jnp.asarray(t == 0),
        )
        return memory, np.asarray(proposal, float)

    def __call__(
        self,
        fun: Callable[..., float],
        x0: ArrayLike,
        args: tuple[Any, ...] = (),
        *,
        queries: int = 10,
        scale: float = 1.0,
        offset: float = 0.0,
        **given: Any,
    ) -> "scipy.optimize.OptimizeResult":
        """`scipy.optimize.minimize(cost, x0, method=learner, options=…)`.

        **Raises:** [`UserError`][] for bounds, constraints or a callback, which the network knows
        nothing of, for unknown options, and for `args` that are no tuple.
        """
        # A string would be taken as its characters, a mapping as its keys.
        if isinstance(args, str | bytes | Mapping) or not np.iterable(args):
            raise UserError(f"args must be a tuple, got {reprlib.repr(args)}")
        for name in _NOT_TAKEN:
            # SciPy gives None or an empty tuple where there is none; bounds may be an array.
            value = given.get(name)
            if value is not None and np.size(value):
                raise UserError(f"{self!r} takes no {name}; leave it out")
        for name in sorted(given.keys() - _SCIPY_ARGUMENTS):
            raise UserError(f"unknown option {name}; allowed are offset, queries, scale")
        found = self.suggest(
            lambda theta: fun(theta, *args), queries, scale=scale, offset=offset, start=x0
        )
        return scipy.optimize.OptimizeResult(
            x=found.best,
            fun=found.best_value,
            nfev=found.queries,
            nit=queries,
            success=True,
            status=0,
            message=f"the network's {queries} queries are used up",
        )

    def save(self, path: str | Path) -> None:
        """Write arrays and JSON metadata to one `.npz` file, by rename."""
        header = {
            **self.metadata,
            "format": FORMAT,
            "form": self.network.form,
            "inputs": self.network.inputs,
            "hidden": self.network.cell.hidden_size,
            "num_parameters": self.num_parameters,
        }
        text = np.array(json.dumps(header, sort_keys=True))
        write_arrays(Path(path), {"metadata": text, **arrays_of(self.network)})


def _checked(name: str, value: float, allowed: str) -> float:
    number = real_number(name, value, allowed)
    # NumPy's and JAX's numbers go on as they are, in their own precision.
    return value if hasattr(value, "dtype") else number


def _cost_of(answer: object) -> float | None:
    """The cost in double precision; `None` for what is no finite real number."""
    # Masked, it would be read as zero.
    if np.ma.is_masked(answer):
        return None
    try:
        value = np.asarray(answer)
    except (TypeError, ValueError):
        return None
    if value.shape != () or value.dtype.kind not in "iuf":
        return None
    cost = float(value)
    return cost if math.isfinite(cost) else None


def arrays_of(network: Network) -> dict[str, np.ndarray]:
    """A network's arrays by name, such as `cell.weight_ih`."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(network)
    arrays = {jax.tree_util.keystr(path).removeprefix("."): leaf for path, leaf in leaves}
    # A file has the form by its name.
    del arrays["residual"]
    return {name: np.asarray(leaf) for name, leaf in arrays.items()}


def network_from(
    arrays: dict[str, np.ndarray], form: str, inputs: str = "angles_and_cost"
) -> Network:
    """The network with these arrays; the inverse of [`arrays_of`][].

    A leading seed axis is kept.
    """
    num_parameters = arrays["anchor"].shape[-1]
    hidden = arrays["head.weight"].shape[-1]
    like = eqx.filter_eval_shape(
        lambda: Network(num_parameters, hidden, form, inputs, key=jax.random.key(0))  # type: ignore[arg-type]
    )
    paths, structure = jax.tree_util.tree_flatten_with_path(like)
    names = [jax.tree_util.keystr(path).removeprefix(".") for path, _ in paths]
    if missing := sorted({*names} - {"residual"} ^ {*arrays}):
        raise KeyError(", ".join(missing))
    residual = np.full_like(arrays["anchor"][..., 0], form == "residual")
    arrays = {**arrays, "residual": residual}
    for name, (_, leaf) in zip(names, paths, strict=True):
        if arrays[name].shape[arrays[name].ndim - leaf.ndim :] != leaf.shape:
            raise KeyError(f"shape of {name}")
    return jax.tree.unflatten(structure, [jnp.asarray(arrays[name]) for name in names])


def pretrained_names() -> list[str]:
    """Names of the networks that come with the package."""
    folder = resources.files("replication") / "pretrained"
    files = folder.iterdir() if folder.is_dir() else ()
    return sorted(Path(f.name).stem for f in files if f.name.endswith(".npz"))


def load_meta_optimizer(name_or_path: str | Path) -> MetaOptimizer:
    """Load a trained network.

    ```pycon
    >>> from replication import load_meta_optimizer
    >>> load_meta_optimizer("sk-p4").num_parameters
    8

    ```

    **Arguments:**

    - `name_or_path`: `"maxcut-p4"`, `"sk-p4"`, `"hubbard-r3"`, or the path of an `.npz` file.

    **Raises:** [`UserError`][] naming the file if it is missing, cut, empty, or not a network.
    """
    text = str(name_or_path)
    if text in pretrained_names():
        path = Path(str(resources.files("replication") / "pretrained" / f"{text}.npz"))
    elif text.endswith(".npz"):
        path = Path(text)
    else:
        raise UserError(
            f"unknown meta-optimizer {text!r}; allowed are {', '.join(pretrained_names())} "
            "or the path of an .npz file"
        )
    if not path.exists():
        raise UserError(f"network file {path} does not exist")
    try:
        arrays = read_arrays(path)
        metadata = json.loads(str(arrays.pop("metadata")))
        if metadata["format"] != FORMAT or metadata["form"] not in get_args(Form):
            raise ValueError("format")
        inputs = metadata.get("inputs", "angles_and_cost")
        if inputs not in get_args(Inputs):
            raise ValueError("inputs")
        network = network_from(arrays, metadata["form"], inputs)
        if network.anchor.ndim != 1:
            raise ValueError("several networks")
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise ValueError("not finite")
    except (ValueError, KeyError, TypeError, IndexError):
        raise UserError(f"{path} is not a network file of this suite, or is damaged") from None
    return MetaOptimizer(network, metadata)
