"""The probe of minima: counts against a landscape that is known, its seed, and its refusals.

All 3-regular graphs on four nodes are the complete one, whose single layer has, up to symmetry, few
minima that 60 descents all find: Chao1 then adds nothing.
"""

import numpy as np
import pydantic
import pytest

from replication.probes import load

SETTINGS = {
    "problem": {"kind": "maxcut", "graphs": "regular", "degree": 3},
    "sizes": ["4"],
    "depths": [1],
    "instances": 2,
    "starts": 60,
    "steps": 100,
}


def probe(**changes):
    return load("minima").model_validate({**SETTINGS, **changes})


@pytest.fixture(scope="module")
def measured():
    return probe().measure(3)


def test_equal_graphs_have_equal_minima(measured):
    assert measured["distinct_error"].item() == 0
    assert (measured["instance_distinct"].values == measured["distinct"].item()).all()
    assert measured["estimate"].item() == pytest.approx(measured["distinct"].item(), abs=0.5)


def test_all_descents_end_and_the_best_ones_are_counted(measured):
    assert measured["lost"].item() == 0
    assert measured["slope"].max() < 1e-7
    errors = measured["end_error"].values
    assert errors.min() > -1e-9
    fraction = (errors <= 1e-3).mean()
    assert 0 < fraction <= 1
    assert measured["best"].item() == pytest.approx(fraction)


def test_the_same_seed_gives_the_same_numbers(measured):
    again, other = probe().measure(3), probe().measure(4)
    assert again.identical(measured)
    assert not np.array_equal(other["slope"], measured["slope"])


def test_a_size_that_the_class_has_not_is_refused():
    with pytest.raises(pydantic.ValidationError, match="3-regular"):
        probe(sizes=["5"])


def test_its_classes_are_those_of_the_ensemble():
    assert probe().problem_kinds() == {"maxcut"}
