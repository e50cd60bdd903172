"""The history of the benchmarks in a clone: of this repository, of a machine with a name."""

import json
import subprocess
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
    assert sum(path.stat().st_size for path in HISTORY.rglob("*.json")) < 500_000


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem[:8])
def test_a_measured_commit_is_one_of_this_repository(path: Path) -> None:
    measured = json.loads(path.read_text(encoding="utf-8"))
    known = json.loads((HISTORY / "benchmarks.json").read_text(encoding="utf-8"))
    assert measured["results"]
    assert set(measured["results"]) <= set(known)
    if git("rev-parse", "--is-shallow-repository").stdout.strip() != "false":
        pytest.skip("a shallow clone does not hold the older commits")
    assert git("merge-base", "--is-ancestor", measured["commit_hash"], "HEAD").returncode == 0
