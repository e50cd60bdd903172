"""The parts of a training step are timed on its own work."""

import jax

from bench import training_shares as shares
from replication.study import load_study


def test_parts_are_those_of_a_step_and_shares_refer_to_it():
    experiment = load_study("smoke").experiments["maxcut-p2"]
    learner = next(iter(experiment.learners.values())).model_copy(update={"batch": 4})
    parts = shares.parts_of(experiment, "5", learner)
    assert list(parts) == ["whole", "circuits", "network and roll-out", "optimiser", "data"]
    queries, angles = experiment.evaluation.queries, 2 * experiment.depth
    values, slopes = parts["circuits"][0](*parts["circuits"][1])
    assert values.shape == (queries, 4)
    assert slopes.shape == (queries, 4, angles)
    network, _, loss, _ = parts["whole"][0](*parts["whole"][1])
    assert loss.shape == ()
    assert jax.tree.structure(network) == jax.tree.structure(parts["whole"][1][2])
    found = shares.measure(parts, rounds=1)
    assert found.whole > 0
    assert set(found.parts) == set(parts) - {"whole"}
    assert found.parts["data"] < found.parts["circuits"] + found.parts["network and roll-out"]
