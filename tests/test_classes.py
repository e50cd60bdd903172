"""What settings mean in objects: ensembles, ansätze, edges, random angles, batches, datasets."""

import jax
import numpy as np
import pytest

from replication.ansatze.base import random_angles, simplex_edges, stack
from replication.ansatze.hubbard import HubbardAnsatz
from replication.ansatze.qaoa import QAOA
from replication.classes import ansatz_for, ensemble_for, from_dataset, lattice, to_dataset
from replication.errors import UserError
from replication.problems.hubbard import HubbardEnsemble
from replication.problems.maxcut import MaxCutEnsemble
from replication.problems.sk import SKEnsemble
from replication.study import Experiment

SIZES = {"maxcut": "5", "sk": "4", "hubbard": "2x2"}


def experiment(kind, depth=2, **problem):
    size = SIZES[kind]
    return Experiment.model_validate(
        {
            "problem": {"kind": kind, **problem},
            "title": kind,
            "depth": depth,
            "train_sizes": [size],
            "test": {size: 1},
            "headline_size": size,
            "learners": {"plain": {}},
        }
    )


def draw(kind, count=2, **problem):
    settings = experiment(kind, **problem)
    ensemble = ensemble_for(settings.problem, SIZES[kind])
    keys = jax.random.split(jax.random.key(0), count)
    return settings, [ensemble.sample(key) for key in keys]


def test_lattice():
    assert lattice("2x3") == (2, 3)


def test_ensembles():
    assert ensemble_for(experiment("maxcut").problem, "9") == MaxCutEnsemble(9)
    assert ensemble_for(experiment("sk").problem, "7") == SKEnsemble(7)
    settings = experiment("hubbard", t_range=(0.5, 0.6), u_range=(1.0, 2.0))
    assert ensemble_for(settings.problem, "2x3") == HubbardEnsemble((2, 3), (0.5, 0.6), (1.0, 2.0))


@pytest.mark.parametrize("kind", SIZES)
def test_ansatz(kind):
    settings, problems = draw(kind)
    ansatz = ansatz_for(settings, problems[0])
    if kind == "hubbard":
        assert isinstance(ansatz, HubbardAnsatz)
        assert (ansatz.num_parameters, ansatz.kind) == (6, "swap_network")
        grouped, _ = draw(kind, ansatz="grouped")
        assert ansatz_for(grouped, problems[0]).kind == "grouped"
    else:
        assert isinstance(ansatz, QAOA)
        assert ansatz.p == 2


@pytest.mark.parametrize(
    ("kind", "edges", "expected"),
    [
        ("maxcut", (0.1,), [0.1, 0.1, 0.1, 0.1]),
        ("maxcut", (0.1, 0.2), [0.1, 0.1, 0.2, 0.2]),
        ("hubbard", (0.1, 0.2, 0.3), [0.1, 0.2, 0.3, 0.1, 0.2, 0.3]),
    ],
)
def test_simplex_edges_follow_the_angles_families(kind, edges, expected):
    settings, problems = draw(kind)
    np.testing.assert_array_equal(simplex_edges(ansatz_for(settings, problems[0]), edges), expected)


@pytest.mark.parametrize(
    ("kind", "edges", "sentence"),
    [
        ("maxcut", (1.0, 2.0, 3.0), r"3 edges, but the angles are of 2 kinds \(gamma, beta\)"),
        ("hubbard", (1.0, 2.0), r"2 edges, but the angles are of 3 kinds \(T_h, T_v, V\)"),
    ],
)
def test_edges_that_fit_nothing_are_refused(kind, edges, sentence):
    settings, problems = draw(kind)
    with pytest.raises(UserError, match=sentence):
        simplex_edges(ansatz_for(settings, problems[0]), edges)


@pytest.mark.parametrize(
    ("kind", "bounds"),
    [("maxcut", [np.pi / 2] * 4), ("sk", [np.pi / 2] * 4), ("hubbard", [2, 2, 1] * 2)],
)
def test_random_angles_fill_their_box(kind, bounds):
    settings, problems = draw(kind)
    ansatz = ansatz_for(settings, problems[0])
    thetas = random_angles(ansatz, np.random.default_rng(0), 500)
    assert thetas.shape == (500, ansatz.num_parameters)
    assert np.all(np.abs(thetas) <= bounds)
    # Uniform: extremes near the walls, mean and variance those of the box.
    assert np.all(np.abs(thetas).max(0) > 0.97 * np.array(bounds))
    np.testing.assert_allclose(thetas.mean(0) / bounds, 0, 0, 5 / np.sqrt(3 * 500))
    np.testing.assert_allclose(thetas.var(0) / np.square(bounds), 1 / 3, 0.2)


@pytest.mark.parametrize("kind", SIZES)
def test_instances_survive_the_dataset(kind):
    settings, problems = draw(kind)
    again = from_dataset(to_dataset(problems), settings.problem, SIZES[kind])
    assert len(again) == 2
    theta = np.linspace(0.1, 0.6, ansatz_for(settings, problems[0]).num_parameters)
    for before, after in zip(problems, again, strict=True):
        assert (after.kind, after.normaliser) == (before.kind, before.normaliser)
        energies = [float(ansatz_for(settings, one).energy(theta)) for one in (before, after)]
        assert energies[0] == energies[1]


def test_stack_puts_the_instance_axis_first():
    settings, problems = draw("sk", 3)
    batch = stack([ansatz_for(settings, problem) for problem in problems])
    assert np.shape(batch.couplings) == (3, 4, 4)
    np.testing.assert_array_equal(batch.couplings[1], problems[1].couplings)
    assert batch.p == 2
