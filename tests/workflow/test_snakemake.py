"""Snakemake around the package: what it plans, what it reruns, what it says of bad input."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import xarray as xr
import yaml

from replication import store, workflow
from replication.study import Study

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "tests" / "workflow" / "tiny.yaml"
NAMES = ("sk", "ladder")
SNAKEMAKE = (sys.executable, "-m", "snakemake")
QUICK = ("--max-jobs-per-timespan", "100/1s")
"""ends as soon as the last job has"""


def run(folder, *arguments, snakefile=ROOT / "Snakefile", **variables):
    """Snakemake in a folder of its own; standard output and error as one text, and the status."""
    done = subprocess.run(
        [*SNAKEMAKE, *QUICK, "--snakefile", str(snakefile), *arguments],
        cwd=folder,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=500,
    )
    return done.stdout, done.returncode


def planned(output):
    """Jobs that a run plans, by rule: its table of job counts."""
    return {
        rule: int(count)
        for rule, count in re.findall(r"^(\w+) +(\d+)$", output, re.MULTILINE)
        if rule != "total"
    }


def test_the_plan_holds_every_step_figure_and_table(tmp_path):
    output, status = run(tmp_path, "-n", "--quiet", "rules", "--config", f"study={TINY}")
    assert status == 0, output
    jobs = planned(output)
    kinds = {getattr(workflow.declared(step), "KIND", None): step for step in workflow.STEPS}
    of_another_kind = {kinds["landscape"]}
    assert set(workflow.STEPS) - of_another_kind <= set(jobs)
    assert of_another_kind.isdisjoint(jobs)
    assert {"all", "study", "figure_fig3_convergence", "table_starts"} <= set(jobs)
    assert {f"figure_{name}" for name in ("starts", "seeds", "angles", "training")} <= set(jobs)
    assert jobs["train"] == 4
    assert not (tmp_path / "results").exists()


def test_what_training_waits_for_comes_first(tmp_path):
    output, status = run(tmp_path, "-n", "--config", f"study={TINY}")
    assert status == 0, output
    found = re.findall(r"^rule (\w+):\n(?:    .*\n)*?    priority: (\d+)", output, re.MULTILINE)
    priority = {rule: int(number) for rule, number in found}
    chain = ("table_starts", "select", "train", "constants", "instances", "optima", "traces")
    assert sorted(chain, key=priority.__getitem__, reverse=True) == list(chain)


def test_paths_may_hold_spaces_and_quotes(tmp_path):
    """Those of the checkout, of the study and of the results: two jobs run, one is planned."""
    folder = tmp_path / "it's a folder für $HOME"
    for name in ("replication", "figures", "envs"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "Snakefile", folder)
    shutil.copy(TINY, folder / "tiny.yaml")
    results = folder / "results" / "tiny"
    config = ("--config", f"study={folder / 'tiny.yaml'}", f"results={results.parent}", "--")
    targets = [results / "study.yaml", results / "instances" / "sk" / "train.nc"]
    snakefile = folder / "Snakefile"
    output, status = run(tmp_path, "--cores", "1", *config, *targets, snakefile=snakefile)
    assert status == 0, output
    assert all(one.is_file() for one in targets)
    assert (results / "logs" / "instances" / "sk" / "train.log").is_file()
    arguments = ("-n", "--printshellcmds", *config, results / "figures" / "fig1_loop.svg")
    output, status = run(tmp_path, *arguments, snakefile=snakefile)
    assert status == 0, output
    command = shlex.split(re.findall(r"python .*fig1_loop.*", output)[0])
    assert command[1:5] == ["-m", "figures", "draw", "fig1_loop"]
    assert command[-1] == str(results / "logs" / "figures" / "fig1_loop.log")


def test_texts_are_utf_8_whatever_the_locale(tmp_path):
    text = TINY.read_text(encoding="utf-8") + "labels: {sk: Größe ≤ ∞}\n"
    folder = tmp_path / "für"
    folder.mkdir()
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    ascii_only = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    targets = ("results/own/study.yaml", "results/own/instances/sk/train.nc")
    arguments = ("--cores", "1", "--config", f"study={folder / 'own.yaml'}", "--", *targets)
    output, status = run(folder, *arguments, **ascii_only)
    assert status == 0, output
    assert "Größe ≤ ∞" in (folder / targets[0]).read_text(encoding="utf-8")
    assert store.load(folder / targets[1], "instances").attrs["experiment"] == "sk"
    command = [sys.executable, "-m", "replication", "study", "own.yaml"]
    environment = {**os.environ, **ascii_only, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    assert "Größe ≤ ∞" in done.stdout.decode("utf-8")


@pytest.mark.parametrize("cores", ["0", "abc", "-1", ""])
def test_make_refuses_a_number_of_cores_below_one(cores):
    command = ["make", "figures", f"CORES={cores}"]
    # As typed by a user: under `make test` it would be a part of that call and say so.
    alone = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert f"CORES must be a whole number of at least 1 (got '{cores}')" in done.stderr
    assert done.stdout == ""


def test_a_mistake_is_one_sentence_without_a_traceback(tmp_path):
    output, status = run(tmp_path, "-n", "--config", "study=papr")
    assert status == 2
    last = output.splitlines()[-1]
    assert last.startswith("snakemake: error: unknown study 'papr'; allowed are depths, extended, ")
    assert "Traceback" not in output


def test_two_runs_in_one_folder_meet_the_lock(tmp_path):
    locks = tmp_path / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    target = tmp_path / "results" / "tiny" / "study.yaml"
    (locks / "0.output.lock").write_text(f"{target.relative_to(tmp_path)}\n", encoding="utf-8")
    arguments = ("--cores", "1", "--config", f"study={TINY}", "--", "results/tiny/study.yaml")
    output, status = run(tmp_path, *arguments)
    assert status != 0
    assert "LockException" in output
    assert "--unlock" in output
    assert not target.exists()


def test_the_effective_study_is_saved_beside_the_results(tmp_path):
    target = "results/tiny/study.yaml"
    output, status = run(tmp_path, "--cores", "1", "--config", f"study={TINY}", "--", target)
    assert status == 0, output
    text = (tmp_path / target).read_text(encoding="utf-8")
    assert text.startswith("# Effective study, digest ")
    assert Study.model_validate(yaml.safe_load(text)) == Study.model_validate(
        yaml.safe_load(TINY.read_text(encoding="utf-8"))
    )


def test_the_expected_time_is_said_before_the_start(tmp_path):
    target = "results/tiny/study.yaml"
    arguments = ("--config", f"study={TINY}", "--", target)
    output, status = run(tmp_path, "--cores", "2", *arguments)
    assert status == 0, output
    said = "Expected time: not known, since no run of this study is recorded."
    assert output.index("Job stats:") < output.index(said) < output.index("localrule study:")


def test_a_study_is_the_same_however_its_path_is_typed(tmp_path):
    shutil.copy(TINY, tmp_path / "own.yaml")
    target = "results/own/instances/sk/train.nc"
    output, status = run(tmp_path, "--cores", "1", "--config", "study=own.yaml", "--", target)
    assert status == 0, output
    for typed in ("./own.yaml", tmp_path / "own.yaml", f"../{tmp_path.name}/own.yaml"):
        output, status = run(tmp_path, "-n", "--config", f"study={typed}", "--", target)
        assert status == 0, output
        assert "Nothing to be done" in output


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the suite that may be edited and broken, with one trained learner."""
    root = tmp_path_factory.mktemp("checkout")
    for name in ("replication", "figures", "profiles", "envs"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Snakefile", root)
    study = yaml.safe_load(TINY.read_text(encoding="utf-8"))
    study["experiments"] = {"sk": study["experiments"]["sk"]}
    study["experiments"]["sk"]["learners"]["plain"]["steps"] = 300
    (root / "own.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")
    output, status = build(root)
    assert status == 0, output
    return root


TRAINED = "results/own/trained/sk/plain.nc"


def build(root, *arguments):
    snakefile = root / "Snakefile"
    options = ("--cores", "1", "--config", "study=own.yaml", *arguments, "--", TRAINED)
    return run(root, *options, snakefile=snakefile)


@pytest.mark.slow
def test_a_second_run_does_nothing_and_is_quick(checkout):
    start = time.perf_counter()
    output, status = build(checkout)
    assert status == 0
    assert "Nothing to be done" in output
    assert time.perf_counter() - start < 10


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "rules"),
    [
        ("metalearner/training.py", {"train"}),
        ("steps/constants/run.py", {"constants", "train"}),
        ("steps/instances/run.py", {"instances", "constants", "train"}),
        ("problems/sk.py", {"instances", "constants", "train"}),
        ("problems/maxcut.py", set()),
        ("evaluation/statistics.py", set()),
    ],
)
def test_an_edit_reruns_the_steps_that_use_the_module_and_no_other(checkout, module, rules):
    path = checkout / "replication" / module
    before = path.read_text(encoding="utf-8")
    path.write_text(before + "\n# edited\n", encoding="utf-8")
    try:
        output, status = build(checkout, "-n", "--quiet", "rules")
    finally:
        path.write_text(before, encoding="utf-8")
    assert status == 0, output
    assert set(planned(output)) == rules


@pytest.mark.slow
def test_a_cut_input_is_refused_by_name_and_deleting_it_mends(checkout):
    instances = checkout / "results" / "own" / "instances" / "sk" / "validation.nc"
    whole = instances.read_bytes()
    instances.write_bytes(whole[:1000])
    output, status = build(checkout)
    assert status != 0
    assert "replication: error: results/own/instances/sk/validation.nc is cut, damaged" in output
    assert "Traceback" not in output
    instances.unlink()
    output, status = build(checkout)
    assert status == 0, output
    found = store.load(checkout / TRAINED, "train")
    assert found.attrs["experiment"] == "sk"


@pytest.mark.slow
def test_a_killed_training_goes_on_and_ends_with_the_same_numbers(checkout):
    """SIGKILL after the first checkpoint, then the same call again."""
    path = checkout / TRAINED
    expected = store.load(path, "train")
    path.unlink()
    command = [*SNAKEMAKE, "--cores", "1", "--config", "study=own.yaml", "--", TRAINED]
    with subprocess.Popen(
        command, cwd=checkout, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        checkpoint = wait_for(checkout / "results" / "own" / ".work", process)
        for training in trainings(checkout):
            os.kill(training, signal.SIGKILL)
        assert process.wait(60) != 0
    assert not path.exists()
    assert checkpoint.exists()
    output, status = build(checkout)
    assert status == 0, output
    found = store.load(path, "train")
    for one, other in zip(expected.subtree, found.subtree, strict=True):
        xr.testing.assert_identical(one.to_dataset().drop_attrs(), other.to_dataset().drop_attrs())
    assert not checkpoint.exists()


def wait_for(folder, process):
    """The first checkpoint that appears below a folder while a process runs."""
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        for found in folder.glob("train-*/checkpoint.npz"):
            return found
        time.sleep(0.005)
    raise AssertionError("no checkpoint appeared")


def trainings(folder):
    """Process ids of the training jobs that run in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            inside = (process / "cwd").resolve() == folder.resolve()
            command = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if inside and command[1:4] == [b"-m", b"replication", b"train"]:
            found.append(int(process.name))
    return found
