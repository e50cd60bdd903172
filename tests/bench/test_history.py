"""The history of the benchmarks in a clone: of this repository, of a machine with a name."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HISTORY = ROOT / "bench" / "history"
RESULTS = sorted(HISTORY.glob("*/*-*.json"))


def git(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True)


def test_several_commits_were_measured_on_one_named_machine() -> None:
    assert len(RESULTS) >= 5
    folders = {path.parent for path in RESULTS}
    for folder in folders:
        machine = json.loads((folder / "machine.json").read_text(encoding="utf-8"))
        assert machine["machine"] == folder.name
        assert machine["cpu"]
        # Else asv would draw a commit apart from the others.
        expected = {key: value for key, value in machine.items() if key != "version"}
        for path in folder.glob("*-*.json"):
            assert (
                json.loads(path.read_text(encoding="utf-8"))["params"].items() >= expected.items()
            )
    assert sum(path.stat().st_size for path in HISTORY.rglob("*.json")) < 500_000


def test_the_history_lists_the_benchmarks_that_there_are() -> None:
    """A run would change the list otherwise; what only others inherit from is no benchmark."""
    code = "from asv_runner.discovery import disc_benchmarks as found; " + (
        "print(*{each.name + ' ' + each.version for each in found('benchmarks')}, sep='\\n')"
    )
    there = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "bench", capture_output=True, text=True, check=True
    ).stdout.splitlines()
    known = json.loads((HISTORY / "benchmarks.json").read_text(encoding="utf-8"))
    listed = {f"{name} {each['version']}" for name, each in known.items() if name != "version"}
    assert set(there) == listed
    assert not [name for name in known if ".Compiled." in name]


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem[:8])
def test_a_measured_commit_is_one_of_this_repository(path: Path) -> None:
    measured = json.loads(path.read_text(encoding="utf-8"))
    known = json.loads((HISTORY / "benchmarks.json").read_text(encoding="utf-8"))
    assert measured["results"]
    assert set(measured["results"]) <= set(known)
    if git("rev-parse", "--is-shallow-repository").stdout.strip() != "false":
        pytest.skip("a shallow clone does not hold the older commits")
    assert git("merge-base", "--is-ancestor", measured["commit_hash"], "HEAD").returncode == 0
