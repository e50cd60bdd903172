"""Optima with gradients: many starts screened, the better ones descended, the best polished."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike
from scipy.optimize import minimize

from replication.ansatze.base import Ansatz
from replication.problems.base import Problem
from replication.simulators.chunks import on_cpu

_TOGETHER = 5
"""Starts at a time on a CPU: the counts of both stages are usually multiples of it."""

_Carry = tuple[jax.Array, optax.OptState, jax.Array, jax.Array]


def adam(
    cost: Callable[[jax.Array], jax.Array],
    theta: jax.Array,
    *,
    steps: ArrayLike,
    learning_rate: ArrayLike,
) -> tuple[jax.Array, jax.Array]:
    """Adam from `theta` `(k,)`, its rate falling as a cosine; the end and its cost.

    Steps and rate may be data, so that one program serves several.
    """
    optimiser, fall = optax.scale_by_adam(), optax.cosine_decay_schedule(1.0, 1)
    cost_and_gradient = jax.value_and_grad(cost)

    def step(index: jax.Array, carry: _Carry) -> _Carry:
        theta, state, *_ = carry
        value, gradient = cost_and_gradient(theta)
        # Optax raises floats to whole numbers of steps.
        with jax.numpy_dtype_promotion("standard"):
            direction, state = optimiser.update(gradient, state)
        rate = learning_rate * fall(index / jnp.maximum(steps, 1))
        return theta - rate.astype(theta.dtype) * direction, state, theta, value

    # One step more, for the cost of the last: another circuit would be compiled for it.
    begin = theta, optimiser.init(theta), theta, jnp.zeros((), theta.dtype)
    *_, end, value = jax.lax.fori_loop(0, steps + 1, step, begin)
    return end, value


def in_turn(
    descent: Callable[[jax.Array], tuple[jax.Array, jax.Array]],
    thetas: jax.Array,
    count: ArrayLike,
) -> tuple[jax.Array, jax.Array]:
    """`descent` from each of the first `count` of `thetas`, which may be data.

    **Returns:** the ends, shape as `thetas`, and their costs; those of the others are infinite.
    """

    def one(index: jax.Array, found: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        end, cost = descent(thetas[index])
        return found[0].at[index].set(end), found[1].at[index].set(cost)

    nothing = thetas, jnp.full(thetas.shape[:-1], jnp.inf, thetas.dtype)
    return jax.lax.fori_loop(0, count, one, nothing)


@jax.jit
def _descend(
    ansatz: Ansatz,
    thetas: jax.Array,
    scale: jax.Array,
    groups: int,
    steps: int,
    learning_rate: float,
) -> tuple[jax.Array, jax.Array]:
    """[`adam`][] from the first `groups` of `thetas` `(groups, starts, k)`."""

    def one(theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        end, cost = adam(
            lambda theta: ansatz.energy(theta) / scale,
            theta,
            steps=steps,
            learning_rate=learning_rate,
        )
        return end, cost * scale

    return in_turn(jax.vmap(one), thetas, groups)


def descend(
    ansatz: Ansatz,
    thetas: np.ndarray,
    scale: np.ndarray,
    *,
    steps: int,
    learning_rate: float,
    capacity: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """[`adam`][] from many starts of one instance, in one compiled call.

    **Arguments:**

    - `thetas`: `(starts, k)`.
    - `scale`: the instance's normaliser, so that the learning rate means the same everywhere.
    - `capacity`: pad to this many starts, `None` for none more, so that one compiled program serves
      every number of starts and steps, and every rate.

    **Returns:** final angles `(starts, k)` and energies `(starts,)`.
    """
    count, parameters = thetas.shape
    capacity = max(capacity or count, count)
    together = min(_TOGETHER, capacity) if on_cpu() else capacity
    places = np.resize(thetas, (-(-capacity // together) * together, parameters))
    groups = -(-count // together)
    found = _descend(
        ansatz, places.reshape(-1, together, parameters), scale, groups, steps, learning_rate
    )
    ends, energies = map(np.asarray, found)
    return ends.reshape(-1, parameters)[:count], energies.reshape(-1)[:count]


@jax.jit
def energy_gradient(ansatz: Ansatz, theta: jax.Array) -> jax.Array:
    """Derivatives of the energy by the angles, shape `(k,)`."""
    return jax.grad(lambda angles: ansatz.energy(angles))(theta)


@jax.jit
def _value_and_gradient(ansatz: Ansatz, theta: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jax.value_and_grad(lambda t: ansatz.energy(t))(theta)


def polish(ansatz: Ansatz, problem: Problem, theta: np.ndarray) -> tuple[np.ndarray, float]:
    """L-BFGS-B from one point, to convergence; angles `(k,)` and energy, never worse."""
    on_device = jax.device_put(ansatz)

    def normalised(point: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = _value_and_gradient(on_device, point)
        return float(value) / problem.normaliser, np.asarray(gradient) / problem.normaliser

    options = {"maxiter": 300, "ftol": 1e-13, "gtol": 1e-8}
    found = minimize(normalised, theta, jac=True, method="L-BFGS-B", options=options)
    before, _ = normalised(theta)
    if before <= found.fun:
        return np.asarray(theta, float), before * problem.normaliser
    return found.x, float(found.fun) * problem.normaliser


def _single_precision(tree: Ansatz) -> Ansatz:
    """The same circuit with its real arrays in float32."""
    return jax.tree.map(
        lambda leaf: leaf.astype(np.float32) if leaf.dtype == np.float64 else leaf,
        jax.tree.map(np.asarray, tree),
    )


def best_of_random(
    ansatz: Ansatz,
    problem: Problem,
    starts: np.ndarray,
    *,
    screening_steps: int,
    kept: int,
    descent_steps: int,
    polished: int,
) -> tuple[np.ndarray, float]:
    """The best of `starts` `(starts, k)`.

    All get `screening_steps` of Adam at rate 0.1, the `kept` lowest of them `descent_steps` more
    at 0.05, both in single precision; the `polished` lowest of those go on to convergence in the
    precision of `ansatz`.
    """
    single = jax.device_put(_single_precision(ansatz))
    scale = np.asarray(problem.normaliser, np.float32)
    thetas = np.asarray(starts, np.float32)
    stages = ((screening_steps, 0.1, kept), (descent_steps, 0.05, polished))
    for steps, learning_rate, best in stages:
        thetas, energies = descend(
            single, thetas, scale, steps=steps, learning_rate=learning_rate, capacity=len(starts)
        )
        thetas = thetas[np.argsort(energies, kind="stable")[:best]]
    found = [polish(ansatz, problem, theta) for theta in thetas.astype(float)]
    return min(found, key=lambda pair: pair[1])
