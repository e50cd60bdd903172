"""The commands for users of a network, as a shell sees them."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import replication as r
from replication.__main__ import main
from replication.metalearner.network_file import pretrained_names
from replication.shell import COMMANDS, DONE

EDGES = [
    *((0, 1, 0.5), (0, 2, 1.2), (1, 2, 0.8), (1, 3, 1.5), (2, 4, 0.7), (3, 4, 1.1)),
    *((3, 5, 0.9), (4, 5, 1.3), (0, 5, 0.6), (2, 3, 1.0)),
]
PROBLEM = r.maxcut(EDGES)
ANSATZ = r.qaoa(PROBLEM, p=4)


@pytest.fixture
def graph(tmp_path):
    path = tmp_path / "g.edgelist"
    path.write_text("\n".join(f"{i} {j} {w}" for i, j, w in EDGES))
    return path


@pytest.fixture
def said(capsys):
    def run(*words, status=0):
        assert main([str(word) for word in words]) == status
        return capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def whole():
    learner = r.load_meta_optimizer("ising-p4")
    return learner.suggest(lambda theta: float(ANSATZ.energy(theta)), problem=PROBLEM)


def test_the_first_angles_take_no_query(said, graph, whole):
    content = json.loads(said("suggest", graph, "--json").out)
    assert content["queries"] == 0
    np.testing.assert_array_equal(content["theta"], whole.points[0])
    assert content["angles"]["gamma_1"] == whole.points[0][0]
    swapped = json.loads(said("suggest", graph, "--json", "--order", "qiskit").out)
    np.testing.assert_array_equal(swapped["theta"][4:], whole.points[0][:4])
    assert [*swapped["angles"]][:2] == ["beta_1", "beta_2"]


def test_a_formula_takes_no_network(said, graph):
    content = json.loads(said("initial-angles", "tree_angles", graph, "--p", 2, "--json").out)
    theta = r.initial_angles("tree_angles", PROBLEM, 2)
    np.testing.assert_array_equal(content["theta"], theta)
    assert [*content["angles"]] == ["gamma_1", "gamma_2", "beta_1", "beta_2"]
    text = said("initial-angles", "tree_angles", graph, "--p", 2, "--order", "qiskit").out
    assert f"angles: beta_1 {theta[2]:.6g}, " in text


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("sk_angles_scaled", "queries costs"),
        ("kde", "needs a training set"),
        ("none", "allowed are bayes, "),
    ],
)
def test_a_start_that_needs_more_than_a_graph_is_refused(said, graph, start, words):
    assert words in said("initial-angles", start, graph, status=2).err


def test_numbers_are_numbers_in_json(said, graph):
    content = json.loads(said("info", "ising-p4", "--json").out)
    assert content["trained on"]["number of spins"] == [6, 9]
    assert content["angles"][4] == "beta_1"
    assert "number of spins 6 to 9" in said("info", "ising-p4").out
    assert json.loads(said("problem", graph, "--json").out)["weights"] == [0.5, 1.5]
    assert "weights: 0.5 to 1.5" in said("problem", graph).out


def test_a_simulation_goes_from_a_file_to_a_bit_string(said, graph, whole, tmp_path):
    out, picture = tmp_path / "angles.json", tmp_path / "trace.png"
    words = ("suggest", graph, "--simulate", "--out", out, "--picture", picture)
    text = said(*words).out
    assert "cut: 7.7" in text
    content = json.loads(out.read_text())
    assert content["queries"] == 10
    assert content["cut"] == pytest.approx(7.7)
    assert content["samples"] == 1000 > content["seen"] > 0
    assert content["word"] == "".join(str(content["bits"][str(k)]) for k in range(6))
    weight = sum(w for *_, w in EDGES)
    assert content["mean cut"] == pytest.approx((weight - whole.best_value) / 2, rel=0.02)
    np.testing.assert_allclose(content["costs"], whole.values)
    np.testing.assert_array_equal(content["theta"], whole.best)
    assert PROBLEM.energy({node: content["bits"][str(node)] for node in PROBLEM.nodes}) == (
        pytest.approx(-5.8)
    )
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_measured_counts_become_a_cut(said, tmp_path):
    path, counts = tmp_path / "g.edgelist", tmp_path / "counts.json"
    path.write_text("a b 1\nb c 2\n")
    counts.write_text('{"010": 3, "000": 9}')
    content = json.loads(said("cut", path, counts, "--json").out)
    assert (content["cut"], content["seen"], content["samples"]) == (3, 3, 12)
    assert content["bits"] == {"a": 0, "b": 1, "c": 0}
    assert content["mean cut"] == pytest.approx(3 * 3 / 12)
    counts.write_text('{"110": 1}')
    assert "word: 011" in said("cut", path, counts, "--order", "qiskit").out
    for text, message in (
        ("[1]", "must be JSON such as"),
        ("{", "must be JSON such as"),
        ('{"01": 1}', "3 bits are needed"),
        ('{"010": 0.5}', "counts must be whole numbers"),
    ):
        counts.write_text(text)
        assert message in said("cut", path, counts, status=2).err
    assert "cannot read" in said("cut", path, tmp_path / "none.json", status=2).err


def test_a_format_can_be_said(said, tmp_path):
    path = tmp_path / "g.txt"
    path.write_text("5 4\n1 2\n2 3\n3 4\n1 5\n")
    assert "may be an edge" in said("problem", path, status=2).err
    for name, edges in (("gset", 4), ("edgelist", 5)):
        content = json.loads(said("problem", path, "--format", name, "--json").out)
        assert content["edges"] == edges


def test_a_local_method_goes_on_and_shots_have_a_seed(said, graph, whole):
    words = ("suggest", graph, "--simulate", "--json")
    further = json.loads(said(*words, "--then", "cobyqa").out)
    assert further["queries"] > 20
    assert further["lowest cost"] < whole.best_value
    noisy = [json.loads(said(*words, "--shots", 100, "--seed", seed).out) for seed in (1, 1, 2)]
    assert noisy[0] == noisy[1] != noisy[2]


def test_ask_and_tell_are_suggest(said, graph, whole, tmp_path):
    run = tmp_path / "run.json"
    first = json.loads(said("ask", run, "--problem", graph, "--json").out)
    assert (first["query"], first["of"], first["done"]) == (1, 10, False)
    for query in range(10):
        asked = json.loads(said("ask", run, "--json").out)
        np.testing.assert_array_equal(asked["theta"], whole.points[query])
        said("tell", run, "failed")
        assert json.loads(said("ask", run, "--json").out)["query"] == query + 1
        said("tell", run, "--", repr(float(ANSATZ.energy(np.array(asked["theta"])))))
    found = json.loads(said("ask", run, "--json", status=DONE).out)
    assert found["done"]
    assert found["cost"] == pytest.approx(whole.best_value, abs=1e-12)
    np.testing.assert_array_equal(found["theta"], whole.best)
    assert "done: True" in said("info", run).out


def test_what_a_session_was_made_with_may_be_given_again(said, graph, tmp_path, monkeypatch):
    run, other = tmp_path / "run.json", tmp_path / "other.edgelist"
    other.write_text("0 1 1\n1 2 1\n")
    first = said("ask", run, "--problem", graph).out
    assert said("ask", run, "--problem", graph, "--p", 4, "--queries", 10).out == first
    for words, message in (
        (("--problem", other), "is a session"),
        (("--problem", tmp_path / "none.gset"), "cannot read"),
        (("--queries", 7), "session with queries 10, but 7 is asked for"),
        (("--network", "maxcut-p4"), "session of another network"),
        (("--p", 2), "no network for 2 layers"),
    ):
        assert message in said("ask", run, *words, status=2).err


def test_the_same_answer_twice_counts_once(said, graph, tmp_path):
    run = tmp_path / "run.json"
    said("ask", run, "--problem", graph)
    first = said("tell", run, "--query", 1, "--", -1.5).out
    assert said("tell", run, "--query", 1, "--", -1.5).out == first
    assert "answered already" in said("tell", run, "--query", 1, "--", -1.6, status=2).err
    assert "query: 2" in said("ask", run).out


def test_costs_are_judged(said, graph, tmp_path):
    run = tmp_path / "run.json"
    said("ask", run, "--problem", graph)
    assert "none that the problem can have" in said("tell", run, "--", -50).err


def test_folders_are_not_made(said, graph, tmp_path):
    nowhere = tmp_path / "none" / "run.json"
    assert "does not exist" in said("ask", nowhere, "--problem", graph, status=2).err
    assert "does not exist" in said("suggest", graph, "--out", nowhere, status=2).err
    assert not nowhere.parent.exists()


def test_a_picture_that_cannot_be_written_loses_nothing(said, graph, tmp_path):
    out = tmp_path / "a.json"
    words = ("suggest", graph, "--simulate", "--out", out, "--picture", tmp_path / "a.xyz")
    assert "cannot write the picture" in said(*words, status=2).err
    assert json.loads(out.read_text())["queries"] == 10


def test_a_problem_is_described_as_a_call_by_hand_takes_it(said, graph, whole):
    content = json.loads(said("problem", graph, "--json").out)
    found = r.load_meta_optimizer("ising-p4").suggest(
        lambda theta: float(ANSATZ.energy(theta)),
        scale=content["scale in natural units"],
        offset=content["offset"],
        unit=[content["unit of gamma in natural units"]] * 4 + [1] * 4,
    )
    np.testing.assert_allclose(found.points, whole.points, 1e-6)


def test_a_problem_is_described(said, graph):
    content = json.loads(said("problem", graph, "--json").out)
    assert (content["nodes"], content["edges"], content["weights"]) == (6, 10, [0.5, 1.5])
    assert content["sum of weights"] == pytest.approx(9.6)


def test_networks_are_listed_and_described(said):
    listed = said("info").out
    assert all(name in listed for name in pretrained_names())
    text = said("info", "ising-p4").out
    assert "trained on sizes 6, 7, 8, 9" in text
    assert "number of spins 6 to 9" in text
    assert json.loads(said("info", "hubbard-natural-r3", "--json").out)["start"] == (
        "adiabatic angles"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["suggest", "none.gset"], "cannot read none.gset"),
        (["suggest", "g.edgelist", "--p", "5"], "no network for 5 layers comes with the package"),
        (["suggest", "g.edgelist", "--p", "3", "--network", "ising-p4"], "give --p 4"),
        (["suggest", "g.edgelist", "--network", "hubbard-r3"], "of other circuits than a graph's"),
        (["suggest", "g.edgelist", "--shots", "10"], "need --simulate"),
        (["suggest", "g.edgelist", "--simulate", "--shots", "-1"], "shots = -1"),
        (["suggest", "g.edgelist", "--simulate", "--then", "luck"], "no method 'luck'"),
        (["suggest", "g.edgelist", "--queries", "3"], "need --simulate"),
        (["suggest", "g.edgelist", "--simulate", "--queries", "0"], "queries = 0"),
        (["ask", "run.json"], "a new one needs --problem"),
        (["tell", "run.json", "1"], "cannot read run.json"),
        (["info", "nothing"], "unknown meta-optimizer 'nothing'"),
        (["problem", "g"], "unknown format"),
    ],
)
def test_mistakes_are_one_line(words, message, graph, monkeypatch, said):
    monkeypatch.chdir(graph.parent)
    found = said(*words, status=2)
    assert message in found.err
    assert found.err.count("\n") == 1
    assert not found.out


@pytest.mark.parametrize("cost", ["nan", "x", "inf", ""])
def test_a_cost_that_is_none_is_refused(cost, said, graph, tmp_path):
    run = tmp_path / "run.json"
    said("ask", run, "--problem", graph)
    said("tell", run, "--", cost, status=2)
    assert json.loads(said("ask", run, "--json").out)["query"] == 1


def test_the_commands_load_no_library_of_the_study(graph):
    code = (
        "import sys; from replication.__main__ import main; main(sys.argv[1:]); "
        "heavy = 'jax equinox cirq openfermion matplotlib pandas xarray snakemake optax scipy'; "
        "print(*sorted({*heavy.split()} & {*sys.modules}), file=sys.stderr)"
    )
    words = [sys.executable, "-c", code, "suggest", str(graph)]
    found = subprocess.run(words, capture_output=True, text=True, check=True)
    assert found.stderr.split() == []


def test_a_pipe_that_closes_early_is_no_fault(graph):
    root = Path(r.__file__).parents[1]
    words = shlex.join([sys.executable, "-m", "replication", "problem", str(graph)])
    command = f"{words} | true; exit ${{PIPESTATUS[0]}}"
    found = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    assert found.returncode == 0
    assert found.stderr == ""


def test_warnings_are_one_line_each(said, tmp_path):
    path = tmp_path / "g.edgelist"
    path.write_text("\n".join(f"{k} {(k + 1) % 12}" for k in range(12)))
    # Larger than in training, but measured.
    assert not said("suggest", path).err
    path.write_text("\n".join(f"{k} {(k + 1) % 40}" for k in range(40)))
    found = said("suggest", path)
    assert found.err.count("\n") == 1
    assert "number of spins 40 (trained or measured on 6 to" in found.err
    assert "warning: MetaOptimizer('ising-p4'" in found.err


def test_every_command_has_its_help(capsys):
    for command in COMMANDS:
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0
    assert "Gset" in capsys.readouterr().out


def test_a_network_of_ones_own_graphs_is_used_like_the_others(said, tmp_path):
    paths = []
    for number in range(6):
        path = tmp_path / f"{number}.edgelist"
        ring = [(k, (k + 1) % 6, 1 + 0.1 * number * k) for k in range(6)]
        path.write_text("\n".join(f"{i} {j} {w}" for i, j, w in ring))
        paths.append(path)
    out = tmp_path / "mine.npz"
    words = ("train-network", *paths, "--p", "1", "--out", out, "--steps", "30", "--seeds", "1")
    assert "trained on sizes 6" in said(*words, "--hidden", "4").out
    found = said("suggest", paths[0], "--p", "1", "--network", out, "--json")
    assert len(json.loads(found.out)["theta"]) == 2
    assert "must end in .npz" in said(*words[:-6], "--out", "mine", status=2).err
    assert (
        "at least one of each"
        in said("train-network", paths[0], "--p", "1", "--out", out, status=2).err
    )


def test_the_job_script_of_the_tutorial_pays_for_no_query_twice(graph, tmp_path):
    """Killed after every step, and sent again until nothing is left."""
    page = Path(__file__).parents[1] / "docs" / "tutorials" / "queue.md"
    script = page.read_text(encoding="utf-8").split("```sh\n")[1].split("```")[0]
    command = f'replication() {{ {shlex.quote(sys.executable)} -m replication "$@"; }}\n'
    (tmp_path / "graph.edgelist").write_bytes(graph.read_bytes())
    device = tmp_path / "device"
    device.write_text("#!/bin/sh\necho paid >> paid.log\necho -1.5\n")
    device.chmod(0o755)
    run = tmp_path / "run.json"
    subprocess.run(
        [sys.executable, "-m", "replication", "ask", run, "--problem", graph, "--queries", "3"],
        check=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
    )
    lines = (command + script.rstrip()).splitlines()
    cut = [
        "\n".join(lines[:-1]),  # after the device answered
        "\n".join(lines),
        "\n".join([*lines, lines[-1]]),  # given twice
    ]
    for text in [*cut, *cut, *cut]:
        subprocess.run(
            ["bash", "-c", text],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
            capture_output=True,
        )
    assert len((tmp_path / "paid.log").read_text().split()) == 3
    assert r.open_session(run).done


def test_a_session_keeps_its_order(graph, said, tmp_path, whole):
    path = tmp_path / "run.json"
    first = json.loads(said("ask", path, "--problem", graph, "--order", "qiskit", "--json").out)
    assert next(iter(first["angles"])) == "beta_1"
    said("tell", path, "--", whole.values[0])
    for again in (said("ask", path, "--json"), said("info", path)):
        assert "beta_1" in again.out.split("gamma_1")[0]
    second = json.loads(said("ask", path, "--order", "qiskit", "--json").out)
    np.testing.assert_array_equal(second["theta"][4:], whole.points[1][:4])
    refused = said("ask", path, "--order", "own", status=2).err
    assert "is a session with order 'qiskit', but 'own' is asked for" in refused


def test_a_wrong_cost_is_taken_back(graph, said, tmp_path, whole):
    path = tmp_path / "run.json"
    first = said("ask", path, "--problem", graph, "--json").out
    assert "is none that the problem can have" in said("tell", path, "--", "5e9").err
    assert said("take-back", path).out.startswith("query: 1")
    assert said("ask", path, "--json").out == first
    assert "there is none to take back" in said("take-back", path, status=2).err
