"""Queries one by one: the same points, whatever fails in between."""

import json
import subprocess
import sys
import textwrap
import time
import warnings

import numpy as np
import pytest

import replication as r
from replication.metalearner.costs import cost_of, failed
from replication.metalearner.session import Session
from replication.metalearner.sessions import Sessions

EDGES = [
    *((0, 1, 0.5), (0, 2, 1.2), (1, 2, 0.8), (1, 3, 1.5), (1, 5, 0.7)),
    *((2, 3, 1.0), (3, 4, 0.9), (4, 5, 1.3)),
]
RING = [(k, (k + 1) % 6) for k in range(6)]
PROBLEM = r.maxcut(EDGES)
ANSATZ = r.qaoa(PROBLEM, p=4)


def energy(theta):
    return float(ANSATZ.energy(theta))


@pytest.fixture(scope="module")
def learner():
    return r.load_meta_optimizer("ising-p4")


@pytest.fixture(scope="module")
def whole(learner):
    return learner.suggest(energy, problem=PROBLEM)


def test_ask_and_tell_are_suggest(learner, whole):
    run = learner.session(PROBLEM)
    while not run.done:
        theta = run.ask()
        np.testing.assert_array_equal(run.ask(), theta)
        theta[:] = 0  # a copy
        run.tell(energy(run.ask()))
    np.testing.assert_array_equal(run.result.points, whole.points)
    np.testing.assert_array_equal(run.result.values, whole.values)
    assert run.result.best_value == whole.best_value == whole.values.min()


@pytest.mark.parametrize("paid", range(10))
def test_a_session_goes_on_after_every_query(paid, learner, whole, tmp_path):
    path = tmp_path / "run.json"
    run = learner.session(PROBLEM, path)
    for _ in range(paid):
        run.tell(energy(run.ask()))
    again = learner.session(PROBLEM, path) if paid % 2 else r.open_session(path) if paid else run
    assert len(again.paid) == paid
    while not again.done:
        again.tell(energy(again.ask()))
    np.testing.assert_array_equal(again.result.points, whole.points)
    assert r.open_session(path).result.best_value == whole.best_value


def test_a_killed_process_loses_nothing_paid(learner, whole, tmp_path):
    """Killed at any moment; every cost is paid once."""
    path, paid = tmp_path / "run.json", tmp_path / "paid"
    code = textwrap.dedent(
        f"""
        import time
        import replication as r
        problem = r.maxcut({EDGES})
        run = r.load_meta_optimizer("ising-p4").session(problem, {str(path)!r})
        values = {whole.values.tolist()}
        while not run.done:
            run.ask()
            run.tell(values[len(run.paid)])
            with open({str(paid)!r}, "a") as file:
                print(len(run.paid), file=file, flush=True)
            time.sleep(0.2)
        """
    )
    for _ in range(3):
        before = len(paid.read_text().split()) if paid.exists() else 0
        process = subprocess.Popen([sys.executable, "-c", code])
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if paid.exists() and len(paid.read_text().split()) > before:
                break
            time.sleep(0.01)
        process.kill()
        process.wait()
    subprocess.run([sys.executable, "-c", code], check=True)
    lines = [int(line) for line in paid.read_text().split()]
    # A kill between the file and the line about it leaves out a line, never a query.
    assert lines == sorted({*lines})
    assert lines[-1] == 10
    np.testing.assert_array_equal(r.open_session(path).result.points, whole.points)


def test_an_exception_keeps_what_was_paid(learner, whole):
    calls = []

    def failing(theta):
        calls.append(theta)
        if len(calls) == 7:
            raise TimeoutError("queue")
        return energy(theta)

    with pytest.raises(TimeoutError, match="queue") as caught:
        learner.suggest(failing, problem=PROBLEM)
    assert "6 of 10 queries are paid" in caught.value.__notes__[0]
    found = caught.value.session.run(failing)
    assert len(calls) == 11
    np.testing.assert_array_equal(found.points, whole.points)


@pytest.mark.parametrize("bad", [np.nan, None, float("nan"), np.float32("nan")])
def test_a_failed_evaluation_is_asked_again(bad, learner):
    run = learner.session(PROBLEM)
    run.tell(-1.0)
    theta = run.ask()
    run.tell(bad)
    np.testing.assert_array_equal(run.ask(), theta)
    assert len(run.paid) == 1


@pytest.mark.parametrize("bad", [np.inf, "1.0", [1.0, 2.0], True, 1j, np.ma.masked])
def test_what_is_no_cost_is_refused(bad, learner):
    run = learner.session(PROBLEM)
    with pytest.raises(r.UserError, match="a finite real number is needed"):
        run.tell(bad)
    assert not run.paid


def test_an_array_of_one_number_is_that_number(learner):
    run = learner.session(PROBLEM)
    run.tell(np.array([-1.5]))
    assert run.paid[0][1] == -1.5


def test_there_is_nothing_after_the_last_query(learner):
    run = learner.session(PROBLEM, queries=1)
    with pytest.raises(r.UserError, match="1 of 1 queries are not answered yet"):
        _ = run.result
    run.tell(-1.0)
    with pytest.raises(r.UserError, match="all 1 queries of this session are done"):
        run.ask()
    with pytest.raises(r.UserError, match="all 1 queries"):
        run.tell(-1.0)


def test_the_start_is_a_query_of_hubbard():
    problem = r.hubbard((2, 2), t=1.0, u=4.0)
    run = r.load_meta_optimizer("hubbard-natural-r3").session(problem)
    np.testing.assert_array_equal(run.ask(), run.scaling.start)
    ansatz = r.hubbard_ansatz(problem, 3)
    found = run.run(lambda theta: float(ansatz.energy(theta)))
    assert found.queries == run.total == 11
    assert len(found.values) == 10


def test_a_file_of_something_else_is_refused(learner, tmp_path):
    path = tmp_path / "run.json"
    run = learner.session(PROBLEM, path)
    run.tell(-1.0)
    with pytest.raises(r.UserError, match="session of another problem: give another path"):
        learner.session(r.maxcut(RING), path)
    with pytest.raises(r.UserError, match=r"session with scale .* give another path"):
        learner.session(PROBLEM, path, scale=3.0)
    # Of the same scale and unit, but other nodes.
    swapped = r.maxcut([(5 - i, 5 - j, w) for i, j, w in EDGES])
    with pytest.raises(r.UserError, match=r"session of another problem: give another path"):
        learner.session(swapped, path)
    with pytest.raises(r.UserError, match="session with queries 10, but 5 is asked for"):
        learner.session(PROBLEM, path, queries=5)
    with pytest.raises(r.UserError, match="session of another network"):
        Session.open(path, r.load_meta_optimizer("maxcut-p4"))
    content = json.loads(path.read_text())
    content["paid"][0]["theta"][0] += 0.1
    path.write_text(json.dumps(content))
    with pytest.raises(r.UserError, match="the angles of query 1 were changed"):
        r.open_session(path)
    for text in ("", "{}", "[1]", json.dumps({"format": "other"})):
        path.write_text(text)
        with pytest.raises(r.UserError, match="is not a session of this package"):
            r.open_session(path)
    with pytest.raises(r.UserError, match="cannot read"):
        r.open_session(tmp_path / "none.json")


def test_several_instances_side_by_side(learner, whole, tmp_path):
    other = r.maxcut(RING)
    costs = [energy, lambda theta: float(r.qaoa(other, p=4).energy(theta))]
    runs = learner.sessions([PROBLEM, other], tmp_path / "runs")
    first = True
    while not runs.done:
        thetas = runs.ask()
        assert thetas.shape == (2, 8)
        values = [
            cost(theta) if np.isfinite(theta).all() else 0
            for cost, theta in zip(costs, thetas, strict=True)
        ]
        # The second instance fails once and is a query behind from then on.
        runs.tell([values[0], np.nan if first else values[1]])
        first = False
    np.testing.assert_array_equal(runs.results[0].points, whole.points)
    assert isinstance(learner.sessions([PROBLEM, other], tmp_path / "runs"), Sessions)
    assert learner.sessions([PROBLEM, other], tmp_path / "runs").done
    with pytest.raises(r.UserError, match="2 costs are needed, got 1"):
        runs.tell([1.0])


def test_an_answer_given_twice_counts_once(learner, tmp_path):
    path = tmp_path / "run.json"
    run = learner.session(PROBLEM, path)
    assert run.number == 1
    run.tell(-1.0, query=1)
    run.tell(-1.0, query=1)
    r.open_session(path).tell(-1.0, query=1)
    assert (len(run.paid), run.number) == (1, 2)
    run.tell(None, query=2)
    with pytest.raises(r.UserError, match="query 1 is answered already, by"):
        run.tell(-2.0, query=1)
    with pytest.raises(r.UserError, match="query 1 is answered already"):
        run.tell(None, query=1)
    with pytest.raises(r.UserError, match="query 3 is not asked yet: 1 of 10 are answered"):
        run.tell(-1.0, query=3)
    with pytest.raises(r.UserError, match="query = 0 must be a whole number"):
        run.tell(-1.0, query=0)
    assert len(run.paid) == 1
    while not run.done:
        run.tell(-1.0, query=run.number)
    run.tell(-1.0, query=10)
    with pytest.raises(r.UserError, match="query 11 is not asked yet"):
        run.tell(-1.0, query=11)


def test_two_that_answer_at_once_lose_nothing(learner, tmp_path):
    path = tmp_path / "run.json"
    learner.session(PROBLEM, path).save(path)
    first, second = (r.open_session(path) for _ in range(2))
    first.tell(-1.0)
    with pytest.raises(r.UserError, match="has 1 costs by now, and this session 0: another proc"):
        second.tell(-2.0)
    assert not second.paid
    assert [cost for _, cost in r.open_session(path).paid] == [-1.0]
    second = r.open_session(path)
    second.tell(-2.0)
    assert [cost for _, cost in r.open_session(path).paid] == [-1.0, -2.0]


def test_many_processes_that_answer_at_once_lose_nothing(learner, tmp_path):
    path = tmp_path / "run.json"
    learner.session(PROBLEM, path).save(path)
    code = "import sys, replication as r; r.open_session(sys.argv[1]).tell(-float(sys.argv[2]))"
    several = [
        subprocess.Popen([sys.executable, "-c", code, path, str(k)], stderr=subprocess.DEVNULL)
        for k in range(1, 5)
    ]
    kept = sum(one.wait(120) == 0 for one in several)
    assert len(r.open_session(path).paid) == kept > 0


def test_a_cost_that_no_state_has_is_noticed(learner, tmp_path):
    path = tmp_path / "run.json"
    norm = sum(weight for *_, weight in EDGES)
    with pytest.warns(UserWarning, match=r"the cost -50 at query 1 is none that the problem can"):
        learner.session(PROBLEM, path).tell(-50.0)
    with pytest.warns(UserWarning, match=f"within {norm:.6g} of 0"):
        r.open_session(path)
    path.unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learner.session(PROBLEM, path).tell(-norm)


def test_costs_of_the_wrong_sign_are_noticed_before_all_are_paid(learner, tmp_path):
    path = tmp_path / "run.json"
    learner.session(PROBLEM, path).save(path)
    for number in range(3):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            r.open_session(path).tell(3.0)
        found = [one for one in seen if "negative of the energy" in str(one.message)]
        assert len(found) == (number == 0)


def test_a_file_without_its_problem_goes_on(learner, tmp_path):
    path = tmp_path / "run.json"
    learner.session(PROBLEM, path).tell(-1.0)
    content = json.loads(path.read_text())
    assert content.pop("problem")["norm"] == pytest.approx(sum(weight for *_, weight in EDGES))
    path.write_text(json.dumps(content))
    assert learner.session(PROBLEM, path).known
    assert r.open_session(path).known is None


def test_a_cost_with_the_wrong_sign_is_noticed(learner):
    with pytest.warns(UserWarning, match="is the cost the negative of the energy"):
        learner.suggest(lambda theta: 1 + abs(energy(theta)) / 5, problem=PROBLEM)


def test_a_start_that_no_query_beats_is_noticed():
    problem = r.hubbard((2, 2), t=1.0, u=4.0)
    learner = r.load_meta_optimizer("hubbard-natural-r3")
    with pytest.warns(
        UserWarning, match="no query of the network is better than the start"
    ) as seen:
        learner.suggest(lambda theta: 0.0, problem=problem)
    assert len(seen) == 1


def test_each_warning_comes_once():
    learner = r.load_meta_optimizer("maxcut-p4")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        learner.suggest(lambda theta: -50.0)
    assert len([one for one in seen if "lies outside [-1, 1]" in str(one.message)]) == 1


@pytest.mark.parametrize(
    ("value", "is_one"), [(None, True), (np.nan, True), (0.0, False), ("", False)]
)
def test_failed_evaluations(value, is_one):
    assert failed(value) is is_one


def test_costs_come_in_many_types():
    assert cost_of(np.float32(0.5)) == cost_of(np.array([[0.5]])) == 0.5
    assert cost_of(3) == 3.0
    assert cost_of(True) is None


def test_a_point_that_was_not_asked_for_is_gone_on_from(learner, tmp_path):
    path = tmp_path / "run.json"
    run, other = learner.session(PROBLEM, path), learner.session(PROBLEM)
    elsewhere = run.ask() + 0.3
    run.tell(-1.0, elsewhere)
    other.tell(-1.0)
    np.testing.assert_array_equal(run.paid[0][0], elsewhere)
    assert np.abs(run.ask() - other.ask()).max() > 0.05
    np.testing.assert_array_equal(r.open_session(path).ask(), run.ask())
    with pytest.raises(r.UserError, match="theta must be 8 finite numbers"):
        run.tell(-1.0, np.zeros(7))


def test_a_start_that_the_network_was_not_trained_from_is_noticed(learner):
    with pytest.warns(UserWarning, match="was trained from zero angles: from another start"):
        learner.session(PROBLEM, start=np.full(8, 0.3))
    ladder, problem = r.load_meta_optimizer("hubbard-natural-r3"), r.hubbard((2, 2), t=1.0, u=4.0)
    usual = ladder.session(problem).scaling.start
    ladder.session(problem, start=usual)
    with pytest.warns(UserWarning, match="was trained from the problem's adiabatic angles"):
        ladder.session(problem, start=usual + 0.1)


def test_a_network_of_other_circuits_is_refused_before_a_query(learner):
    ladder = r.hubbard((2, 2), t=1.0, u=4.0)
    with pytest.raises(r.UserError, match=r"sets the angles gamma_1, .* of the kind 'hubbard'"):
        learner.session(ladder)
    with pytest.raises(r.UserError, match=r"sets the angles T_h_1, .* of the kind 'maxcut'"):
        r.load_meta_optimizer("hubbard-r3").session(PROBLEM)


def test_in_qiskits_order_all_angles_are(learner, whole, tmp_path):
    path = tmp_path / "run.json"

    def cost(theta):
        return energy(np.concatenate([theta[4:], theta[:4]]))

    found = learner.suggest(cost, problem=PROBLEM, order="qiskit")
    np.testing.assert_array_equal(found.values, whole.values)
    np.testing.assert_array_equal(found.best[:4], whole.best[4:])
    run = learner.session(PROBLEM, path, order="qiskit")
    for _ in range(3):
        run.tell(cost(run.ask()))
    # The file keeps the order, and says it in the names too.
    content = json.loads(path.read_text())
    assert content["parameter_names"][0] == "beta_1"
    again = r.open_session(path)
    np.testing.assert_array_equal(again.ask(), run.ask())
    assert again.run(cost).best_value == whole.best_value
    with pytest.raises(r.UserError, match="is a session with order 'qiskit', but 'own'"):
        learner.session(PROBLEM, path)


def test_bounds_are_kept_too(learner, tmp_path):
    path = tmp_path / "run.json"
    bounds = [(None, None)] * 4 + [(0, np.pi)] * 4
    run = learner.session(PROBLEM, path, bounds=bounds)
    for _ in range(4):
        run.tell(energy(run.ask()))
    again = r.open_session(path)
    np.testing.assert_array_equal(again.ask(), run.ask())
    assert (again.run(energy).points[:, 4:] >= 0).all()
    with pytest.raises(r.UserError, match="is a session with bounds"):
        learner.session(PROBLEM, path)


@pytest.mark.parametrize("number", range(1, 11))
def test_the_last_cost_can_be_taken_back(number, learner, whole, tmp_path):
    path = tmp_path / "run.json"
    run = learner.session(PROBLEM, path)
    for value in whole.values[: number - 1]:
        run.tell(value)
    asked = run.ask()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run.tell(5e9)
    run.take_back()
    np.testing.assert_array_equal(run.ask(), asked)
    again = r.open_session(path)
    assert len(again.paid) == number - 1
    np.testing.assert_array_equal(again.run(energy).values, whole.values)


def test_without_a_cost_there_is_none_to_take_back_and_no_best(learner):
    run = learner.session(PROBLEM)
    with pytest.raises(r.UserError, match="there is none to take back"):
        run.take_back()
    with pytest.raises(r.UserError, match="no query of this session is answered yet"):
        _ = run.best


def test_every_impossible_cost_is_a_warning(learner):
    run = learner.session(PROBLEM)
    for _ in range(2):
        with pytest.warns(UserWarning, match="is none that the problem can have"):
            run.tell(5e9)


@pytest.mark.parametrize("name", ["ising-p4", "maxcut-p4", "sk-p4"])
@pytest.mark.parametrize("seed", range(4))
def test_the_negative_of_the_energy_is_noticed_at_once(name, seed):
    rng = np.random.default_rng(seed)
    pairs = [(i, j) for j in range(8) for i in range(j) if rng.uniform() < 0.6]
    weights = np.ones(len(pairs)) if name == "maxcut-p4" else rng.normal(size=len(pairs)) / 2
    problem = r.maxcut(dict(zip(pairs, weights, strict=True)))
    ansatz = r.qaoa(problem, p=4)
    learner = r.load_meta_optimizer(name)

    def signs(factor):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            run = learner.session(problem)
            run.tell(factor * float(ansatz.energy(run.ask())))
        return [one for one in seen if "negative of the energy" in str(one.message)]

    assert signs(1) == []
    assert len(signs(-1)) == 1


@pytest.mark.parametrize("name", ["hubbard-natural-r3", "hubbard-r3"])
@pytest.mark.parametrize("filling", [(1, 1), (2, 2), (3, 3)])
def test_on_ladders_too_at_any_filling(name, filling):
    problem = r.hubbard((2, 2), t=1.0, u=2.0, filling=filling)
    circuit = r.hubbard_ansatz(problem, 3)
    learner = r.load_meta_optimizer(name)
    for factor in (1, -1):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            run = learner.session(problem)
            run.tell(factor * float(circuit.energy(run.ask())))
        found = [one for one in seen if "negative of the energy" in str(one.message)]
        # Above half filling energies of both signs lie below the mean.
        assert len(found) == (factor == -1 and max(filling) < 3)


@pytest.mark.parametrize(
    "change",
    [
        {"queries": "x"},
        {"queries": 0},
        {"network": {}},
        {"network": None},
        {"unit": [1.0, None]},
        {"start": "abc"},
        {"scale": "x"},
        {"paid": [{}]},
        {"paid": [{"theta": [0.0] * 8, "cost": None, "as_asked": True}]},
        {"paid": [{"theta": [0.0] * 3, "cost": 1.0, "as_asked": True}]},
        {"paid": 3},
        {"order": "cirq"},
        {"bounds": [[0, 1]]},
        {"problem": {"digest": "a"}},
    ],
)
def test_a_file_edited_by_hand_is_refused_by_name(change, learner, tmp_path):
    path = tmp_path / "run.json"
    learner.session(PROBLEM, path).tell(-1.0)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(r.UserError, match=r"run\.json is not a session of this package, or is dam"):
        r.open_session(path)


@pytest.mark.parametrize("other", ["g.edgelist", 3, [(0, 1)], np.zeros((2, 2))])
def test_what_is_no_problem_is_refused_by_name(other, learner):
    for use in (
        learner.session,
        learner.on(other),
        lambda problem: learner.suggest(energy, problem=problem),
        lambda problem: r.recommend(problem, p=4),
        lambda problem: r.initial_angles("tree_angles", problem, 4),
    ):
        with pytest.raises(r.UserError, match=r"problem is .* which is none made by maxcut, sk"):
            use(other) if not hasattr(use, "then") else use(energy)
