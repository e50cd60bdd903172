"""Ranks as exact integers, and success where the rank is full."""

import numpy as np
import pydantic
import pytest

from replication.probes.base import binomial
from replication.probes.overparametrisation import Overparametrisation

RING = {"kind": "graph", "graph": "ring"}


def test_on_a_ring_half_the_spins_layers_are_enough():
    """The rank is n from p = n/2 on, and so every descent succeeds."""
    probe = Overparametrisation(subject=RING, size="6", depths=(1, 3, 5), starts=12)
    found = probe.measure(0)
    assert found["rank"].values.ravel().tolist() == [2, 6, 6]
    assert found["parameters"].values.tolist() == [2, 6, 10]
    assert float(found["success"].sel(depth=1)) == 0
    assert found["success"].values[1:].tolist() == [1, 1]
    said = probe.findings(found)
    assert said["success_above"].low > 0.7
    assert said["success_below"].high < 0.3
    assert said["rank_at_success"].value == 1
    assert probe.measure(0).identical(found)


def test_an_interval_of_a_fraction_is_clopper_and_pearsons():
    found = binomial(1.0, 30)
    np.testing.assert_allclose(found.low, 0.025 ** (1 / 30), 1e-6)
    assert found.high == 1


def test_depths_must_grow():
    with pytest.raises(pydantic.ValidationError, match="depths must grow"):
        Overparametrisation(subject=RING, depths=(3, 1))
