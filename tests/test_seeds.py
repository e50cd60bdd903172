"""Named axes give the same noise to the same name and different noise to every other one."""

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from replication.seeds import generator_for, key_for

AXES = st.lists(st.one_of(st.integers(), st.text(alphabet="ab1 -", max_size=4)), max_size=4)


def words(*arguments):
    return tuple(np.asarray(jax.random.key_data(key_for(*arguments))).tolist())


def test_keys_are_frozen():
    """Results of earlier versions stay reproducible only while these numbers stay."""
    assert words(7, "instances", "maxcut-p4", "test", 12) == (264358420, 2544325502)
    assert generator_for(7, "start", 3).integers(2**31) == 1117664322


@given(AXES, AXES)
def test_distinct_axes_give_distinct_keys(first, second):
    same = [(type(a), a) for a in first] == [(type(a), a) for a in second]
    assert (words(1, *first) == words(1, *second)) == same


@pytest.mark.parametrize("other", [(2, "a", 1), (1, "b", 1), (1, "a", "1"), (1, "a"), (1, 1, "a")])
def test_every_axis_and_the_base_seed_count(other):
    assert words(1, "a", 1) != words(*other)


def test_the_generator_follows_the_same_axes():
    first, again, other = (generator_for(5, "x", i).normal(size=4) for i in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.any(first == other)


def test_a_key_is_scalar_and_typed():
    key = key_for(0)
    assert key.shape == ()
    assert jax.random.key_impl(key) == "threefry2x32"
