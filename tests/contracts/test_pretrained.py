"""What the repository ships belongs together: networks, pictures, and the study they came from."""

import json
from pathlib import Path

import jax
import numpy as np
import pytest

from replication.ansatze.hubbard import hubbard_ansatz
from replication.ansatze.qaoa import qaoa
from replication.metalearner.artefact import load_meta_optimizer
from replication.metalearner.network_file import pretrained_names
from replication.problems.hubbard import Hubbard
from replication.problems.maxcut import MaxCut
from replication.problems.sk import SK
from replication.seeds import key_for
from replication.study import digest, load_study

ROOT = Path(__file__).resolve().parents[2]
RENDERED = ROOT / "figures" / "rendered"
STUDIES = sorted(path.name for path in RENDERED.iterdir())
FRESH = {
    "maxcut-p4": (MaxCut().at(10), lambda problem: qaoa(problem, 4)),
    "sk-p4": (SK().at(10), lambda problem: qaoa(problem, 4)),
    "hubbard-r3": (Hubbard().at((2, 3)), lambda problem: hubbard_ansatz(problem, steps=3)),
    "ising-p4": (SK(fields=True).at(10), lambda problem: qaoa(problem, 4)),
    "hubbard-natural-r3": (Hubbard().at((2, 3)), lambda problem: hubbard_ansatz(problem, steps=3)),
}


def test_the_networks_of_the_paper_study_are_there():
    assert pretrained_names() == sorted(load_study("paper").experiments) == sorted(FRESH)


@pytest.mark.parametrize("name", FRESH)
def test_a_network_says_which_study_made_it(name):
    study, learner = load_study("paper"), load_meta_optimizer(name)
    assert learner.metadata["name"] == name
    assert learner.metadata["provenance"]["study_digest"] == digest(study)
    assert learner.metadata["depth"] == study.experiments[name].depth
    assert learner.num_parameters == len(learner.metadata["parameter_names"])


@pytest.mark.filterwarnings("ignore:.*was not trained on problems like this one")
@pytest.mark.parametrize("name", FRESH)
def test_a_network_beats_the_class_heuristic_on_fresh_instances(name):
    ensemble, ansatz_of = FRESH[name]
    learner = load_meta_optimizer(name)
    better = 0
    for index in range(10):
        problem = ensemble.sample(key_for(2, "fresh", name, index))
        ansatz = ansatz_of(problem)
        energy = jax.jit(ansatz.energy)
        start = np.asarray(ansatz.heuristic(), float)
        found = learner.suggest(energy, problem=problem)
        better += found.best_value < float(energy(start)) - 1e-6 * problem.normaliser
    assert better >= 8


def test_the_paper_study_is_published():
    assert "paper" in STUDIES


@pytest.mark.parametrize("study", STUDIES)
def test_the_pictures_are_of_the_study_as_it_is(study):
    origin = json.loads((RENDERED / study / "PROVENANCE.json").read_text(encoding="utf-8"))
    # Pictures of an earlier form of the study say so, and of which form it was looked at.
    stands_for = origin.get("superseded", origin)
    assert stands_for["study_digest"] == digest(load_study(study))
    last = origin["steps"].get("probe", {"git_dirty": {}})["git_dirty"]
    assert {one["git_dirty"] for one in origin["statistics"].values()} | {*last} == {"no"}
    pictures = [*(RENDERED / study).glob("*.png")]
    assert pictures
    for picture in pictures:
        assert picture.read_bytes().startswith(b"\x89PNG")
