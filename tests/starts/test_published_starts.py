"""Starts that others published: their schedules, and the numbers that are known of them."""

import networkx as nx
import numpy as np
import pytest

from replication.ansatze.hubbard import hubbard_ansatz
from replication.ansatze.qaoa import qaoa
from replication.ansatze.qaoa_limits import interpolated
from replication.cost import CountedCost
from replication.problems.hubbard import hubbard
from replication.problems.maxcut import maxcut
from replication.problems.sk import sk
from replication.starts import (
    fourier,
    interp,
    inverse_depth,
    kde,
    linear_in_u,
    lr_qaoa,
    natural_adiabatic,
    pca,
    sk_angles,
    sk_angles_scaled,
    tqa,
    tree_angles,
)

HEAWOOD = maxcut(nx.heawood_graph())


@pytest.fixture
def at(context):
    """A context of an instance at a depth, its cost the true one."""

    def make(problem, depth, queries=10, budget=400):
        ansatz = (qaoa if hasattr(problem, "couplings") else hubbard_ansatz)(problem, depth)
        made = context(queries)
        cost = CountedCost(
            lambda theta: (float(ansatz.energy(theta)) - problem.offset) / problem.normaliser,
            budget,
        )
        fields = {"problem": problem, "ansatz": ansatz, "cost": cost}
        for name, value in fields.items():
            object.__setattr__(made, name, value)
        return made

    return make


@pytest.mark.parametrize(("p", "cut"), [(1, 0.692450), (2, 0.755906)])
def test_tree_angles_cut_what_is_published_where_a_graph_is_a_tree(at, p, cut):
    made = at(HEAWOOD, p)
    energy = float(made.ansatz.energy(tree_angles.start(made)))
    assert (1 - energy / 21) / 2 == pytest.approx(cut, abs=1e-5)


def test_tree_angles_divide_by_the_weight(at):
    weighted = maxcut([(i, j, 2.5) for i, j in nx.heawood_graph().edges])
    angles = [tree_angles.start(at(problem, 2)) for problem in (HEAWOOD, weighted)]
    np.testing.assert_allclose(angles[1], angles[0] / [2.5, 2.5, 1, 1], 1e-12)


def test_sk_angles_are_divided_by_the_rms_field(at):
    problem = sk([[0, 3, 0], [3, 0, 4], [0, 4, 0]])
    g = np.sqrt((9 + 25 + 16) / 3)
    theta = sk_angles.start(at(problem, 1))
    np.testing.assert_allclose(theta, [0.5 / g, -0.3927], 1e-12)


def test_the_two_factors_begin_at_one_and_help(at):
    made = at(HEAWOOD, 3)
    first = float(made.ansatz.energy(sk_angles.start(made)))
    best = sk_angles_scaled.start(made)
    assert made.cost.values[0] == pytest.approx(first / 21)
    assert len(made.cost.values) == 10
    assert min(made.cost.values) < made.cost.values[0]
    ratios = best / made.cost.points[0]
    np.testing.assert_allclose(ratios[:3], ratios[0], 1e-9)
    np.testing.assert_allclose(ratios[3:], ratios[3], 1e-9)


def test_tqa_at_three_quarters_is_the_ramp_of_the_cut(at):
    """The Hamiltonian of the cut is half of ours: its γ are ours times two."""
    made = at(HEAWOOD, 4)
    tqa.start(made)
    steps = np.linspace(0.1, 1, 10)
    s = (np.arange(4) + 0.5) / 4
    np.testing.assert_allclose(
        made.cost.points, steps[:, None] * np.concatenate([s, s - 1]), 0, 1e-12
    )
    ramp = made.ansatz.heuristic()
    np.testing.assert_allclose(ramp * np.repeat([2, 1], 4), 0.75 * np.concatenate([s, s - 1]))


def test_lr_qaoa_has_the_published_ends(at):
    problem = maxcut([(0, 1, -2.0), (1, 2, 0.5)])
    theta = lr_qaoa.start(at(problem, 10))
    np.testing.assert_allclose(theta[[9, 10]], [0.6 / 2, -0.3])
    np.testing.assert_allclose(np.diff(theta[:10]), 0.06 / 2)
    np.testing.assert_allclose(np.diff(theta[10:]), 0.03)


def test_interpolation_is_zhous():
    u = np.array([0.3, 0.5, 0.9])
    p = 3
    padded = np.concatenate([[0], u, [0]])
    expected = [(i - 1) / p * padded[i - 1] + (p - i + 1) / p * padded[i] for i in range(1, p + 2)]
    np.testing.assert_allclose(interpolated(u), expected)


@pytest.mark.parametrize("start", [interp, fourier])
def test_depth_by_depth_every_query_is_counted(at, start):
    made = at(HEAWOOD, 4)
    theta = start.start(made)
    # About 125 queries in a trial of STARTS at this depth, on other instances.
    assert 40 < len(made.cost.values) < 250
    shallow = np.array([np.count_nonzero(point) for point in made.cost.points])
    assert set(shallow) <= {2, 4, 6}
    assert (np.diff(shallow) >= 0).all()
    # What is handed over is of all layers and better than the first guess of one.
    assert np.count_nonzero(theta) == 8
    assert made.cost(theta) < made.cost.values[0]


@pytest.mark.parametrize("layers", [1, 2, 5])
def test_fouriers_waves_are_orthogonal(layers):
    for matrix in fourier.waves(layers):
        np.testing.assert_allclose(matrix @ matrix.T, layers / 2 * np.eye(layers), 0, 1e-12)


def test_kernels_are_drawn_around_the_optima(at):
    made = at(HEAWOOD, 1, queries=60)
    optima = made.training.natural.optima
    kde.start(made)
    natural = np.array(made.cost.points) * made.units
    np.testing.assert_allclose(natural[0], np.median(optima, axis=0))
    width = optima.std(axis=0) * len(optima) ** (-1 / 6)
    nearest = np.abs(natural[:, None] - optima).max(axis=2).min(axis=1)
    assert (nearest < 4 * width.max()).all()
    assert natural[1:].std(axis=0) == pytest.approx(np.sqrt(optima.var(axis=0) + width**2), rel=0.4)


def test_components_are_searched_from_the_mean(at):
    made = at(HEAWOOD, 1)
    optima = made.training.natural.optima
    pca.start(made)
    natural = np.array(made.cost.points) * made.units
    np.testing.assert_allclose(natural[0], optima.mean(axis=0))
    # In two dimensions two components are all: the edges are the ellipse's own axes.
    edges = natural[1:3] - natural[0]
    np.testing.assert_allclose(edges.T @ edges, np.cov(optima.T), 1e-9)


@pytest.mark.parametrize("steps", [1, 3])
def test_inverse_depth_is_phasecrafts(at, steps):
    theta = inverse_depth.start(at(hubbard((2, 3), t=1.0, u=4.0), steps))
    one = np.array([-1 / np.pi, -1 / np.pi, -1 / (2 * np.pi)]) / steps
    np.testing.assert_allclose(theta, np.tile(one, steps))


def test_the_natural_step_does_not_depend_on_the_unit(at):
    own, other = (
        natural_adiabatic.start(at(hubbard((2, 3), t=t, u=4 * t), 3)) for t in (1.0, 27.2)
    )
    np.testing.assert_allclose(own, other, 1e-12)
    np.testing.assert_allclose(own[:2], -0.4 / np.pi)
    np.testing.assert_allclose(own[2::3], -4 * 0.4 * np.array([1, 3, 5]) / 6 / (2 * np.pi))


def test_a_line_through_optima_is_found(at):
    made = at(hubbard((2, 3), t=1.0, u=3.0), 1)
    problems = [hubbard((2, 3), t=1.0, u=u) for u in (1.0, 2.0, 4.0)]
    slope, constant = np.array([0.1, -0.2, 0.3]), np.array([1.0, 2.0, 3.0])
    optima = np.array([constant + slope * one.u for one in problems])
    natural = made.training.natural._replace(problems=problems, optima=optima)
    object.__setattr__(made, "training", made.training._replace(natural=natural))
    np.testing.assert_allclose(linear_in_u.start(made), constant + 3 * slope)
