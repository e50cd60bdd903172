"""Training of the meta-learner: several seeds side by side, validated, clipped, resumable."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from replication.errors import UserError
from replication.metalearner.arrays import read_arrays, write_arrays
from replication.metalearner.batches import Batch, draws_of, groups_of, instances_of, mean_over
from replication.metalearner.losses import LOSSES, cumulative_regret
from replication.metalearner.network import Network
from replication.metalearner.rollout import Task, roll_out

ValidationCallback = Callable[[int, int, jax.Array], None]
"""Called after each validation check: steps done, steps in all, validation loss of each seed."""


class Training(Protocol):
    """Settings of one training; those of a study's learner, or any object that has them.

    - `steps`, `batch`: training steps, and instances a step over all sizes.
    - `learning_rate`, `clip`: of Adam, peak and global norm; see [`outer_optimiser`][].
    - `loss`: a key of `replication.metalearner.losses.LOSSES`.
    - `warm_up`: fractions of the training between which the loss blends to `loss`.
    - `validate_every`, `patience`: steps between two validation checks, and checks without
      improvement after which a seed stops.
    """

    @property
    def steps(self) -> int: ...
    @property
    def batch(self) -> int: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def clip(self) -> float: ...
    @property
    def loss(self) -> str: ...
    @property
    def warm_up(self) -> tuple[float, float]: ...
    @property
    def validate_every(self) -> int: ...
    @property
    def patience(self) -> int: ...


class SeedState(NamedTuple):
    """What training carries from step to step, for one seed or, stacked, for all."""

    network: Network
    optimiser: optax.OptState
    best: Network
    best_loss: jax.Array
    best_step: jax.Array
    stale: jax.Array
    stopped_step: jax.Array


class TrainingLog(NamedTuple):
    """Curves over training, seed first: `(seed, step)` and, for the last, `(seed, check)`."""

    loss: np.ndarray
    gradient_norm: np.ndarray
    validation_loss: np.ndarray


_Carry = tuple[Network, optax.OptState]
_Inputs = tuple[jax.Array, jax.Array]
_Steps = tuple[jax.Array, jax.Array]
_Curves = tuple[jax.Array, jax.Array, jax.Array]


class Trained(NamedTuple):
    """Best network of each seed (stacked), its validation loss and step, and the curves."""

    networks: Network
    validation_loss: np.ndarray
    best_step: np.ndarray
    stopped_step: np.ndarray
    log: TrainingLog


def blend(settings: Training) -> np.ndarray:
    """Weight of `settings.loss` against cumulative regret at each step; shape `(steps,)`.

    Observed improvement alone is flat wherever no query beats the start, so that training from a
    poor start would not move; regret first, then the blend, does.
    """
    begin, end = (fraction * settings.steps for fraction in settings.warm_up)
    return np.clip((np.arange(settings.steps) + 1 - begin) / max(end - begin, 1), 0, 1)


def outer_optimiser(settings: Training) -> optax.GradientTransformation:
    """Adam with global-norm clipping and a cosine decay to 1 % of the learning rate."""
    schedule = optax.cosine_decay_schedule(settings.learning_rate, settings.steps, alpha=0.01)
    return optax.chain(optax.clip_by_global_norm(settings.clip), optax.adam(schedule))


def meta_loss(
    network: Network, tasks: Task, *, queries: int, loss: str, weight: jax.Array | float
) -> jax.Array:
    """Mean over a batch of $w L + (1 - w) R$, R the cumulative regret.

    **Arguments:** `tasks`: a batch, instance axis first; `weight`: w in [0, 1].
    """

    def one(costs: jax.Array, start: jax.Array) -> jax.Array:
        return weight * LOSSES[loss](costs, start) + (1 - weight) * cumulative_regret(costs, start)

    _, costs, start = roll_out(network, tasks, queries)
    return jnp.mean(jax.vmap(one)(costs, start))


def validation_loss(network: Network, batches: Sequence[Batch], queries: int) -> jax.Array:
    """Mean best cost of the roll-out, start included, each size with the same weight."""

    def best(group: Task) -> jax.Array:
        _, costs, start = roll_out(network, group, queries)
        return jnp.mean(jnp.minimum(costs.min(axis=1), start))

    return mean_over(batches, best)


def training_step(
    network: Network,
    state: optax.OptState,
    batches: Sequence[Batch],
    *,
    optimiser: optax.GradientTransformation,
    queries: int,
    loss: str,
    weight: jax.Array | float,
) -> tuple[Network, optax.OptState, jax.Array, jax.Array]:
    """One Adam step on the mean meta-loss of one batch a size; also loss and gradient norm."""

    def total(network: Network) -> jax.Array:
        return mean_over(
            batches,
            lambda group: meta_loss(network, group, queries=queries, loss=loss, weight=weight),
        )

    value, gradient = jax.value_and_grad(total)(network)
    norm = optax.tree.norm(gradient)
    # Optax raises floats to whole numbers of steps.
    with jax.numpy_dtype_promotion("standard"):
        updates, state = optimiser.update(gradient, state)
    return eqx.apply_updates(network, updates), state, value, norm


def _epoch(
    state: SeedState,
    drawn: jax.Array,
    step: jax.Array,
    weights: jax.Array,
    train: list[list[Task]],
    validation: list[list[Task]],
    settings: Training,
    queries: int,
) -> tuple[SeedState, _Curves]:
    """`len(weights)` steps of one seed, with the instances drawn, and a validation check."""
    optimiser = outer_optimiser(settings)

    def one(carry: _Carry, inputs: _Inputs) -> tuple[_Carry, _Steps]:
        network, opt_state = carry
        indices, weight = inputs
        batches = instances_of(train, indices)
        network, opt_state, value, norm = training_step(
            network,
            opt_state,
            batches,
            optimiser=optimiser,
            queries=queries,
            loss=settings.loss,
            weight=weight,
        )
        return (network, opt_state), (value, norm)

    (network, opt_state), (losses, norms) = jax.lax.scan(
        one, (state.network, state.optimiser), (drawn, weights)
    )
    check = validation_loss(network, validation, queries)
    done = step + weights.shape[0]
    running = state.stopped_step < 0
    better = running & (check < state.best_loss)
    # Patience counts once the loss is the final one: regret's plateau is no reason to stop.
    stale = jnp.where(better | (weights[-1] < 1), 0, state.stale + 1)
    return SeedState(
        network=network,
        optimiser=opt_state,
        best=jax.tree.map(lambda a, b: jnp.where(better, a, b), network, state.best),
        best_loss=jnp.where(better, check, state.best_loss),
        best_step=jnp.where(better, done, state.best_step),
        stale=stale,
        stopped_step=jnp.where(running & (stale >= settings.patience), done, state.stopped_step),
    ), (losses, norms, check)


def _write_checkpoint(path: Path, leaves: list[np.ndarray]) -> None:
    write_arrays(path, {str(i): leaf for i, leaf in enumerate(leaves)})


def _read_checkpoint(path: Path, like: list[np.ndarray]) -> list[np.ndarray]:
    """Arrays shaped as those given, the first of which, the training's origin, must be equal."""
    try:
        leaves = list(read_arrays(path).values())
    except ValueError as error:
        raise UserError(f"checkpoint {path} cannot be read ({error}); delete it") from None
    fits = len(leaves) == len(like) and all(
        a.shape == b.shape and a.dtype == b.dtype for a, b in zip(leaves, like, strict=True)
    )
    if not fits or not np.array_equal(leaves[0], like[0]):
        raise UserError(f"checkpoint {path} is of another training; delete it")
    return leaves


def _fresh(settings: Training, networks: Network) -> SeedState:
    """The state of every seed before its first step."""

    def one(network: Network) -> SeedState:
        return SeedState(
            network=network,
            optimiser=outer_optimiser(settings).init(network),
            best=network,
            best_loss=jnp.full((), jnp.inf),
            best_step=jnp.zeros((), int),
            stale=jnp.zeros((), int),
            stopped_step=jnp.full((), -1),
        )

    state = jax.jit(jax.vmap(one))(networks)
    # Without weak types, or the first epoch's output would not fit what it was compiled for.
    fresh: SeedState = jax.device_put(jax.tree.map(np.asarray, state))
    return fresh


def _origin(settings: Training, queries: int, inputs: Any) -> np.ndarray:
    """A digest of all that a training begins with, so that no other one goes on from it."""
    found = hashlib.sha256(repr((settings, queries)).encode())
    for leaf in jax.tree.leaves(inputs):
        found.update(np.asarray(leaf).tobytes())
    return np.frombuffer(found.digest(), np.uint8)


def _resumed(
    checkpoint: Path, state: SeedState, log: TrainingLog, origin: np.ndarray
) -> tuple[SeedState, TrainingLog, int]:
    """State, curves and the next validation check of a checkpoint, shaped as those given."""
    leaves, structure = jax.tree.flatten(state)
    like = [np.asarray(leaf) for leaf in (origin, *leaves, *log, 0)]
    _, *restored, first = _read_checkpoint(checkpoint, like)
    state = jax.device_put(jax.tree.unflatten(structure, restored[: len(leaves)]))
    return state, TrainingLog(*restored[len(leaves) :]), int(first)


def _result(state: SeedState, log: TrainingLog) -> Trained:
    """The best networks and the curves; [`UserError`][] where a seed found none."""
    if not np.isfinite(np.asarray(state.best_loss)).all():
        raise UserError("training gave no finite validation loss; lower learning_rate or clip")
    return Trained(
        networks=state.best,
        validation_loss=np.asarray(state.best_loss),
        best_step=np.asarray(state.best_step),
        stopped_step=np.asarray(state.stopped_step),
        log=log,
    )


def train(
    settings: Training,
    networks: Network,
    train_tasks: Mapping[str, Batch],
    validation_tasks: Mapping[str, Batch],
    *,
    queries: int,
    keys: jax.Array,
    checkpoint: Path | None = None,
    report: ValidationCallback | None = None,
) -> Trained:
    """Train the networks of several seeds side by side.

    Each step draws equally many instances of every batch (with replacement), rolls the network
    out over `queries` queries, and takes one clipped Adam step on the meta-loss, back-propagated
    through circuit and time. Every `validate_every` steps the networks are judged on the
    validation set, and the best of these checks is kept; a seed stops after `patience` checks
    without improvement.

    **Arguments:**

    - `settings`: see [`Training`][].
    - `networks`: initial networks, seed axis first.
    - `train_tasks`, `validation_tasks`: batches of tasks by name, usually one for each size; they
      have the same weight, whatever number of instances they hold; see [`Batch`][].
    - `keys`: one key a seed, shape `(seeds,)`; a seed's numbers depend on its own key only.
    - `checkpoint`: a file from which an interrupted training goes on, written at each check.
    - `report`: called after each validation check.

    **Returns:** the best networks, stacked, with their curves; steps after all seeds stopped are
    NaN.
    """
    state = _fresh(settings, networks)
    weights = blend(settings)
    checks = -(-settings.steps // settings.validate_every)
    lengths = (settings.steps, settings.steps, checks)
    log = TrainingLog(*(np.full((keys.shape[0], length), np.nan) for length in lengths))

    @jax.jit
    def epoch(
        state: SeedState,
        drawn: jax.Array,
        step: jax.Array,
        weights: jax.Array,
        data: tuple[list[list[Task]], list[list[Task]]],
    ) -> tuple[SeedState, _Curves]:
        def one(seed: SeedState, drawn: jax.Array) -> tuple[SeedState, _Curves]:
            return _epoch(seed, drawn, step, weights, *data, settings=settings, queries=queries)

        return jax.vmap(one)(state, drawn)

    batches, validation = (
        [groups_of(batch) for batch in tasks.values()] for tasks in (train_tasks, validation_tasks)
    )
    data = jax.device_put((batches, validation))
    counts = np.array([group.scale.shape[0] for batch in batches for group in batch])
    of_each = max(1, settings.batch // len(batches))
    drawn = np.asarray(draws_of(keys, counts, steps=settings.steps, draws=of_each))
    first, origin = 0, _origin(settings, queries, (networks, data, drawn))
    if checkpoint is not None and checkpoint.exists():
        state, log, first = _resumed(checkpoint, state, log, origin)
    for check in range(first, checks):
        if (np.asarray(state.stopped_step) >= 0).all():
            break
        begin = check * settings.validate_every
        steps = slice(begin, min(begin + settings.validate_every, settings.steps))
        state, (loss, norm, validated) = epoch(
            state, drawn[:, steps], np.asarray(steps.start), weights[steps], data
        )
        log.loss[:, steps], log.gradient_norm[:, steps] = loss, norm
        log.validation_loss[:, check] = validated
        if checkpoint is not None:
            kept = (origin, *jax.tree.leaves(state), *log, check + 1)
            arrays = [np.asarray(leaf) for leaf in kept]
            _write_checkpoint(checkpoint, arrays)
        if report is not None:
            report(steps.stop, settings.steps, validated)
    return _result(state, log)
