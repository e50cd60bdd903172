"""No file outside a problem class's own names it or tests for it; starts likewise for figures."""

import ast
from pathlib import Path

import pytest

from replication import problems

ROOT = Path(problems.__file__).parents[2]

CLASSES = {"maxcut", "sk", "hubbard"}
NAMES = {"MaxCut", "SK", "Hubbard", "HubbardProblem", "IsingProblem", "QAOA", "HubbardAnsatz"}

HOMES = ("replication/problems", "replication/ansatze", "replication/simulators")
"""Folders that are about classes and their circuits."""

EXCEPTIONS = {
    # The public names of the package are those of its classes.
    "replication/__init__.py",
    # Later publications about MaxCut alone, and how their graphs are written as settings.
    "replication/follow_ups.py",
}


def _sources():
    for folder in ("replication", "figures"):
        for source in sorted((ROOT / folder).rglob("*.py")):
            name = source.relative_to(ROOT).as_posix()
            if not name.startswith(HOMES) and name not in EXCEPTIONS:
                yield pytest.param(source, id=name)


def _named(source):
    """Class names in a file's code: identifiers and whole string literals, no prose."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    # Imports for type checkers alone make no decision.
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in CLASSES:
            yield node.value
        elif isinstance(node, ast.Name) and node.id in NAMES:
            yield node.id


@pytest.mark.parametrize("source", list(_sources()))
def test_a_file_knows_no_problem_class_by_name(source):
    assert not set(_named(source))


def test_the_search_finds_what_it_is_for(tmp_path):
    planted = tmp_path / "planted.py"
    planted.write_text('if kind == "sk" or isinstance(one, QAOA):\n    pass\n', encoding="utf-8")
    assert set(_named(planted)) == {"sk", "QAOA"}


def test_the_exceptions_are_there_and_needed():
    for name in EXCEPTIONS - {"replication/__init__.py"}:
        assert set(_named(ROOT / name)), name
