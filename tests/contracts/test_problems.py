"""Every ensemble passes the same checks, whatever its class."""

import jax
import numpy as np
import pytest

from replication.ansatze.base import stack
from replication.ansatze.hubbard import hubbard_ansatz
from replication.ansatze.qaoa import qaoa
from replication.problems.hubbard import HubbardEnsemble
from replication.problems.ising import IsingProblem
from replication.problems.maxcut import MaxCutEnsemble
from replication.problems.sk import SKEnsemble

ENSEMBLES = {
    "maxcut": MaxCutEnsemble(5),
    "sk": SKEnsemble(5),
    "hubbard": HubbardEnsemble((2, 2), (0.1, 2.0), (0.1, 4.0)),
}


@pytest.fixture(params=ENSEMBLES)
def kind(request):
    return request.param


@pytest.fixture
def ensemble(kind):
    return ENSEMBLES[kind]


def ansatz_of(problem):
    if isinstance(problem, IsingProblem):
        return qaoa(problem, 2)
    return hubbard_ansatz(problem, steps=1)


def draw(ensemble, count, seed=0):
    return [ensemble.sample(key) for key in jax.random.split(jax.random.key(seed), count)]


def test_a_key_is_an_instance(ensemble):
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


def test_costs_lie_in_the_networks_range(ensemble):
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


def test_the_ansatz_keeps_its_side_of_the_contract(ensemble):
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


def test_instances_of_one_size_batch(ensemble):
    ansatze = [ansatz_of(problem) for problem in draw(ensemble, 3)]
    theta = np.linspace(0.2, 0.7, ansatze[0].num_parameters)
    energies = jax.jit(jax.vmap(lambda ansatz: ansatz.energy(theta)))(stack(ansatze))
    expected = [float(ansatz.energy(theta)) for ansatz in ansatze]
    np.testing.assert_allclose(energies, expected, 0, 1e-11)
