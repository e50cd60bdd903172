"""The benchmark against other simulators, with made-up peers: nothing is installed or fetched."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from bench.peers import __main__, environments, layers, report, run, training, worker, workloads
from bench.peers.environments import Answer, Peer, ask
from bench.peers.layers import Layers
from bench.peers.workloads import Workload
from replication.errors import UserError

HEAD = """
LABEL = "{label}"
PACKAGE = ""
PRECISION = "{precision}"

def value(task):
    energies = task.raw["energies"]
    {value}

def gradient(task):
    energies, gradients = task.raw["energies"], task.raw["gradients"]
    {gradient}
"""
RIGHT = {"value": "return lambda: energies", "gradient": "return lambda: (energies, gradients)"}


@pytest.fixture
def peer(tmp_path: Path) -> Any:
    """Write a peer's file from the bodies of its two functions; this Python runs it."""

    def made(name: str = "fake", precision: str = "float64", **bodies: str) -> Peer:
        path = tmp_path / f"{name}.py"
        path.write_text(HEAD.format(label=name, precision=precision, **(RIGHT | bodies)))
        return Peer(path, Path(sys.executable))

    return made


def a_task(**changes: Any) -> dict[str, Any]:
    """Two instances of one qubit, as if they had been computed."""
    return {
        "workload": "made-up",
        "num_qubits": 1,
        "depth": 1,
        "gates": [["h", [0], None], ["rx", [0], 0]],
        "dependence": [[0, 0], [0, 1]],
        "weights": [[2.0, 1.0], [3.0, -1.0]],
        "terms": [[[0, "Z"]]],
        "coefficients": [[1.0], [0.5]],
        "thetas": [[0.1, 0.2], [0.3, 0.4]],
        "lattice": None,
        "energies": [-3.0, 0.25],
        "gradients": [[0.5, 1.0], [0.0, -1.0]],
        "tolerances": workloads.TOLERANCES,
        "quantities": ["value", "gradient"],
        "seconds": 0.01,
        **changes,
    }


def test_agreeing_peer_is_timed(peer: Any) -> None:
    answer = ask(peer(), a_task(), limit=60)
    assert answer.ended == ""
    assert answer.about["python"].count(".") == 2
    for quantity in ("value", "gradient"):
        found = answer.quantities[quantity]
        assert found["deviation"] == 0
        assert 0 < found["lowest"] <= found["milliseconds"]
        assert found["repeats"] >= 3
        assert "said" not in found


@pytest.mark.parametrize(
    ("precision", "error", "timed"),
    [
        ("float64", 1e-11, True),
        ("float64", 1e-9, False),
        ("float32", 1e-6, True),
        ("float32", 1e-4, False),
        ("float64", float("nan"), False),
    ],
)
def test_wrong_energies_are_not_timed(
    peer: Any, precision: str, error: float, *, timed: bool
) -> None:
    value = f"return lambda: [energies[0], energies[1] + float('{error}')]"
    answer = ask(peer(precision=precision, value=value), a_task(), limit=60)
    found = answer.quantities["value"]
    assert ("milliseconds" in found) == timed
    assert ("said" not in found) == timed
    if not timed:
        assert found["said"].startswith("not timed: its energies differ from ours by")
    assert "milliseconds" in answer.quantities["gradient"]


def test_too_few_energies_are_not_timed(peer: Any) -> None:
    found = ask(peer(value="return lambda: energies[:1]"), a_task(), limit=60).quantities["value"]
    assert "milliseconds" not in found


@pytest.mark.parametrize(
    "result",
    ["(energies, [[0.5, 1.0], [1e-6, -1.0]])", "([-3.0, 0.2501], gradients)"],
    ids=["gradients", "energies"],
)
def test_wrong_gradient_is_not_timed(peer: Any, result: str) -> None:
    answer = ask(peer(gradient=f"return lambda: {result}"), a_task(), limit=60)
    assert "milliseconds" not in answer.quantities["gradient"]
    assert "differ from ours by" in answer.quantities["gradient"]["said"]
    assert "milliseconds" in answer.quantities["value"]


def test_missing_gradient_is_said_in_the_peers_words(peer: Any) -> None:
    lacking = peer(gradient="raise NotImplementedError('has no gradient')")
    answer = ask(lacking, a_task(), limit=60)
    assert answer.quantities["gradient"] == {"quantity": "gradient", "said": "has no gradient"}
    assert "milliseconds" in answer.quantities["value"]


def test_error_in_one_quantity_leaves_the_other(peer: Any) -> None:
    answer = ask(peer(value="return lambda: 1 / 0"), a_task(), limit=60)
    assert answer.quantities["value"]["said"] == "failed: ZeroDivisionError: division by zero"
    assert "milliseconds" in answer.quantities["gradient"]


@pytest.mark.parametrize(
    ("crash", "said"),
    [
        ("import os; os.kill(os.getpid(), 11)", "crashed: SIGSEGV"),
        (
            "import sys; sys.exit('no such device at /usr/lib/libx.so')",
            "crashed: no such device at …",
        ),
    ],
)
def test_crash_keeps_what_was_found_before(peer: Any, crash: str, said: str) -> None:
    answer = ask(peer(gradient=crash), a_task(), limit=60)
    assert answer.ended == said
    assert "milliseconds" in answer.quantities["value"]
    assert "gradient" not in answer.quantities


def test_peer_that_cannot_be_imported_says_so(tmp_path: Path) -> None:
    path = tmp_path / "absent.py"
    path.write_text("import no_such_simulator\n")
    answer = ask(Peer(path, Path(sys.executable)), a_task(), limit=60)
    assert answer.ended == "crashed: ModuleNotFoundError: No module named 'no_such_simulator'"


def test_peer_without_an_interpreter_says_so(peer: Any) -> None:
    gone = Peer(peer().path, Path("/nowhere/python"))
    assert ask(gone, a_task(), limit=60).ended.startswith("did not start: No such file")


@pytest.mark.slow
def test_time_limit_keeps_what_was_found_before(peer: Any) -> None:
    slow = peer(gradient="import time; time.sleep(600)")
    answer = ask(slow, a_task(), limit=10)
    assert (answer.ended, answer.out_of_time) == ("not finished within 10 s", True)
    assert "milliseconds" in answer.quantities["value"]


def test_peers_do_not_see_the_project(peer: Any) -> None:
    """Nor the folder of the peers' files, where `qulacs.py` would hide qulacs."""
    seen = peer(
        value="import os, sys; bad = [p for p in sys.path if os.path.exists(os.path.join(p, "
        "'worker.py'))]; raise NotImplementedError(str(bad))"
    )
    assert ask(seen, a_task(), limit=60).quantities["value"]["said"] == "[]"


def test_messages_lose_addresses_and_places() -> None:
    said = environments.plain("No match for x from https://example.org/x (see /a/long/way/b.log)")
    assert said == "No match for x from … (see …)"
    assert len(environments.plain("x" * 1000)) == 160


def test_single_precision_is_held_to_the_size_of_the_terms(peer: Any) -> None:
    value = "return lambda: [energies[0], energies[1] + 1e-4]"
    large = a_task(coefficients=[[50.0], [50.0]])
    for precision, timed in (("float32", True), ("float64", False)):
        found = ask(peer(precision=precision, value=value), large, limit=60).quantities["value"]
        assert ("milliseconds" in found) == timed


def test_task_has_the_chain_rule_of_shared_angles() -> None:
    task = worker.Task(a_task())
    np.testing.assert_allclose(task.angles(1), [3 * 0.3 - 0.4])
    np.testing.assert_allclose(task.shared(1, [10.0]), [30.0, -10.0])


# --- the work itself


def simulated(task: worker.Task, instance: int) -> float:
    """A plain state vector, qubit 0 the first axis, by what `Task` says of each gate."""
    angles = task.angles(instance)
    state = np.zeros((2,) * task.num_qubits, complex)
    state[(0,) * task.num_qubits] = 1
    number, z = np.array([0.0, 1.0]), np.array([1.0, -1.0])

    def applied(state: np.ndarray, matrix: np.ndarray, qubits: list[int]) -> np.ndarray:
        matrix = np.asarray(matrix).reshape((2, 2) * len(qubits))
        inner = list(range(len(qubits), 2 * len(qubits)))
        turned = np.tensordot(matrix, state, (inner, qubits))
        return np.moveaxis(turned, range(len(qubits)), qubits)

    paulis = {
        "X": np.array([[0, 1], [1, 0]]),
        "Y": np.array([[0, -1j], [1j, 0]]),
        "Z": np.diag(z),
    }
    for name, qubits, slot in task.gates_of(instance):
        a = slot if name in ("givens", "tilt") else angles[slot] if slot is not None else 0.0
        c, s = np.cos(a), np.sin(a)
        matrix = {
            "h": np.array([[1, 1], [1, -1]]) / np.sqrt(2),
            "x": paulis["X"],
            "z": paulis["Z"],
            "cz": np.diag([1.0, 1.0, 1.0, -1.0]),
            "tilt": np.cos(a / 2) * np.eye(2) - 1j * np.sin(a / 2) * paulis["Y"],
            "rx": np.cos(a / 2) * np.eye(2) - 1j * np.sin(a / 2) * paulis["X"],
            "ry": np.cos(a / 2) * np.eye(2) - 1j * np.sin(a / 2) * paulis["Y"],
            "rz": np.cos(a / 2) * np.eye(2) - 1j * np.sin(a / 2) * paulis["Z"],
            "rzz": np.diag(np.exp(-0.5j * a * np.outer(z, z).ravel())),
            "phase": np.diag(np.exp(1j * a * number)),
            "cphase": np.diag(np.exp(1j * a * np.outer(number, number).ravel())),
            "givens": np.array([[1, 0, 0, 0], [0, c, s, 0], [0, -s, c, 0], [0, 0, 0, 1]]),
        }[name]
        state = applied(state, matrix, qubits)
    energy = 0.0
    for coefficient, term in zip(task.coefficients[instance], task.terms, strict=True):
        turned = state
        for qubit, letter in term:
            turned = applied(turned, paulis[letter], [qubit])
        energy += coefficient * np.vdot(state, turned).real
    return energy


@pytest.mark.parametrize(
    "workload",
    [
        Workload("maxcut-p2", "4", 2),
        Workload("batch-p1", "4", 1),
        Workload("hubbard-r2", "2x2", 2),
        *(Layers(form, 3) for form in layers.FORMS),
        pytest.param(Workload("hubbard-r1", "2x3", 1), marks=pytest.mark.slow),
    ],
    ids=lambda workload: workload.name,
)
def test_gates_and_strings_of_a_task_give_our_energies(
    workload: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (workloads, layers):
        monkeypatch.setattr(module, "BATCH", 3)
    raw = workload.own("float64").task(seconds=0.01)
    task = worker.Task(json.loads(json.dumps(raw)))
    energies = [simulated(task, instance) for instance in range(task.instances)]
    np.testing.assert_allclose(energies, raw["energies"], atol=1e-11)
    assert np.shape(raw["gradients"]) == (task.instances, task.num_parameters)


@pytest.mark.parametrize("form", layers.FORMS)
def test_gradients_of_layers_are_slopes_of_the_gates(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "BATCH", 2)
    raw = Layers(form, 3).own("float64").task(seconds=0.01)
    task = worker.Task(json.loads(json.dumps(raw)))
    last, begin = task.instances - 1, task.thetas.copy()
    direction = np.random.default_rng(5).normal(size=task.num_parameters)
    energies = []
    for sign in (1, -1):
        task.thetas[last] = begin[last] + sign * 1e-5 * direction
        energies.append(simulated(task, last))
    slope = np.dot(raw["gradients"][last], direction)
    np.testing.assert_allclose((energies[0] - energies[1]) / 2e-5, slope, atol=1e-8)


def test_layers_differ_in_axes_where_they_are_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "BATCH", 3)
    one, several = Layers("angles", 4).axes, Layers("circuits", 4).axes
    assert one.shape == several.shape == (3, 4 * layers.LAYERS)
    assert {*several.ravel().tolist()} == {1, 2, 3}
    assert np.all(one[0] == one[1])
    assert np.any(several[0] != several[1])
    assert Layers("circuits", 4).own("float32").reference()[1].dtype == np.float32


def test_turned_matrix_is_the_rotation_of_that_axis() -> None:
    generators = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    for axis, pauli in enumerate(generators, 1):
        expected = np.cos(0.35) * np.eye(2) - 1j * np.sin(0.35) * pauli
        with jax.numpy_dtype_promotion("standard"):
            found = worker.Task.turned(0.7, axis)
        np.testing.assert_allclose(found, expected, atol=1e-7)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("qokit", "has QAOA circuits only"),
        ("plain_jax", "written for QAOA and Hubbard ladders only"),
    ],
)
def test_peer_without_a_gate_says_what_it_lacks(name: str, said: str) -> None:
    gates = [["tilt", [0], 0.5], ["ry", [0], 0]]
    task = worker.Task(a_task(gates=gates))
    adapter = worker.load(environments.HERE / f"{name}.py")
    assert worker.measured("value", adapter, task) == {"quantity": "value", "said": said}
    with pytest.raises(NotImplementedError, match="has no gate tilt"):
        task.offered(("ry", "cz"))
    task.offered(("ry", "tilt", "cz"))


def test_givens_rotations_rebuild_the_orbitals() -> None:
    orbitals = np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))[0]
    product = np.eye(5)
    for name, qubits, angle in workloads.givens(orbitals):
        one = np.eye(5)
        if name == "z":
            one[qubits[0], qubits[0]] = -1
        else:
            assert qubits[1] == qubits[0] + 1
            c, s = np.cos(angle), np.sin(angle)
            one[np.ix_(qubits, qubits)] = [[c, -s], [s, c]]
        product = one @ product
    np.testing.assert_allclose(product, orbitals, atol=1e-14)


def meta_loss(task: worker.Task, flat: np.ndarray) -> float:
    """By what `Task` says of the network, on plain state vectors."""
    about, k, total = task.recurrent, task.num_parameters, 0.0
    assert about is not None
    enter, recur, bias = np.split(flat, [4 * k * (k + 1), 4 * k * (2 * k + 1)])
    enter, recur, count = enter.reshape(4 * k, -1), recur.reshape(4 * k, -1), about["queries"]
    for instance in range(task.instances):
        theta, cell, y = np.zeros(k), np.zeros(k), 0.0
        for query in range(1, count + 1):
            gates = enter @ [*theta, y] + recur @ theta + bias
            i, f, g, o = np.split(gates, 4)
            cell = cell / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
            theta = np.tanh(cell) / (1 + np.exp(-o))
            task.thetas[instance] = theta
            y = simulated(task, instance) / about["scales"][instance]
            total += 2 * query * y / (count * (count + 1))
    return total / task.instances


@pytest.mark.parametrize("batch", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_training_step_is_what_the_task_says(batch: int) -> None:
    raw = training.Step(batch).own("float64").task(seconds=0.01)
    task = worker.Task(json.loads(json.dumps(raw)))
    assert task.recurrent is not None
    begin = np.concatenate(
        [np.ravel(task.recurrent[name]) for name in ("input", "recurrent", "bias")]
    )
    np.testing.assert_allclose([meta_loss(task, begin)], raw["energies"], atol=1e-12)
    direction = np.random.default_rng(3).normal(size=begin.size)
    up, down = (meta_loss(task, begin + sign * 1e-5 * direction) for sign in (1, -1))
    np.testing.assert_allclose(
        (up - down) / 2e-5, np.dot(raw["gradients"][0], direction), rtol=1e-6
    )


def test_smaller_batches_are_the_first_graphs_of_larger_ones() -> None:
    one, three = training.Step(1).problems, training.Step(3).problems
    np.testing.assert_array_equal(one[0].couplings, three[0].couplings)
    assert np.any(three[0].couplings != three[1].couplings)


def test_quick_work_is_small_and_families_grow() -> None:
    everything, quick = workloads.workloads(), workloads.workloads(quick=True)
    assert {one.name for one in everything} > {one.name for one in quick}
    everything += layers.layers()
    assert {one.name for one in quick} < {one.name for one in everything}
    assert max(one.num_qubits for one in quick) == 12
    assert {one.name for one in everything} >= {"maxcut-p5-20", "batch-p5-8", "hubbard-r5-2x4"}
    for family in {one.family for one in everything}:
        sizes = [one.num_qubits for one in everything if one.family == family]
        assert sizes == sorted(sizes)


# --- a run


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> None:
    """Own kernels that do nothing, and tasks that were never computed."""

    class Nothing:
        def __init__(self, workload: Workload, _: str) -> None:
            self.workload = workload

        def call(self, _: str) -> Any:
            return lambda: None

        def task(self, _: float) -> dict[str, Any]:
            return a_task()

    monkeypatch.setattr(workloads, "Own", Nothing)
    monkeypatch.setattr(run, "copy_bandwidth", lambda _: 1e10)


SMALL, LARGE = Workload("maxcut-p5", "8", 5), Workload("maxcut-p5", "12", 5)


def quietly(peers: list[tuple[Peer, str]], *work: Workload) -> dict[str, Any]:
    return run.run(peers, work, seconds=0.01, limit=60, say=lambda _: None)


@pytest.mark.usefixtures("stub")
def test_every_peer_has_every_row(peer: Any) -> None:
    peers = [
        (peer("good"), ""),
        (peer("wrong", value="return lambda: [0.0, 0.0]"), ""),
        (peer("broken", value="import os; os._exit(7)"), ""),
        (peer("absent"), "could not be installed: no such version"),
    ]
    found = quietly(peers, SMALL)
    rows = {
        (name, row["quantity"]): row
        for name, about in found["peers"].items()
        for row in about["rows"]
    }
    assert len(rows) == 8
    good = rows["good", "value"]
    assert good["ratio"] == pytest.approx(
        good["milliseconds"] / np.sqrt(good["own_before"] * good["own_after"])
    )
    assert "milliseconds" not in rows["wrong", "value"]
    assert "milliseconds" in rows["wrong", "gradient"]
    assert rows["broken", "value"]["said"] == "crashed: exit status 7"
    assert rows["broken", "gradient"]["said"] == "crashed: exit status 7"
    assert rows["absent", "gradient"]["said"] == "could not be installed: no such version"
    json.dumps(found, allow_nan=False)


@pytest.mark.usefixtures("stub")
def test_out_of_time_once_is_not_tried_larger(peer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def ask_slowly(_: Peer, task: dict[str, Any], __: float) -> Answer:
        asked.append(task["quantities"])
        value = {"milliseconds": 1.0, "lowest": 0.5, "repeats": 3, "deviation": 0.0}
        return Answer({}, {"value": value}, "not finished within 60 s", out_of_time=True)

    monkeypatch.setattr(environments, "ask", ask_slowly)
    rows = quietly([(peer(), "")], SMALL, LARGE)["peers"]["fake"]["rows"]
    assert asked == [["value", "gradient"], ["value"]]
    assert [row.get("said") for row in rows] == [
        None,
        "not finished within 60 s",
        None,
        "not tried: 8 was not finished within 60 s",
    ]


def test_peer_has_no_row_for_what_it_does_not_do(peer: Any) -> None:
    rows = quietly([(peer(), "")], training.Step(1))["peers"]["fake"]["rows"]
    assert rows == []


@pytest.mark.parametrize(
    ("ours", "theirs", "steady"),
    [
        ((1.0, 1.1), 2.0, True),
        ((1.0, 1.6), 2.0, False),
        ((1.6, 1.6), 2.0, False),
        ((1.0, 1.0), 3.1, False),
    ],
)
def test_ratio_of_a_busy_machine_is_marked(
    ours: tuple[float, float], theirs: float, *, steady: bool
) -> None:
    before, after = ({"milliseconds": time, "lowest": 1.0} for time in ours)
    found = {"milliseconds": theirs, "lowest": 2.0}
    assert run._row(SMALL, "value", found, before, after)["steady"] == steady


def test_floor_counts_one_pass_a_layer() -> None:
    assert run.floor_bytes(2**19, 1, "value") == 40 * 2**19
    assert run.floor_bytes(2**19, 5, "gradient") == 5 * (40 + 72) * 2**19


def test_copy_bandwidth_is_bytes_a_second() -> None:
    assert 1e8 < run.copy_bandwidth(2**20, 0.01) < 1e13


# --- the report


def made_up(**changes: Any) -> dict[str, Any]:
    def row(n: int, quantity: str, **others: Any) -> dict[str, Any]:
        return {
            "workload": f"maxcut-p5-{n}",
            "family": "maxcut-p5",
            "size": str(n),
            "num_qubits": n,
            "quantity": quantity,
            "own_before": 0.1,
            "own_after": 0.1,
            "own_lowest": 0.09,
            **others,
        }

    timed = {"milliseconds": 1.25, "lowest": 1.0, "ratio": 12.5, "steady": True}
    rough = {"milliseconds": 2345.0, "lowest": 1.0, "ratio": 3.0, "steady": False}
    about = {"precision": "float64", "commit": "0123456789", "version": "1.0"}
    fast = [row(8, "value", **timed), row(8, "gradient", said="has no gradient")]
    fast += [row(12, "value", **rough), row(12, "gradient", said="has no gradient")]
    absent = [
        row(n, q, said="could not be installed: no wheel")
        for n, q in ((8, "value"), (8, "gradient"), (12, "value"), (12, "gradient"))
    ]
    return {
        "machine": {
            "cpu": "a processor",
            "cores": 2,
            "cores_used": 1,
            "architecture": "Linux x86_64",
            "python": "3.11.7",
            "jax_version": "0.10.2",
        },
        "floors": [
            {"workload": f"maxcut-p5-{n}", "quantity": q, "milliseconds": 1e-5 * n}
            for n in (8, 12)
            for q in ("value", "gradient")
        ],
        "peers": {
            "fast": {"label": "Fast", "rows": fast, **about},
            "absent": {"label": "Absent", "rows": absent, **about},
        },
        **changes,
    }


def test_table_has_times_ratios_and_reasons_in_words() -> None:
    text = report.markdown(made_up())
    assert "a processor, 2 cores, 1 used" in text
    assert "| | n = 8, p = 5 | n = 12, p = 5 |".replace("| |", "|  |") in text
    assert "| **ours**, float64 | **0.100** | **0.100** |" in text
    assert "| bandwidth floor | 0.0000800 | 0.000120 |" in text
    assert "| Fast 1.0, float64 | 1.25 (12×) | 2345 (≈ 3.0×) |" in text
    assert "| Fast 1.0, float64 | – (2) | – (2) |" in text
    assert "\n1. Absent: could not be installed: no wheel\n2. Fast: has no gradient\n" in text
    assert "spin glasses" not in text
    assert "Hubbard" not in text


def test_training_steps_are_given_in_queries_a_second() -> None:
    found = made_up()
    own = {"own_before": 0.5, "own_after": 0.5, "quantity": "step"}
    timed = {"milliseconds": 1000.0, "ratio": 2000.0, "steady": True}
    found["peers"]["fast"]["rows"] += [
        {"workload": "training-b1-7", "family": "training-b1", **own, **timed},
        {"workload": "training-b20-7", "family": "training-b20", **own, "said": "one at a time"},
    ]
    text = report.markdown(found)
    assert "| 1 | **ours** | **10 000** | 0.500 |" in text
    assert "| 1 | Fast 1.0 | 5 | 1000 (2000×) |" in text
    assert "| 20 | **ours** | **200 000** | 0.500 |" in text
    assert "| 20 | Fast 1.0 | – | – (3) |" in text
    assert "3. Fast: one at a time" in text
    assert "queries with gradient" not in report.markdown(made_up())


def test_picture_is_drawn_from_whatever_there_is() -> None:
    for found in (made_up(), made_up(peers={}), made_up(floors=[])):
        assert report.picture(found).startswith(b"\x89PNG")


def test_saved_peers_stay_until_run_again(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.save(made_up(), tmp_path, readme)
    again = made_up()
    del again["peers"]["fast"]
    again["peers"]["absent"]["version"] = "2.0"
    report.save(again, tmp_path, readme)
    kept = json.loads((tmp_path / "results.json").read_text())
    assert {name: about["version"] for name, about in kept["peers"].items()} == {
        "absent": "2.0",
        "fast": "1.0",
    }
    text = readme.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert text.count("Fast 1.0") == (tmp_path / "peers.md").read_text().count("Fast 1.0") == 2
    assert (tmp_path / "peers.png").is_file()
    elsewhere = made_up(peers={})
    elsewhere["machine"]["cpu"] = "another"
    assert report.merged(kept, elsewhere)["peers"] == {}


def test_results_of_another_machine_are_not_replaced_by_some_peers(tmp_path: Path) -> None:
    found = made_up()
    assert report.earlier(tmp_path, same_as=found["machine"]) is None
    report.save(found, tmp_path, None)
    assert report.earlier(tmp_path, same_as=found["machine"])
    assert report.earlier(tmp_path)
    with pytest.raises(UserError, match="of another machine or other versions"):
        report.earlier(tmp_path, same_as=found["machine"] | {"cpu": "another"})
    (tmp_path / "results.json").write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match=r"results\.json is no results of a run; delete it"):
        report.earlier(tmp_path)


def test_rows_of_other_families_stay_with_their_commit(tmp_path: Path) -> None:
    report.save(made_up(), tmp_path, None)
    found = made_up()
    del found["peers"]["absent"]
    fast = found["peers"]["fast"]
    fast["commit"] = "fedcba9876"
    fast["rows"] = [
        row | {"workload": f"layers-{form}-8", "family": f"layers-{form}", "size": "8"}
        for form in layers.FORMS
        for row in fast["rows"][:2]
    ]
    report.save(found, tmp_path, None)
    merged = json.loads((tmp_path / "results.json").read_text())
    assert set(merged["peers"]) == {"absent", "fast"}
    families = [row["family"] for row in merged["peers"]["fast"]["rows"]]
    assert families == ["maxcut-p5"] * 4 + [f"layers-{form}" for form in layers.FORMS for _ in "vg"]
    text = (tmp_path / "peers.md").read_text()
    assert "ours at 0123456, fedcba9, jax" in text
    assert "**10 random layers of rotations and CZ: value**" in text
    assert (
        "one circuit, n = 8 | one circuit at 50 sets of angles, n = 8 | 50 circuits, n = 8 |"
        in text
    )
    assert "| Fast 1.0, float64 | 1.25 (12×) | 2345 (≈ 3.0×) |" in text
    found["peers"]["fast"]["version"] = "2.0"
    assert report.merged(merged, found)["peers"]["fast"]["rows"] == fast["rows"]


def test_families_are_chosen_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    work = [*workloads.workloads(), *layers.layers(), training.Step(1)]
    assert workloads.chosen(work, ["layers"]) == layers.layers()
    both = workloads.chosen(work, ["training", "batch"])
    assert [one.name for one in both] == ["batch-p5-8", "training-b1-7"]
    assert __main__.main(["--families", "layers,knots"]) == 2
    assert "unknown family 'knots'; there are maxcut, batch, hubbard" in capsys.readouterr().err


def test_every_circuit_has_a_floor_and_training_has_none() -> None:
    work = [*workloads.workloads(quick=True), training.Step(1)]
    found = run.floors(work)
    assert {(one["workload"], one["quantity"]) for one in found} == {
        (one.name, quantity) for one in work[:-1] for quantity in one.quantities
    }
    assert all(one["milliseconds"] > 0 for one in found)


@pytest.mark.parametrize(
    ("family", "size", "amplitudes"),
    [("maxcut-p1", "8", 128), ("batch-p5", "8", 128 * 128), ("hubbard-r1", "2x2", 36)],
)
def test_amplitudes_are_those_that_our_kernels_keep(family, size, amplitudes) -> None:
    work = workloads.Workload(family, size, 1)
    assert work.amplitudes == amplitudes
    if work.kind != "hubbard":
        assert sum(np.size(one.diagonal) for one in work.ansatze) == amplitudes


def test_layers_have_no_symmetry() -> None:
    assert Layers("alone", 8).amplitudes == 2**8
    assert Layers("circuits", 3).amplitudes == layers.BATCH * 2**3


def test_readme_without_marks_is_refused() -> None:
    with pytest.raises(UserError, match="peers:begin"):
        report.filled("nothing", "text")


def test_our_readme_has_the_marks() -> None:
    assert report.BEGIN in report.filled(environments.README.read_text(encoding="utf-8"), "text")


# --- the peers that are there


@pytest.mark.parametrize("name", environments.known())
def test_peer_is_pinned_by_hash_and_says_what_it_is(name: str) -> None:
    here = environments.HERE
    one = Peer(here / f"{name}.py", Path(sys.executable))
    assert one.label
    assert one.precision in workloads.TOLERANCES
    locked = (here / f"{name}.txt").read_text(encoding="utf-8")
    asked = (here / f"{name}.in").read_text(encoding="utf-8").split()
    assert all("==" in line for line in asked)
    assert all(f"{line} \\\n    --hash=sha256:" in locked for line in asked)
    assert f"\n{one.constants['PACKAGE']}==" in f"\n{locked}"
    assert "://" not in locked


def test_all_peers_of_the_list_are_there() -> None:
    assert environments.known() == [
        "default_qubit",
        "ffsim",
        "learning2learn",
        "lightning",
        "plain_jax",
        "qokit",
        "qsim",
        "qujax",
        "qulacs",
        "tensorcircuit",
    ]
    assert environments.chosen([]) == environments.known()
    assert environments.chosen(["qulacs", "qokit"]) == ["qokit", "qulacs"]
    with pytest.raises(UserError, match="unknown peer 'quest'"):
        environments.chosen(["quest"])


def test_failed_installation_is_said_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(command: list[str], stdout: Any, **_: Any) -> None:
        if "pip" in command:
            stdout.write("Looking in https://index.example\nERROR: No wheel for ghost==1.0\n")
            stdout.flush()
            raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(environments, "ROOT", tmp_path)
    monkeypatch.setattr(environments, "HERE", tmp_path)
    monkeypatch.setattr(environments, "ENVIRONMENTS", tmp_path / ".peers")
    monkeypatch.setattr(environments.subprocess, "run", fails)
    (tmp_path / "ghost.txt").write_text("ghost==1.0\n")
    for _ in range(2):
        one, missing = environments.prepare("ghost")
        assert one.name == "ghost"
        assert missing == "could not be installed: No wheel for ghost==1.0"


def test_made_environment_is_kept_until_its_requirements_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []

    def pretend(command: list[str], **_: Any) -> None:
        commands.append(command)
        (tmp_path / ".peers" / "ghost").mkdir(exist_ok=True)

    monkeypatch.setattr(environments, "ROOT", tmp_path)
    monkeypatch.setattr(environments, "HERE", tmp_path)
    monkeypatch.setattr(environments, "ENVIRONMENTS", tmp_path / ".peers")
    monkeypatch.setattr(environments.subprocess, "run", pretend)
    requirements = tmp_path / "ghost.txt"
    requirements.write_text("one")
    assert environments.prepare("ghost")[1] == ""
    assert len(commands) == 2
    assert "--require-hashes" in commands[1]
    environments.prepare("ghost")
    assert len(commands) == 2
    requirements.write_text("two")
    environments.prepare("ghost")
    assert len(commands) == 4


# --- the command


def test_unknown_core_and_peer_end_with_status_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit) as ended:
        __main__.main(["--core", "99999"])
    assert ended.value.code == 2
    monkeypatch.setattr(__main__, "pin", lambda _: None)
    assert __main__.main(["quest"]) == 2
    assert "unknown peer 'quest'" in capsys.readouterr().err


@pytest.mark.slow
def test_quick_run_from_problems_to_picture(
    peer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own kernels and tasks, and a peer that has the answers."""
    monkeypatch.setattr(__main__, "pin", lambda _: None)
    monkeypatch.setattr(environments, "chosen", lambda _: ["fake"])
    monkeypatch.setattr(environments, "prepare", lambda _: (peer(), ""))
    out = tmp_path / "out"
    assert __main__.main(["--quick", "--seconds", "0.01", "--out", str(out)]) == 0
    found = json.loads((out / "results.json").read_text())
    rows = found["peers"]["fake"]["rows"]
    assert len(rows) == 2 * len(workloads.workloads(quick=True))
    assert all(row["ratio"] > 0 for row in rows)
    assert "2×3, r = 5" in (out / "peers.md").read_text()
    assert (out / "peers.png").read_bytes().startswith(b"\x89PNG")
