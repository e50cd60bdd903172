"""Planes through landscapes, and the symmetries of QAOA's on them."""

import jax
import jax.numpy as jnp
import networkx as nx
import numpy as np
import pytest

from replication import maxcut, qaoa
from replication.errors import UserError
from replication.landscapes.functions import values
from replication.landscapes.slices import (
    hessian_plane,
    plane_through,
    random_plane,
    slice_values,
)

RNG = np.random.default_rng(6)


def test_a_plane_holds_its_points_and_its_direction():
    origin, point, direction = RNG.normal(size=(3, 5))
    plane = plane_through(origin, point, direction)
    basis = np.stack([plane.first, plane.second])
    np.testing.assert_allclose(basis @ basis.T, np.eye(2), 0, 1e-14)
    for theta in (origin, point, origin + direction):
        np.testing.assert_allclose(plane.at(*plane.coordinates(theta)), theta, 0, 1e-13)
    x, y = plane.coordinates(point)
    assert (abs(y) < 1e-14, x) == (True, pytest.approx(np.linalg.norm(point - origin)))


@pytest.mark.parametrize("x64", [False, True])
def test_a_slice_has_x_along_its_rows(x64):
    plane = random_plane(RNG.normal(size=4), RNG)
    x, y = np.array([-0.4, 0.0, 0.7]), np.array([0.1, 0.9])
    with jax.enable_x64(x64):
        found = slice_values(lambda theta: jnp.sin(theta).sum(), plane, x, y)
    wanted = [[np.sin(plane.at(a, b)).sum() for b in y] for a in x]
    np.testing.assert_allclose(found, wanted, 0, 1e-14)


def test_extreme_curvatures_are_those_of_a_quadratic_form():
    """E = θᵀ A θ / 2 with known eigenvalues; along x the cost is that parabola."""
    vectors = np.linalg.qr(RNG.normal(size=(4, 4)))[0]
    form = vectors @ np.diag([-2.0, 0.5, 1.0, 7.0]) @ vectors.T

    def energy(theta):
        return theta @ jnp.asarray(form) @ theta / 2

    found = hessian_plane(energy, np.zeros(4))
    assert (found.largest, found.smallest) == pytest.approx((7, -2), abs=1e-7)
    np.testing.assert_allclose(abs(found.plane.first @ vectors[:, 3]), 1, 0, 1e-7)
    np.testing.assert_allclose(
        slice_values(energy, found.plane, [0.0, 2.0], [0.0, 1.0]), [[0, -1], [14, 13]], 0, 1e-6
    )


def test_slices_of_qaoa_with_whole_weights_have_its_periods():
    r"""π along a γ, π/2 along a β, to 1e-12 of the 1-norm; half of them are no periods."""
    problem = maxcut(nx.random_regular_graph(3, 8, seed=1))
    one = qaoa(problem, 4)
    base = RNG.uniform(-1, 1, 8)
    plane = plane_through(base, base + np.eye(8)[1], np.eye(8)[6])
    x, y = RNG.uniform(-1, 1, 5), RNG.uniform(-1, 1, 4)
    here = slice_values(one.energy, plane, x, y) / problem.normaliser
    for dx, dy in ((np.pi, 0), (0, np.pi / 2), (-2 * np.pi, 3 * np.pi / 2)):
        there = slice_values(one.energy, plane, x + dx, y + dy) / problem.normaliser
        np.testing.assert_allclose(there, here, 0, 1e-12)
    for dx, dy in ((np.pi / 2, 0), (0, np.pi / 4)):
        there = slice_values(one.energy, plane, x + dx, y + dy) / problem.normaliser
        assert np.abs(there - here).max() > 1e-2


def test_the_landscape_is_the_same_at_minus_the_angles():
    one = qaoa(maxcut(nx.cycle_graph(6)), 2)
    thetas = RNG.uniform(-1, 1, (3, 4))
    np.testing.assert_allclose(values(one.energy, thetas), values(one.energy, -thetas), 0, 1e-12)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plane_through([0, 0], [0, 0], [1, 0]), "must be different"),
        (lambda: plane_through([0, 0], [1, 0], [-3, 0]), "must not be along"),
        (lambda: plane_through([0, 0], [1, 0], [1, 0, 0]), "vectors of one length"),
        (lambda: random_plane([0.0], RNG), "at least 2 angles"),
        (lambda: hessian_plane(jnp.sum, [0.0]), "at least 2 angles"),
    ],
)
def test_what_makes_no_plane_is_refused(call, words):
    with pytest.raises(UserError, match=words):
        call()
