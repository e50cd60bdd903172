"""Counts of the minima of Wishart fields agree with their exact number."""

import numpy as np
import pydantic
import pytest

from replication.probes.wishart import Wishart

SMALL = {
    "kind": "wishart",
    "enumerated": [[8, 2], [4.5, 1]],
    "fields": 12,
    "starts": 12,
    "tabled": [[8, 4], [16, 8]],
    "draws": 2000,
}


def test_counted_and_expected_agree():
    found = Wishart.model_validate(SMALL).measure(0)
    for name, value in (("counted", "expected"), ("counted_energy", "expected_energy")):
        apart = np.abs(found[name] - found[value])
        error = np.hypot(found[f"{name}_error"], found[f"{value}_error"])
        assert (apart <= 4 * error + 1e-12).all()
    # With one angle, every field has one minimum.
    assert float(found.counted[1]) == 1
    assert float(found.counted_error[1]) == 0
    np.testing.assert_array_equal(found.unseen, 0)
    counts = np.isfinite(found.energy).sum("minimum")
    np.testing.assert_array_equal(counts, found.counted * 12)
    owned = found.field.values[0]
    assert sorted(set(owned[owned >= 0])) == list(range(12))
    assert found.cell_m.values.tolist() == [8.0, 4.5]


def test_the_table_has_the_exact_means():
    found = Wishart.model_validate(SMALL).measure(0)
    # Means over 400 000 and 20 000 matrices.
    for mean, error, wanted in zip(found["mean"], found.mean_error, (0.3075, 0.268), strict=True):
        assert float(mean) == pytest.approx(wanted, abs=4 * float(error) + 0.001)
    assert (found.mean_error < 0.005).all()
    assert (np.diff(found["quantile"]) > 0).all()
    np.testing.assert_allclose(found.pair_limit, 0.1362, atol=1e-4)
    area = np.trapezoid(found.density[0], found["at"])
    assert area == pytest.approx(float(found.expected[0]), rel=0.02)


def test_the_same_seed_gives_the_same_numbers():
    probe = Wishart.model_validate({**SMALL, "fields": 2, "starts": 3, "draws": 20})
    assert probe.measure(1).identical(probe.measure(1))
    assert not probe.measure(1).identical(probe.measure(2))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("enumerated", [[8, 13]], "p = 13 must be at most 12"),
        ("tabled", [[2, 4]], "p = 4 must be below 2m = 4"),
        ("enumerated", [[8.3, 3]], "multiple of 0.5"),
        ("fields", 1, "greater than or equal to 2"),
    ],
)
def test_what_is_not_allowed_is_refused(field, value, message):
    with pytest.raises(pydantic.ValidationError, match=message):
        Wishart.model_validate({**SMALL, field: value})
