"""Optima with gradients: many starts screened, the better ones descended, the best polished."""

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax
from scipy.optimize import minimize

from replication.classes import Ansatz, Problem

_Carry = tuple[jax.Array, optax.OptState]


def adam(
    cost: Callable[[jax.Array], jax.Array], theta: jax.Array, *, steps: int, learning_rate: float
) -> tuple[jax.Array, jax.Array]:
    """Adam from `theta` `(k,)`, its rate falling as a cosine; the end and its cost."""
    optimiser = optax.adam(optax.cosine_decay_schedule(learning_rate, steps))
    cost_and_gradient = jax.value_and_grad(cost)

    def step(carry: _Carry, _: None) -> tuple[_Carry, tuple[jax.Array, jax.Array]]:
        theta, state = carry
        value, gradient = cost_and_gradient(theta)
        updates, state = optimiser.update(gradient, state)
        return (optax.apply_updates(theta, updates), state), (theta, value)

    # One step more, for the cost of the last: another circuit would be compiled for it.
    _, path = jax.lax.scan(step, (theta, optimiser.init(theta)), length=steps + 1)
    end, value = (each[-1] for each in path)
    return end, value


@functools.partial(jax.jit, static_argnames=("steps", "learning_rate"))
def descend(
    ansatz: Ansatz, thetas: jax.Array, scale: jax.Array, *, steps: int, learning_rate: float
) -> tuple[jax.Array, jax.Array]:
    """[`adam`][] from many starts of one instance, in one compiled call.

    **Arguments:** `thetas`: `(starts, k)`; `scale`: the instance's normaliser, so that the
    learning rate means the same everywhere.

    **Returns:** final angles `(starts, k)` and energies `(starts,)`.
    """

    def one(theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        end, cost = adam(
            lambda theta: ansatz.energy(theta) / scale,
            theta,
            steps=steps,
            learning_rate=learning_rate,
        )
        return end, cost * scale

    return jax.vmap(one)(thetas)


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
    scale = jnp.asarray(problem.normaliser, np.float32)
    thetas = jnp.asarray(starts, np.float32)
    stages = ((screening_steps, 0.1, kept), (descent_steps, 0.05, polished))
    for steps, learning_rate, best in stages:
        thetas, energies = descend(single, thetas, scale, steps=steps, learning_rate=learning_rate)
        thetas = thetas[jnp.argsort(energies)[:best]]
    found = [polish(ansatz, problem, theta) for theta in np.asarray(thetas, float)]
    return min(found, key=lambda pair: pair[1])
