"""Optima with gradients: many short starts, the best few polished."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
from scipy.optimize import minimize

from replication.classes import Ansatz, Problem

_Carry = tuple[jax.Array, optax.OptState]


@functools.partial(jax.jit, static_argnames=("steps", "learning_rate"))
def descend(
    ansatz: Ansatz, thetas: jax.Array, scale: jax.Array, *, steps: int, learning_rate: float = 0.05
) -> tuple[jax.Array, jax.Array]:
    """Adam from many starts of one instance, in one compiled call.

    **Arguments:** `thetas`: `(starts, k)`; `scale`: the instance's normaliser, so that the
    learning rate means the same everywhere.

    **Returns:** final angles `(starts, k)` and energies `(starts,)`.
    """
    optimiser = optax.adam(optax.cosine_decay_schedule(learning_rate, steps))
    gradient = jax.grad(lambda theta: ansatz.energy(theta) / scale)

    def step(carry: _Carry, _: None) -> tuple[_Carry, None]:
        theta, state = carry
        updates, state = optimiser.update(gradient(theta), state)
        return (optax.apply_updates(theta, updates), state), None

    def one(theta: jax.Array) -> tuple[jax.Array, jax.Array]:
        (theta, _), _ = jax.lax.scan(step, (theta, optimiser.init(theta)), length=steps)
        return theta, ansatz.energy(theta)

    # One after another: a batch of large states would leave the cache, and be twice as slow.
    return jax.lax.map(one, thetas)


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


def best_of_random(
    ansatz: Ansatz, problem: Problem, starts: np.ndarray, *, short_steps: int, polished: int
) -> tuple[np.ndarray, float]:
    """The best of `starts` `(starts, k)`: all descended shortly, the best few polished."""
    thetas, energies = descend(
        jax.device_put(ansatz),
        jnp.asarray(starts),
        jnp.asarray(problem.normaliser),
        steps=short_steps,
    )
    order = np.argsort(np.asarray(energies))[:polished]
    found = [polish(ansatz, problem, np.asarray(thetas[i])) for i in order]
    return min(found, key=lambda pair: pair[1])
