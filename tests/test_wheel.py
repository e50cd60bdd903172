"""The package as others install it: small, alone, and typed."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LARGEST = 150
"""MB, of an environment with the part that uses a network"""


def run(*words, **options):
    return subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=True, **options
    )


@pytest.fixture(scope="module")
def light(tmp_path_factory):
    """An environment with a wheel of the package and what that asks for, and nothing else."""
    folder = tmp_path_factory.mktemp("light")
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    try:
        # A copy, so that no build is left in the checkout.
        run("git", "clone", "-q", ROOT, folder / "suite")
        run(python, "-m", "pip", "install", "-q", folder / "suite")
    except subprocess.CalledProcessError as error:
        if "No matching distribution" in error.stderr or "Could not find" in error.stderr:
            pytest.skip("no package index can be reached")
        raise
    return python


def test_it_is_small(light):
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(run(light, "-c", code).stdout.strip())
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    assert size < LARGEST * 1e6
    assert not (site / "tests").exists()


def test_a_network_is_used_without_the_study(light, tmp_path):
    graph = tmp_path / "g.edgelist"
    graph.write_text("\n".join(f"{k} {(k + 1) % 8}" for k in range(8)))
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    command = light.parent / "replication"
    content = json.loads(run(command, "suggest", graph, "--json", env=bare, cwd=tmp_path).stdout)
    assert len(content["theta"]) == 8
    run(command, "ask", tmp_path / "run.json", "--problem", graph, env=bare)
    run(command, "tell", tmp_path / "run.json", "--", "-3.0", env=bare)
    asked = run(light, "-m", "replication", "ask", tmp_path / "run.json", env=bare, cwd=tmp_path)
    assert "query: 2" in asked.stdout


def test_what_is_not_installed_is_named(light, tmp_path):
    graph = tmp_path / "g.edgelist"
    graph.write_text("0 1\n1 2\n")
    command = light.parent / "replication"
    found = subprocess.run(
        [command, "suggest", graph, "--simulate"], capture_output=True, text=True
    )
    assert found.returncode == 2
    assert "is not installed: install this package with its extra [simulate]" in found.stderr
    assert found.stderr.count("\n") == 1
    said = " ".join(run(command, "--help").stdout.split())
    assert "suggest" in said
    assert "is not installed: install this package with its extra [study]" in said
    found = subprocess.run([light, "-c", "import replication as r; r.qaoa"], capture_output=True)
    assert b"replication.qaoa needs equinox" in found.stderr


def test_a_users_code_passes_strict_type_checks(tmp_path):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    snippet = next(part.split("```")[0] for part in text.split("```python\n")[1:])
    (tmp_path / "snippet.py").write_text(snippet)
    words = [sys.executable, "-m", "mypy", "--strict", "--ignore-missing-imports", "snippet.py"]
    found = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path)
    assert "Success" in found.stdout, found.stdout
