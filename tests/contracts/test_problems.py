"""Every problem class found in the registry passes the same checks."""

import jax
import numpy as np
import pytest

from replication import problems
from replication.ansatze.base import stack
from replication.errors import UserError
from replication.problems.base import ProblemClass, Published


@pytest.fixture(params=problems.classes())
def kind(request):
    return request.param


@pytest.fixture
def ensemble(kind):
    settings = problems.load(kind)()
    return settings.at(settings.example_size)


@pytest.fixture
def ansatz_of(ensemble):
    return lambda problem, depth=2: ensemble.settings.circuit(problem, depth)


def test_the_registry_is_the_folder():
    assert {"maxcut", "sk", "hubbard"} <= set(problems.classes())
    with pytest.raises(UserError, match=r"unknown problem class 'ising'; allowed are .*maxcut"):
        problems.load("ising")


def test_a_class_says_what_studies_and_figures_need(kind):
    one = problems.load(kind)
    assert issubclass(one, ProblemClass)
    assert one().kind == kind
    for text in ("label", "title", "algorithm", "depth_label", "size_label", "layer", "family"):
        assert getattr(one, text).strip()
    assert one.paper_shots is None or isinstance(one.paper_shots, Published)
    assert one.circuit_settings <= set(one.model_fields)
    assert one().size_text(one.example_size)
    assert one().angle_unit


def test_names_in_figures_are_distinct():
    for text in ("label", "title"):
        names = [getattr(one, text) for one in problems.classes().values()]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("size", ["", "many", "0", "-1", "999x999", "1000000"])
def test_a_size_that_is_none_is_refused_by_name(kind, size):
    with pytest.raises(UserError, match="size"):
        problems.load(kind)().at(size)


def test_classes_agree_with_their_circuit_on_where_a_roll_out_begins(ensemble, ansatz_of):
    problem = ensemble.sample(jax.random.key(0))
    ansatz = ansatz_of(problem)
    assert ansatz.neutral_at_zero == ensemble.settings.neutral_at_zero
    if ansatz.neutral_at_zero:
        at_zero = ansatz.energy(np.zeros(ansatz.num_parameters))
        np.testing.assert_allclose(at_zero, problem.offset, 0, 1e-12 * problem.normaliser)


def test_depth_multiplies_the_angles(ensemble, ansatz_of):
    problem = ensemble.sample(jax.random.key(0))
    one, three = (ansatz_of(problem, depth).num_parameters for depth in (1, 3))
    assert three == 3 * one


def test_instances_survive_the_dataset(ensemble, ansatz_of):
    drawn = draw(ensemble, 2)
    stored = ensemble.settings.to_dataset(drawn)
    assert stored.sizes["instance"] == 2
    again = ensemble.settings.from_dataset(stored, ensemble.size)
    theta = np.linspace(0.1, 0.6, ansatz_of(drawn[0]).num_parameters)
    for before, after in zip(drawn, again, strict=True):
        assert (after.kind, after.normaliser) == (before.kind, before.normaliser)
        energies = [float(ansatz_of(one).energy(theta)) for one in (before, after)]
        assert energies[0] == energies[1]


def test_the_ratio_is_one_at_the_minimum_and_grows_towards_it(ensemble):
    drawn = draw(ensemble, 3)
    minimum = np.array([one.exact_minimum() - one.offset for one in drawn])
    ratios = [
        ensemble.settings.ratio(drawn, fraction * minimum, minimum) for fraction in (0.5, 0.9, 1)
    ]
    np.testing.assert_allclose(ratios[-1], 1, 1e-12)
    assert (np.diff(ratios, axis=0) > 0).all()


def test_the_distribution_leaves_out_what_chooses_the_circuit(kind):
    settings = problems.load(kind)()
    assert settings.distribution().keys() == set(type(settings).model_fields) - set(
        settings.circuit_settings
    )


def draw(ensemble, count, seed=0):
    return [ensemble.sample(key) for key in jax.random.split(jax.random.key(seed), count)]


def test_a_key_is_an_instance(ensemble, ansatz_of):
    first, again, other = (ensemble.sample(jax.random.key(k)) for k in (4, 4, 5))
    angles = np.linspace(0.2, 0.7, ansatz_of(first).num_parameters)
    energies = [float(ansatz_of(problem).energy(angles)) for problem in (first, again, other)]
    assert energies[0] == energies[1] != energies[2]


def test_kind_size_and_strata(kind, ensemble):
    assert isinstance(ensemble.size, str)
    strata = ensemble.strata()
    assert strata
    for one in strata:
        assert one.size == ensemble.size
        assert one.sample(jax.random.key(0)).kind == kind


def test_costs_lie_in_the_networks_range(ensemble, ansatz_of):
    """(E - offset)/normaliser never leaves [-1, 1], and the exact minimum is a lower bound."""
    for problem in draw(ensemble, 3):
        ansatz = ansatz_of(problem)
        thetas = np.random.default_rng(0).uniform(-3, 3, (40, ansatz.num_parameters))
        energies = np.asarray(jax.jit(jax.vmap(ansatz.energy))(thetas))
        assert np.all(np.abs(energies - problem.offset) <= problem.normaliser)
        assert energies.min() >= problem.exact_minimum() - 1e-9
        assert abs(problem.exact_minimum() - problem.offset) <= problem.normaliser


def test_numbers_are_plain_floats(ensemble):
    problem = ensemble.sample(jax.random.key(1))
    for number in (problem.normaliser, problem.offset, problem.exact_minimum()):
        assert isinstance(number, float)
    assert problem.normaliser > 0


def test_normaliser_and_offset_are_openfermions(ensemble):
    import openfermion

    problem = ensemble.sample(jax.random.key(2))
    operator = problem.to_openfermion()
    if isinstance(operator, openfermion.FermionOperator):
        operator = openfermion.jordan_wigner(operator)
    coefficients = dict(operator.terms)
    identity = coefficients.pop((), 0.0)
    np.testing.assert_allclose(problem.offset, identity, 0, 1e-12)
    np.testing.assert_allclose(problem.normaliser, sum(map(abs, coefficients.values())), 1e-12)


def test_the_ansatz_keeps_its_side_of_the_contract(ensemble, ansatz_of):
    ansatz = ansatz_of(ensemble.sample(jax.random.key(3)))
    k = ansatz.num_parameters
    assert len(ansatz.parameter_names) == len(set(ansatz.parameter_names)) == k
    assert len(ansatz.periods) == k
    assert all(period > 0 for period in ansatz.periods)
    heuristic = ansatz.heuristic()
    assert heuristic.shape == (k,)
    assert np.isfinite(heuristic).all()
    state = ansatz.state(heuristic)
    np.testing.assert_allclose(np.linalg.norm(state), 1, 0, 1e-12)
    assert np.iscomplexobj(state)
    for image in (-heuristic, heuristic + np.where(np.isfinite(ansatz.periods), ansatz.periods, 0)):
        np.testing.assert_allclose(ansatz.energy(image), ansatz.energy(heuristic), 0, 1e-10)


def test_numpys_angles_give_double_precision_whatever_jaxs_default(ensemble, ansatz_of):
    """Energy, state and the probabilities of the outcomes, to the last digits."""
    ansatz = ansatz_of(ensemble.sample(jax.random.key(3)))
    theta = np.linspace(0.2, 0.7, ansatz.num_parameters)
    methods = (ansatz.energy, ansatz.state, ansatz.outcome_probabilities)
    expected = jax.tree.leaves([method(theta) for method in methods])
    with jax.enable_x64(False):
        found = jax.tree.leaves([method(theta) for method in methods])
    for one, exact in zip(found, expected, strict=True):
        assert one.dtype in (np.float64, np.complex128)
        np.testing.assert_allclose(one, exact, 0, 1e-12)


def test_instances_of_one_size_batch(ensemble, ansatz_of):
    ansatze = [ansatz_of(problem) for problem in draw(ensemble, 3)]
    theta = np.linspace(0.2, 0.7, ansatze[0].num_parameters)
    energies = jax.jit(jax.vmap(lambda ansatz: ansatz.energy(theta)))(stack(ansatze))
    expected = [float(ansatz.energy(theta)) for ansatz in ansatze]
    np.testing.assert_allclose(energies, expected, 0, 1e-11)
