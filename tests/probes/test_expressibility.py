"""Expressibility, entanglement and gradients of circuits, which depth moves together."""

import numpy as np
import pydantic
import pytest

from replication.probes.expressibility import Expressibility, rank_correlation
from replication.seeds import generator_for


@pytest.fixture(scope="module")
def found():
    few = Expressibility(
        sizes=(4,), depths=(1, 4, 12), widths=(0.1, 1.0), circuits=3, pairs=300, points=60
    )
    return few.measure(3)


def test_deep_circuits_on_the_full_box_are_as_random_states(found):
    """D at its floor, frame potential, entropy and Q at the Haar-random values."""
    deep = found.sel(size=4, depth=12, width=1.0)
    assert float(deep.divergence) == pytest.approx(
        float(found.floor.sel(size=4)), abs=0.03 + 3 * float(deep.divergence_error)
    )
    for name in ("potential", "entropy", "meyer_wallach"):
        assert float(deep[name]) == pytest.approx(1, abs=0.25), name


def test_depth_makes_circuits_more_expressive_and_gradients_smaller(found):
    wide = found.sel(size=4, width=1.0)
    assert (np.diff(wide.divergence) < 0).all()
    assert float(wide.variance[-1]) < float(wide.variance[0])
    # Around zero, random angles do not average: the gradient is nearly the same everywhere.
    assert (found.sel(width=0.1).square > found.sel(width=0.1).variance).all()


def test_correlations_are_within_their_intervals(found):
    one = found.sel(cells="all")
    assert (one.correlation_low <= one.correlation).all()
    assert (one.correlation <= one.correlation_high).all()
    assert float(one.correlation.sel(pair="divergence and entropy").squeeze()) < 0
    # Three cells make no correlation.
    assert np.isnan(found.correlation.sel(cells="depth")).all()


def test_a_rank_correlation_by_hand():
    rng = generator_for(0, "test")
    x = np.arange(10.0)
    assert rank_correlation(x, np.exp(x), rng)[0] == pytest.approx(1)
    assert rank_correlation(x, -(x**3), rng) == pytest.approx((-1, -1, -1))
    low, high = rank_correlation(x, np.array([3, 1, 4, 1.5, 9, 2, 6, 5, 3.5, 5.2]), rng)[1:]
    assert low < 0.4 < high


def test_the_same_seed_gives_the_same_numbers():
    settings = {"sizes": (2,), "depths": (1, 2), "widths": (0.5, 1), "circuits": 2, "pairs": 20}
    few = Expressibility(**settings, points=6, circuit={"kind": "mcclean"})
    assert few.measure(1).identical(few.measure(1))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"depths": (2, 2)}, "must be different"),
        ({"depths": (2,), "widths": (1.0,)}, "at least 4 cells"),
        ({"widths": (1.5,)}, "less than or equal to 1"),
    ],
)
def test_settings_that_measure_nothing_are_refused(changes, words):
    with pytest.raises(pydantic.ValidationError, match=words):
        Expressibility.model_validate(changes)
