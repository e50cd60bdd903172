"""A network in natural units: the same proposals whatever the unit of energy, and its warnings."""

import json
import warnings
from pathlib import Path

import jax
import numpy as np
import pytest

import replication
from replication import load_meta_optimizer, networks
from replication.ansatze.hubbard import hubbard_ansatz
from replication.ansatze.qaoa import qaoa
from replication.errors import UserError
from replication.metalearner.artefact import MetaOptimizer
from replication.metalearner.network import initialise, weights_of
from replication.metalearner.rollout import batch_of, roll_out, task_for
from replication.metalearner.units import ranges_of, unlike
from replication.problems import classes
from replication.problems.hubbard import hubbard
from replication.problems.maxcut import maxcut
from replication.problems.sk import sk

FOLDER = Path(replication.__file__).parent / "pretrained"
STRENGTHS = {"root mean square field", "|t|", "U"}
RNG = np.random.default_rng(0)
COUPLINGS = np.triu(RNG.standard_normal((5, 5)), 1)
COUPLINGS = COUPLINGS + COUPLINGS.T
FIELDS = RNG.standard_normal(5)
GLASS = sk(COUPLINGS, FIELDS)

# Networks that were not trained are no better than the start.
pytestmark = pytest.mark.filterwarnings("ignore:.*no query of the network is better")


def network(names, kind, depth, **more):
    """A network of random weights that moves with its costs."""
    size = len(names)
    angles = np.linspace(0.3, -0.4, size)
    made = initialise(angles, 6, "residual", starts_there=False, key=jax.random.key(1))
    metadata = {
        "name": "natural",
        "units": "natural",
        "needs_start": kind == "hubbard",
        "parameter_names": list(names),
        "problem": {"kind": kind},
        "depth": depth,
    }
    return MetaOptimizer(weights_of(made), metadata | more)


@pytest.fixture
def learner():
    return network(qaoa(GLASS, 2).parameter_names, "sk", 2)


@pytest.mark.parametrize("factor", [0.1, 3.7, 1e6, 1e-9])
def test_points_follow_the_unit_of_the_weights_to_the_last_digits(learner, factor):
    other = sk(factor * COUPLINGS, factor * FIELDS)
    found = [
        learner.suggest(qaoa(problem, 2).energy, problem=problem) for problem in (GLASS, other)
    ]
    unit = np.array([factor, factor, 1, 1])
    np.testing.assert_allclose(found[1].points * unit, found[0].points, 1e-12, 1e-12)
    np.testing.assert_allclose(found[1].values, factor * found[0].values, 1e-11)


@pytest.mark.parametrize("factor", [0.1, 27.2, 1e6])
def test_a_ladder_in_another_unit_is_the_same_ladder(factor):
    ladders = [hubbard((2, 2), t=factor * 0.7, u=factor * 3.0) for factor in (1, factor)]
    learner = network(hubbard_ansatz(ladders[0], 2).parameter_names, "hubbard", 2)
    own, other = (
        learner.suggest(hubbard_ansatz(ladder, 2).energy, problem=ladder) for ladder in ladders
    )
    assert own.queries == 11
    np.testing.assert_allclose(other.points, own.points, 1e-12, 1e-12)
    np.testing.assert_allclose(other.values, factor * own.values, 1e-11)


def test_suggest_is_the_roll_out_of_training(learner):
    batch = batch_of([GLASS], lambda problem: qaoa(problem, 2), units="natural")
    expected = jax.jit(roll_out, static_argnums=2)(learner.network, batch, 5)
    found = learner.suggest(qaoa(GLASS, 2).energy, 5, problem=GLASS)
    np.testing.assert_allclose(found.points * batch.unit, expected.points[0], 0, 1e-6)
    np.testing.assert_allclose(found.values / batch.scale, expected.costs[0], 0, 1e-6)


def test_units_by_hand_are_those_of_the_problem(learner):
    ansatz, units = qaoa(GLASS, 2), GLASS.natural_units
    by_hand = learner.suggest(
        ansatz.energy, scale=units.energy, unit=np.array([*[units.angles["gamma"]] * 2, 1, 1])
    )
    of_problem = learner.suggest(ansatz.energy, problem=GLASS)
    np.testing.assert_array_equal(by_hand.points, of_problem.points)


def test_scipy_takes_the_problem_too(learner):
    from scipy.optimize import minimize

    ansatz = qaoa(GLASS, 2)
    found = minimize(ansatz.energy, np.zeros(4), method=learner, options={"problem": GLASS})
    alone = learner.suggest(ansatz.energy, problem=GLASS, start=np.zeros(4))
    np.testing.assert_array_equal(found.x, alone.best)
    with pytest.raises(UserError, match="allowed are maxfev, maxiter, offset, problem"):
        minimize(ansatz.energy, np.zeros(4), method=learner, options={"probelm": GLASS})


def test_a_natural_task_has_natural_angles_and_costs():
    ansatz, units = qaoa(GLASS, 2), GLASS.natural_units
    task = task_for(GLASS, ansatz, units="natural")
    natural = np.array([0.3, 0.5, -0.4, -0.2])
    theta = natural / [*[units.angles["gamma"]] * 2, 1, 1]
    with jax.enable_x64(True):
        cost = float(task.cost(jax.numpy.asarray(natural)))
    assert cost == pytest.approx(float(ansatz.energy(theta)) / units.energy, rel=1e-12)


def test_a_missing_unit_is_one_warning(learner):
    with pytest.warns(UserWarning, match="trained in natural units; without problem= or unit="):
        learner.suggest(qaoa(GLASS, 2).energy)


@pytest.mark.parametrize("unit", [0.0, -1.0, np.inf, np.ones(3), "x"])
def test_a_unit_that_is_none_is_refused(learner, unit):
    with pytest.raises(UserError, match="unit"):
        learner.suggest(qaoa(GLASS, 2).energy, unit=unit)


def test_problems_outside_the_training_are_one_warning_with_the_numbers():
    trained = ranges_of([maxcut([(k, (k + 1) % n) for k in range(n)]) for n in (6, 8)])
    learner = network(qaoa(GLASS, 2).parameter_names, "sk", 2, trained_on=trained)
    with pytest.warns(UserWarning, match="not trained on problems like this one") as caught:
        learner.suggest(qaoa(GLASS, 2).energy, problem=GLASS)
    (one,) = caught
    assert one.filename == __file__
    text = str(one.message)
    assert "number of spins 5 (trained on 6 to 8)" in text
    assert "mean degree 4 (trained on 2)" in text
    assert "fields over couplings" in text
    ring = maxcut([(k, (k + 1) % 7) for k in range(7)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learner.suggest(qaoa(ring, 2).energy, problem=ring)


def test_ladders_are_unlike_glasses():
    assert unlike(hubbard((2, 2)), {}) == []
    found = unlike(hubbard((2, 2)), ranges_of([GLASS]))
    assert any("U / t (none in the training)" in one for one in found)


def test_a_problem_of_another_kind_is_refused_by_name():
    learner = network(["T_h_1", "T_v_1", "V_1"], "hubbard", 1)
    with pytest.raises(UserError, match="hubbard_ansatz takes a problem made by hubbard"):
        learner.suggest(lambda theta: 0.0, problem=GLASS)


def test_a_file_without_units_is_of_the_coefficients(tmp_path):
    shipped = load_meta_optimizer("maxcut-p4")
    assert shipped.units == "coefficients"
    problem = maxcut([(k, (k + 1) % 6) for k in range(6)])
    ansatz = qaoa(problem, 4)
    by_hand = shipped.suggest(ansatz.energy, scale=problem.normaliser, offset=problem.offset)
    np.testing.assert_array_equal(
        shipped.suggest(ansatz.energy, problem=problem).points, by_hand.points
    )


def test_a_file_keeps_its_units(learner, tmp_path):
    learner.save(tmp_path / "natural.npz")
    again = load_meta_optimizer(tmp_path / "natural.npz")
    assert again.units == "natural"
    learner.metadata["units"] = "furlongs"
    learner.save(tmp_path / "odd.npz")
    with pytest.raises(UserError, match=r"odd\.npz is not a network file"):
        load_meta_optimizer(tmp_path / "odd.npz")


@pytest.mark.parametrize("name", ["maxcut-p4", "sk-p4", "hubbard-r3"])
@pytest.mark.parametrize("unit", [1.0, 0.01, 10.0])
def test_networks_of_the_replication_warn_of_another_unit_of_energy(name, unit):
    learner = load_meta_optimizer(name)
    rng = np.random.default_rng(1)
    couplings = np.triu(rng.normal(size=(12, 12)) / np.sqrt(12), 1)
    problem = {
        "maxcut-p4": maxcut({(k, (k + s) % 12): unit for k in range(12) for s in (1, 2)}),
        "sk-p4": sk(unit * (couplings + couplings.T)),
        "hubbard-r3": hubbard((2, 3), t=unit, u=2 * unit),
    }[name]
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        learner.session(problem)
    strengths = ("root mean square field", "|t|")
    found = [one for one in seen if any(word in str(one.message) for word in strengths)]
    assert len(found) == len(seen) == (unit != 1.0)


@pytest.mark.parametrize("name", ["ising-p4", "hubbard-natural-r3"])
def test_networks_in_natural_units_know_no_unit(name):
    assert not STRENGTHS & load_meta_optimizer(name).metadata["trained_on"].keys()


def test_a_ladder_that_lies_across_is_to_be_turned():
    learner = load_meta_optimizer("hubbard-natural-r3")
    with pytest.warns(UserWarning, match="sites along x 3 .*; problem.turned.. is more like them"):
        learner.session(hubbard((3, 2)))


@pytest.mark.parametrize(("size", "spins"), [("ising-p4", 14), ("sk-p4", 12)])
def test_what_was_measured_is_no_surprise(size, spins):
    couplings = np.triu(np.random.default_rng(0).normal(size=(spins, spins)) / spins**0.5, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_meta_optimizer(size).session(sk(couplings + couplings.T))


def test_strengths_beside_the_networks_are_those_of_their_training():
    kept = json.loads((FOLDER / "strengths.json").read_text(encoding="utf-8"))
    shipped = {name: load_meta_optimizer(name).metadata for name in networks()}
    without = {
        name
        for name, about in shipped.items()
        if about["units"] == "coefficients" and not STRENGTHS & about["trained_on"].keys()
    }
    assert kept.keys() == without
    for name, ranges in kept.items():
        settings = shipped[name]["problem"]
        ensemble = classes()[settings["kind"]].model_validate(settings)
        drawn = [
            ensemble.at(size).sample(jax.random.key(seed)).strengths
            for size in shipped[name]["train_sizes"]
            for seed in range(25)
        ]
        for word, (low, high) in ranges.items():
            values = np.array([one[word] for one in drawn])
            assert ((low <= values) & (values <= high)).mean() > 0.97
            assert values.max() > 0.8 * high
