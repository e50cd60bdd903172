"""The command line: what it asks for, refuses and sets up."""

import errno
import os
import subprocess
import sys

import pytest
import yaml

from replication import __main__ as command
from replication import workflow
from replication.environment import NO_LOOP_UNROLLING, WIDTH
from replication.errors import UserError
from replication.study import Study, load_study
from replication.study_files import study_names
from tests.workflow.made import TINY

ALL = ", ".join(study_names())

ONE = ["instances", "--study", str(TINY), "--experiment", "sk", "--set", "4"]


@pytest.fixture
def environment(monkeypatch):
    """The environment, put back after the command line has changed it."""
    monkeypatch.setattr(os, "environ", dict(os.environ))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            [*ONE, "--study", "smok"],
            f"unknown study 'smok'; allowed are {ALL} or a path",
        ),
        (
            [*ONE, "--experiment", "maxcut"],
            "unknown experiment 'maxcut'; allowed are sk, ladder",
        ),
        ([*ONE, "--set", "5"], "unknown set '5'; allowed are train, validation, 4"),
        ([*ONE, "--threads", "0"], "--threads must be at least 1 (got 0)"),
    ],
)
def test_the_command_line_names_mistakes(arguments, sentence, capsys, environment):
    assert command.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"replication: error: {sentence}")
    assert error.count("\n") == 1


def test_the_command_line_refuses_an_unknown_step(capsys):
    with pytest.raises(SystemExit) as caught:
        command.main(["instance"])
    assert caught.value.code == 2
    assert "instances" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (UserError("this and that."), 2, "replication: error: this and that.\n"),
        (
            OSError(errno.ENOSPC, "No space left on device", "results/x"),
            2,
            "replication: error: cannot write results/x: No space left on device\n",
        ),
        (KeyboardInterrupt(), 130, "replication: interrupted\n"),
    ],
)
def test_the_exit_status_tells_what_happened(
    error, status, sentence, monkeypatch, capsys, environment, tmp_path
):
    def fail(job):
        raise error

    monkeypatch.setattr(workflow, "run", fail)
    assert command.main([*ONE, "--results", str(tmp_path)]) == status
    assert capsys.readouterr().err == sentence


def test_other_errors_keep_their_traceback(monkeypatch, environment, tmp_path):
    def fail(job):
        raise FileNotFoundError(errno.ENOENT, "a bug")

    monkeypatch.setattr(workflow, "run", fail)
    with pytest.raises(FileNotFoundError):
        command.main([*ONE, "--results", str(tmp_path)])


def test_the_command_line_configures_jax_before_it_is_imported(monkeypatch, environment, tmp_path):
    seen = []
    monkeypatch.setattr(workflow, "run", seen.append)
    monkeypatch.delitem(os.environ, "JAX_COMPILATION_CACHE_DIR", raising=False)
    assert command.main([*ONE, "--results", str(tmp_path / "results" / "smoke")]) == 0
    assert seen[0].names == {"experiment": "sk", "set": "4"}
    assert os.environ["JAX_ENABLE_X64"] == "1"
    assert os.environ["OMP_NUM_THREADS"] == os.environ["NPROC"] == "1"
    assert os.environ["XLA_FLAGS"].endswith("--xla_cpu_multi_thread_eigen=false")
    assert WIDTH in os.environ["XLA_FLAGS"].split()
    assert NO_LOOP_UNROLLING not in os.environ["XLA_FLAGS"]
    assert os.environ["JAX_COMPILATION_CACHE_DIR"] == str(tmp_path / "results" / ".jax_cache")


def test_what_trains_is_compiled_without_unrolled_loops(monkeypatch, environment, tmp_path):
    monkeypatch.setattr(workflow, "run", lambda job: None)
    train = ["train", *ONE[1:5], "--learner", "plain", "--results", str(tmp_path)]
    assert command.main(train) == 0
    assert NO_LOOP_UNROLLING in os.environ["XLA_FLAGS"]


def test_a_step_computes_its_circuits_in_its_own_thread():
    """Handing small circuits to another thread makes the traces half as long again."""
    read = "import jax; print(jax.config.read('jax_cpu_enable_async_dispatch'))"
    step = "from replication.study_commands import _import; _import('replication.steps.traces.run')"
    code = f"{step}; {read}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_command_line_prints_schema_and_effective_study(capsys):
    assert command.main(["schema"]) == 0
    assert '"title": "Study"' in capsys.readouterr().out
    assert command.main(["study", "smoke"]) == 0
    assert Study.model_validate(yaml.safe_load(capsys.readouterr().out)) == load_study("smoke")
