r"""Adam on many circuits together, with what a training may do besides: masks, noise, resets."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from replication.landscapes.geometry import fisher_information
from replication.simulators.circuits import Circuit
from replication.simulators.observables import Observable, Projector
from replication.simulators.stacked import values_and_gradients


class Trained(NamedTuple):
    """Trainings of a stack of circuits.

    An evaluation is one value with its gradient, of whatever circuit or cost.

    - `circuits`: those that were trained, whose cost it is about.
    - `start`, `final`: angles `(runs, k)`, the first ones of these circuits and the best ones.
    - `values`: the cost at each evaluation, `(runs, evaluations)`; NaN for one spent on other
      circuits or costs.
    - `norms`: Euclidean norm of its gradient, per radian, of the same shape.
    """

    circuits: Circuit
    start: np.ndarray
    final: np.ndarray
    values: np.ndarray
    norms: np.ndarray

    @property
    def spent(self) -> int:
        """Evaluations of a run."""
        return self.values.shape[1]

    @property
    def best(self) -> np.ndarray:
        """The lowest cost up to each evaluation, `(runs, evaluations)`; NaN before the first."""
        return np.fmin.accumulate(self.values, axis=1)


class Schedule(NamedTuple):
    """What happens at each evaluation.

    - `rate`: Adam's step size, radians, `(evaluations,)`.
    - `active`: whether an angle is trained, `(evaluations, k)`.
    - `noise`: standard deviation of the angles' noise at which the cost is evaluated, radians.
    - `penalty`: weight of the sum of the angles' absolute values in what is minimised.
    - `sampling`: standard deviation of each derivative, as finite shots give it; recorded costs and
      gradients are without.
    """

    rate: np.ndarray
    active: np.ndarray
    noise: np.ndarray
    penalty: np.ndarray
    sampling: np.ndarray


def schedule(
    rate: Any,
    shape: tuple[int, int],
    *,
    active: Any = True,
    noise: Any = 0.0,
    penalty: Any = 0.0,
    sampling: Any = 0.0,
) -> Schedule:
    """One for `shape`, evaluations and k; each part is an array or one number for all."""
    numbers = [
        np.broadcast_to(np.asarray(each, float), shape[:1])
        for each in (rate, noise, penalty, sampling)
    ]
    return Schedule(numbers[0], np.broadcast_to(np.asarray(active, bool), shape), *numbers[1:])


def shot_error(observable: Observable, shots: int) -> float:
    r"""Standard deviation of a derivative by parameter shift, $s/\sqrt{2 M}$ for M shots a value.

    With $s^2 = \mathrm{Tr} H^2/2^n - (\mathrm{Tr} H/2^n)^2$, the variance of a shot of H itself in
    a random state; near an eigenstate it is smaller. 0 for `shots = 0`, which is none.

    **Arguments:** `observable`: of one circuit, or of a stack, of which the first one counts.
    """
    if not shots:
        return 0.0
    if isinstance(observable, Projector):
        mean = float(np.ravel(observable.mean)[0])
        return float(np.sqrt(mean * (1 - mean) / (2 * shots)))
    diagonal = np.asarray(observable.diagonal)
    rows = diagonal.reshape(-1, diagonal.shape[-1])
    others = (np.asarray(observable.coefficients) ** 2).sum(axis=-1)
    return float(np.sqrt((rows[0].var() + np.ravel(others)[0]) / (2 * shots)))


class Resets(NamedTuple):
    """New angles for the layer with the smallest gradient, when a training is stuck.

    - `patience`: evaluations without progress after which one is drawn; 0 for never.
    - `progress`: by how much the lowest cost must fall to count.
    """

    patience: int = 0
    progress: float = 0.0


class _Memory(NamedTuple):
    """What a training carries from one evaluation to the next; arrays over the runs."""

    theta: jax.Array
    adam: Any
    lowest: jax.Array
    best: jax.Array
    mark: jax.Array
    since: jax.Array


NEVER = Resets()


def descend(
    circuits: Circuit, start: np.ndarray, plan: Schedule, keys: jax.Array, resets: Resets = NEVER
) -> Trained:
    """Adam from a start, its last evaluation at angles that no step follows.

    In the precision of `start`: single precision takes half the time, and its errors of 1e-6 of
    the cost are far below those of a training.

    **Arguments:**

    - `circuits`: a stack, every array with a first axis over the runs.
    - `start`: angles `(runs, k)`, radians.
    - `plan`: made by [`schedule`][]; its length is the number of evaluations.
    - `keys`: of the noise and of the redrawn angles, one a run.
    """
    given = jnp.asarray(start)
    patience, progress = jnp.int32(resets.patience), jnp.asarray(resets.progress, given.dtype)
    best, values, norms = _descend(circuits, given, plan, keys, patience, progress)
    return Trained(circuits, *(np.asarray(each) for each in (start, best, values, norms)))


@eqx.filter_jit
def _descend(
    circuits: Circuit,
    start: jax.Array,
    plan: Schedule,
    keys: jax.Array,
    patience: jax.Array,
    progress: jax.Array,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    adam = optax.scale_by_adam()

    def step(at: _Memory, now: tuple[jax.Array, Schedule]) -> tuple[_Memory, Any]:
        index, plan = now
        normal, shots, uniform = _draws(keys, index, at.theta)
        points = at.theta + plan.noise * normal
        values, gradients = values_and_gradients(circuits, points)
        lower = values < at.lowest
        lowest = jnp.where(lower, values, at.lowest)
        best = jnp.where(lower[:, None], points, at.best)
        measured = gradients + plan.sampling * shots
        minimised = (measured + plan.penalty * jnp.sign(points)) * plan.active[None]
        with jax.numpy_dtype_promotion("standard"):
            updates, moments = adam.update(minimised, at.adam)
        theta = at.theta - plan.rate * updates * plan.active[None]

        advanced = lowest < at.mark - progress
        since = jnp.where(advanced, 0, at.since + 1)
        stuck = (patience > 0) & (since >= patience)
        fresh = stuck[:, None] & _flattest(measured, circuits.layers)
        moments = moments._replace(
            mu=jnp.where(fresh, 0, moments.mu), nu=jnp.where(fresh, 0, moments.nu)
        )
        after = _Memory(
            jnp.where(fresh, uniform, theta),
            moments,
            lowest,
            best,
            jnp.where(advanced | stuck, lowest, at.mark),
            jnp.where(stuck, 0, since),
        )
        return after, (values, jnp.linalg.norm(gradients, axis=1))

    theta = start
    plan = Schedule(*(each.astype(theta.dtype) for each in plan))
    infinite = jnp.full(len(theta), jnp.inf, theta.dtype)
    none = jnp.zeros(len(theta), jnp.int32)
    memory = _Memory(theta, adam.init(theta), infinite, theta, infinite, none)
    steps = jnp.arange(len(plan.rate))
    memory, (values, norms) = jax.lax.scan(step, memory, (steps, plan))
    return memory.best, values.T, norms.T


def _draws(
    keys: jax.Array, index: jax.Array, like: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Two rows of normal numbers and one of angles for each run, by its own key alone."""
    size, dtype = like.shape[1:], like.dtype

    def one(key: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        first, second, third = jax.random.split(jax.random.fold_in(key, index), 3)
        angles = jax.random.uniform(third, size, dtype, -jnp.pi, jnp.pi)
        return jax.random.normal(first, size, dtype), jax.random.normal(second, size, dtype), angles

    return jax.vmap(one)(keys)


def _flattest(gradients: jax.Array, layers: int) -> jax.Array:
    """Which angles belong to the layer with the smallest gradient, `(runs, k)`."""
    sizes = (gradients.reshape(len(gradients), layers, -1) ** 2).sum(axis=2)
    chosen = jnp.arange(layers)[None] == jnp.argmin(sizes, axis=1)[:, None]
    return jnp.repeat(chosen, gradients.shape[1] // layers, axis=1)


def descend_naturally(
    circuits: Circuit,
    start: np.ndarray,
    steps: int,
    keys: jax.Array,
    *,
    rate: float,
    every: int,
    damping: float,
    sampling: float = 0.0,
) -> Trained:
    r"""$\theta \leftarrow \theta - \eta\,(F + \lambda)^{-1} \nabla E$, F the Fisher information.

    For small $\eta$ it is evolution in imaginary time by $\eta/2$, as far as the angles allow.
    J. Stokes et al., doi:10.22331/q-2020-05-25-269.

    **Arguments:** `steps`: multiples of `every`; `rate`: η, one over the unit of the cost;
    `every`: after how many steps F is taken again; `damping`: λ, of F's entries, which are at
    most 1; `sampling`: as in a [`Schedule`][], of the gradient alone.
    """
    given = jnp.asarray(start)
    best, values, norms = _descend_naturally(
        circuits, given, keys, steps // every, rate, every, damping, sampling
    )
    return Trained(circuits, *(np.asarray(each) for each in (start, best, values, norms)))


@eqx.filter_jit
def _descend_naturally(
    circuits: Circuit,
    start: jax.Array,
    keys: jax.Array,
    cycles: int,
    rate: float,
    every: int,
    damping: float,
    sampling: float,
) -> tuple[jax.Array, jax.Array, jax.Array]:
    def inverse(both: tuple[Circuit, jax.Array]) -> jax.Array:
        circuit, theta = both
        found = fisher_information(circuit.state, theta)
        return jnp.linalg.inv(found + damping * jnp.eye(len(theta), dtype=theta.dtype))

    def cycle(at: Any, steps: jax.Array) -> tuple[Any, Any]:
        # One run after the other: the derivatives of all states together would not fit the cache.
        metric = jax.lax.map(inverse, (jax.tree.map(jnp.asarray, circuits), at[0]))

        def step(at: Any, index: jax.Array) -> tuple[Any, Any]:
            theta, lowest, best = at
            values, gradients = values_and_gradients(circuits, theta)
            measured = gradients + sampling * _draws(keys, index, theta)[1]
            lower = values < lowest
            after = (
                theta - rate * jnp.einsum("rij,rj->ri", metric, measured),
                jnp.where(lower, values, lowest),
                jnp.where(lower[:, None], theta, best),
            )
            return after, (values, jnp.linalg.norm(gradients, axis=1))

        return jax.lax.scan(step, at, steps)

    theta, indices = jnp.asarray(start), jnp.arange(cycles * every).reshape(cycles, every)
    first = (theta, jnp.full(len(theta), jnp.inf, theta.dtype), theta)
    (_, _, best), found = jax.lax.scan(cycle, first, indices)
    values, norms = (jnp.moveaxis(each.reshape(cycles * every, -1), 0, 1) for each in found)
    return best, values, norms
