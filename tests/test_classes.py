"""What settings mean in objects: ensembles, ansätze, datasets."""

import jax
import numpy as np
import pytest

from replication.ansatze.hubbard import HubbardAnsatz
from replication.ansatze.qaoa import QAOA
from replication.classes import ansatz_for, ensemble_for, from_dataset, lattice, to_dataset
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
