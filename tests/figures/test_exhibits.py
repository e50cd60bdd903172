"""Exhibits register themselves: two files each, found by name, refused where they clash."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import figures
from figures import exhibits, script
from figures.__main__ import main
from replication import workflow
from replication.errors import UserError
from replication.study import load_study

TABLE = '''"""A table of the tests."""
def needs(study):
    return [("claims", {})]
def write(results, template):
    return {"md": template.read_text(encoding="utf-8")}
'''
EACH = '''"""A figure of the tests, of each experiment."""
def needs(study):
    return {name: [("shots", {"experiment": name})] for name in study.mains}
def draw(results, experiment):
    raise NotImplementedError
'''

Add = Callable[[str, str], None]


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Add:
    """Write a file into a folder of more scripts."""
    monkeypatch.setattr(figures, "__path__", [*figures.__path__, str(tmp_path)])

    def write(name: str, text: str) -> None:
        (tmp_path / name).write_text(text, encoding="utf-8")

    return write


def test_two_files_are_a_table_of_every_study(add: Add, tmp_path: Path) -> None:
    add("extra_table.py", TABLE)
    add("extra_table.rst", "What it says.")
    for name in ("smoke", "paper"):
        (one,) = [one for one in exhibits.exhibits(load_study(name)) if one.stem == "extra"]
        assert one.name == "tables/extra"
        assert one.needs == (("claims", {}),)
        assert one.source == tmp_path / "extra_table.py"
    argv = ["draw", "extra_table", "--study", "smoke", "--results", str(tmp_path / "results")]
    assert main(argv) == 0
    assert (tmp_path / "results" / "tables" / "extra.md").read_text() == "What it says."
    assert (tmp_path / "results" / "benchmarks" / "tables" / "extra.json").is_file()


def test_a_mapping_is_an_exhibit_for_each_experiment(add: Add) -> None:
    add("each.py", EACH)
    add("each.rst", "")
    study = load_study("smoke")
    found = [one for one in exhibits.exhibits(study) if one.script == "each"]
    assert [one.name for one in found] == [f"figures/each_{name}" for name in study.mains]
    assert [one.experiment for one in found] == list(study.mains)


def test_a_script_without_a_caption_is_refused(add: Add) -> None:
    add("bare.py", EACH)
    with pytest.raises(UserError, match=r"figures/bare\.py has no caption: add figures/bare\.rst"):
        exhibits.exhibits(load_study("smoke"))


@pytest.mark.parametrize("lacks", ["def needs", "def draw"])
def test_a_script_that_offers_too_little_is_refused(add: Add, lacks: str) -> None:
    add(f"half_{lacks[4:]}.py", EACH.replace(lacks, "def other"))
    add(f"half_{lacks[4:]}.rst", "")
    with pytest.raises(UserError, match=r"half_\w+\.py has a caption, so it must offer needs"):
        exhibits.exhibits(load_study("smoke"))


def test_a_caption_without_a_script_is_refused(add: Add) -> None:
    add("gone.rst", "")
    with pytest.raises(UserError, match=r"figures/gone\.rst is the caption of no script"):
        exhibits.exhibits(load_study("smoke"))


def test_two_scripts_that_write_the_same_files_are_refused(add: Add) -> None:
    # The table of claims is `claims_table`, so that its files are named like this one's.
    add("claims.py", TABLE)
    add("claims.rst", "")
    with pytest.raises(UserError, match=r"claims\.py and figures/claims_table\.py both write"):
        exhibits.exhibits(load_study("smoke"))


@pytest.mark.parametrize("name", ["smoke", "paper", "extended"])
def test_jobs_are_all_that_exhibits_wait_for(name: str) -> None:
    study = load_study(name)
    jobs = exhibits.jobs_of(study)
    kinds = {one.kind for one in study.experiments.values()}
    met = {
        s for s in workflow.STEPS if getattr(workflow.declared(s), "KIND", None) in {None, *kinds}
    }
    assert {step for step, _ in jobs} == met
    assert len({(step, *sorted(names.items())) for step, names in jobs}) == len(jobs)


def test_the_list_names_figures_before_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "smoke"]) == 0
    names = capsys.readouterr().out.split()
    assert names == [one.name for one in exhibits.exhibits(load_study("smoke"))]
    assert names == sorted(names, key=lambda name: name.partition("/")[0])
    assert names[0] == "figures/fig1_loop"
    assert main(["draw", "nothing", "--study", "smoke", "--results", "x"]) == 2
    assert "unknown figure or table 'nothing'; allowed are fig1_loop" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("needs", "sentence"),
    [
        ([("instanses", {})], "plot.py needs the unknown step 'instanses'; allowed are "),
        (
            [("instances", {"experiment": "x"})],
            "plot.py needs the step instances without its 'set'",
        ),
    ],
)
def test_needs_that_are_no_jobs_are_refused(needs: list[Any], sentence: str) -> None:
    with pytest.raises(UserError, match=re.escape(sentence)):
        exhibits._check("plot", needs)


def test_an_unknown_field_of_a_caption_is_named(tmp_path: Path) -> None:
    caption = tmp_path / "plot.rst"
    caption.write_text("$typo", encoding="utf-8")
    with pytest.raises(UserError, match=r"plot\.rst: unknown field \$typo; allowed are one, two"):
        script.fill(caption, {"two": 2, "one": 1})
