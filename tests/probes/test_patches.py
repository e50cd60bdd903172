"""The probe of patches: its fits against numbers by hand, and a tiny run.

Close to a start the variance is $r^2 |g|^2/3$ with $|g|^2$ the squared gradient: both are measured.
"""

import numpy as np
import pydantic
import pytest

from replication.probes import load
from replication.probes.patches import exponents, peak_radius

SETTINGS = {
    "problem": {"kind": "sk"},
    "sizes": ["4"],
    "depths": [1, 2],
    "instances": 3,
    "points": 400,
    "radii": [0.02, 0.2, 0.8, 1.5],
    "starts": ["natural_ramp", "sk_angles"],
    "train_sizes": ["4"],
    "train_instances": 4,
}


def probe(**changes):
    return load("patches").model_validate({**SETTINGS, **changes})


@pytest.fixture(scope="module")
def measured():
    return probe().measure(2)


def test_variance_begins_as_the_gradient_squared(measured):
    # From random angles, where the gradient is no small one.
    near = measured.sel(radius=0.02, start="random in the box", size="4")
    expected = 0.02**2 / 3 * near["patch_signal"] * measured["parameters"]
    np.testing.assert_allclose(near["variance"], expected, rtol=0.15)


def test_widths_are_on_the_grid_and_gates_are_counted(measured):
    widest = measured["widest"].values
    assert ((widest >= 0.02) & (widest <= 1.5)).all()
    assert measured["parameters"].values.tolist() == [2, 4]
    # Four H, and for each layer six ZZ and four X.
    assert measured["gates"].sel(size="4").values.tolist() == [[14] * 3, [24] * 3]


def test_the_maximum_of_a_parabola_in_the_logarithm():
    radii = np.geomspace(0.01, 1, 9)
    curves = 1 - np.log(radii / 0.2) ** 2 / 50 + np.array([[0.1], [0.0], [-0.1]])
    found, error = peak_radius(radii, curves)
    assert found == pytest.approx(0.2)
    assert error == pytest.approx(0, abs=1e-9)


def test_the_jackknife_of_equally_weighted_maxima():
    radii = np.geomspace(0.01, 1, 9)
    centres = np.array([-1.5, -1.6, -1.4])
    curves = 1 - (np.log(radii) - centres[:, None]) ** 2 / 50
    found, error = peak_radius(radii, curves)
    # The maximum of the mean is the mean of the maxima: so its error is theirs.
    assert np.log(found) == pytest.approx(-1.5)
    assert error == pytest.approx(np.exp(-1.5) * 0.1 / np.sqrt(3), rel=0.01)


def test_exponents_are_slopes():
    widest = np.array([4.0, 16.0, 64.0])[None, :, None] ** -0.5
    slope, error = exponents(np.array([4, 16, 64]), widest, 0.1 * widest)
    assert slope.item() == pytest.approx(-0.5)
    assert error.item() == pytest.approx(0.1 / np.sqrt(2 * np.log(4) ** 2))


def test_radii_that_do_not_ascend_are_refused():
    with pytest.raises(pydantic.ValidationError, match="must ascend"):
        probe(radii=[0.1, 0.3, 0.2])
