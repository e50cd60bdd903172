"""The parity rule: a checkerboard that is exact on trees, and the same pattern on small graphs."""

import numpy as np
import pydantic
import pytest

from replication.probes.transfer_matrix import TransferMatrix

REGULAR = [{"kind": "maxcut", "graphs": "regular", "degree": degree} for degree in (2, 3, 5)]
SMALL = {"problems": REGULAR, "size": 8, "depth": 2, "instances": 2, "starts": 8}


@pytest.fixture(scope="module")
def found():
    return TransferMatrix(**SMALL).measure(0)


def test_the_rule_is_exact_on_trees(found):
    assert float(found.rule_broken) < 1e-12
    small, large = found.tree.values
    degrees = found.donor_degree.values
    same = (degrees[:, None] + degrees) % 2 == 0
    np.testing.assert_allclose(large, np.where(same, small, -small), atol=1e-12)
    np.testing.assert_allclose(np.diag(small), 1.0)
    off = ~np.eye(len(degrees), dtype=bool)
    assert (small[off] < 1).all()
    assert (small > 0).all()


def test_small_graphs_show_the_pattern(found):
    """Degrees 3 and 5 take each other's images; degree 2 loses by most of them."""
    retained = found.retained.values
    pattern, mean, worst = retained
    np.testing.assert_allclose(mean[1:, 1:], pattern[1:, 1:], atol=1e-9)
    np.testing.assert_allclose(worst[1:, 1:], mean[1:, 1:], atol=1e-9)
    assert mean[0, 1] < pattern[0, 1] + 1e-9
    assert worst[1, 0] < 0
    assert (retained <= 1 + 1e-9).all()
    assert (found.retained_error >= 0).all()


def test_a_seed_gives_one_result(found):
    assert found.identical(TransferMatrix(**SMALL).measure(0))


def test_degrees_and_ensembles_that_cannot_be_are_refused():
    with pytest.raises(pydantic.ValidationError, match="at least 2"):
        TransferMatrix(**SMALL | {"degrees": (1, 2)})
    with pytest.raises(pydantic.ValidationError, match="even"):
        TransferMatrix(**SMALL | {"size": 7})
