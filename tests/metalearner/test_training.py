"""Training: it learns, validates, stops, resumes bit by bit, and refuses what it cannot."""

import re

import equinox as eqx
import jax
import numpy as np
import optax
import pytest

from replication.errors import UserError
from replication.kinds.meta_learning_settings import Learner
from replication.metalearner import training
from replication.metalearner.batches import shared_out
from replication.metalearner.network import initialise
from replication.metalearner.rollout import roll_out
from replication.metalearner.training import (
    blend,
    meta_loss,
    outer_optimiser,
    train,
    training_step,
    validation_loss,
)

QUERIES = 3
LEARNER = Learner(hidden=4, steps=12, batch=4, validate_every=4, patience=20, seeds=2)


def fresh(count, form="plain"):
    def one(key):
        return initialise(np.array([0.1, -0.1]), 4, form, starts_there=False, key=key)

    return jax.vmap(one)(jax.random.split(jax.random.key(0), count))


KEYS = jax.random.split(jax.random.key(9), 2)


def run(batches, learner=LEARNER, count=2, **others):
    return train(
        learner, fresh(count), batches, batches, queries=QUERIES, keys=KEYS[:count], **others
    )


@pytest.fixture(scope="module")
def whole(batches):
    """An uninterrupted training: 12 steps, checks after 4, 8 and 12."""
    return run(batches)


def assert_same(first, second):
    for a, b in zip(jax.tree.leaves(first), jax.tree.leaves(second), strict=True):
        np.testing.assert_array_equal(a, b)


def test_shapes_and_finite_curves(whole):
    assert whole.log.loss.shape == whole.log.gradient_norm.shape == (2, 12)
    assert whole.log.validation_loss.shape == (2, 3)
    for curve in whole.log:
        assert np.isfinite(curve).all()
    assert np.all(whole.log.gradient_norm > 0)
    assert np.all(whole.stopped_step == -1)


def test_it_learns(whole, batches):
    before = [
        float(validation_loss(network, list(batches.values()), QUERIES))
        for network in (jax.tree.map(lambda leaf, s=s: leaf[s], fresh(2)) for s in range(2))
    ]
    assert np.all(whole.validation_loss < np.array(before) - 0.02)


def test_the_best_validation_check_is_kept(whole, batches):
    np.testing.assert_array_equal(whole.validation_loss, whole.log.validation_loss.min(1))
    ends = np.array([4, 8, 12])
    np.testing.assert_array_equal(whole.best_step, ends[whole.log.validation_loss.argmin(1)])
    for seed in range(2):
        network = jax.tree.map(lambda leaf, seed=seed: leaf[seed], whole.networks)
        again = validation_loss(network, list(batches.values()), QUERIES)
        np.testing.assert_allclose(again, whole.validation_loss[seed], 1e-12)


def test_seeds_differ_and_do_not_depend_on_their_neighbours(whole, batches):
    assert np.abs(whole.log.loss[0] - whole.log.loss[1]).min() > 0
    alone = train(
        LEARNER,
        jax.tree.map(lambda leaf: leaf[1:], fresh(2)),
        batches,
        batches,
        queries=QUERIES,
        keys=KEYS[1:],
    )
    np.testing.assert_allclose(alone.log.loss[0], whole.log.loss[1], 1e-9, 1e-12)
    np.testing.assert_allclose(alone.networks.head.bias[0], whole.networks.head.bias[1], 1e-8)


def test_every_step_draws_its_own_batch_and_the_last_epoch_may_be_short(batches):
    """With a network that does not move, the loss moves with the batch only."""
    learner = LEARNER.model_copy(update={"learning_rate": 1e-12, "warm_up": (0.0, 0.0), "steps": 6})
    trained = run(batches, learner)
    losses = trained.log.loss
    assert trained.log.validation_loss.shape == (2, 2)
    assert len(np.unique(np.round(losses, 9))) >= 10
    for seed in range(2):
        assert np.abs(losses[seed, :2] - losses[seed, 4:]).max() > 1e-3


class KilledError(Exception):
    pass


def killer(after):
    checks = []

    def report(done, steps, losses):
        assert steps == 12
        assert losses.shape == (2,)
        checks.append(done)
        if len(checks) == after:
            raise KilledError

    return report


@pytest.mark.parametrize("after", [1, 2])
def test_resumed_training_ends_with_the_same_numbers(whole, batches, tmp_path, after):
    checkpoint = tmp_path / "checkpoint.npz"
    with pytest.raises(KilledError):
        run(batches, checkpoint=checkpoint, report=killer(after))
    reported = []
    resumed = run(
        batches, checkpoint=checkpoint, report=lambda done, steps, losses: reported.append(done)
    )
    assert reported == [4, 8, 12][after:]
    assert_same(resumed, whole)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.npz"]


def test_a_finished_checkpoint_is_not_trained_again(whole, batches, tmp_path):
    checkpoint = tmp_path / "checkpoint.npz"
    run(batches, checkpoint=checkpoint)
    again = run(batches, checkpoint=checkpoint, report=killer(1))
    assert_same(again, whole)


@pytest.fixture(scope="module")
def checkpoint_bytes(batches, tmp_path_factory):
    path = tmp_path_factory.mktemp("training") / "checkpoint.npz"
    with pytest.raises(KilledError):
        run(batches, checkpoint=path, report=killer(1))
    return path.read_bytes()


def cut(content):
    return content[: len(content) // 2]


def bit_flipped(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]


@pytest.mark.parametrize(
    "damage",
    [cut, bit_flipped, lambda _: b"", lambda _: b"not a checkpoint", lambda c: c[:-1]],
    ids=["cut", "bit flipped", "empty", "foreign", "one byte short"],
)
def test_a_damaged_checkpoint_is_refused_by_name(batches, tmp_path, checkpoint_bytes, damage):
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(damage(checkpoint_bytes))
    with pytest.raises(UserError, match=re.escape(str(path)) + ".*delete it"):
        run(batches, checkpoint=path)
    assert path.exists()


@pytest.mark.parametrize(
    "changed", [{"hidden": 5}, {"steps": 13}, {"validate_every": 2}, {"learning_rate": 1e-4}]
)
def test_a_checkpoint_of_other_settings_is_refused(batches, tmp_path, checkpoint_bytes, changed):
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(checkpoint_bytes)
    learner = LEARNER.model_copy(update=changed)
    networks = jax.vmap(
        lambda key: initialise(
            np.array([0.1, -0.1]), learner.hidden, "plain", starts_there=False, key=key
        )
    )(KEYS)
    with pytest.raises(UserError, match=f"{re.escape(str(path))} is of another training"):
        train(learner, networks, batches, batches, queries=QUERIES, keys=KEYS, checkpoint=path)


def test_a_checkpoint_of_other_instances_of_equal_shape_is_refused(
    batches, tmp_path, checkpoint_bytes
):
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(checkpoint_bytes)
    others = jax.tree.map(lambda leaf: 1.01 * leaf if leaf.dtype.kind == "f" else leaf, batches)
    with pytest.raises(UserError, match="is of another training"):
        run(others, checkpoint=path)


def test_a_checkpoint_of_another_number_of_seeds_is_refused(batches, tmp_path, checkpoint_bytes):
    path = tmp_path / "checkpoint.npz"
    path.write_bytes(checkpoint_bytes)
    with pytest.raises(UserError, match="is of another training"):
        run(batches, count=1, checkpoint=path)


def test_early_stopping_freezes(batches):
    """Steps so long that checks go up and down: one seed stops early and the other runs on."""
    learner = LEARNER.model_copy(
        update={
            "validate_every": 1,
            "patience": 1,
            "learning_rate": 0.3,
            "warm_up": (0.0, 0.0),
        }
    )
    trained = run(batches, learner)
    checks, stopped, last = trained.log.validation_loss, trained.stopped_step, 0
    for seed in range(2):
        rises = np.flatnonzero(np.diff(checks[seed]) >= 0)
        assert stopped[seed] == rises[0] + 2
        assert trained.best_step[seed] == stopped[seed] - 1
        assert trained.validation_loss[seed] == checks[seed, : stopped[seed]].min()
        last = max(last, stopped[seed])
    early = int(np.argmin(stopped))
    assert stopped[early] < last
    assert checks[early, stopped[early] : last].min() < trained.validation_loss[early]
    # The kept network is the one of that check, whatever the other seed went on to do.
    network = jax.tree.map(lambda leaf: leaf[early], trained.networks)
    again = validation_loss(network, list(batches.values()), QUERIES)
    np.testing.assert_allclose(again, trained.validation_loss[early], 1e-12)
    for curve in trained.log:
        assert np.isfinite(curve[:, :last]).all()
        assert np.isnan(curve[:, last:]).all()


def test_patience_does_not_count_during_the_warm_up(batches):
    learner = LEARNER.model_copy(
        update={"validate_every": 1, "patience": 1, "learning_rate": 0.5, "warm_up": (1.0, 1.0)}
    )
    assert np.all(run(batches, learner).stopped_step == -1)


def test_diverged_training_is_one_sentence(batches):
    networks = jax.tree.map(lambda leaf: leaf * np.nan, fresh(2))
    with pytest.raises(UserError, match="no finite validation loss; lower learning_rate or clip"):
        train(LEARNER, networks, batches, batches, queries=QUERIES, keys=KEYS)


@pytest.mark.parametrize(
    ("warm_up", "expected"),
    [
        ((0.0, 0.0), np.ones(6)),
        ((0.0, 1.0), np.arange(1, 7) / 6),
        ((1 / 3, 2 / 3), [0, 0, 0.5, 1, 1, 1]),
        ((0.5, 0.5), [0, 0, 0, 1, 1, 1]),
    ],
)
def test_blend(warm_up, expected):
    learner = Learner(steps=6, warm_up=warm_up)
    np.testing.assert_allclose(blend(learner), expected, 0, 1e-12)


def test_meta_loss_blends(batches, network):
    """Linear in the weight, with observed improvement at 1 and regret at 0."""
    batch = batches["4"]
    loss = jax.jit(
        lambda weight: meta_loss(
            network, batch, queries=QUERIES, loss="observed_improvement", weight=weight
        )
    )
    regret, half, improvement = (float(loss(w)) for w in (0.0, 0.5, 1.0))
    np.testing.assert_allclose(half, (regret + improvement) / 2, 0, 1e-12)
    # With the free start's 0 in the minimum, the telescoped sum is the validation loss.
    np.testing.assert_allclose(improvement, validation_loss(network, [batch], QUERIES), 0, 1e-12)


def test_the_start_counts_as_a_validation_check(batches):
    """A network whose every query is worse than the start is worth the start's cost, 0."""
    bad = initialise(np.array([0.1, 0.1]), 4, "plain", starts_there=False, key=KEYS[0])
    costs = roll_out(bad, batches["4"], QUERIES).costs
    assert costs.min() > 0
    assert validation_loss(bad, [batches["4"]], QUERIES) == 0


def test_sizes_have_the_same_weight(batches, network):
    each = [float(validation_loss(network, [batch], QUERIES)) for batch in batches.values()]
    both = validation_loss(network, list(batches.values()), QUERIES)
    np.testing.assert_allclose(both, np.mean(each), 0, 1e-12)


def test_a_step_is_clipped_adam(batches, network):
    learner = LEARNER.model_copy(update={"clip": 1e-3, "learning_rate": 0.1})
    optimiser = outer_optimiser(learner)
    batch = [batches["4"]]
    moved, _, value, norm = jax.jit(
        lambda n: training_step(
            n,
            optimiser.init(n),
            batch,
            optimiser=optimiser,
            queries=QUERIES,
            loss="final_value",
            weight=1.0,
        )
    )(network)

    def loss(n):
        return meta_loss(n, batch[0], queries=QUERIES, loss="final_value", weight=1.0)

    expected, gradient = jax.jit(jax.value_and_grad(loss))(network)
    np.testing.assert_allclose(value, expected, 0, 1e-13)
    np.testing.assert_allclose(norm, optax.tree.norm(gradient), 1e-12)
    assert norm > learner.clip
    # Adam's first step is lr * g / (|g| + eps), g being the clipped gradient.
    clipped = jax.tree.map(lambda g: g * learner.clip / norm, gradient)
    step = jax.tree.map(lambda g: -0.1 * g / (abs(g) + 1e-8), clipped)
    for a, b in zip(
        jax.tree.leaves(moved), jax.tree.leaves(eqx.apply_updates(network, step)), strict=True
    ):
        np.testing.assert_allclose(a, b, 1e-9, 1e-12)


def test_both_forms_are_trained_by_one_program(batches, monkeypatch):
    """What is not data is the same, so that the second training finds the first one's program."""
    traced, epoch = [], training._epoch

    def noted(state, drawn, *others, **settings):
        traced.append((jax.tree.structure((state, drawn)), settings))
        return epoch(state, drawn, *others, **settings)

    monkeypatch.setattr(training, "_epoch", noted)
    learner = LEARNER.model_copy(update={"steps": 4})
    found = {
        form: train(learner, fresh(2, form), batches, batches, queries=QUERIES, keys=KEYS)
        for form in ("plain", "residual")
    }
    assert len(traced) == 2
    assert traced[0] == traced[1]
    assert {form: one.networks.form for form, one in found.items()} == {
        "plain": "plain",
        "residual": "residual",
    }
    assert np.abs(found["plain"].log.loss - found["residual"].log.loss).min() > 0


def halves(batches, first):
    """The same instances, each size in two groups of `first` and the others."""

    def part(batch, which):
        return jax.tree.map(lambda leaf: leaf[which], batch)

    return {
        size: [part(batch, slice(first)), part(batch, slice(first, None))]
        for size, batch in batches.items()
    }


@pytest.mark.parametrize("first", [1, 2, 5])
def test_groups_of_a_size_count_by_their_instances(batches, first):
    network = jax.tree.map(lambda leaf: leaf[0], fresh(1))
    parts = halves(batches, first)
    whole, apart = (
        validation_loss(network, list(each.values()), QUERIES) for each in (batches, parts)
    )
    np.testing.assert_allclose(apart, whole, 1e-12)
    optimiser = outer_optimiser(LEARNER)
    settings = {"optimiser": optimiser, "queries": QUERIES, "loss": "final_value", "weight": 0.5}
    found = [
        training_step(network, optimiser.init(network), list(each.values()), **settings)
        for each in (batches, parts)
    ]
    for a, b in zip(*map(jax.tree.leaves, found), strict=True):
        np.testing.assert_allclose(a, b, 1e-7, 1e-12)


def test_training_in_groups_learns_and_draws_from_every_group(batches):
    parts = halves(batches, 5)
    trained = run(parts, LEARNER.model_copy(update={"steps": 40, "batch": 24}))
    start = np.array(
        [
            float(validation_loss(n, list(batches.values()), QUERIES))
            for n in (jax.tree.map(lambda leaf, s=s: leaf[s], fresh(2)) for s in range(2))
        ]
    )
    assert np.all(trained.validation_loss < start - 0.02)
    assert shared_out(12, parts["5"]) == [10, 2]
    assert shared_out(3, parts["5"]) == [2, 1]
