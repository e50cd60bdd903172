"""The mixture: parts of equal odds, one kind of circuit for all of them."""

import jax
import numpy as np
import pydantic
import pytest

from replication.ansatze.base import stack
from replication.ansatze.qaoa import qaoa
from replication.errors import UserError
from replication.problems.ising_mixture import PARTS, IsingMixture

TWO = IsingMixture(parts=({"kind": "maxcut"}, {"kind": "sk", "fields": True}))


def test_every_part_is_drawn_about_as_often():
    keys = jax.random.split(jax.random.key(0), 200)
    fields = [TWO.sample("6", key).fields.any() for key in keys]
    assert 70 < sum(fields) < 130


def test_a_training_set_has_as_many_of_each_part():
    strata = TWO.strata("6")
    assert [one.parts[0].kind for one in strata] == ["maxcut", "sk"]
    drawn = [one.sample("6", jax.random.key(1)) for one in strata]
    assert [bool(one.fields.any()) for one in drawn] == [False, True]
    assert {one.kind for one in drawn} == {"ising_mixture"}


def test_circuits_with_and_without_fields_are_one_batch_and_have_their_own_energies():
    drawn = [one.sample("6", jax.random.key(2)) for one in IsingMixture().strata("6")]
    batch = stack([IsingMixture().circuit(one, 2) for one in drawn])
    theta = np.array([0.3, 0.5, -0.4, -0.2])
    energies = jax.vmap(lambda ansatz: ansatz.energy(theta))(batch)
    np.testing.assert_allclose(energies, [qaoa(one, 2).energy(theta) for one in drawn], 0, 1e-10)


def test_training_takes_instances_with_and_without_fields_apart():
    drawn = [one.sample("6", jax.random.key(2)) for one in IsingMixture().strata("6")]
    (first, plain), (second, fields) = IsingMixture().groups(drawn)
    assert (len(plain), len(fields)) == (10, 2)
    assert [one.fields.any() for one in plain] == [False] * 10
    for maker, several, states in ((first, plain, 2**5), (second, fields, 2**6)):
        assert stack([maker.circuit(one, 2) for one in several]).diagonal.shape[1] == states
    theta = np.array([0.3, 0.5, -0.4, -0.2])
    for one in plain:
        energy = first.circuit(one, 2).energy(theta)
        np.testing.assert_allclose(energy, second.circuit(one, 2).energy(theta), 0, 1e-12)


@pytest.mark.parametrize("fields", [True, False])
def test_a_mixture_of_one_kind_is_one_group(fields):
    mixture = IsingMixture(parts=({"kind": "sk", "fields": fields},))
    drawn = [mixture.sample("5", jax.random.key(1))] * 3
    assert mixture.groups(drawn) == [(mixture, drawn)]
    assert mixture.circuit(drawn[0], 1).symmetric is not fields


def test_the_stated_mixture_has_both_signs_fields_and_several_graphs():
    drawn = [
        one.sample("8", key)
        for one in IsingMixture().strata("8")
        for key in jax.random.split(jax.random.key(3), 5)
    ]
    features = [one.features for one in drawn]
    assert len(drawn) == 5 * len(PARTS)
    for name in features[0]:
        values = [one[name] for one in features]
        if name not in ("number of spins", "terms of three or more spins"):
            assert min(values) < max(values), name


def test_plain_data_makes_it_again():
    content = TWO.model_dump(mode="json")
    assert content["parts"][1]["fields"] is True
    assert IsingMixture.model_validate(content) == TWO
    assert TWO.kinds == {"ising_mixture", "maxcut", "sk"}


@pytest.mark.parametrize("part", [{"kind": "hubbard"}, {"kind": "ising_mixture"}, {}, "sk"])
def test_a_part_that_is_no_class_of_ising_problems_is_refused(part):
    with pytest.raises(pydantic.ValidationError, match="must be one of maxcut, sk"):
        IsingMixture(parts=(part,))


def test_a_part_refuses_its_own_settings_and_sizes():
    with pytest.raises(pydantic.ValidationError, match="feilds"):
        IsingMixture(parts=({"kind": "sk", "feilds": True},))
    with pytest.raises(UserError, match="must be even"):
        IsingMixture(parts=({"kind": "maxcut", "graphs": "regular", "degree": 3},)).at(7)
