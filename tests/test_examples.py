"""Every example in a docstring runs, and every public name has one."""

import doctest
import importlib
import pkgutil
import re
import sys
from pathlib import Path

import pytest

import replication
from replication.study import load_study

ROOT = Path(__file__).resolve().parents[1]


def _modules():
    found = pkgutil.walk_packages(replication.__path__, f"{replication.__name__}.")
    return [one.name for one in found if not one.name.endswith("__main__")]


@pytest.mark.parametrize("name", _modules())
def test_examples_of_a_module_run(name):
    found = doctest.testmod(importlib.import_module(name))
    assert not found.failed


@pytest.mark.parametrize("name", replication.__all__)
def test_a_public_name_has_an_example(name):
    assert ">>> " in getattr(replication, name).__doc__


def _pages():
    """Pages with code, by their place in the repository."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [
        page.relative_to(ROOT).as_posix()
        for page in pages
        if "```python\n" in page.read_text(encoding="utf-8")
    ]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Puts files of a page, which tell to add them to a folder of the package, on its path."""
    added = []

    def put(place, text):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        package = importlib.import_module(".".join(Path(place).parent.parts))
        assert not (Path(package.__path__[0]) / path.name).exists()
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(path.parent)])
        added.append(f"{package.__name__}.{path.stem}")

    yield put
    for name in added:
        sys.modules.pop(name, None)


@pytest.mark.filterwarnings("ignore:.*was not trained on problems like this one")
@pytest.mark.parametrize("name", _pages())
def test_the_python_of_a_page_runs(name, tmp_path, monkeypatch, files):
    """All blocks of a page in their order, warnings being errors; those with a title are files."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / name).read_text(encoding="utf-8")
    for package in re.findall("<!-- needs: (.*) -->", text):
        pytest.importorskip(package)
    for place, content in re.findall(r'```python title="(.*?)"\n(.*?)```', text, re.DOTALL):
        files(place, content)
    blocks = [part.split("```")[0] for part in text.split("```python\n")[1:]]
    exec("\n".join(blocks), {"__name__": name})


def test_the_studies_of_tutorials_are_valid(tmp_path):
    """Their own class and probe apart, which a study knows only where their file is in place."""
    found = 0
    for page in sorted((ROOT / "docs" / "tutorials").iterdir()):
        for content in re.findall("```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            text = content.replace("kind: partitioning", "kind: maxcut")
            text = text.replace("{kind: random_angles, problem: {kind: maxcut}}", "{kind: noise}")
            (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
            assert load_study(tmp_path / "mine.yaml").experiments
            found += 1
    assert found > 2


def test_every_tutorial_is_run():
    tutorials = [page for page in _pages() if page.startswith("docs/tutorials/")]
    assert len(tutorials) == len([*(ROOT / "docs" / "tutorials").iterdir()])


def test_an_example_that_is_wrong_fails(tmp_path, monkeypatch):
    (tmp_path / "wrong.py").write_text('"""Adds.\n\n>>> 1 + 1\n3\n"""\n', encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert doctest.testmod(importlib.import_module("wrong"), verbose=False).failed == 1
