"""Training on one's own instances in one call."""

import networkx as nx
import numpy as np
import pytest

import replication as r

SMALL = {"steps": 60, "seeds": 2, "hidden": 8, "validate_every": 20, "batch": 16}


def drawn(rng):
    """A weighted graph of six or seven nodes."""
    graph = nx.cycle_graph(int(rng.integers(6, 8)))
    for edge in graph.edges:
        graph.edges[edge]["weight"] = float(rng.uniform(0.5, 1.5))
    return r.maxcut(graph)


@pytest.fixture(scope="module")
def trained():
    steps = []
    learner = r.train(
        drawn, 2, instances=40, name="rings", report=lambda *each: steps.append(each), **SMALL
    )
    return learner, steps


def test_the_network_beats_the_ramp_on_new_instances(trained):
    learner, _ = trained
    rng = np.random.default_rng(5)
    gains = []
    for _ in range(6):
        problem = drawn(rng)
        ansatz = r.qaoa(problem, 2)
        found = learner.suggest(ansatz.energy, problem=problem)
        gains.append(
            float(ansatz.energy(ansatz.heuristic(problem.natural_units))) - found.best_value
        )
    assert np.mean(gains) > 0.2


def test_it_is_saved_with_what_its_user_must_know(trained, tmp_path):
    learner, steps = trained
    learner.save(tmp_path / "rings.npz")
    again = r.load_meta_optimizer(tmp_path / "rings.npz")
    assert again.summary == "maxcut, depth 2, trained on sizes 6, 7"
    assert again.units == "natural"
    assert again.metadata["trained_on"]["number of spins"] == [6.0, 7.0]
    assert [step for step, _, _ in steps] == [20, 40, 60]
    assert steps[-1][2].shape == (2,)
    with pytest.warns(UserWarning, match="number of spins 12"):
        again.session(r.maxcut(nx.cycle_graph(12)))


def test_the_same_seed_gives_the_same_network_also_after_a_stop(trained, tmp_path):
    learner, _ = trained

    class Stop(Exception):
        pass

    def stop(step, steps, losses):
        if step == 40:
            raise Stop

    settings = {"instances": 40, "checkpoint": tmp_path / "training.npz", **SMALL}
    with pytest.raises(Stop):
        r.train(drawn, 2, report=stop, **settings)
    again = r.train(drawn, 2, report=lambda *_: None, **settings)
    for name, array in learner.weights.arrays.items():
        np.testing.assert_array_equal(array, again.weights.arrays[name])


def test_ladders_need_their_start(capsys):
    ladders = [r.hubbard((2, 2), t=t, u=2.0) for t in (0.8, 1.0, 1.2, 1.4, 1.6)]
    learner = r.train(ladders, 1, steps=20, seeds=1, hidden=4, validate_every=20)
    assert learner.needs_start
    assert "training: step 20 of 20, validation" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("problems", "settings", "message"),
    [
        ([], {}, "0 instances to train on and 0 for validation"),
        ([r.maxcut([(0, 1)])], {}, "1 instances to train on and 0 for validation"),
        ([[(0, 1)]] * 6, {}, "which is none made by maxcut"),
        ([r.maxcut([(0, 1)])] * 5, {"stepz": 3}, "stepz: Extra inputs are not permitted"),
        ([r.maxcut([(0, 1)])] * 5, {"steps": 0}, "steps: Input should be greater"),
        ([r.maxcut([(0, 1)])] * 5, {"p": 0}, "p = 0 must be a whole number"),
        ([r.maxcut([(0, 1)])] * 5 + [r.hubbard((2, 2))], {}, "must all have the same angles"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(problems, settings, message):
    with pytest.raises(r.UserError, match=message):
        r.train(problems, **{"p": 1, **settings})
