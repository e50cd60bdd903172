"""The public names work as the README writes them, and importing them draws in no JAX."""

import os
import subprocess
import sys

import jax
import networkx as nx
import numpy as np
import pytest
import scipy.optimize

import replication
import replication as r
from replication.metalearner.artefact import MetaOptimizer
from replication.metalearner.network import initialise, weights_of


def test_all_names_are_there():
    assert sorted(replication.__all__) == list(replication.__all__) == dir(replication)
    for name in replication.__all__:
        value = getattr(replication, name)
        assert value.__doc__, name
        assert callable(value)
    with pytest.raises(AttributeError, match=r"attribute.*maxcat"):
        replication.maxcat  # noqa: B018


def test_problems_ansatz_and_circuit():
    graph = nx.cycle_graph(6)
    problem = r.maxcut(graph)
    assert (problem.exact_minimum(), problem.normaliser, problem.offset) == (-6, 6, 0)
    ansatz = r.qaoa(problem, p=4)
    theta = np.linspace(-0.2, 0.3, ansatz.num_parameters)
    energy = ansatz.energy(theta)
    assert energy.shape == ()
    cut = (graph.number_of_edges() - energy) / 2
    assert 0 < cut < 6
    assert len(ansatz.to_cirq(theta).all_qubits()) == 6
    assert jax.jit(jax.grad(ansatz.energy))(theta).shape == (8,)


def test_spin_glass_and_ladder():
    glass = r.sk([[0, 1.5], [1.5, 0]], fields=None)
    assert glass.exact_minimum() == -1.5
    ladder = r.hubbard((2, 2), t=1.0, u=4.0)
    np.testing.assert_allclose(ladder.exact_minimum(), -2.1027484834620758, 0, 1e-8)
    ansatz = r.hubbard_ansatz(ladder, steps=3)
    assert ansatz.num_parameters == 9
    assert r.hubbard_ansatz(ladder, steps=1, kind="grouped").num_parameters == 3


def test_the_learner_end_to_end(tmp_path):
    problem = r.maxcut(nx.cycle_graph(6))
    ansatz = r.qaoa(problem, p=2)
    network = initialise(
        ansatz.heuristic(), 8, "residual", starts_there=False, key=jax.random.key(0)
    )
    MetaOptimizer(weights_of(network), {"name": "ring"}).save(tmp_path / "ring.npz")

    learner = r.load_meta_optimizer(tmp_path / "ring.npz")
    assert isinstance(learner, r.MetaOptimizer)
    cost = ansatz.energy
    found = learner.suggest(cost, queries=10, scale=problem.normaliser)
    assert found.points.shape == (10, 4)
    assert found.values.shape == (10,)
    assert found.best.shape == (4,)
    np.testing.assert_allclose(cost(found.best), found.values.min(), 0, 1e-12)
    assert found.best_value < -2

    result = scipy.optimize.minimize(
        cost,
        np.zeros(4),
        method=learner,
        options={"scale": problem.normaliser, "queries": 10},
    )
    # x0 = 0 is the start that suggest() takes for granted; here it is asked, and counted.
    np.testing.assert_allclose(result.x, found.best, 0, 1e-12)
    assert (result.nfev, found.queries) == (11, 10)

    polished = scipy.optimize.minimize(cost, found.best, method="Nelder-Mead")
    assert polished.fun < found.best_value


@pytest.mark.parametrize("name", ["paper", "smoke"])
def test_studies_load_by_name(name):
    assert isinstance(r.load_study(name), r.Study)


def test_mistakes_are_value_errors():
    with pytest.raises(ValueError, match="at least one is needed") as caught:
        r.maxcut(nx.empty_graph(3))
    assert isinstance(caught.value, r.UserError)


def test_importing_the_package_imports_nothing_of_it():
    code = (
        "import sys, replication\n"
        "heavy = {'jax', 'numpy', 'scipy', 'pydantic'}\n"
        "print([m for m in sys.modules if m.startswith('replication.') or m in heavy])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["qaoa", "hubbard"])
def test_scipy_ends_at_or_below_its_start_whatever_the_default_precision(kind):
    """In single precision gradient methods stop at once, and some call it success."""
    made = {
        "qaoa": "r.qaoa(r.maxcut(nx.random_regular_graph(3, 10, seed=1)), p=2)",
        "hubbard": "r.hubbard_ansatz(r.hubbard((2, 2)), steps=1)",
    }
    code = f"""
import networkx as nx, numpy as np, replication as r
from scipy.optimize import minimize
ansatz = {made[kind]}
start = ansatz.heuristic() + 0.05
for method in ("L-BFGS-B", "BFGS", "SLSQP", "COBYQA", "Nelder-Mead"):
    found = minimize(ansatz.energy, start, method=method)
    assert found.success, (method, found.message)
    assert found.fun < ansatz.energy(start) - 1e-3, (method, found.fun)
assert ansatz.energy(start).dtype == ansatz.energy(list(start)).dtype == np.float64
import jax.numpy as jnp
assert ansatz.energy(jnp.asarray(start, jnp.float32)).dtype == np.float32
"""
    environment = {key: value for key, value in os.environ.items() if key != "JAX_ENABLE_X64"}
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, env=environment)
