"""Where a result comes from: the process, the machine and the commit."""

import subprocess
import sys
import time
from pathlib import Path

from replication import provenance


def test_a_process_knows_when_it_began():
    """The interpreter's own start counts, which comes before any line of ours."""
    code = "import time; time.sleep(0.3); from replication.provenance import process_began as b"
    before = time.time()
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; print(b())"], capture_output=True, text=True, check=True
    )
    assert before - 0.1 <= float(done.stdout) <= time.time() - 0.3


def test_without_a_system_that_tells_it_the_process_began_with_our_first_line(monkeypatch):
    def missing(path, **options):
        raise FileNotFoundError(path)

    monkeypatch.setattr(Path, "read_text", missing)
    assert provenance.process_began() == provenance._IMPORTED


def test_provenance_survives_a_missing_git(monkeypatch):
    def missing(*arguments, **options):
        raise FileNotFoundError("git")

    monkeypatch.setattr(subprocess, "run", missing)
    found = provenance.collect()
    assert found["git_commit"] == found["git_dirty"] == "unknown"
    assert "wall_time_s" not in found


def test_provenance_takes_no_commit_from_a_repository_around_it(monkeypatch, tmp_path):
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "site-packages").mkdir()
    monkeypatch.setattr(provenance, "ROOT", tmp_path / "site-packages")
    assert provenance.collect()["git_commit"] == "unknown"
