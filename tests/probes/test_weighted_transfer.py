"""Medians near the published ones, with a tolerance of their own error at this small size.

Published: Shaydulin et al., doi:10.1145/3584706; all sizes together, which n = 8 dominates.
"""

import numpy as np
import pydantic
import pytest

from replication.probes.weighted_transfer import WeightedTransfer

SMALL = {
    "donors": 30,
    "donor_starts": 6,
    "depths": (1,),
    "weights": ("uniform", "signed"),
    "sizes": (8,),
    "targets": (40,),
    "starts": (8,),
}


@pytest.fixture(scope="module")
def found():
    return WeightedTransfer(**SMALL).measure(0)


def test_medians_are_near_the_published_ones(found):
    of_text = found.sel(rule="text").squeeze()
    for weights, published in (("uniform", 0.5), ("signed", 1.4)):
        at = of_text.sel(weights=weights)
        assert float(at.published) == published
        assert abs(float(at["median"]) - published) < 3 * float(at.median_error) + 0.3
        assert float(at.median_error) < 0.6


def test_the_median_of_the_donors_is_that_of_an_anneal(found):
    """At one layer γ over arctan(1/√(d-1)) is 1/2 on trees; triangles make it smaller."""
    gamma, beta = found.medians.sel(rule="text").values[0]
    assert 0.40 < gamma < 0.52
    assert -np.pi / 8 < beta < -0.28


def test_losses_and_basins_are_what_they_say(found):
    assert (found.loss >= -1e-9).all()
    assert ((found.basin >= 0) & (found.basin <= 1)).all()
    assert (found.basin.sel(rule="text") > 0.9).all()
    assert (found.basin_error > 0).all()
    at = found.isel(rule=1, weights=0, qubits=0, layers=0)
    assert float(at["median"]) == pytest.approx(np.median(at.loss))


def test_at_one_layer_the_code_follows_the_text(found):
    np.testing.assert_allclose(found.loss.sel(rule="text"), found.loss.sel(rule="code"))


def test_a_rescaled_target_loses_the_same():
    """γ goes as one over the weights under every rule."""
    from replication.probes.weighted_transfer import _target, _transferred
    from replication.problems.sk import sk

    target = _target(8, "exponential", np.random.default_rng(0))
    donated = np.array([[0.4, -0.3]] * 3)
    once, twice = (_transferred(sk(c * target.couplings), donated) for c in (1.0, 2.0))
    np.testing.assert_allclose(once / twice, [[2.0, 1.0]] * 3)


def test_a_seed_gives_one_result():
    settings = SMALL | {"donors": 3, "targets": (3,), "starts": (2,)}
    one, other = (WeightedTransfer(**settings).measure(3) for _ in range(2))
    assert one.identical(other)


def test_settings_that_do_not_fit_are_refused():
    with pytest.raises(pydantic.ValidationError, match="each of the sizes"):
        WeightedTransfer(sizes=(8,))
    with pytest.raises(pydantic.ValidationError, match="20"):
        WeightedTransfer(sizes=(8, 20))
