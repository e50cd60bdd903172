"""A problem class that is one new file goes through contracts, training and every exhibit."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from replication import store

ROOT = Path(__file__).resolve().parents[2]
TOY = ROOT / "tests" / "toy"
LABEL = "Max-2-SAT"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the suite with one file more, and nothing else changed."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("replication", "figures", "envs", "tests", "bench/peers"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Snakefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    shutil.copy(TOY / "max2sat.py", folder / "replication" / "problems")
    return folder


def run(folder, *command):
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def test_the_class_passes_the_contracts(checkout):
    tests = ["tests/contracts/test_problems.py", "tests/contracts/test_starts.py"]
    said = run(checkout, "pytest", "-q", "-p", "no:cacheprovider", *tests, "-k", "max2sat")
    assert " passed" in said


@pytest.fixture(scope="module")
def results(checkout):
    """A whole study of the class, as tiny as can be."""
    plan = ("--cores", "2", "--dry-run", "--quiet", "--config", f"study={TOY / 'study.yaml'}")
    run(checkout, "snakemake", *plan)
    run(checkout, "tests.whole", str(TOY / "study.yaml"))
    return checkout / "results" / "study"


def test_every_exhibit_of_the_study_is_there_and_names_the_class(results):
    captions = {path.stem: path.read_text() for path in results.glob("*/*.rst")}
    assert {"fig1_loop", "fig2_rollout", "fig3_convergence", "fig4_generalisation"} <= set(captions)
    assert {"ablations", "optimisers", "shots", "sensitivity", "transfer", "claims"} <= set(
        captions
    )
    assert LABEL in captions["fig1_loop"]
    assert LABEL in (results / "tables" / "table1_shots.md").read_text()
    for path in results.glob("figures/*.svg"):
        assert path.stat().st_size > 3000, path


def test_claims_are_judged_but_for_what_the_paper_did_not_print(results):
    with (results / "tables" / "claims.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["level"] == "class"]
    verdicts = {row["claim"]: row["verdict"] for row in rows}
    assert {"C1", "C2", "C3", "R1"} <= set(verdicts)
    assert "C4" not in verdicts
    with (results / "tables" / "table1_shots.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["kind"], row["paper_mean"]) == ("max2sat", "nan")


def test_ratios_are_fractions_of_satisfied_clauses(results):
    data = store.load(results / "statistics" / "sat" / "6" / "main.nc", "statistics").to_dataset()
    ratio = data["ratio_median"].sel(bound="value").values
    assert ((ratio > 0.7) & (ratio <= 1)).all()
