"""Transfer from observables to entanglement, tiny; and how its savings are read off curves."""

import numpy as np
import pydantic
import pytest

from replication.probes.spin_chain import ARMS, SpinChain, samples_ratio

RNG = np.random.default_rng(0)
SMALL = {
    "spins": 3,
    "times": 3,
    "pretraining": 40,
    "samples": (8, 32),
    "pool": 40,
    "test": 20,
    "seeds": 5,
    "width": 8,
    "first_steps": 40,
    "steps": 40,
}


def curves(scratch, transfer, seeds=6):
    """Errors `(samples, arm, seed)` with a little noise."""
    both = np.stack([scratch, transfer], axis=1)[..., None]
    return both * np.exp(0.01 * RNG.normal(size=(*both.shape[:2], seeds)))


def test_a_curve_shifted_by_two_is_a_ratio_of_two():
    """Errors 1/m and 1/(2m): scratch needs twice the samples, but at the last is a bound."""
    samples = (8, 16, 32, 64)
    m = np.array(samples, float)
    found = samples_ratio(samples, curves(1 / m, 1 / (2 * m)), np.random.default_rng(1))
    np.testing.assert_allclose(found[:2, 0], 2, 0.05)
    assert (found[:, 1] <= found[:, 0] + 1e-12).all()
    assert (found[:, 0] <= found[:, 2] + 1e-12).all()
    assert found[0, 3] == 0
    assert found[3].tolist() == [1, 1, 1, 1]


def test_transfer_that_harms_is_a_ratio_below_one():
    samples = (8, 16, 32)
    m = np.array(samples, float)
    found = samples_ratio(samples, curves(1 / m, 2 / m), np.random.default_rng(1))
    np.testing.assert_allclose(found[1:, 0], 0.5, 0.05)
    assert found[0, 3] == 1


def test_a_small_experiment_has_errors_of_all_arms():
    found = SpinChain(**SMALL).measure(4)
    assert found.identical(SpinChain(**SMALL).measure(4))
    assert found.mse.dims == ("samples", "arm")
    assert found.arm.values.tolist() == list(ARMS)
    assert (found.mse > 0).all()
    assert (found.mse_error > 0).all()
    # A guess of the mean misses the variance; more samples than 8 do better.
    assert float(found.mse.sel(samples=32, arm="linear")) < 1.5 * float(found.variance)
    assert 0 < float(found.first_error) < 1.5
    assert (found.ratio_low <= found.ratio_high).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"early": 5.0}, "early = 5.0 must be before late = 4.0"),
        ({"samples": (16, 8)}, "samples 16, 8 must increase"),
        ({"pool": 16}, "pool = 16 must be at least samples = 32"),
        ({"seeds": 4}, "greater than or equal to 5"),
    ],
)
def test_settings_that_measure_nothing_are_refused(changes, words):
    with pytest.raises(pydantic.ValidationError, match=words):
        SpinChain.model_validate(SMALL | changes)
