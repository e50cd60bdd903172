"""Data flows one way: what each folder may import, and that no two folders import each other."""

import ast
import functools
import itertools
from collections import defaultdict
from pathlib import Path

import pytest

import replication

ROOT = Path(replication.__file__).parent

FORBIDDEN = {
    "simulators": ("problems", "ansatze", "metalearner", "evaluation", "study", "workflow"),
    "problems": ("metalearner", "evaluation", "study", "workflow"),
    "ansatze": ("problems", "metalearner", "evaluation", "starts", "study", "workflow"),
    "metalearner": ("evaluation", "starts", "steps", "study", "workflow"),
    "starts": ("evaluation", "steps", "study", "workflow"),
    "optimisers": ("evaluation", "starts", "steps", "study", "workflow"),
    "evaluation": ("claims", "steps", "workflow"),
    "claims": ("steps",),
    "cost": ("evaluation", "starts", "optimisers", "study", "workflow"),
}
"""What each folder or module of the package must not know, by name."""


def _nodes(node):
    """Every node below one, but not what is for type checkers alone."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from _nodes(child)


def _named(source):
    """Modules that a file's import statements name, those inside functions included."""
    for node in _nodes(ast.parse(source.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@functools.cache
def imports():
    """Folders and root modules of the package that each of them imports."""
    found = defaultdict(set)
    for source in ROOT.rglob("*.py"):
        own = source.relative_to(ROOT).parts[0].removesuffix(".py")
        for name in _named(source):
            first, *rest = name.split(".")
            if first == "replication" and rest and rest[0] != own:
                found[own].add(rest[0])
    return found


@pytest.mark.parametrize("name", FORBIDDEN)
def test_nothing_is_imported_from_above(name):
    assert imports()[name].isdisjoint(FORBIDDEN[name])


def test_no_two_folders_import_each_other():
    found = imports()
    folders = [name for name in found if (ROOT / name).is_dir()]
    circles = [
        (one, other)
        for one, other in itertools.combinations(folders, 2)
        if other in found[one] and one in found[other]
    ]
    assert not circles


@pytest.mark.parametrize("library", ["snakemake", "figures", "bench"])
def test_the_package_imports_neither_the_workflow_engine_nor_what_is_above_it(library):
    for source in ROOT.rglob("*.py"):
        assert library not in {name.split(".")[0] for name in _named(source)}, source
