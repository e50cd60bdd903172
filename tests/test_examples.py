"""Every example in a docstring runs, and every public name has one."""

import doctest
import importlib
import pkgutil

import pytest

import replication


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


def test_an_example_that_is_wrong_fails(tmp_path, monkeypatch):
    (tmp_path / "wrong.py").write_text('"""Adds.\n\n>>> 1 + 1\n3\n"""\n', encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert doctest.testmod(importlib.import_module("wrong"), verbose=False).failed == 1
