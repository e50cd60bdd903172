"""Meta-losses: values by hand, the telescoping identity and the trap of flat gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from replication.metalearner.losses import (
    LOSSES,
    cumulative_regret,
    final_value,
    observed_improvement,
    weighted,
)

COST = st.floats(-1, 1, allow_subnormal=False)
COSTS = arrays(float, 6, elements=COST)


@given(COSTS, COST)
def test_observed_improvement_telescopes(costs, start):
    loss = observed_improvement(costs, jnp.asarray(start))
    assert loss <= 0
    np.testing.assert_allclose(loss, min(costs.min(), start) - start, 0, 1e-14)


@given(COSTS, COST)
def test_observed_improvement_is_the_sum_of_the_paper(costs, start):
    seen, total = [start], 0.0
    for cost in costs:
        total += min(cost - min(seen), 0)
        seen.append(cost)
    np.testing.assert_allclose(observed_improvement(costs, jnp.asarray(start)), total, 0, 1e-14)


def test_the_trap():
    """Where no query beats the start, observed improvement has no slope; regret has."""
    costs, start = jnp.array([0.3, 0.2, 0.5]), jnp.asarray(0.0)
    np.testing.assert_array_equal(jax.grad(observed_improvement)(costs, start), 0)
    np.testing.assert_allclose(jax.grad(cumulative_regret)(costs, start), 1 / 3)


def test_a_worse_first_query_does_not_pay():
    """With f_0 left out of the running minimum the second row would look better."""
    start = jnp.asarray(0.0)
    good = observed_improvement(jnp.array([-0.4, -0.5]), start)
    bad_first = observed_improvement(jnp.array([0.9, -0.5]), start)
    np.testing.assert_allclose(good, bad_first, 1e-14)


def test_gradient_is_one_at_the_best_query_and_zero_elsewhere():
    costs, start = jnp.array([-0.1, -0.6, -0.3]), jnp.asarray(-0.05)
    np.testing.assert_allclose(jax.grad(observed_improvement)(costs, start), [0, 1, 0], 0, 1e-15)
    np.testing.assert_allclose(jax.grad(observed_improvement, 1)(costs, start), -1)


def test_values_by_hand():
    costs, start = jnp.array([0.5, -0.5, 0.25, -0.25]), jnp.asarray(0.75)
    np.testing.assert_allclose(cumulative_regret(costs, start), 0)
    np.testing.assert_allclose(final_value(costs, start), -0.25)
    np.testing.assert_allclose(weighted(costs, start), (0.5 - 1 + 0.75 - 1) / 10)


@pytest.mark.parametrize("name", LOSSES)
def test_contract(name):
    """A finite scalar of the costs' dtype, lower where all costs are."""
    costs = jnp.array([0.1, -0.2, 0.3], jnp.float32)
    start = jnp.zeros((), jnp.float32)
    loss = LOSSES[name](costs, start)
    assert (loss.shape, loss.dtype) == ((), jnp.float32)
    assert LOSSES[name](costs - 0.5, start) < loss
    batched = jax.vmap(LOSSES[name], (0, None))(jnp.stack([costs, costs]), start)
    np.testing.assert_allclose(batched, loss, 1e-6)
