r"""The closed limits at large depth, and that one layer of a ring has its closed variance.

At p = 1 and uniform angles $E/n = \sin 4\beta \sin 2\gamma \cos 2\gamma$ has the variance
$\frac12 \cdot \frac18$, so that $F = \frac14$ for every even ring.
"""

import numpy as np
import pydantic
import pytest

from replication.probes.fluctuation import Fluctuation

GLASS = {"kind": "sk"}
SMALL = {"problems": [GLASS], "sizes": (6,), "depths": (1,), "instances": 3, "starts": 10}


@pytest.fixture(scope="module")
def found():
    return Fluctuation(**SMALL, points=1500).measure(0)


def test_one_layer_of_a_ring_has_its_closed_fluctuation(found):
    at = found.sel(ensemble="ring").squeeze()
    assert abs(float(at.fluctuation) - 0.25) < 3 * float(at.fluctuation_error)
    assert float(at.fluctuation_error) < 0.01


def test_deep_circuits_have_the_closed_limits():
    settings = SMALL | {"depths": (48,), "starts": 2, "instances": 3}
    found = Fluctuation(**settings, points=250).measure(0).squeeze()
    np.testing.assert_allclose(found.limit[0], np.sqrt(2 * 6 / 3) / 6)
    away = np.abs(found.fluctuation - found.limit) / found.limit
    assert float(away.max()) < 0.1
    assert float(found.limit[1]) < float(found.limit[0])


def test_success_and_correlation_are_in_range(found):
    assert ((found.success >= 0) & (found.success <= 1)).all()
    low, high = found.spearman_interval.values
    assert -1 <= low <= high <= 1


def test_a_seed_gives_one_result():
    settings = SMALL | {"instances": 2, "starts": 3}
    one, other = (Fluctuation(**settings, points=20).measure(1) for _ in range(2))
    assert one.identical(other)


def test_other_circuits_are_refused():
    with pytest.raises(pydantic.ValidationError, match="family"):
        Fluctuation(problems=[{"kind": "hubbard"}], sizes=(4,))
