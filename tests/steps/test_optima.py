"""Optima of the training are not those of random starts alone; those of a test set are."""

import numpy as np
import pytest

from replication.ansatze.qaoa import qaoa
from replication.evaluation.optima import polish
from replication.steps.optima import run as optima


@pytest.fixture
def stuck(monkeypatch):
    """Random starts that are stationary points, from which no descent moves."""
    monkeypatch.setattr(optima, "random_angles", lambda ansatz, _, count: np.zeros((count, 2)))


@pytest.fixture
def of(job):
    def found(named):
        job.names["set"] = named
        job.inputs[("instances", "toy", "validation")] = job.inputs[("instances", "toy", "train")]
        optima.run(job)
        return job.output["4"].to_dataset()

    return found


@pytest.mark.parametrize("named", ["train", "validation"])
def test_the_search_in_training_begins_at_the_ramp_too(of, problems, stuck, named):
    found = of(named)
    for place, energy, theta in zip(found["index"], found["energy"], found["theta"], strict=True):
        problem = problems[int(place)]
        ansatz = qaoa(problem, 1)
        ramps = (ansatz.heuristic(units) for units in (None, problem.natural_units))
        best = min(polish(ansatz, problem, np.asarray(ramp))[1] for ramp in ramps)
        assert energy == pytest.approx(best, rel=1e-6)
        assert float(ansatz.energy(theta.values)) == pytest.approx(float(energy), rel=1e-5)


def test_that_of_a_test_set_has_random_starts_alone(of, problems, stuck):
    found = of("4")
    np.testing.assert_allclose(found["energy"], [one.offset for one in problems], atol=1e-5)


def test_training_takes_a_part_and_others_all(of, job):
    settings = job.experiment.reference.model_copy(update={"training_instances": 1})
    job.experiment = job.experiment.model_copy(update={"reference": settings})
    assert of("train").sizes["instance"] == 1
    assert of("validation").sizes["instance"] == 2
