"""`snakemake --report` and the gallery of a study that was built: nothing is left out."""

import base64
import json
import os
import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from replication.study import load_study
from tests.browser import look
from tests.shown import figures_of, tables_of

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "tests" / "workflow" / "tiny.yaml"
DRAWN = {"study", "figure_fig1_loop", "figure_timeline", "gallery", "all"}
"""rules that Snakemake runs itself"""

pytestmark = pytest.mark.slow


class Built:
    """The tiny study cut down to one experiment with one learner, built, with both reports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.results = folder / "results" / "own"
        content = yaml.safe_load(TINY.read_text(encoding="utf-8"))
        experiment = content["experiments"]["sk"]
        experiment["learners"] = {"plain": experiment["learners"]["plain"]}
        experiment["starts"] = ["random", "ramp", "constant", "lstm"]
        content["experiments"] = {"sk": experiment}
        (folder / "own.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        self.study = load_study(folder / "own.yaml")
        self.call("tests.whole", "own.yaml")
        # Snakemake draws one figure, so that there is the time of a job to show.
        for path in (self.results / "figures").glob("fig1_loop.*"):
            path.unlink()
        said = self.run("--cores", "2", "--max-jobs-per-timespan", "100/1s")
        assert set(re.findall(r"^(?:local)?rule (\w+):", said, re.MULTILINE)) == DRAWN
        for suffix in ("zip", "html"):
            self.run("--report", f"report.{suffix}")

    def run(self, *arguments: str) -> str:
        """What Snakemake says."""
        snakefile = ("--snakefile", str(ROOT / "Snakefile"))
        return self.call("snakemake", *snakefile, *arguments, "--config", "study=own.yaml")

    def call(self, *command: str) -> str:
        """What a module says that runs in the folder."""
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    @property
    def shown(self) -> dict[str, str]:
        """What the report must hold: path below the results, and category."""
        figures, tables = figures_of(self.study), tables_of(self.study)
        return {
            **{f"figures/{one.stem}.svg": "Figures" for one in figures},
            **{f"tables/{one.stem}.csv": "Tables" for one in tables},
        }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return Built(tmp_path_factory.mktemp("built"))


class Words(HTMLParser):
    """The text of a piece of HTML, white space made even."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found = ""
        self.feed(html)
        self.found = " ".join(self.found.split())

    def handle_data(self, data: str) -> None:
        self.found += data


def variable(report: str, name: str) -> dict:
    """A variable that the report's page hands to its script."""
    found = re.search(rf"^ *var {name} = (\{{.*\}});$", report, re.MULTILINE)
    assert found
    return json.loads(found[1])


def test_both_reports_hold_every_figure_and_table_as_it_is_on_disk(built: Built) -> None:
    embedded = variable((built.folder / "report.html").read_text(encoding="utf-8"), "results")
    assert set(embedded) == {f"results/own/{path}" for path in built.shown}
    with zipfile.ZipFile(built.folder / "report.zip") as packed:
        assert packed.testzip() is None
        names = {name.rpartition("/")[2]: name for name in packed.namelist()}
        assert "report.html" in names
        for path in built.shown:
            content = (built.results / path).read_bytes()
            assert packed.read(names[Path(path).name]) == content
            address = embedded[f"results/own/{path}"]["data_uri"]
            assert base64.b64decode(address.partition(";base64,")[2]) == content


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[*`]|:(?=:)", "", text).split())


@pytest.mark.parametrize("suffix", ["zip", "html"])
def test_each_is_in_its_category_with_its_caption(built: Built, suffix: str) -> None:
    if suffix == "zip":
        with zipfile.ZipFile(built.folder / "report.zip") as packed:
            report = packed.read("report/report.html").decode()
    else:
        report = (built.folder / "report.html").read_text(encoding="utf-8")
    categories = variable(report, "categories")
    listed = {
        path: category
        for category, groups in categories.items()
        for paths in groups.values()
        for path in paths
    }
    assert listed == {f"results/own/{path}": category for path, category in built.shown.items()}
    shown = variable(report, "results")
    for path in built.shown:
        written = (built.results / path).with_suffix(".rst").read_text(encoding="utf-8")
        html = shown[f"results/own/{path}"]["caption"]
        words = Words(html).found
        # The caption's words in order, whatever its marks for bold, italics and literal blocks.
        assert _bare(words) == _bare(written)
        assert "system-message" not in html


def test_the_gallery_shows_the_same_and_then_nothing_is_left_to_do(built: Built) -> None:
    page = (built.results / "index.html").read_text(encoding="utf-8")
    for path in built.shown:
        assert f'"{path}"' in page
    assert "Nothing to be done" in built.run("--cores", "1", "-n")


def test_pages_are_sound_in_a_browser(
    built: Built, tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = built.results / "index.html"
    seen, console = look(page, (1280, 400), tmp_path_factory.mktemp("browser"))
    assert console == []
    for one in seen:
        assert one.errors == []
        assert len(one.images) == len(figures_of(built.study)) + 1  # that of the speed
        assert all(natural > 0 for _, natural in one.images)
        assert one.scroll_width <= one.width
    (report,), _ = look(built.folder / "report.html", (1280,), tmp_path_factory.mktemp("browser"))
    assert report.errors == []
    assert "Figures" in report.text
    assert "Tables" in report.text
