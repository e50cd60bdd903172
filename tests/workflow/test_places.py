"""Where results go: one study a folder, however its path was typed."""

import os
import re
from pathlib import Path

import pytest

from replication.errors import UserError
from replication.study import load_study
from replication.study_files import study_names
from replication.workflow import places

ALL = ", ".join(study_names())

TINY = Path(__file__).with_name("tiny.yaml")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A working folder with a study, and a link to it."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "own.yaml").write_bytes(TINY.read_bytes())
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.chdir(folder)
    return folder


def test_a_study_has_one_spelling(here):
    typed = ["own.yaml", "./own.yaml", str(here / "own.yaml"), "../here/own.yaml"]
    typed += [str(here.parent / "link" / "own.yaml")]
    assert {places.spelling(one) for one in typed} == {"own.yaml"}
    assert places.spelling("paper") == places.spelling(str(places.STUDIES / "paper.yaml"))
    assert places.spelling("../other.yaml") == os.path.join("..", "other.yaml")


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    places.check_folder(tmp_path / "not" / "yet", "smoke")
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"results folder .*file/smoke cannot be written"):
        places.check_folder(tmp_path / "file" / "smoke", "smoke")


def other(folder, text=None):
    """Another study of the same file name."""
    folder.mkdir()
    path = folder / "own.yaml"
    path.write_text(text or TINY.read_text("utf-8").replace("depth: 1", "depth: 2"), "utf-8")
    return path


def test_two_studies_of_one_name_do_not_share_a_folder(here):
    results = places.results_of("own.yaml")
    places.mark(results, "own.yaml")
    second = other(here / "other")
    sentence = r"results/own holds results of another study, own.yaml: rename one"
    with pytest.raises(UserError, match=sentence):
        places.check_folder(results, str(second))
    # The one that was there goes on, edited too, and so does a copy of it.
    places.check_folder(results, "own.yaml")
    (here / "own.yaml").write_bytes(second.read_bytes())
    places.check_folder(results, "own.yaml")
    places.check_folder(results, str(second))


def test_results_of_a_study_that_was_moved_belong_to_nobody_else(here):
    results = places.results_of("own.yaml")
    places.mark(results, "own.yaml")
    second = other(here / "other")
    (here / "own.yaml").unlink()
    places.check_folder(results, str(second))
    places.mark(results, str(second))
    assert (results / places.MARK).read_text("utf-8") == "../../other/own.yaml\n"


def test_a_file_may_not_take_the_folder_of_a_study_of_the_package(here):
    results = places.results_of("smoke")
    places.mark(results, "smoke")
    assert (results / places.MARK).read_text("utf-8") == "smoke\n"
    with pytest.raises(UserError, match="holds results of another study, smoke"):
        places.check_folder(results, str(TINY))


def test_all_may_be_moved_together(here, monkeypatch):
    places.mark(places.results_of("own.yaml"), "own.yaml")
    moved = here.rename(here.with_name("moved"))
    monkeypatch.chdir(moved)
    places.check_folder(places.results_of("own.yaml"), "own.yaml")
    with pytest.raises(UserError, match="holds results of another study"):
        places.check_folder(places.results_of("own.yaml"), str(other(moved / "other")))


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (
            {"study": "papr"},
            f"unknown study 'papr'; allowed are {ALL} or a path ending in .yaml",
        ),
        ({"studdy": "smoke"}, "unknown key 'studdy' in --config; allowed are study, results"),
        (
            {"study": "none.yaml"},
            "study file none.yaml cannot be read: [Errno 2] No such file or direct",
        ),
        (
            {"study": "misspelt.yaml"},
            "study misspelt.yaml: unknown key experiments.sk.dept; allowed here",
        ),
        ({"results": "file"}, "results folder file/paper cannot be written: "),
        ({"results": "a{b"}, "the path of a results folder must not hold '{': "),
    ],
)
def test_a_wrong_configuration_is_one_sentence(here, config, sentence):
    text = TINY.read_text(encoding="utf-8").replace("depth:", "dept:", 1)
    (here / "misspelt.yaml").write_text(text, encoding="utf-8")
    (here / "file").touch()
    with pytest.raises(UserError, match=f"^{re.escape(sentence)}"):
        places.configured(config, "/checkout")


@pytest.mark.parametrize(("checkout", "sign"), [("/a{b", "{"), ("/a}", "}"), ("/a:b", ":")])
def test_a_checkout_whose_path_cannot_work_is_refused(here, checkout, sign):
    with pytest.raises(UserError, match=f"this checkout must not hold '{sign}': {checkout}"):
        places.configured({"study": "own.yaml"}, checkout)


def test_a_configuration_names_a_study_and_its_folder(here):
    name, study, results = places.configured({"study": "./own.yaml", "results": "all"}, "/checkout")
    assert (name, results) == ("own.yaml", Path("all/own"))
    assert study == load_study("own.yaml")
    assert places.configured({}, "/checkout")[0] == "paper"
