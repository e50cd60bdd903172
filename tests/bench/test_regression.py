"""Each of the three checks lets good commits pass and fails on a planted regression."""

import json
import math
import shutil
import subprocess
from pathlib import Path

import jax
import pytest
import xarray as xr

from bench.benchmarks import kernels, quality
from bench.regression import __main__ as command
from bench.regression import plans, reference, smoke, timings
from replication.errors import UserError
from replication.evaluation.rows import Network, table
from replication.kinds.meta_learning_jobs import MAIN, all_statistics
from replication.simulators import ising
from replication.starts import NETWORK
from replication.study import load_study
from replication.workflow import Job


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A place of its own for the references."""
    monkeypatch.setattr(reference, "FOLDER", tmp_path / "reference")
    return tmp_path / "reference"


def test_lower_is_better_and_what_is_gone_or_new_is_no_better():
    old = {"a": 100.0, "b": 100.0, "c": 100.0, "d": 0.0}
    new = {"a": 104.0, "b": 106.0, "d": 0.0, "e": 1.0}
    found = reference.worse(old, new, 1.05)
    assert [one.figure for one in found] == ["b", "c", "e"]
    assert (found[0].old, found[0].new) == (100, 106)
    assert math.isnan(found[1].new)
    assert math.isnan(found[2].old)
    assert not reference.worse(old, {key: value / 2 for key, value in old.items()}, 1.05)


def test_data_may_not_move_either_way_beyond_its_tolerance():
    old = {"a": 0.01, "b": 0.01, "c": 1e-6, "d": math.inf, "e": math.inf, "f": 1.0}
    new = {"a": 0.014, "b": 0.006, "c": 5e-4, "d": math.inf, "e": 300.0, "g": 1.0}
    found = [one.figure for one in reference.moved(old, new, 1.5, 1e-3)]
    assert found == ["b", "e", "f", "g"]


def test_a_new_reference_needs_a_reason_of_its_own(folder):
    with pytest.raises(UserError, match="missing: make it with make accept WHAT=plans"):
        reference.load("plans")
    with pytest.raises(UserError, match="needs a reason"):
        reference.accept("plans", {"a": 1.0}, "  ")
    reference.accept("plans", {"a": 1.0}, "first numbers")
    assert reference.load("plans") == reference.Reference("first numbers", {"a": 1.0})
    reference.accept("smoke", {"a": math.inf}, "out of reach")
    assert reference.load("smoke").figures == {"a": math.inf}
    strict = {"parse_constant": pytest.fail}
    assert json.loads((folder / "smoke.json").read_text(), **strict)["figures"] == {"a": None}
    with pytest.raises(UserError, match="this reason already"):
        reference.accept("plans", {"a": 2.0}, "first numbers")
    (folder / "plans.json").write_text("[]", encoding="utf-8")
    with pytest.raises(UserError, match="is not a reference"):
        reference.load("plans")


def test_numbers_changed_by_hand_under_the_old_reason_are_found(folder):
    def git(*arguments):
        named = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", folder, *named, *arguments], check=True, capture_output=True)

    path = reference.accept("smoke", {"a": 1.0, "b": math.inf}, "first numbers")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "a")
    assert not reference.unexplained("smoke", "HEAD")
    path.write_text(path.read_text().replace("1.0", "2.0"), encoding="utf-8")
    assert reference.unexplained("smoke", "HEAD")
    reference.accept("smoke", {"a": 2.0, "b": 3.0}, "another distribution of the instances")
    assert not reference.unexplained("smoke", "HEAD")
    # In a commit that had none there is nothing to explain.
    assert not reference.unexplained("plans", "HEAD")


@pytest.fixture
def plant(monkeypatch):
    """Puts another mixer, made of the right one, in its place."""

    def put(made):
        monkeypatch.setattr(ising, "_mix", made(ising._mix))
        jax.clear_caches()

    yield put
    monkeypatch.undo()
    jax.clear_caches()


def _thrice(mix):
    """A mixer that does its work three times."""

    def wasteful(state, beta, *sizes):
        state = mix(mix(state, beta, *sizes), -beta, *sizes)
        return mix(state, beta, *sizes)

    return wasteful


def _copying(mix):
    """A mixer that writes its state down 64 times."""

    def wasteful(state, beta, *sizes):
        re, im = mix(state, beta, *sizes)
        copies = jax.numpy.sort(jax.numpy.tile(re, 64))
        return re + 0 * copies[0], im

    return wasteful


@pytest.fixture
def one_kernel(monkeypatch):
    """A check of the plans of one small kernel."""
    monkeypatch.setattr(kernels.QAOASingle, "watched", [(8, 5, "value")])
    for name in ("QAOABatch", "QAOALarge", "HubbardSingle", "HubbardBatch"):
        monkeypatch.delattr(kernels, name)
    everything = plans.measured
    monkeypatch.setattr(plans, "measured", lambda: everything(kernels))


def test_a_planted_waste_fails_the_check_of_plans(folder, one_kernel, plant, capsys):
    assert command.main(["accept", "plans", "--reason", "first numbers"]) == 0
    assert command.main(["check", "plans"]) == 0
    before = reference.load("plans").figures["QAOASingle(8, 5, value).flops"]
    plant(_thrice)
    capsys.readouterr()
    assert command.main(["check", "plans"]) == 1
    said = capsys.readouterr().err
    assert f"QAOASingle(8, 5, value).flops was {before:.6g}, is " in said
    assert "make accept WHAT=plans REASON='…', and commit bench/reference/plans.json" in said
    # Taken on purpose it passes.
    assert command.main(["accept", "plans", "--reason", "planted"]) == 0
    assert command.main(["check", "plans"]) == 0


def test_planted_copies_of_the_state_fail_the_check_of_plans(folder, one_kernel, plant, capsys):
    assert command.main(["accept", "plans", "--reason", "first numbers"]) == 0
    plant(_copying)
    capsys.readouterr()
    assert command.main(["check", "plans"]) == 1
    assert "QAOASingle(8, 5, value).temporary_bytes was " in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setting", "worse", "figure"),
    [("_STEPS", 5, "MetaTraining().gap"), ("_TARGET", 1e-9, "NelderMead().queries")],
)
def test_planted_worse_science_fails_the_check_of_plans(
    setting, worse, figure, folder, monkeypatch, capsys
):
    everything = plans.measured
    monkeypatch.setattr(plans, "measured", lambda: everything(quality))
    assert command.main(["accept", "plans", "--reason", "first numbers"]) == 0
    monkeypatch.setattr(quality, setting, worse)
    capsys.readouterr()
    assert command.main(["check", "plans"]) == 1
    said = capsys.readouterr().err
    assert f"plans: {figure} was " in said
    assert said.count(" was ") == 1


@pytest.mark.slow
def test_a_planted_waste_fails_the_check_of_timings(folder, tmp_path, monkeypatch, capsys):
    call = "QAOA, n = 16, value"
    head = tmp_path / "replication"
    shutil.copytree(timings.ROOT / "replication", head)
    kernel = head / "simulators" / "ising.py"
    text = kernel.read_text(encoding="utf-8")
    line = "        following = _mix(phase(state, *sincos(gamma * diagonal)), beta, layout)\n"
    assert line in text
    waste = "        following = _mix(_mix(following, -beta, layout), beta, layout)\n"
    kernel.write_text(text.replace(line, line + 2 * waste), encoding="utf-8")
    found = timings.compared(timings.ROOT / "replication", head, [call], rounds=2)
    before, now = found[call]
    assert now > timings.FACTOR * before
    reference.accept("timings", timings.allowed({call: 1.0}), "noise of a shared machine")
    monkeypatch.setattr(timings, "ratios", lambda base: {call: now / before})
    assert command.main(["check", "timings"]) == 1
    said = capsys.readouterr().err
    assert f"timings: {call} was 1.5, is {now / before:.6g}" in said
    assert "make accept WHAT=timings" in said
    assert command.main(["accept", "timings", "--reason", "planted"]) == 0
    assert command.main(["check", "timings"]) == 0


def test_an_accepted_slowdown_counts_once():
    said = reference.Reference("a wider network", {"a": 2.4, "b": 1.5})
    before = reference.Reference("noise of a shared machine", {"a": 1.5, "b": 1.5})
    assert timings.limits(said, before) == timings.limits(said, None) == said.figures
    assert timings.limits(said, said) == {"a": 1.5, "b": 1.5}


def test_a_call_that_the_commit_before_cannot_do_is_named_and_can_be_accepted(
    folder, tmp_path, monkeypatch, capsys
):
    def clocked(side, calls, cores=1):
        if side.name == "base" and "new" in calls:
            raise UserError("the calls cannot be timed in base: no such name")
        return dict.fromkeys(calls, 1e-3)

    everything = timings.compared
    monkeypatch.setattr(timings, "clocked", clocked)
    monkeypatch.setattr(timings, "compared", lambda *sides: everything(*sides, ["old", "new"]))
    reference.accept("timings", {"old": 1.5, "new": 1.5}, "noise of a shared machine")
    assert command.main(["check", "timings", "--base", "HEAD"]) == 1
    said = capsys.readouterr()
    assert "timings: new: the calls cannot be timed in base: no such name" in said.err
    assert "new was 1.5, is inf" in said.err
    assert "old was" not in said.err
    accept = ["accept", "timings", "--base", "HEAD", "--reason", "a call of its own"]
    assert command.main(accept) == 0
    assert command.main(["check", "timings", "--base", "HEAD"]) == 0


def test_all_checks_run_and_the_worst_counts(folder, monkeypatch, capsys):
    measured = {"plans": {"a": 2.0}, "timings": {"b": 1.0}, "smoke": {"c": 1.0}}
    for what in measured:
        reference.accept(what, {next(iter(measured[what])): 1.0}, "first numbers")
    monkeypatch.setattr(command, "_measured", lambda what, base: measured[what])
    assert command.main(["check", "plans", "timings", "smoke"]) == 1
    said = capsys.readouterr()
    assert "plans: a was 1, is 2" in said.err
    assert "timings: 1 numbers, all as" in said.out
    assert "smoke: 1 numbers, all as" in said.out


def test_a_reason_is_asked_for_before_anything_is_measured(folder, monkeypatch, capsys):
    monkeypatch.setattr(command, "_measured", pytest.fail)
    assert command.main(["accept", "timings", "--reason", " "]) == 2
    assert "needs a reason" in capsys.readouterr().err


def test_a_commit_that_is_not_there_is_named(folder, capsys):
    assert command.main(["check", "timings", "--base", "no-such-commit"]) == 2
    assert "no commit 'no-such-commit'" in capsys.readouterr().err


def _save_smoke(results: Path, error: float) -> None:
    """Statistics of the smoke study with one error for the middle network of three."""
    study = load_study("smoke")
    for _, names in all_statistics(study):

        def row(error: float, queries: float) -> xr.Dataset:
            return xr.Dataset(
                {
                    "error_after_queries_median": ("bound", [error] * 3),
                    "error_of_start_median": ("bound", [error] * 3),
                    "queries_to_median": (("target", "bound"), [[queries] * 3]),
                },
                coords={"target": [0.01]},
            )

        starts = {NETWORK: row(0.5, 5.0), "random": row(1.0, math.nan)}
        seeds = {0: row(error, 30.0), 1: row(0.0, 1.0), 2: row(1.0, 90.0)}
        networks = {Network("residual", seed): one for seed, one in seeds.items()}
        tree = table(starts, networks if names["protocol"] == MAIN else {}, {})
        Job("statistics", study, results, names).save(tree)


def test_a_planted_shift_fails_the_check_of_the_smoke_study(folder, tmp_path, monkeypatch, capsys):
    results = tmp_path / "results"
    monkeypatch.setattr(command, "RESULTS", results)
    assert command.main(["check", "smoke"]) == 2
    _save_smoke(results, 0.02)
    found = smoke.measured(results)
    assert not any("residual" in name for name in found)
    # The chosen network, which may be another one after a rounding, is not compared.
    assert not any(f"/{NETWORK}/" in name and "/main/" not in name for name in found)
    assert {found[name] for name in found if "queries_to" in name} == {30.0, math.inf}
    assert command.main(["accept", "smoke", "--reason", "first numbers"]) == 0
    _save_smoke(results, 0.025)
    assert command.main(["check", "smoke"]) == 0
    _save_smoke(results, 0.05)
    capsys.readouterr()
    assert command.main(["check", "smoke"]) == 1
    said = capsys.readouterr().err
    assert "lstm/error_after_queries was 0.02, is 0.05" in said
    assert "random" not in said
    assert "make accept WHAT=smoke REASON" in said


def test_the_committed_references_are_whole():
    for what in ("plans", "timings", "smoke"):
        content = json.loads((reference.FOLDER / f"{what}.json").read_text(encoding="utf-8"))
        assert content["reason"]
        assert content["figures"]
