"""A module that is missing is said with the extra that has it."""

import sys
import tomllib
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

import replication
from replication.extras import DISTRIBUTIONS, PACKAGE, extra_with, missing

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]


@pytest.fixture
def installed(monkeypatch):
    """What an installation of this package says of its extras."""
    lines = [f"{one}; extra == '{name}'" for name, several in EXTRAS.items() for one in several]
    monkeypatch.setattr(metadata, "requires", lambda name: ["numpy>=2", *lines])


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        *(("jax", "simulate"), ("equinox", "simulate"), ("xarray", "simulate")),
        *(("yaml", "study"), ("nlopt", "study"), ("cirq", "cirq"), ("qiskit", "qiskit")),
        *(("pennylane", "pennylane"), ("numpy", None), ("nothing", None)),
    ],
)
def test_the_smallest_extra_is_named(module, extra, installed):
    assert extra_with(module) == extra


def test_names_of_distributions_are_those_of_the_project():
    assert PROJECT["project"]["name"] == PACKAGE
    required = " ".join(one for several in EXTRAS.values() for one in several)
    assert all(name in required for name in DISTRIBUTIONS.values())


def test_a_checkout_knows_no_extras(monkeypatch):
    def none(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", none)
    error = ModuleNotFoundError("No module named 'jax.numpy'", name="jax.numpy")
    assert missing(error) == "this needs jax, which is not installed"


def test_a_public_name_says_what_it_needs(installed, monkeypatch):
    def no_equinox(name):
        raise ModuleNotFoundError("No module named 'equinox'", name="equinox")

    monkeypatch.setattr(replication, "_load", no_equinox)
    with pytest.raises(
        ModuleNotFoundError, match=r"replication\.qaoa needs equinox, .*\[simulate"
    ) as seen:
        replication.__getattr__("qaoa")
    assert seen.value.name == "equinox"


def test_an_export_says_what_it_needs(installed, monkeypatch):
    monkeypatch.setitem(sys.modules, "cirq", None)
    ring, ladder = replication.maxcut([(0, 1)]), replication.hubbard((2, 2))
    for circuit in (replication.qaoa(ring, p=1), replication.hubbard_ansatz(ladder, 1)):
        with pytest.raises(ModuleNotFoundError, match=r"^to_cirq needs cirq, .*\[cirq\]"):
            circuit.to_cirq(np.zeros(circuit.num_parameters))


def test_help_needs_no_library_of_the_study(monkeypatch, capsys):
    from replication.__main__ import main

    monkeypatch.setitem(sys.modules, "yaml", None)
    for name in ("study_commands", "study", "study_files"):
        monkeypatch.delitem(sys.modules, f"replication.{name}", raising=False)
        monkeypatch.delattr(replication, name, raising=False)
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "suggest" in said
    assert "More commands are those of studies: this needs yaml" in said
    with pytest.raises(SystemExit):
        main(["--version"])
    assert replication.__version__ in capsys.readouterr().out
