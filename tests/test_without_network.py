"""Starts without a network on one's own instance: values known, queries counted, refusals."""

import networkx as nx
import numpy as np
import pytest

import replication as r
from replication import starts
from replication import without_network as home
from replication.ansatze.qaoa_limits import sk_angles
from replication.errors import UserError

GRAPH = nx.random_regular_graph(3, 10, seed=3)
UPPER = np.triu(np.random.default_rng(0).normal(size=(6, 6)), 1) / 6
PROBLEMS = {
    "maxcut": r.maxcut(GRAPH),
    "sk": r.sk(UPPER + UPPER.T),
    "qubo": r.qubo({("a", "a"): -1.0, ("a", "b"): 3.0, ("b", "c"): -2.0}),
    "hubbard": r.hubbard((2, 3)),
    "own bonds": r.hubbard_on({"h": {(0, 1): 1.0, (2, 3): 0.5j}, "v": {(1, 2): 1.0}}),
}
FREE = {"sk_angles", "tree_angles", "lr_qaoa", "adiabatic", "natural_adiabatic", "inverse_depth"}


class Counted:
    """The energy of a circuit, with the number of times it was asked."""

    def __init__(self, ansatz):
        self.ansatz, self.asked, self.lowest = ansatz, 0, np.inf

    def __call__(self, theta):
        self.asked += 1
        value = float(self.ansatz.energy(theta))
        self.lowest = min(self.lowest, value)
        return value


def ansatz_of(problem, p):
    return r.qaoa(problem, p) if hasattr(problem, "num_spins") else r.hubbard_ansatz(problem, p)


def cases():
    for name, problem in PROBLEMS.items():
        family = "qaoa" if hasattr(problem, "num_spins") else "trotter"
        for start in home.available(family):
            if not starts.on_request(start):
                yield pytest.param(problem, start, id=f"{name}-{start}")


@pytest.mark.parametrize(("problem", "start"), list(cases()))
def test_every_start_gives_finite_angles_within_its_queries(problem, start):
    cost = Counted(ansatz_of(problem, 2))
    theta = r.initial_angles(start, problem, 2, cost)
    assert theta.shape == (cost.ansatz.num_parameters,)
    assert theta.dtype == np.float64
    assert np.isfinite(theta).all()
    if not getattr(starts.load(start), "OWN_BUDGET", False):
        assert cost.asked <= 10
    assert (cost.asked == 0) == (start in FREE | {"random"})
    if cost.asked and start != "interp":
        # What was searched is handed over at its best.
        assert cost.ansatz.energy(theta) == pytest.approx(cost.lowest, abs=1e-9)


def test_a_cubic_graph_gets_the_angles_of_the_cubic_tree_and_its_energy():
    """Wang et al., doi:10.1103/PhysRevA.97.022304: a cut of 0.692 of the edges at p = 1."""
    problem = r.maxcut(nx.heawood_graph())  # girth 6: no cycle within reach of one layer
    theta = r.initial_angles("tree_angles", problem, 1)
    cut = (21 - float(r.qaoa(problem, 1).energy(theta))) / 2
    assert cut / 21 == pytest.approx(0.6924500897, abs=1e-6)


def test_the_unit_of_the_weights_does_not_matter():
    first = r.initial_angles("sk_angles_scaled", r.maxcut(GRAPH), 3)
    heavy = nx.Graph()
    heavy.add_weighted_edges_from((a, b, 10.0) for a, b in GRAPH.edges)
    second = r.initial_angles("sk_angles_scaled", r.maxcut(heavy), 3)
    np.testing.assert_allclose(first[:3], 10 * second[:3], atol=1e-9)
    np.testing.assert_allclose(first[3:], second[3:], atol=1e-9)


def test_sk_angles_are_over_the_rms_field():
    theta = r.initial_angles("sk_angles", PROBLEMS["maxcut"], 4)
    # Each spin of a cubic graph has three couplings of 1: g = sqrt(3).
    np.testing.assert_allclose(theta[:4] * np.sqrt(3), sk_angles(4)[:4], atol=1e-12)


def test_the_seed_decides_what_is_drawn():
    one, same, other = (
        r.initial_angles("random", PROBLEMS["sk"], 2, seed=seed) for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).all()


@pytest.mark.parametrize(
    ("arguments", "settings", "message"),
    [
        (
            ("natural_constant", PROBLEMS["sk"], 2),
            {},
            "needs a training set, or is a net",
        ),
        (("luck", PROBLEMS["sk"], 2), {}, "'luck' is no start of the package; all"),
        (("lstm", PROBLEMS["sk"], 2), {}, "'lstm' needs a training set, or is a net"),
        (("adiabatic", PROBLEMS["sk"], 2), {}, "is for other circuits; allowed are .*sk_angles"),
        (
            ("tqa", PROBLEMS["hubbard"], 2),
            {},
            "is for other circuits; allowed are .*adiabatic_scaled",
        ),
        (("sk_angles", PROBLEMS["sk"], 0), {}, "p = 0 must be a whole number, at least 1"),
        (("tqa", PROBLEMS["sk"], 1), {"queries": 0}, "queries = 0 must be a whole number"),
        (("random", PROBLEMS["sk"], 1), {"seed": -1}, "seed = -1 must be a whole number"),
        (("sk_angles", "graph", 2), {}, "problem is .*, which is none made by maxcut"),
    ],
)
def test_mistakes_are_one_sentence(arguments, settings, message):
    with pytest.raises(UserError, match=message):
        r.initial_angles(*arguments, **settings)


def test_a_formula_takes_more_spins_than_can_be_simulated():
    large = r.maxcut([(k, (k + 1) % 60) for k in range(60)])
    small = r.maxcut([(k, (k + 1) % 12) for k in range(12)])
    for start in ("tree_angles", "sk_angles", "lr_qaoa", "random"):
        found = r.initial_angles(start, large, 3)
        # Of the same degree, and the random ones of the same box.
        np.testing.assert_allclose(found, r.initial_angles(start, small, 3), atol=1e-12)
    with pytest.raises(UserError, match="at most 28 spins are simulated"):
        r.initial_angles("tqa", large, 3)
    asked = []
    theta = r.initial_angles("tqa", large, 3, lambda theta: asked.append(theta) or 0.0)
    assert asked
    assert theta.shape == (6,)
