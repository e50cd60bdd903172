"""Stacks of small networks: what is frozen stays, and what can be learned is."""

import equinox as eqx
import jax
import numpy as np
import pytest

from replication.errors import UserError
from replication.landscapes.transfer import fit, join, predictions, regressors, with_heads

KEYS = jax.random.split(jax.random.key(0), 3)
RNG = np.random.default_rng(5)
X = RNG.normal(size=(3, 80, 2))
Y = (X[..., :1] * X[..., 1:] + X[..., :1]) / 2


def trained(networks, moves=(1, 1, 1), steps=500, **changes):
    settings = {"steps": steps, "batch": 100} | changes
    return fit(networks, X, Y, [1e-2] * len(moves), moves, KEYS, **settings)


@pytest.mark.parametrize("x64", [False, True])
def test_a_product_is_learned_in_single_precision_whatever_the_switch(x64):
    with jax.enable_x64(x64):
        found = trained(regressors(2, 1, 16, KEYS))
        guesses = predictions(found.network, X[0])
    assert guesses.shape == (3, 80, 1)
    assert found.held_out.dtype == np.float32
    assert np.mean((guesses[0] - Y[0]) ** 2) < 0.05 * Y[0].var()


def test_the_error_is_that_of_the_samples_held_out():
    found = trained(regressors(2, 1, 8, KEYS), steps=30, batch=8)
    for k in range(3):
        guesses = predictions(found.network, X[k])[k]
        missed = np.mean((guesses[60:] - Y[k, 60:]) ** 2)
        assert float(found.held_out[k]) == pytest.approx(missed, rel=1e-4)


def test_a_frozen_body_stays_and_its_head_learns():
    networks = regressors(2, 1, 8, KEYS)
    found = trained(networks, moves=(0, 1, 0), steps=50).network
    for k, same in enumerate((True, False, True)):
        before, after = (
            [leaf[k] for leaf in jax.tree.leaves(eqx.filter(one.body, eqx.is_array))]
            for one in (networks, found)
        )
        assert all(map(np.array_equal, before, after)) == same
        assert not np.array_equal(networks.head.weight[k], found.head.weight[k])


def test_heads_change_and_bodies_are_kept():
    networks = regressors(2, 5, 8, KEYS)
    other = with_heads(networks, 1, KEYS)
    assert other.head.weight.shape == (3, 1, 8)
    both = join([networks, networks])
    assert both.head.weight.shape == (6, 5, 8)
    one, twice = predictions(networks, X[0]), predictions(both, X[0])
    np.testing.assert_allclose(twice, np.concatenate([one, one]), 0, 1e-6)


def test_samples_that_cannot_be_split_are_refused():
    networks = regressors(2, 1, 8, KEYS)
    for x, y, words in ((X[:, :1], Y[:, :1], "at least 2"), (X, Y[:, :3], "must have the shapes")):
        with pytest.raises(UserError, match=words):
            fit(networks, x, y, [0.1] * 3, [1] * 3, KEYS, steps=1, batch=1)
