"""Every local optimiser found in the registry passes the same checks."""

import contextlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from replication import optimisers
from replication.ansatze.qaoa import qaoa
from replication.cost import BudgetExhausted, CountedCost
from replication.errors import UserError
from replication.problems.maxcut import maxcut

START = np.array([0.6, -0.5])
EDGES = np.array([0.1, 0.2])
CENTRE = np.array([0.3, -0.2, 0.1, 0.4])

ACCURACY = {
    "adam_fd": 1e-4,
    "cma_es": 1e-4,
    "momentum_fd": 1e-4,
    "nelder_mead_scipy": 1e-4,
    "spsa": 0.03,
}
"""Of the cost after 200 queries in two dimensions, where it is not 1e-6."""


def bowl(theta):
    return jnp.tanh((theta[0] - 0.2) ** 2 + 3 * (theta[1] + 0.1) ** 2) - 0.5


def rippled(theta):
    """A quadratic in four angles of different steepness under cosines; lowest at CENTRE, -0.4."""
    x = theta - CENTRE
    return jnp.sum(jnp.array([0.2, 0.4, 0.8, 1.6]) * x**2) - 0.1 * jnp.sum(jnp.cos(3 * x))


def counted(cost, budget):
    value, gradient = jax.jit(cost), jax.jit(jax.grad(cost))
    return CountedCost(lambda theta: float(value(theta)), budget, gradient)


def follow(name, cost, start=START, edges=EDGES, seed=0):
    """As the evaluation calls it: one more than the budget, since a known point is free."""
    with contextlib.suppress(BudgetExhausted):
        optimisers.load(name).minimise(
            cost, start, edges=edges, budget=cost.remaining + 1, rng=np.random.default_rng(seed)
        )
    return cost


def search(name, budget, cost=bowl, **others):
    return follow(name, counted(cost, budget), **others)


@pytest.fixture(params=optimisers.names())
def name(request):
    return request.param


def test_the_registry_is_the_folder():
    found = {"cma_es", "cobyla", "lbfgsb", "nelder_mead", "nelder_mead_scipy", "spsa"}
    assert found <= set(optimisers.names())
    with pytest.raises(UserError, match=r"unknown optimiser 'nelder'; allowed are .*nelder_mead"):
        optimisers.load("nelder")


def test_names_in_figures_are_distinct():
    labels = [optimisers.load(name).LABEL for name in optimisers.names()]
    assert all(isinstance(label, str) and label for label in labels)
    assert len(set(labels)) == len(labels)


def test_only_those_that_say_so_ask_for_gradients(name):
    cost = CountedCost(lambda theta: float(bowl(theta)), 30)
    if getattr(optimisers.load(name), "GRADIENT", False):
        with pytest.raises(UserError, match="no gradient"):
            follow(name, cost)
    else:
        follow(name, cost)
        assert len(cost.values) > 5


@pytest.mark.parametrize("budget", [1, 2, 3, 7, 40])
def test_the_budget_holds_and_the_start_comes_first(name, budget):
    cost = search(name, budget)
    assert 1 <= len(cost.values) <= budget
    np.testing.assert_array_equal(cost.points[0], START)
    assert all(np.isfinite(point).all() for point in cost.points)


@pytest.mark.parametrize("more", [0, 1, 2, 12])
def test_a_start_that_was_queried_is_not_paid_twice(name, more):
    cost = counted(bowl, 1 + more)
    cost(START)
    follow(name, cost)
    assert 1 <= len(cost.values) <= 1 + more
    assert sum(np.array_equal(point, START) for point in cost.points) == 1


def test_it_minimises(name):
    cost = search(name, 200)
    accuracy = ACCURACY.get(name, 1e-6)
    assert min(cost.values) < -0.5 + accuracy
    np.testing.assert_allclose(cost.best_point, [0.2, -0.1], 0, 2 * np.sqrt(accuracy))


def test_it_minimises_in_four_dimensions(name):
    start = CENTRE + np.array([0.4, -0.3, 0.3, -0.4])
    cost = search(name, 400, rippled, start=start, edges=np.array([0.2, 0.1, 0.1, 0.1]))
    # The start is at about +0.2.
    assert min(cost.values) < -0.4 + (1e-3 if name in ACCURACY else 1e-6)


def test_it_improves_a_circuit(name):
    problem = maxcut([(0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (0, 2)])
    ansatz = qaoa(problem, 2)
    cost = search(
        name,
        150,
        lambda theta: ansatz.energy(theta) / problem.normaliser,
        start=ansatz.heuristic(),
        edges=np.array([0.075, 0.075, 0.15, 0.15]),
    )
    assert min(cost.values) < cost.values[0] - 0.05
    assert min(cost.values) >= problem.exact_minimum() / problem.normaliser - 1e-9


def test_it_is_deterministic(name):
    first, again = search(name, 30), search(name, 30)
    np.testing.assert_array_equal(first.points, again.points)


def test_noise_is_the_generators(name):
    """Stochastic ones follow their generator, others ignore it; NumPy's own is left alone."""
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, other = search(name, 30, seed=0), search(name, 30, seed=1)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    same = np.array_equal(first.points, other.points)
    assert same == (name not in {"cma_es", "spsa"})


def test_the_units_of_an_angle_do_not_matter(name):
    """Angles and edges given in other units: the same points."""
    units = np.array([8.0, 0.5])
    plain = search(name, 25)
    other = search(
        name, 25, lambda theta: bowl(theta / units), start=START * units, edges=EDGES * units
    )
    np.testing.assert_allclose(np.array(other.points) / units, plain.points, 0, 1e-9)


def test_edges_set_the_length(name):
    plain, doubled = search(name, 12), search(name, 12, edges=2 * EDGES)
    same = np.array_equal(plain.points, doubled.points)
    assert same == (name == "nelder_mead_scipy")


def test_the_start_is_not_written_to(name):
    start = START.copy()
    search(name, 30, start=start)
    np.testing.assert_array_equal(start, START)


def test_a_flat_cost_ends(name):
    cost = search(name, 200, lambda theta: 0 * theta[0])
    assert len(cost.values) <= 200
    assert all(np.isfinite(point).all() for point in cost.points)


def test_nothing_is_printed_or_written(name, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    search(name, 200)
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
