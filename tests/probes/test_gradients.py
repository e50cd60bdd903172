"""Variances of cost and gradient on circuits and instances, against closed forms."""

import numpy as np
import pydantic
import pytest

from replication.probes.gradients import Gradients

SEED = 7


def measured(**settings):
    return Gradients.model_validate({"kind": "gradients", **settings}).measure(SEED)


def sigmas(found, name, **where):
    """How many standard errors a number is off its limit."""
    one = found.sel(**where)
    key = {"loss": "loss", "gradient": "gradient"}[name]
    return float((one[key] - one[f"{key}_limit"]) / one[f"{key}_error"])


def test_random_circuits_reach_the_limit_of_a_two_design():
    found = measured(
        subject={"kind": "mcclean"},
        sizes=["2", "4"],
        depths=[16],
        per_qubit=True,
        instances=300,
        points=1,
    )
    assert found.angle.values.tolist() == ["first", "middle", "mean"]
    for size in ("2", "4"):
        assert abs(sigmas(found, "gradient", size=size, depth=16, angle="first")) < 3.5
    assert np.isnan(found.loss_limit).all()


@pytest.mark.parametrize("n", [4, 6])
def test_deep_qaoa_on_a_ring_has_its_closed_form(n):
    r"""$\\mathrm{Var} E = 2n/3$ and $64 n/9$ for the gradients; no plateau."""
    found = measured(
        subject={"kind": "graph", "graph": "ring"},
        sizes=[str(n)],
        depths=[40],
        instances=1,
        points=400,
    )
    where = {"size": str(n), "depth": 40}
    assert float(found.loss_limit.squeeze()) == pytest.approx(2 * n / 3)
    assert abs(sigmas(found, "loss", **where)) < 4
    for angle in ("gamma", "beta"):
        assert float(found.gradient_limit.sel(angle=angle).squeeze()) == pytest.approx(64 * n / 9)
        assert abs(sigmas(found, "gradient", angle=angle, **where)) < 4


def test_deep_qaoa_on_a_glass_has_the_variance_of_a_two_design():
    found = measured(
        subject={"kind": "instances", "problem": {"kind": "sk"}, "asymmetric": True},
        sizes=["6"],
        depths=[64],
        instances=8,
        points=100,
    )
    assert abs(float((found.loss / found.loss_limit - 1).squeeze())) < 0.2
    for angle in ("gamma", "beta"):
        one = found.sel(angle=angle)
        assert abs(float((one.gradient / one.gradient_limit - 1).squeeze())) < 0.3


def test_the_same_seed_gives_the_same_numbers():
    settings = {
        "subject": {"kind": "instances", "problem": {"kind": "hubbard"}},
        "sizes": ["2x2"],
        "instances": 2,
        "points": 5,
    }
    assert measured(**settings).identical(measured(**settings))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sizes": ["1"]}, "from 2 to 20"),
        ({"sizes": ["4", "4"]}, "must be different"),
        ({"points": 3}, "points must be 1 where"),
        ({"subject": {"kind": "product"}, "points": 3}, "at least 4"),
        ({"instances": 2, "points": 1}, "instances must be at least 4"),
    ],
)
def test_settings_that_measure_nothing_are_refused(changes, words):
    settings = {"subject": {"kind": "mcclean"}, "sizes": ["4"], "instances": 8, "points": 1}
    with pytest.raises(pydantic.ValidationError, match=words):
        Gradients.model_validate({"kind": "gradients", **settings, **changes})
