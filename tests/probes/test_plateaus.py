"""Starts on the plateau of PennyLane's tutorial on local costs, against 4000 starts elsewhere."""

import numpy as np
import pydantic
import pytest

from replication.probes.plateaus import Plateaus, fraction_error


@pytest.fixture(scope="module")
def found():
    return Plateaus(starts=1000).measure(7)


@pytest.mark.parametrize(("n", "wanted"), [(4, 0.029), (6, 0.242), (8, 0.650), (10, 0.908)])
def test_the_global_cost_has_a_plateau_that_grows_with_the_size(found, n, wanted):
    r"""Independent NumPy code with 4000 starts: errors of both, $\sqrt{f(1-f)/N}$, add up."""
    one = found.sel(cost="global", size=n)
    error = np.hypot(float(one.plateau_error), np.sqrt(wanted * (1 - wanted) / 4000))
    assert abs(float(one.plateau) - wanted) < 3.5 * error
    assert error < 0.02


def test_the_local_cost_has_none(found):
    local = found.sel(cost="local")
    assert (local.plateau == 0).all()
    assert (local.plateau_error > 0).all()


def test_ends_of_the_global_cost_are_zero_or_one(found):
    """Gradient descent is slow between: few starts end from 0.1 to 0.9."""
    one = found.sel(cost="global", size=8)
    assert float(one.trained + one.plateau) > 0.9
    assert (np.diff(found.last_cost, axis=-1) >= 0).all()


def test_the_tutorials_words_are_at_its_size_alone(found):
    assert found.quoted.sel(cost="global", size=8).values.tolist() == [0.7, 0.8]
    assert int(np.isfinite(found.quoted).sum()) == 2


def test_the_same_seed_gives_the_same_numbers():
    few = Plateaus(sizes=(3,), starts=8, steps=5)
    assert few.measure(1).identical(few.measure(1))
    assert not few.measure(1).identical(few.measure(2))


def test_a_fraction_of_none_has_an_error_of_its_own():
    assert 0 < fraction_error(np.array(0), 100) < 0.01
    assert fraction_error(np.array(500), 1000) == pytest.approx(np.sqrt(0.25 / 1000), rel=0.01)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sizes": [4, 4]}, "must be different"),
        ({"sizes": [1]}, "greater than or equal to 2"),
        ({"costs": ["nearby"]}, "'local' or 'global'"),
        ({"threshold": 1.5}, "less than 1"),
    ],
)
def test_settings_that_measure_nothing_are_refused(changes, words):
    with pytest.raises(pydantic.ValidationError, match=words):
        Plateaus.model_validate(changes)
