"""QAOA as a module: closed forms, symmetric images, batches, dtypes and refusals."""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from replication import compilation
from replication.ansatze.base import stack
from replication.ansatze.qaoa import qaoa
from replication.errors import UserError
from replication.problems.hubbard import hubbard
from replication.problems.maxcut import MaxCut, maxcut
from replication.problems.sk import SK, sk

energy = jax.jit(lambda ansatz, theta: ansatz.energy(theta))
GRAPH = nx.Graph([(0, 1), (1, 2), (2, 0), (2, 3), (3, 4)])
GRAPH_COUPLINGS = maxcut(GRAPH).couplings
GAUSSIAN = SK().at(5).sample(jax.random.key(3)).couplings
CASES = {
    "unit weights, odd n": maxcut(GRAPH),
    "unit weights, even n": maxcut(nx.cycle_graph(6)),
    "whole weights": maxcut([(0, 1, 2), (1, 2, -3), (0, 3)]),
    "real weights": sk(GAUSSIAN),
    "real weights and fields": sk(GAUSSIAN, np.linspace(-1, 1, 5)),
    "whole weights, real fields": sk(GRAPH_COUPLINGS, [0.5, 0, 0.2, 0, 0]),
    "whole fields": sk(GRAPH_COUPLINGS, [1, 0, -2, 0, 1]),
}
ANSATZE = {name: qaoa(problem, 2) for name, problem in CASES.items()}


def test_the_cases_cover_all_periods():
    kinds = {(one.symmetric, one.integer) for one in ANSATZE.values()}
    assert kinds == {(True, True), (True, False), (False, True), (False, False)}


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=20)
@given(
    theta=arrays(float, 4, elements=st.floats(-2, 2)),
    turns=arrays(int, 4, elements=st.integers(-2, 2)),
)
def test_images_have_the_same_energy(name, theta, turns):
    ansatz = ANSATZE[name]
    periods = np.where(np.isfinite(ansatz.periods), ansatz.periods, 0)
    value = energy(ansatz, theta)
    np.testing.assert_allclose(energy(ansatz, -theta), value, 0, 1e-11)
    np.testing.assert_allclose(energy(ansatz, theta + turns * periods), value, 0, 1e-10)


# Not the ring: where all degrees are even, γ + π/2 is a symmetry of that one instance.
@pytest.mark.parametrize("name", [name for name in CASES if name != "unit weights, even n"])
def test_half_a_period_is_no_symmetry(name):
    """Periods that were stated twice too long would pass the test above."""
    ansatz = ANSATZE[name]
    theta = np.array([0.3, -0.5, 0.4, 0.9])
    for k, period in enumerate(ansatz.periods):
        if math.isfinite(period):
            moved = theta + (np.arange(4) == k) * period / 2
            assert abs(energy(ansatz, moved) - energy(ansatz, theta)) > 1e-3


@pytest.mark.parametrize("n", [5, 8])
def test_ring_of_disagrees_at_p_1(n):
    r"""$\langle ZZ\rangle = \frac12 \sin 4\beta \sin 4\gamma$ for each edge, arXiv:1411.4028."""
    ansatz = qaoa(maxcut(nx.cycle_graph(n)), 1)
    for gamma, beta in [(0.2, -0.3), (0.7, 0.4), (-math.pi / 8, math.pi / 8)]:
        expected = n * np.sin(4 * beta) * np.sin(4 * gamma) / 2
        np.testing.assert_allclose(energy(ansatz, np.array([gamma, beta])), expected, 0, 1e-12)


def test_p_1_formula_on_any_graph():
    """Wang, Hadfield, Jiang and Rieffel 2018, doi:10.1103/PhysRevA.97.022304, Theorem 1."""
    graph = nx.gnp_random_graph(7, 0.5, seed=5)
    ansatz = qaoa(maxcut(graph), 1)
    gamma, beta = 0.37, -0.61
    # Their phase is exp(-i γ C) with C = Σ (1 - ZZ)/2 of half our slope and the other sign.
    g = -2 * gamma
    total = 0.0
    for u, v in graph.edges:
        f = len(list(nx.common_neighbors(graph, u, v)))
        d, e = graph.degree(u) - 1, graph.degree(v) - 1
        cut = (
            0.5
            + np.sin(4 * beta) * np.sin(g) * (np.cos(g) ** d + np.cos(g) ** e) / 4
            - np.sin(2 * beta) ** 2 * np.cos(g) ** (d + e - 2 * f) * (1 - np.cos(2 * g) ** f) / 4
        )
        total += 1 - 2 * cut
    np.testing.assert_allclose(energy(ansatz, np.array([gamma, beta])), total, 0, 1e-12)


def test_depth_with_idle_layers_is_the_shallower_circuit():
    theta = np.array([0.3, -0.5, 0.4, 0.9])
    deeper = np.array([0.3, -0.5, 0.0, 0.4, 0.9, 0.0])
    shallow, deep = qaoa(maxcut(GRAPH), 2), qaoa(maxcut(GRAPH), 3)
    np.testing.assert_allclose(deep.energy(deeper), shallow.energy(theta), 0, 1e-12)


def test_relabelling_the_nodes_changes_nothing():
    order = [3, 0, 4, 1, 2]
    problem = sk(GAUSSIAN, np.linspace(-1, 1, 5))
    moved = sk(GAUSSIAN[np.ix_(order, order)], problem.fields[order])
    theta = np.array([0.3, -0.5, 0.4, 0.9])
    np.testing.assert_allclose(
        energy(qaoa(moved, 2), theta), energy(qaoa(problem, 2), theta), 0, 1e-12
    )


def test_energy_is_between_the_extreme_levels():
    ansatz = ANSATZE["real weights and fields"]
    values = jax.vmap(ansatz.energy)(np.random.default_rng(0).uniform(-2, 2, (200, 4)))
    levels = ansatz.diagonal
    assert levels.min() < values.min() < 0 < values.max() < levels.max()


@pytest.mark.parametrize("ensemble", [MaxCut().at(6), SK().at(5)])
def test_instances_of_one_size_batch(ensemble):
    problems = [ensemble.sample(key) for key in jax.random.split(jax.random.key(0), 3)]
    ansatze = [qaoa(problem, 2) for problem in problems]
    thetas = np.random.default_rng(0).uniform(-1, 1, (3, 4))
    batched = jax.jit(jax.vmap(jax.value_and_grad(lambda theta, a: a.energy(theta))))
    values, gradients = batched(thetas, stack(ansatze))
    single = jax.jit(jax.value_and_grad(lambda theta, a: a.energy(theta)))
    for i, ansatz in enumerate(ansatze):
        value, gradient = single(thetas[i], ansatz)
        np.testing.assert_allclose(values[i], value, 0, 1e-12)
        np.testing.assert_allclose(gradients[i], gradient, 0, 1e-12)


def test_every_dynamic_field_is_an_array():
    arrays_, others = eqx.partition(ANSATZE["real weights"], eqx.is_array_like)
    assert len(jax.tree.leaves(arrays_)) == 3
    assert not jax.tree.leaves(others)


@pytest.mark.parametrize("transform", [jax.jit, jax.grad, jax.value_and_grad, jax.jacrev])
def test_methods_can_be_transformed_as_they_are(transform):
    """A module's bound methods have no hash of their own, and jax.jit asks for one."""
    theta = np.array([0.3, -0.5, 0.4, 0.9])
    for name in ("real weights", "unit weights, odd n"):
        ansatz = ANSATZE[name]
        found = jax.jit(transform(ansatz.energy))(theta)
        for a, b in zip(
            jax.tree.leaves(found),
            jax.tree.leaves(transform(lambda t, a=ansatz: a.energy(t))(theta)),
            strict=True,
        ):
            np.testing.assert_allclose(a, b, 0, 1e-12)
    assert jax.jit(jax.vmap(ansatz.energy))(np.stack([theta, theta])).shape == (2,)
    assert jax.jit(ansatz.state)(theta).shape == (32,)


@pytest.mark.parametrize("name", ["energy", "state", "outcome_probabilities"])
def test_later_queries_compile_nothing(name, monkeypatch):
    """Also of those who hand `ansatz.energy` to an optimiser as it is."""
    spans = []
    monkeypatch.setattr(compilation, "_spans", spans)
    compilation.watch()
    query = getattr(qaoa(sk(GAUSSIAN), 7), name)
    query(np.zeros(14))
    assert spans
    spans.clear()
    query(np.ones(14))
    assert not spans


def test_an_empty_batch_has_no_energies():
    ansatz = qaoa(sk(GAUSSIAN), 3)
    assert jax.vmap(ansatz.energy)(np.zeros((0, 6))).shape == (0,)
    assert jax.vmap(jax.grad(ansatz.energy))(np.zeros((0, 6))).shape == (0, 6)


def test_gradient_reaches_the_diagonal():
    ansatz, theta = ANSATZE["real weights"], np.array([0.3, -0.5, 0.4, 0.9])

    def value(diagonal):
        return eqx.tree_at(lambda a: a.diagonal, ansatz, diagonal).energy(theta)

    gradient = jax.grad(value)(jnp.asarray(ansatz.diagonal))
    for x in (0, 7, 15):
        moved = (np.arange(16) == x) * 1e-5
        expected = (value(ansatz.diagonal + moved) - value(ansatz.diagonal - moved)) / 2e-5
        np.testing.assert_allclose(gradient[x], expected, 1e-6, 1e-9)


@pytest.mark.parametrize(
    ("theta", "dtype"),
    [
        (np.array([1, 0], np.float32), np.float32),
        (np.array([1.0, 0.0]), np.float64),
        (np.array([1, 0]), np.float64),
        ([1, 0], np.float64),
        ((1.0, 0.0), np.float64),
    ],
)
def test_dtype_of_a_result_follows_the_angles(theta, dtype):
    ansatz = qaoa(sk(GAUSSIAN), 1)
    assert ansatz.energy(theta).dtype == dtype
    assert ansatz.state(theta).dtype == np.result_type(dtype, np.complex64)
    np.testing.assert_allclose(ansatz.energy(theta), ansatz.energy(np.array([1.0, 0])), 0, 1e-6)


@pytest.mark.parametrize("dtype", [np.float16, jnp.bfloat16, complex])
def test_other_dtypes_are_refused_by_name(dtype):
    with pytest.raises(UserError, match=f"theta has dtype {np.dtype(dtype).name}; .* float32"):
        ANSATZE["real weights"].energy(np.zeros(4, dtype))


def test_single_precision_mode_works_and_stays_single():
    ansatz, theta = ANSATZE["real weights"], np.array([0.3, -0.5, 0.4, 0.9])
    expected = float(ansatz.energy(theta))
    with jax.enable_x64(False):
        value, gradient = jax.value_and_grad(ansatz.energy)(theta)
        assert value.dtype == gradient.dtype == np.float32
        assert ansatz.energy(jnp.zeros(4)).dtype == np.float32
        assert ansatz.energy([0, 0, 0, 0]).dtype == np.float64
        np.testing.assert_allclose(value, expected, 1e-5)


@pytest.mark.parametrize("name", CASES)
def test_outcomes_have_the_probabilities_of_the_state(name):
    ansatz, theta = ANSATZE[name], np.array([0.3, -0.5, 0.4, 0.9])
    (mine,), (measurement,) = ansatz.outcome_probabilities(theta), ansatz.measurements
    expected = np.abs(ansatz.state(theta)) ** 2
    if ansatz.symmetric:
        expected = (expected + expected[::-1])[: expected.size // 2]
    np.testing.assert_allclose(mine, expected, 0, 1e-13)
    np.testing.assert_allclose(mine @ measurement.values, energy(ansatz, theta), 0, 1e-12)
    np.testing.assert_allclose(measurement.norm, CASES[name].normaliser, 1e-12)
    single = ansatz.outcome_probabilities(theta.astype(np.float32))[0]
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, expected, 0, 1e-6)


def test_ramp():
    np.testing.assert_allclose(qaoa(maxcut(GRAPH), 1).heuristic(), [0.1875, -0.375])
    theta = qaoa(maxcut(GRAPH), 4).heuristic()
    np.testing.assert_allclose(theta[:4], 0.375 * np.array([1, 3, 5, 7]) / 8)
    np.testing.assert_allclose(theta[4:], -0.75 * np.array([7, 5, 3, 1]) / 8)
    # The signs minimise: the ramp is already good, its mirror image in β as bad.
    deep = qaoa(maxcut(nx.cycle_graph(6)), 4)
    assert energy(deep, theta) < -3
    assert energy(deep, theta * np.repeat([1, -1], 4)) > 3


def test_names():
    ansatz = ANSATZE["real weights"]
    assert ansatz.parameter_names == ("gamma_1", "gamma_2", "beta_1", "beta_2")
    assert ansatz.num_parameters == len(ansatz.periods) == 4


@pytest.mark.parametrize("call", ["energy", "state", "outcome_probabilities", "to_cirq"])
@pytest.mark.parametrize("theta", [np.zeros(3), np.zeros((1, 4)), 0.0])
def test_wrong_number_of_angles(call, theta):
    with pytest.raises(UserError, match=r"takes 4 angles \(gamma_1, gamma_2, beta_1, beta_2\)"):
        getattr(ANSATZE["real weights"], call)(theta)


@pytest.mark.parametrize("p", [0, -1, 1.5, True, "2", None])
def test_depth_is_a_whole_number(p):
    with pytest.raises(UserError, match="must be a whole number of layers, at least 1"):
        qaoa(maxcut(GRAPH), p)


def test_only_ising_problems():
    with pytest.raises(UserError, match="problem made by maxcut, sk or ising, got HubbardProblem"):
        qaoa(hubbard((2, 2), t=1.0, u=4.0), 1)
    with pytest.raises(UserError, match="got Graph"):
        qaoa(GRAPH, 1)
