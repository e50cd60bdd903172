"""A trace: monotone, within its budget, the network's own queries on the bill."""

import jax
import numpy as np
import pytest

from replication.ansatze.names import angle_units
from replication.errors import UserError
from replication.evaluation.traces import Noise, trace
from replication.kinds.meta_learning_settings import Evaluation
from replication.metalearner.artefact import MetaOptimizer
from replication.metalearner.network import initialise, weights_of
from replication.starts import NaturalPoints, TrainingPoints

EVALUATION = Evaluation(budget=40, queries=4, simplex=(0.15,))


def points_for(ansatz):
    k = ansatz.num_parameters
    constant, whitening = np.full(k, 0.1), np.diag(np.linspace(1, 2, k)) + 0.1
    natural = NaturalPoints(constant, constant, 1.5, [], np.empty((0, k)), whitening)
    return TrainingPoints(constant, np.full(k, -0.2), 2.0, natural)


def network_for(ansatz, kind, seed=0):
    angles = np.zeros(ansatz.num_parameters) if kind == "hubbard" else ansatz.heuristic()
    network = initialise(
        angles, 4, "residual", starts_there=kind == "hubbard", key=jax.random.key(seed)
    )
    return MetaOptimizer(weights_of(network), {"needs_start": kind == "hubbard", "queries": 4})


def follow(settings, kind, start, evaluation=EVALUATION, **others):
    experiment, problem = settings[kind]
    ansatz = experiment.circuit(problem)
    learner = network_for(ansatz, kind) if start == "lstm" else None
    noise = Noise(*(np.random.default_rng(seed) for seed in range(3)))
    points = points_for(ansatz)
    found = trace(
        start, problem, ansatz, points, evaluation, noise=noise, learner=learner, **others
    )
    return problem, ansatz, found


def check(problem, ansatz, found, budget):
    """What holds for every trace."""
    assert found.energy.shape == (budget,)
    assert found.point.shape == (budget, ansatz.num_parameters)
    assert 0 < found.queries <= budget
    assert np.all(np.diff(found.energy) <= 0)
    assert found.energy[-1] >= problem.exact_minimum() - 1e-9
    np.testing.assert_array_equal(found.energy[found.queries :], found.energy[-1])
    for position in (0, budget // 2, budget - 1):
        energy = float(ansatz.energy(found.point[position]))
        np.testing.assert_allclose(found.energy[position], energy, 0, 1e-9)


@pytest.mark.parametrize(
    ("kind", "start"), [("maxcut", "constant"), ("sk", "ramp"), ("hubbard", "adiabatic")]
)
def test_a_start_without_queries(settings, kind, start):
    problem, ansatz, found = follow(settings, kind, start)
    check(problem, ansatz, found, 40)
    assert found.start_queries == 0
    assert found.suggested.shape == (0, ansatz.num_parameters)
    assert found.suggested_energy.shape == (0,)
    # The handed-over point is the first query of all.
    expected = {
        "constant": np.full(2, 0.1),
        "ramp": ansatz.heuristic() * [2.0, 1.0] if kind == "sk" else None,
        "adiabatic": ansatz.heuristic(),
    }[start]
    np.testing.assert_allclose(found.point[0], expected, 1e-12)
    assert found.energy[-1] < found.energy[0] - 1e-3


@pytest.mark.parametrize(("kind", "queries"), [("maxcut", 4), ("sk", 4), ("hubbard", 5)])
def test_the_networks_queries_are_counted(settings, kind, queries):
    """Four of its own, and Hubbard's start, whose cost is not known without asking."""
    problem, ansatz, found = follow(settings, kind, "lstm")
    check(problem, ansatz, found, 40)
    assert found.start_queries == queries
    assert found.suggested.shape == (queries, ansatz.num_parameters)
    np.testing.assert_allclose(
        found.suggested_energy, [float(ansatz.energy(t)) for t in found.suggested], 0, 1e-9
    )
    np.testing.assert_allclose(
        found.energy[:queries], np.minimum.accumulate(found.suggested_energy), 0, 1e-12
    )
    learner = network_for(ansatz, kind)
    alone = learner.suggest(
        lambda theta: float(ansatz.energy(theta)),
        queries=4,
        scale=problem.normaliser,
        offset=problem.offset,
        start=ansatz.heuristic() if kind == "hubbard" else None,
    )
    np.testing.assert_allclose(found.suggested[-4:], alone.points, 0, 1e-10)
    assert alone.queries == queries


@pytest.mark.parametrize("kind", ["maxcut", "sk", "hubbard"])
def test_whitened_coordinates_are_columns_of_the_metric_in_natural_units(settings, kind):
    """The first queries of the simplex are the start moved along the columns."""
    evaluation = EVALUATION.model_copy(update={"whitened": True, "simplex": (0.04,)})
    problem, ansatz, found = follow(settings, kind, "constant", evaluation)
    check(problem, ansatz, found, 40)
    k = ansatz.num_parameters
    unit = angle_units(ansatz.parameter_names, problem.natural_units)
    columns = points_for(ansatz).natural.whitening / unit[:, None]
    start = np.full(k, 0.1)
    simplex = [start, *(start + 0.04 * columns.T)]
    energies = [float(ansatz.energy(point)) for point in simplex]
    np.testing.assert_allclose(found.energy[: k + 1], np.minimum.accumulate(energies), 0, 1e-9)
    _, _, plain = follow(settings, kind, "constant")
    assert not np.array_equal(plain.energy, found.energy)


def test_the_best_query_is_handed_over_and_not_paid_twice(settings):
    """The local search spends its first own query on a neighbour of the network's best point."""
    _, ansatz, found = follow(
        settings, "maxcut", "lstm", EVALUATION.model_copy(update={"budget": 5})
    )
    best = found.suggested[np.argmin(found.suggested_energy)]
    assert (found.queries, found.start_queries) == (5, 4)
    _, _, longer = follow(settings, "maxcut", "lstm", EVALUATION.model_copy(update={"budget": 6}))
    neighbours = best + 0.15 * np.eye(2)
    energies = [float(ansatz.energy(point)) for point in neighbours]
    expected = np.minimum.accumulate([found.suggested_energy.min(), *energies])
    np.testing.assert_allclose(longer.energy[3:], expected, 0, 1e-10)


def test_a_budget_below_the_networks_queries(settings):
    problem, ansatz, found = follow(
        settings, "maxcut", "lstm", EVALUATION.model_copy(update={"budget": 3})
    )
    check(problem, ansatz, found, 3)
    assert found.start_queries == found.queries == 3


def test_a_converged_search_is_padded(settings):
    problem, ansatz, found = follow(
        settings, "maxcut", "constant", EVALUATION.model_copy(update={"budget": 300})
    )
    check(problem, ansatz, found, 300)
    assert found.queries < 200


def test_the_simplex_is_the_stated_one(settings):
    """Queries two and three are the start moved along γ and along β by their own edges."""
    evaluation = EVALUATION.model_copy(update={"simplex": (0.3, 0.7), "budget": 3})
    _, ansatz, found = follow(settings, "maxcut", "constant", evaluation)
    expected = [float(ansatz.energy(np.array(t))) for t in ([0.1, 0.1], [0.4, 0.1], [0.1, 0.8])]
    np.testing.assert_allclose(found.energy, np.minimum.accumulate(expected), 0, 1e-12)


def test_noise_is_the_generators(settings):
    energies = [follow(settings, "sk", "random")[2].energy for _ in range(2)]
    np.testing.assert_array_equal(*energies)


@pytest.mark.parametrize(("kind", "start"), [("maxcut", "constant"), ("hubbard", "lstm")])
def test_under_shot_noise_a_trace_is_judged_by_exact_energies(settings, kind, start):
    """What looked best is kept, and its true energy shown: it may rise, and noise is on record."""
    evaluation = EVALUATION.model_copy(update={"shots": 50})
    problem, ansatz, found = follow(settings, kind, start, evaluation)
    energies = [float(ansatz.energy(point)) for point in found.point]
    np.testing.assert_allclose(found.energy, energies, 0, 1e-9)
    assert found.energy.min() >= problem.exact_minimum() - 1e-9
    if start == "lstm":
        observed = found.suggested_energy
        exact = [float(ansatz.energy(point)) for point in found.suggested]
        assert np.abs(observed - exact).max() > 1e-3
        handed = found.suggested[np.argmin(observed)]
        np.testing.assert_array_equal(found.point[len(observed) - 1], handed)
    again = follow(settings, kind, start, evaluation)[2]
    np.testing.assert_array_equal(found.energy, again.energy)


def test_many_shots_come_close_to_exact_costs(settings):
    exact = follow(settings, "maxcut", "lstm")[2]
    fine = follow(settings, "maxcut", "lstm", EVALUATION.model_copy(update={"shots": 10**9}))[2]
    coarse = follow(settings, "maxcut", "lstm", EVALUATION.model_copy(update={"shots": 10}))[2]
    first = [abs(one.suggested - exact.suggested).max() for one in (fine, coarse)]
    assert first[0] < first[1] / 100


def test_gradients_are_at_hand_where_costs_are_exact(settings):
    evaluation = EVALUATION.model_copy(update={"optimiser": "lbfgsb"})
    problem, ansatz, found = follow(settings, "maxcut", "constant", evaluation)
    check(problem, ansatz, found, 40)
    slow = follow(settings, "maxcut", "constant")[2]
    assert found.energy[9] < slow.energy[9]
    with pytest.raises(UserError, match="gradient"):
        follow(settings, "maxcut", "constant", evaluation.model_copy(update={"shots": 100}))


def test_a_network_is_given_its_own_scale_start_and_number_of_queries(settings):
    """What it was trained with is in its metadata, and is used."""
    experiment, problem = settings["maxcut"]
    ansatz = experiment.circuit(problem)
    network = network_for(ansatz, "maxcut").network
    points, noise = points_for(ansatz), Noise(*map(np.random.default_rng, range(3)))

    def suggested(**metadata):
        learner = MetaOptimizer(
            weights_of(network), {"needs_start": False, "queries": 4} | metadata
        )
        return trace(
            "lstm", problem, ansatz, points, EVALUATION, noise=noise, learner=learner
        ).suggested

    assert suggested(queries=7).shape == (7, 2)
    from_constant = suggested(theta_0="constants")
    np.testing.assert_array_equal(from_constant[0], points.constant)
    assert from_constant.shape == (5, 2)
    expected = network_for(ansatz, "maxcut").suggest(
        lambda theta: float(ansatz.energy(theta)), queries=4, scale=problem.normaliser
    )
    np.testing.assert_allclose(suggested(), expected.points, 0, 1e-10)
    other = MetaOptimizer(weights_of(network), {"norm": 2}).suggest(
        lambda theta: float(ansatz.energy(theta)), queries=4, scale=problem.two_norm
    )
    np.testing.assert_allclose(suggested(norm=2), other.points, 0, 1e-10)
    assert np.abs(other.points - expected.points).max() > 1e-6
