"""Noise makes gradients smaller, with the layers and with its strength."""

import numpy as np
import pydantic
import pytest

from replication.probes.noise import Noise

SMALL = {"kind": "noise", "qubits": [3], "layers": [1, 6], "strengths": [0.05, 1.0], "circuits": 6}


def test_gradients_fall_with_strength_and_layers():
    found = Noise.model_validate(SMALL).measure(3)
    assert found.strength.values.tolist() == [0.0, 0.05, 1.0]
    np.testing.assert_array_equal(found.ratio.sel(strength=0.0), 1)
    np.testing.assert_allclose(found["norm"].sel(strength=1.0), 0, 0, 1e-12)
    few, many = (float(found.ratio.sel(strength=0.05, layers=n).squeeze()) for n in (1, 6))
    assert 0.8 < few < 1
    # An operator on one qubit shrinks by q at each layer, one on three by q cubed.
    assert 0.95**18 < many < 0.95**6
    np.testing.assert_allclose(found.global_ratio.sel(strength=0.05), [0.95, 0.95**6], 1e-12)


def test_what_it_comes_to_is_judged_by_its_interval():
    probe = Noise.model_validate({**SMALL, "strengths": [0.05]})
    found = probe.findings(probe.measure(3))
    assert found["rate_per_layer"].high < np.log(0.95)
    assert (
        found["beyond_global"].low < found["beyond_global"].value < found["beyond_global"].high < 1
    )


def test_the_same_seed_gives_the_same_numbers():
    probe = Noise.model_validate(SMALL)
    assert probe.measure(1).identical(probe.measure(1))
    assert not probe.measure(1).identical(probe.measure(2))


def test_more_than_seven_qubits_are_refused():
    with pytest.raises(pydantic.ValidationError, match="less than or equal to 7"):
        Noise.model_validate({**SMALL, "qubits": [8]})
