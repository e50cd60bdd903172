"""All ansätze: symmetric images as properties, edges, random angles, batches."""

import math

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from replication.ansatze.base import (
    check_angles,
    nearest_image,
    random_angles,
    simplex_edges,
    stack,
    symmetric_distance,
    wrap,
)
from replication.ansatze.hubbard import hubbard_ansatz
from replication.ansatze.qaoa import qaoa
from replication.errors import UserError
from replication.problems.hubbard import hubbard
from replication.problems.maxcut import MaxCut
from replication.problems.sk import SK

CIRCUITS = {
    "maxcut": qaoa(MaxCut().at(5).sample(jax.random.key(0)), 2),
    "sk": qaoa(SK().at(4).sample(jax.random.key(0)), 2),
    "hubbard": hubbard_ansatz(hubbard((2, 2)), steps=2),
}

PERIODS = (math.pi, math.inf, 2.0, math.pi / 2)
FINITE = np.isfinite(PERIODS)
ANGLES = arrays(float, 4, elements=st.floats(-20, 20, width=32))
TURNS = arrays(int, 4, elements=st.integers(-4, 4))


def shifted(theta, turns):
    return theta + np.where(FINITE, turns * np.where(FINITE, PERIODS, 0), 0)


def brute_force_distance(theta, reference):
    """The smallest distance over both signs and every lattice vector near enough."""
    best = math.inf
    for sign in (1, -1):
        total = 0.0
        for x, r, period in zip(sign * theta, reference, PERIODS, strict=True):
            steps = np.arange(-60, 61) * period if math.isfinite(period) else np.zeros(1)
            total += np.min(np.abs(x - r + steps)) ** 2
        best = min(best, math.sqrt(total))
    return best


@given(ANGLES, TURNS, st.sampled_from([1, -1]))
def test_images_are_at_distance_zero(theta, turns, sign):
    assert symmetric_distance(sign * shifted(theta, turns), theta, PERIODS) < 1e-12


@given(ANGLES, ANGLES)
def test_distance_is_the_smallest_of_all_images(theta, reference):
    distance = symmetric_distance(theta, reference, PERIODS)
    np.testing.assert_allclose(distance, brute_force_distance(theta, reference), 1e-9, 1e-9)
    assert distance <= np.linalg.norm(theta - reference) + 1e-12
    np.testing.assert_allclose(symmetric_distance(reference, theta, PERIODS), distance, 1e-9, 1e-9)


@given(ANGLES, ANGLES, ANGLES)
def test_triangle_inequality(a, b, c):
    ab, bc, ac = (symmetric_distance(*pair, PERIODS) for pair in ((a, b), (b, c), (a, c)))
    assert ac <= ab + bc + 1e-9


@given(ANGLES, ANGLES)
def test_the_nearest_image_is_an_image(theta, reference):
    image = nearest_image(theta, reference, PERIODS)

    def is_shift_of(point):
        turns = (image - point)[FINITE] / np.array(PERIODS)[FINITE]
        apart = np.abs(turns - np.round(turns)).max()
        return apart < 1e-9 and abs(image[1] - point[1]) < 1e-9

    assert is_shift_of(theta) or is_shift_of(-theta)


@given(ANGLES)
def test_wrap_moves_by_whole_periods_into_the_middle_cell(theta):
    wrapped = wrap(theta, PERIODS)
    assert wrapped[1] == theta[1]
    periods = np.array(PERIODS)[FINITE]
    assert np.all(np.abs(wrapped[FINITE]) <= periods / 2 + 1e-12)
    turns = (theta - wrapped)[FINITE] / periods
    np.testing.assert_allclose(turns, np.round(turns), 0, 1e-9)


def test_batches_broadcast():
    rng = np.random.default_rng(0)
    theta, reference = rng.normal(size=(3, 5, 4)), rng.normal(size=4)
    distances = symmetric_distance(theta, reference, PERIODS)
    assert distances.shape == (3, 5)
    assert nearest_image(theta, reference, PERIODS).shape == theta.shape
    np.testing.assert_allclose(
        distances[1, 2], symmetric_distance(theta[1, 2], reference, PERIODS), 1e-14
    )


@pytest.mark.parametrize("theta", [np.zeros(3), np.zeros((1, 2)), 0.0, []])
def test_wrong_shape_is_one_sentence(theta):
    with pytest.raises(UserError, match=r"takes 2 angles \(a, b\) in an array of shape \(2,\)"):
        check_angles(theta, 2, ("a", "b"))


@pytest.mark.parametrize(
    ("kind", "edges", "expected"),
    [
        ("maxcut", (0.1,), [0.1, 0.1, 0.1, 0.1]),
        ("maxcut", (0.1, 0.2), [0.1, 0.1, 0.2, 0.2]),
        ("hubbard", (0.1, 0.2, 0.3), [0.1, 0.2, 0.3, 0.1, 0.2, 0.3]),
    ],
)
def test_simplex_edges_follow_the_angles_families(kind, edges, expected):
    np.testing.assert_array_equal(simplex_edges(CIRCUITS[kind], edges), expected)


@pytest.mark.parametrize(
    ("kind", "edges", "sentence"),
    [
        ("maxcut", (1.0, 2.0, 3.0), r"3 edges, but the angles are of 2 kinds \(gamma, beta\)"),
        ("hubbard", (1.0, 2.0), r"2 edges, but the angles are of 3 kinds \(T_h, T_v, V\)"),
    ],
)
def test_edges_that_fit_nothing_are_refused(kind, edges, sentence):
    with pytest.raises(UserError, match=sentence):
        simplex_edges(CIRCUITS[kind], edges)


@pytest.mark.parametrize(
    ("kind", "bounds"),
    [("maxcut", [np.pi / 2] * 4), ("sk", [np.pi / 2] * 4), ("hubbard", [2, 2, 1] * 2)],
)
def test_random_angles_fill_their_box(kind, bounds):
    ansatz = CIRCUITS[kind]
    thetas = random_angles(ansatz, np.random.default_rng(0), 500)
    assert thetas.shape == (500, ansatz.num_parameters)
    assert np.all(np.abs(thetas) <= bounds)
    # Uniform: extremes near the walls, mean and variance those of the box.
    assert np.all(np.abs(thetas).max(0) > 0.97 * np.array(bounds))
    np.testing.assert_allclose(thetas.mean(0) / bounds, 0, 0, 5 / np.sqrt(3 * 500))
    np.testing.assert_allclose(thetas.var(0) / np.square(bounds), 1 / 3, 0.2)


def test_stack_puts_the_instance_axis_first():
    problems = [SK().at(4).sample(key) for key in jax.random.split(jax.random.key(0), 3)]
    batch = stack([qaoa(problem, 2) for problem in problems])
    assert np.shape(batch.couplings) == (3, 4, 4)
    np.testing.assert_array_equal(batch.couplings[1], problems[1].couplings)
    assert batch.p == 2
