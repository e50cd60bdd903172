"""The race of QAOA's starts at a tiny size."""

import numpy as np
import pydantic
import pytest

from replication.probes.qaoa_race import QUERIES, QAOARace, _padded

SEED = 7
TINY = {
    "kind": "qaoa_race",
    "problem": {"kind": "maxcut"},
    "size": "6",
    "depth": 2,
    "instances": 3,
    "evaluations": 200,
    "starts": ["ramp", "sk_angles"],
    "train_sizes": ["6"],
    "train_instances": 4,
}


def probe(**settings):
    return QAOARace.model_validate(TINY | settings)


@pytest.fixture(scope="module")
def found():
    return probe(depth=4, evaluations=700, learners=["maxcut-p4"]).measure(SEED)


def test_every_arm_spends_the_budget(found):
    assert [*found.arm.values] == [
        *("uniform", "box", "ramp", "sk_angles", "maxcut-p4", "interp", "transition_states")
    ]
    assert (found.spent == 700).all()


def test_no_error_is_below_zero_and_the_best_arm_is_at_the_optimum(found):
    assert (found.final >= -1e-12).all()
    assert (found.final.min("arm") < 1e-3).all()
    assert (found.final.sel(arm="ramp") <= found.final.sel(arm="uniform")).any()


def test_the_queries_of_a_network_count(found):
    curve = found.curve.sel(arm="maxcut-p4", quantile=0.5)
    assert np.isnan(curve.where(curve.evaluation <= QUERIES, drop=True)).all()
    assert np.isfinite(curve.where(curve.evaluation > QUERIES, drop=True)).all()


def test_depth_by_depth_begins_at_the_same_point(found):
    """One layer's SK angles, the other layers zero: both arms see the same first cost."""
    curve = found.curve.isel(evaluation=0, quantile=1)
    assert float(curve.sel(arm="interp")) == float(curve.sel(arm="transition_states"))
    gradient = found.gradient
    assert float(gradient.sel(arm="interp")) == float(gradient.sel(arm="transition_states"))


def test_the_same_seed_gives_the_same_numbers():
    assert probe().measure(SEED).identical(probe().measure(SEED))


def test_findings_compare_with_uniform_angles(found):
    ratio = probe(depth=4, evaluations=700).findings(found)["error_ratio_box"]
    ends = found.final.median("run")
    assert ratio.value == pytest.approx(float(ends.sel(arm="box") / ends.sel(arm="uniform")))
    assert ratio.low <= ratio.value <= ratio.high


def test_zero_angles_are_of_the_other_layers():
    np.testing.assert_array_equal(_padded(np.array([1.0, 2.0]), 3), [1, 0, 0, 2, 0, 0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"starts": ["adiabatic"]}, "start 'adiabatic' is of other circuits than QAOA"),
        ({"starts": ["best"]}, "start 'best' must be one of"),
        ({"problem": {"kind": "hubbard"}, "size": "2x2"}, "takes those of 'qaoa'"),
        ({"size": "0"}, "size"),
    ],
)
def test_a_bad_setting_is_refused(settings, message):
    with pytest.raises(pydantic.ValidationError, match=message):
        probe(**settings)
