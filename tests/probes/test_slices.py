"""Slices of one instance each of three classes, and gradients along trainings."""

import numpy as np
import pydantic
import pytest

from replication.probes.slices import BINS, Slices

CASES = (
    {
        "problem": {"kind": "maxcut", "graphs": "regular", "degree": 3},
        "size": "6",
        "depth": 2,
    },
    {"problem": {"kind": "sk"}, "size": "5", "depth": 1},
    {"problem": {"kind": "hubbard"}, "size": "1x2", "depth": 1},
)


def probe(**settings):
    few = {"cases": CASES, "grid": 9, "starts": 6, "epochs": 150, "every": 50}
    return Slices.model_validate(few | settings)


@pytest.fixture(scope="module")
def found():
    return probe().measure(2)


def test_the_optimum_is_the_lowest_point_and_its_curvatures_are_none_below_zero(found):
    levels = found.point_energy
    assert (levels.sel(point="optimum") <= levels + 1e-12).all()
    assert (found.curvature.sel(end="smallest") > -1e-6).all()
    near = found.energy.sel(plane="curvature").isel(x=4, y=4)
    np.testing.assert_allclose(near, levels.sel(point="optimum"), 0, 1e-12)


def test_the_first_plane_holds_its_three_points(found):
    off = found.off.sel(plane="start")
    assert float(off.max()) < 1e-12
    place = found.place.sel(plane="start")
    np.testing.assert_allclose(place.sel(point="start"), 0, 0, 1e-12)
    np.testing.assert_allclose(place.sel(point="optimum", axis="y"), 0, 0, 1e-12)


def test_periods_are_those_that_ansaetze_state(found):
    assert float(found.period_error.max()) < 1e-12


def test_every_start_is_in_the_histogram_and_gradients_fall(found):
    assert (found.histogram.sum("bin") == 6).all()
    assert found.sizes["bin"] == BINS
    assert found.epoch.values.tolist() == [0, 50, 100, 150]
    middle = found.norm.sel(level=0.5)
    assert (middle.sel(epoch=150) < 0.1 * middle.sel(epoch=0)).all()


def test_the_same_seed_gives_the_same_numbers():
    few = probe(cases=CASES[1:2], epochs=5, every=5, grid=3)
    assert few.measure(1).identical(few.measure(1))
    assert few.problem_kinds() == {"sk"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cases": CASES[:1] * 2}, "must be different"),
        ({"cases": ({"problem": {"kind": "sk"}, "size": "0", "depth": 1},)}, "size"),
        ({"starts": 1}, "greater than or equal to 2"),
    ],
)
def test_settings_that_measure_nothing_are_refused(changes, words):
    with pytest.raises(pydantic.ValidationError, match=words):
        probe(**changes)


def test_stalled_trainings_are_those_above_the_best_and_their_gradients_fell(found):
    one = probe().findings(found)
    stalled = found.above.values >= 0.01
    assert one["stalled"].value == stalled.mean()
    assert one["stalled"].low <= stalled.mean() <= one["stalled"].high
    if stalled.any():
        assert one["stalled_fall"].value == np.median(found.fall.values[stalled])
    else:
        assert "stalled_fall" not in one


def test_without_a_stalled_training_there_is_nothing_to_say_of_its_gradient(found):
    calm = found.assign(above=found.above * 0)
    assert set(probe().findings(calm)) == {"stalled"}
