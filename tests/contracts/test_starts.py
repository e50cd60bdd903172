"""Every start found in the registry passes the same checks, on every class it applies to."""

import dataclasses

import jax
import numpy as np
import pytest

from replication import problems, starts
from replication.cost import CountedCost
from replication.errors import UserError
from replication.metalearner.artefact import MetaOptimizer
from replication.metalearner.network import initialise, weights_of
from replication.seeds import generator_for

KINDS = problems.classes()
QUERIES, BUDGET = 4, 90
PAIRS = [
    (name, kind)
    for name in starts.names()
    for kind, one in KINDS.items()
    if starts.applies(name, one.family)
]


@pytest.fixture(scope="module")
def instances():
    found = {}
    for kind, one in KINDS.items():
        problem = one().at(one.example_size).sample(jax.random.key(0))
        found[kind] = problem, one().circuit(problem, 2)
    return found


def context_for(instances, kind, seed="first"):
    problem, ansatz = instances[kind]
    k = ansatz.num_parameters
    optima = np.random.default_rng(0).normal(0.3, 0.05, (5, k))
    natural = starts.NaturalPoints(
        optima[0], optima[1], 1.5, [problem] * 5, optima, np.eye(k) + np.diag(np.ones(k - 1), 1)
    )
    needs_start = not KINDS[kind].neutral_at_zero
    angles = np.zeros(k) if needs_start else ansatz.heuristic()
    network = initialise(angles, 4, "residual", starts_there=needs_start, key=jax.random.key(0))
    return starts.Context(
        problem=problem,
        ansatz=ansatz,
        cost=CountedCost(
            lambda theta: (float(ansatz.energy(theta)) - problem.offset) / problem.normaliser,
            BUDGET,
        ),
        rng=generator_for(1, "contract", seed),
        queries=QUERIES,
        training=starts.TrainingPoints(
            np.linspace(0.1, 0.2, k), np.linspace(0.3, 0.4, k), 1.5, natural
        ),
        learner=MetaOptimizer(weights_of(network), {"needs_start": needs_start}),
    )


def test_the_registry_is_the_folder():
    found = {"adiabatic", "bayes", "cma_es", "constant", "lstm", "median", "ramp", "random"}
    assert found <= set(starts.names())
    with pytest.raises(UserError, match=r"unknown start 'rnad'; allowed are adiabatic, .*random"):
        starts.load("rnad")
    # Plumbing of the package is not a start.
    with pytest.raises(UserError, match="unknown start '__init__'"):
        starts.load("__init__")


def test_names_in_figures_are_distinct():
    labels = [starts.load(name).LABEL for name in starts.names()]
    assert all(isinstance(label, str) and label for label in labels)
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("name", starts.names())
def test_a_start_says_what_it_uses(name):
    assert starts.uses(name) in {"nothing", "a table", "the training set"}


@pytest.mark.parametrize("name", starts.names())
def test_every_start_serves_some_class(name):
    assert name in {start for start, _ in PAIRS}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_random_a_heuristic_the_controls_and_the_network(kind):
    names = {name for name, its in PAIRS if its == kind}
    assert {"random", "constant", "median", "lstm"} <= names
    assert names & {"ramp", "adiabatic"}


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_contract(instances, name, kind):
    context = context_for(instances, kind)
    theta = starts.load(name).start(context)
    assert isinstance(theta, np.ndarray)
    assert theta.shape == (context.ansatz.num_parameters,)
    assert np.isfinite(theta).all()
    # Queries within what the start was given (θ_0, where it has to be asked, on top).
    made, own = len(context.cost.values), getattr(starts.load(name), "OWN_BUDGET", False)
    assert own or made <= QUERIES + 1
    # A start that queried hands over the best point it has seen.
    if made and not own:
        np.testing.assert_array_equal(theta, context.cost.best_point)
    again = context_for(instances, kind)
    np.testing.assert_array_equal(starts.load(name).start(again), theta)
    assert again.cost.values == context.cost.values


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_shared_arrays_are_left_alone(instances, name, kind):
    context = context_for(instances, kind)
    arrays = [*context.training, *context.training.natural]
    before = [np.copy(one) for one in arrays if isinstance(one, np.ndarray)]
    starts.load(name).start(context)
    after = [one for one in arrays if isinstance(one, np.ndarray)]
    for one, kept in zip(after, before, strict=True):
        np.testing.assert_array_equal(one, kept)


@pytest.mark.parametrize(("name", "kind"), PAIRS)
def test_numpys_own_generator_is_left_alone(instances, name, kind):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    starts.load(name).start(context_for(instances, kind))
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


SEARCHING = ("bayes", "cma_es", "kde", "pca", "sk_angles_scaled", "tqa", "adiabatic_scaled")


@pytest.mark.parametrize(("name", "kind"), [one for one in PAIRS if one[0] in SEARCHING])
def test_searching_starts_use_all_their_queries(instances, name, kind):
    context = context_for(instances, kind)
    starts.load(name).start(context)
    assert len(context.cost.values) == QUERIES


NATURAL = (
    *("adiabatic_scaled", "interp", "kde", "linear_in_u", "lr_qaoa", "natural_adiabatic"),
    *("natural_constant", "natural_ramp", "pca", "reptile", "sk_angles", "sk_angles_scaled"),
    *("tree_angles", "fourier"),
)


@pytest.mark.parametrize(("name", "kind"), [one for one in PAIRS if one[0] in NATURAL])
def test_starts_in_natural_units_do_not_depend_on_the_unit_of_energy(instances, name, kind):
    """The same instance in another unit: natural angles and the record of costs are the same."""
    problem, ansatz = instances[kind]
    other = scaled(problem, 7.3)
    pair = {"own": (problem, ansatz), "other": (other, KINDS[kind]().circuit(other, 2))}
    points, values = {}, {}
    for which, instance in pair.items():
        context = context_for({kind: instance}, kind)
        points[which] = starts.load(name).start(context) * context.units
        values[which] = context.cost.values
    np.testing.assert_allclose(points["other"], points["own"], 1e-7, 1e-9)
    np.testing.assert_allclose(values["other"], values["own"], 1e-7, 1e-9)


def scaled(problem, factor):
    """The instance in another unit of energy."""
    if hasattr(problem, "couplings"):
        changes = {"couplings": factor * problem.couplings, "fields": factor * problem.fields}
    else:
        changes = {"t": factor * problem.t, "u": factor * problem.u}
    return dataclasses.replace(problem, **changes)


@pytest.mark.parametrize(("kind", "made"), [("maxcut", 4), ("sk", 4), ("hubbard", 5)])
def test_the_networks_queries_go_through_the_counted_cost(instances, kind, made):
    context = context_for(instances, kind)
    starts.load("lstm").start(context)
    assert len(context.cost.values) == made


@pytest.mark.parametrize("kind", KINDS)
def test_random_angles_follow_their_own_noise(instances, kind):
    draws = [starts.load("random").start(context_for(instances, kind, seed)) for seed in range(200)]
    periods = np.array(instances[kind][1].periods)
    bound = np.pi / 2 if kind != "hubbard" else periods / 2
    assert np.all(np.abs(draws) <= bound)
    assert np.all(np.ptp(draws, axis=0) > 1.8 * bound)
    assert np.all(np.abs(np.mean(draws, axis=0)) < 0.2 * bound)
