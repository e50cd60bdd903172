"""Small networks that are trained on one task and then, or from the start, on another one."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from replication.errors import UserError

HELD_OUT = 4
"""One of so many samples, and at least one, says which weights of a training are kept."""
CHECK = 10
"""Steps between two checks on the samples held out."""


class Regressor(eqx.Module):
    """A body of two hidden layers with tanh, and a linear head that alone depends on the task."""

    body: eqx.nn.MLP
    head: eqx.nn.Linear

    def __call__(self, inputs: jax.Array) -> jax.Array:
        """Outputs `(outputs,)` for inputs `(inputs,)`."""
        return self.head(self.body(inputs))


class Fit(NamedTuple):
    """A trained network, and its mean squared error on the samples held out."""

    network: Regressor
    held_out: jax.Array


def regressors(inputs: int, outputs: int, width: int, keys: jax.Array) -> Regressor:
    """A stack of networks with random weights in single precision, one for each key.

    >>> import jax
    >>> regressors(3, 2, 8, jax.random.split(jax.random.key(0), 5)).head.weight.shape
    (5, 2, 8)
    """

    def one(key: jax.Array) -> Regressor:
        first, second = jax.random.split(key)
        body = eqx.nn.MLP(inputs, width, width, 1, jnp.tanh, jnp.tanh, key=first)
        return Regressor(body, eqx.nn.Linear(width, outputs, key=second))

    with jax.enable_x64(False):
        return eqx.filter_vmap(one)(keys)


def with_heads(networks: Regressor, outputs: int, keys: jax.Array) -> Regressor:
    """The bodies of a stack of networks with random heads for so many outputs."""
    width = networks.head.weight.shape[-1]
    with jax.enable_x64(False):
        heads = eqx.filter_vmap(lambda key: eqx.nn.Linear(width, outputs, key=key))(keys)
    return Regressor(networks.body, heads)


def join(stacks: Sequence[Regressor]) -> Regressor:
    """Several stacks of networks as one, the first one's in front."""
    arrays, others = zip(*(eqx.partition(one, eqx.is_array) for one in stacks), strict=True)
    joined: Regressor = eqx.combine(
        jax.tree.map(lambda *leaves: jnp.concatenate(leaves), *arrays), others[0]
    )
    return joined


def fit(
    networks: Regressor,
    inputs: Any,
    targets: Any,
    rates: Any,
    body_moves: Any,
    keys: jax.Array,
    *,
    steps: int,
    batch: int,
) -> Fit:
    r"""Train a stack of networks by Adam, each on data of its own, on the mean squared error.

    The last quarter of the samples is held out and checked every ten steps; the weights returned
    are those with the lowest error on it. Rates fall to zero as a cosine.

    **Arguments:**

    - `networks`: a first axis of every array over networks, as in all other arguments.
    - `inputs`, `targets`: `(networks, samples, …)`, of the order of 1; at least 2 samples.
    - `rates`: of Adam, `(networks,)`.
    - `body_moves`: 1 where all weights are trained, 0 where the head alone, `(networks,)`.
    - `keys`: of the batches, `(networks,)`.
    - `steps`: of Adam; `batch`: samples in each step, all where there are not so many.

    **Returns:** networks and errors `(networks,)`, in single precision.
    """
    inputs, targets = np.asarray(inputs), np.asarray(targets)
    if inputs.ndim != 3 or targets.ndim != 3 or inputs.shape[:2] != targets.shape[:2]:
        raise UserError(
            f"inputs and targets must have the shapes (networks, samples, …), got "
            f"{inputs.shape} and {targets.shape}"
        )
    if inputs.shape[1] < 2:
        raise UserError("samples must be at least 2: one is held out")
    with jax.enable_x64(False):
        x, y, moves, first = (
            jnp.asarray(each, jnp.float32) for each in (inputs, targets, body_moves, rates)
        )
        return _fit(networks, x, y, moves, first, keys, steps=steps, batch=batch)


@eqx.filter_jit
def _fit(
    networks: Regressor,
    inputs: jax.Array,
    targets: jax.Array,
    body_moves: jax.Array,
    rates: jax.Array,
    keys: jax.Array,
    *,
    steps: int,
    batch: int,
) -> Fit:
    def one(*each: Any) -> Fit:
        return _fit_one(*each, steps=steps, batch=batch)

    return eqx.filter_vmap(one)(networks, inputs, targets, body_moves, rates, keys)


def _fit_one(
    network: Regressor,
    inputs: jax.Array,
    targets: jax.Array,
    body_moves: jax.Array,
    rate: jax.Array,
    key: jax.Array,
    *,
    steps: int,
    batch: int,
) -> Fit:
    held = max(1, len(inputs) // HELD_OUT)
    kept = len(inputs) - held
    weights, fixed = eqx.partition(network, eqx.is_inexact_array)
    moves = jax.tree.map(jnp.ones_like, weights)
    moves = eqx.tree_at(
        lambda tree: tree.body, moves, jax.tree.map(lambda leaf: leaf * body_moves, moves.body)
    )
    adam = optax.scale_by_adam()

    def error(at: Regressor, x: jax.Array, y: jax.Array) -> jax.Array:
        return jnp.mean((jax.vmap(eqx.combine(at, fixed))(x) - y) ** 2)

    def step(carry: tuple[Any, Any], number: jax.Array) -> tuple[tuple[Any, Any], None]:
        at, memory = carry
        chosen = jnp.arange(kept)
        if batch < kept:
            chosen = jax.random.randint(jax.random.fold_in(key, number), (batch,), 0, kept)
        slope = jax.grad(error)(at, inputs[chosen], targets[chosen])
        # Optax raises floats to whole numbers of steps.
        with jax.numpy_dtype_promotion("standard"):
            move, memory = adam.update(slope, memory)
        fall = rate * (1 + jnp.cos(jnp.pi * number.astype(rate.dtype) / steps)) / 2
        # The last check comes after fewer steps.
        fall = jnp.where(number < steps, fall, 0)
        return (
            jax.tree.map(lambda w, m, allowed: w - fall * allowed * m, at, move, moves),
            memory,
        ), None

    def check(carry: Any, numbers: jax.Array) -> tuple[Any, None]:
        now, best, lowest = carry
        now = jax.lax.scan(step, now, numbers)[0]
        missed = error(now[0], inputs[kept:], targets[kept:])
        best = jax.tree.map(lambda new, old: jnp.where(missed < lowest, new, old), now[0], best)
        return (now, best, jnp.minimum(missed, lowest)), None

    first = ((weights, adam.init(weights)), weights, error(weights, inputs[kept:], targets[kept:]))
    numbers = jnp.arange(-(-steps // CHECK) * CHECK).reshape(-1, CHECK)
    (_, best, lowest), _ = jax.lax.scan(check, first, numbers)
    return Fit(eqx.combine(best, fixed), lowest)


def predictions(networks: Regressor, inputs: Any) -> np.ndarray:
    """Outputs of a stack of networks for the same inputs, `(networks, samples, outputs)`."""
    with jax.enable_x64(False):
        return np.asarray(_predictions(networks, jnp.asarray(inputs, jnp.float32)), float)


@eqx.filter_jit
def _predictions(networks: Regressor, inputs: jax.Array) -> jax.Array:
    return eqx.filter_vmap(lambda one, x: jax.vmap(one)(x), in_axes=(eqx.if_array(0), None))(
        networks, inputs
    )
