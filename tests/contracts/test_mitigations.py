"""Every mitigation trains a tiny circuit within its budget, the same way each time."""

import re

import jax
import numpy as np
import pytest

from replication import mitigations
from replication.errors import UserError
from replication.landscapes import models
from replication.mitigations import Setting

BUDGET, RUNS, LAYERS = 60, 2, 4


def stack(several):
    return jax.tree.map(lambda *leaves: np.stack(leaves), *several)


def circuits(qubits):
    cost = models.ising_chain(qubits)
    keys = jax.random.split(jax.random.key(0), RUNS)
    return stack([models.random_layers(qubits, LAYERS, key, cost) for key in keys])


def setting(budget=BUDGET, seed=0, **changes):
    rngs = tuple(np.random.default_rng([seed, run]) for run in range(RUNS))
    local = stack([models.all_zero(3, "local")] * RUNS)
    parts = {"smaller": circuits(2), "local": local, **changes}
    return Setting(circuits(3), rngs, budget, 0.05, 6.99, **parts)


@pytest.fixture(scope="module")
def trained():
    return {name: mitigations.load(name).train(setting()) for name in mitigations.names()}


def test_unknown_names_are_refused():
    with pytest.raises(UserError, match=r"unknown mitigation 'unifrom'; allowed are .*uniform"):
        mitigations.load("unifrom")


def test_labels_differ_and_sources_name_a_publication():
    modules = [mitigations.load(name) for name in mitigations.names()]
    labels = [one.LABEL for one in modules]
    assert len(set(labels)) == len(labels)
    for one in modules:
        assert re.search(r"doi:10\.|arXiv:\d|^own version", one.SOURCE), one


@pytest.mark.parametrize("name", mitigations.names())
def test_needs_are_fields_of_the_setting(name):
    assert mitigations.needs(name) in {"", "smaller", "local"}


@pytest.mark.parametrize("name", mitigations.names())
def test_contract(trained, name):
    found = trained[name]
    shape = (RUNS, found.circuits.num_parameters)
    assert found.start.shape == found.final.shape == shape
    assert found.values.shape == found.norms.shape == (RUNS, found.spent)
    assert 1 <= found.spent <= BUDGET
    assert np.isfinite(found.final).all()
    assert found.circuits.num_parameters == circuits(3).num_parameters
    # Nothing is known of evaluations that went elsewhere, and of those alone.
    np.testing.assert_array_equal(np.isfinite(found.values), np.isfinite(found.norms))


@pytest.mark.parametrize("name", mitigations.names())
def test_the_first_and_the_best_values_are_those_of_start_and_final_angles(trained, name):
    """By the circuits themselves, in double precision."""
    found = trained[name]
    one = jax.tree.map(lambda leaf: leaf[1], found.circuits)
    own = found.values[1][np.isfinite(found.values[1])]
    assert float(one.energy(found.start[1].astype(float))) == pytest.approx(own[0], abs=1e-5)
    assert float(one.energy(found.final[1].astype(float))) == pytest.approx(own.min(), abs=1e-5)
    assert found.best[1, -1] == own.min() < own[0]


@pytest.mark.parametrize("name", mitigations.names())
def test_the_same_noise_gives_the_same_training_and_other_noise_another(trained, name):
    again = mitigations.load(name).train(setting())
    np.testing.assert_array_equal(again.values, trained[name].values)
    np.testing.assert_array_equal(again.final, trained[name].final)
    if name != "layerwise":  # its start is no draw
        other = mitigations.load(name).train(setting(seed=1))
        assert not np.array_equal(other.start, again.start)


@pytest.mark.parametrize("name", mitigations.names())
def test_shots_change_the_path_and_nothing_else(trained, name):
    found = mitigations.load(name).train(setting(shots=50))
    assert found.spent == trained[name].spent
    assert not np.array_equal(found.final, trained[name].final)


@pytest.mark.parametrize("name", [one for one in mitigations.names() if mitigations.needs(one)])
def test_what_is_needed_and_missing_is_named(name):
    need = mitigations.needs(name)
    with pytest.raises(UserError, match=f"needs `{need}`"):
        mitigations.load(name).train(setting(**{need: None}))


def test_identity_blocks_refuse_other_layers():
    other = stack([models.hardware_efficient(3, LAYERS, "local")] * RUNS)
    given = Setting(other, setting().rngs, BUDGET, 0.05, 1.0)
    with pytest.raises(UserError, match="one rotation a qubit and a ladder of CZ"):
        mitigations.load("identity_blocks").train(given)


def test_a_budget_below_one_natural_step_is_refused():
    with pytest.raises(UserError, match="evaluations = 4 must be at least 5"):
        mitigations.load("natural_gradient").train(setting(budget=4))
