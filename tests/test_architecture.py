"""Data flows one way: the contracts of import-linter in pyproject.toml, each of which can fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(folder):
    """What import-linter says of the package in a folder, and its exit status."""
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", "--no-logo"],
        cwd=folder,
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout, done.returncode


def test_the_package_keeps_its_contracts():
    output, status = lint(ROOT)
    assert status == 0, output


@pytest.fixture
def package(tmp_path):
    """A copy of the package that may be broken."""
    ignored = shutil.ignore_patterns("__pycache__", "pretrained", "studies", "rendered")
    for name in ("replication", "figures"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("simulators/gates.py", "from replication.problems import base", "Data flows one way"),
        ("metalearner/training.py", "import replication.study", "Data flows one way"),
        ("starts/ramp.py", "def f():\n    import replication.optimisers", "Data flows one way"),
        ("evaluation/optima.py", "import replication.steps", "Data flows one way"),
        ("mine.py", "", "Data flows one way"),
        ("simulators/trig.py", "import replication.simulators.ising", "No two modules"),
        ("store.py", "import replication.provenance, replication.workflow", "No two modules"),
        ("workflow/job.py", "import snakemake.logging", "The package knows neither"),
        ("steps/claims/run.py", "import figures.style", "The package knows neither"),
    ],
)
def test_a_planted_import_breaks_a_contract(package, module, line, broken):
    with (package / "replication" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    output, status = lint(package)
    assert status != 0
    assert broken in "\n".join(one for one in output.splitlines() if one.endswith("BROKEN"))


def test_what_is_for_type_checkers_alone_breaks_none(package):
    text = "\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import replication.study\n"
    with (package / "replication" / "problems" / "base.py").open("a", encoding="utf-8") as file:
        file.write(text)
    output, status = lint(package)
    assert status == 0, output
