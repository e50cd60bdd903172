"""Descents on random circuits end where those in Wishart fields do, and at 0 with many angles."""

import numpy as np
import pydantic
import pytest

from replication.probes.string_minima import StringMinima

SMALL = {
    "kind": "string_minima",
    "qubits": [5],
    "rank": 3,
    "gates": [2, 12],
    "instances": 8,
    "draws": 500,
}


def test_circuits_and_fields_have_minima_at_the_same_energies():
    found = StringMinima.model_validate({**SMALL, "instances": 24, "gates": [2]}).measure(0)
    error = float(np.hypot(found.field_mean_error, found.mean_error).squeeze())
    assert float(found["mean"].squeeze()) == pytest.approx(
        float(found.field_mean.squeeze()), abs=4 * error
    )
    assert error < 0.2


def test_energies_fall_to_zero_above_the_threshold():
    found = StringMinima.model_validate(SMALL).measure(0)
    freedom = 3 / (1 - 3 / 32)
    assert float(found.freedom.squeeze()) == pytest.approx(freedom)
    assert float(found.threshold.squeeze()) == pytest.approx(2 * freedom - 2)
    np.testing.assert_allclose(found.gamma.squeeze(), [1 / freedom, 6 / freedom])
    few, many = found.energy.squeeze().values
    assert few.mean() > 0.1
    assert (many < 1e-3).all()
    assert (many > -1e-12).all()
    assert np.median(found.slope) < 1e-6
    # The exact density has no minima at 0, so that it is not given there.
    assert np.isfinite(found.exact_mean.sel(gates=2)).all()
    assert np.isnan(found.exact_mean.sel(gates=12)).all()
    low, high = found.band.sel(gates=2).squeeze().values
    assert low < float(found.exact_mean.sel(gates=2).squeeze()) < high
    assert float(found.manifold.squeeze()) == 62


def test_the_same_seed_gives_the_same_numbers():
    probe = StringMinima.model_validate({**SMALL, "gates": [3], "instances": 2, "draws": 20})
    assert probe.measure(1).identical(probe.measure(1))
    assert not probe.measure(1).identical(probe.measure(2))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [("rank", 32, "rank 32 must be below 2\\^5"), ("qubits", [15], "less than or equal to 14")],
)
def test_what_is_not_allowed_is_refused(field, value, message):
    with pytest.raises(pydantic.ValidationError, match=message):
        StringMinima.model_validate({**SMALL, field: value})
