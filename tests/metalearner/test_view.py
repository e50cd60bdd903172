"""The order and the bounds in which a cost takes a network's angles."""

import numpy as np
import pytest
from scipy.optimize import Bounds

from replication.errors import UserError
from replication.metalearner.view import Box, View, box_of, swapped, view_of

NAMES = ("gamma_1", "gamma_2", "beta_1", "beta_2")


def test_images_lie_inside_and_only_ends_change_the_angles():
    periods = np.array([np.pi, np.inf, np.pi, np.pi])
    box = Box(np.array([0.0, -1.0, -np.inf, 0.0]), np.array([4.0, 1.0, 0.5, 1.0]), periods)
    theta = np.array([-0.5, 1.5, 0.7, -0.5])
    kept = box.clipped(theta)
    np.testing.assert_array_equal(kept[[0, 2]], theta[[0, 2]])
    np.testing.assert_allclose(box.image(kept), [np.pi - 0.5, 1.0, 0.7 - np.pi, 1.0])
    np.testing.assert_allclose(kept[[1, 3]], [1.0, 1.0 - np.pi])


def test_bounds_of_all_kinds():
    periods = np.full(2, np.inf)

    def ends(bounds):
        return box_of(bounds, periods)[:2]

    for bounds in (None, [], ()):
        assert box_of(bounds, periods) is None
    np.testing.assert_array_equal(ends(Bounds(0, [1, 2])), [[0, 0], [1, 2]])
    np.testing.assert_array_equal(ends([(None, 1), (0, None)]), [[-np.inf, 0], [1, np.inf]])
    np.testing.assert_array_equal(ends(np.array([[0, 1]] * 2)), [[0, 0], [1, 1]])


@pytest.mark.parametrize(
    "bounds", ["ab", 3, Bounds(np.zeros(3), np.ones(3)), [(0, "x")] * 2, [(0, 1, 2)] * 2, {0: 1}]
)
def test_what_are_no_bounds_is_refused(bounds):
    with pytest.raises(UserError, match="bounds must be a pair of numbers for each of 2 angles"):
        box_of(bounds, np.full(2, np.inf))


def test_the_way_back_is_the_same_angles():
    bounds = [(0, np.pi)] * 2 + [(-1, 1)] * 2
    view = view_of("qiskit", bounds, NAMES)
    own = np.array([0.5, -0.7, -0.3, 0.4])
    given = view.given(own)
    np.testing.assert_allclose(given, [np.pi - 0.3, 0.4, 0.5, -0.7])
    np.testing.assert_allclose(view.own(given, own), own)
    assert view.as_json() == {
        "order": "qiskit",
        "bounds": [[0.0, np.pi]] * 2 + [[-1.0, 1.0]] * 2,
    }
    plain = View()
    np.testing.assert_array_equal(plain.given(own), own)
    np.testing.assert_array_equal(swapped(swapped(own)), own)


def test_an_order_of_other_angles_is_refused():
    with pytest.raises(UserError, match="order 'qiskit' is of QAOA's angles gamma and beta, not"):
        view_of("qiskit", None, ("T_h_1", "V_1"))
    with pytest.raises(UserError, match="order 'cirq' must be one of own, qiskit"):
        view_of("cirq", None, NAMES)
