"""What is found by the name of its file, and what is refused by it."""

import types

import pytest

from replication.errors import UserError
from replication.problems.sk import SK
from replication.registry import discover, files, offering

CLASS = """from typing import Literal
from replication.problems.sk import SK
class Toy(SK):
    kind: Literal["toy"] = "toy"
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An empty package in which files can be put."""
    # Python keeps what it has imported, so that each test has a name of its own.
    folder = tmp_path / f"registered_{tmp_path.name}"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    made = types.ModuleType(folder.name)
    made.__path__ = [str(folder)]
    return made


def put(package, name, text):
    with open(f"{package.__path__[0]}/{name}.py", "w", encoding="utf-8") as file:
        file.write(text)


def test_files_are_listed_by_name(package):
    for name in ("b", "a"):
        put(package, name, "")
    assert files(package) == ["a", "b"]


def test_a_class_is_found_by_the_name_of_its_file_alone(package):
    put(package, "toy", CLASS)
    put(package, "shared", "from replication.problems.sk import SK\n")
    assert list(discover(package, SK)) == ["toy"]


def test_a_kind_that_is_not_the_name_of_its_file_is_refused(package):
    put(package, "tory", CLASS)
    with pytest.raises(UserError, match=r"tory\.py: Toy has the kind 'toy'; .* file, 'tory'"):
        discover(package, SK)


def test_a_file_that_offers_too_little_is_refused(package):
    put(package, "silent", "def start(context):\n    return None\n")
    with pytest.raises(UserError, match=r"silent\.py offers no LABEL; it needs LABEL, start"):
        offering(package, "silent", "LABEL", "start")
    assert offering(package, "silent", "start").start(None) is None
