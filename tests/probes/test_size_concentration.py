"""The limits 4, 2, 9 and 1 are approached as 1/n, so that two sizes extrapolate to them."""

import pydantic
import pytest

from replication.probes.size_concentration import SizeConcentration


def test_two_sizes_extrapolate_to_the_limits():
    found = SizeConcentration(sizes=(400, 800)).measure(0)
    limits = {"beta_gap": 4, "gamma_gap": 2, "scaled_fidelity": 9, "beta_step": 1}
    for name, limit in limits.items():
        half, full = found[name].values
        assert 2 * full - half == pytest.approx(limit, rel=2e-3), name
        assert found[name].attrs["exact"] == 1


def test_no_draw_enters():
    probe = SizeConcentration(sizes=(6, 20))
    assert probe.measure(0).equals(probe.measure(1))


def test_a_size_that_is_too_large_is_refused():
    with pytest.raises(pydantic.ValidationError, match="1000"):
        SizeConcentration(sizes=(1000,))
