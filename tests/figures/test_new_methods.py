"""A new start and a new optimiser, one file each, are in every exhibit that shows some."""

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
import yaml
from matplotlib.figure import Figure
from matplotlib.text import Text

from figures import exhibits, style
from replication import optimisers, starts
from replication.kinds.meta_learning_jobs import MAIN, starts_for
from replication.study import load_study
from tests import made_claims

START = '''"""A start of the tests."""
LABEL = "zigzag"
def start(context):
    return context.ansatz.heuristic()
'''
OPTIMISER = '''"""A local optimiser of the tests."""
LABEL = "random walk"
def minimise(cost, start, *, edges, budget, rng):
    cost(start)
'''
PEER = "constant"
"""a start that every class and every protocol of the study has"""
WITH_STARTS = {
    *("figures/fig3_convergence", "figures/fig4_generalisation", "figures/profiles"),
    *("figures/depths", "figures/optimisers", "figures/ablations", "figures/shots"),
    *("figures/starts", "figures/seeds", "figures/transfer"),
}
SMALL = Path(__file__).parent / "panels.yaml"

Maker = Callable[..., Any]


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One file more in either folder."""
    with pytest.MonkeyPatch.context() as patch:
        for package, name, text in ((starts, "zigzag", START), (optimisers, "walk", OPTIMISER)):
            folder = tmp_path_factory.mktemp(name)
            (folder / f"{name}.py").write_text(text, encoding="utf-8")
            patch.setattr(package, "__path__", [*package.__path__, str(folder)])
        yield
    for name in ("replication.starts.zigzag", "replication.optimisers.walk"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def made(added: None, tmp_path_factory: pytest.TempPathFactory, filled: Maker) -> Any:
    """A study that leaves its starts and optimisers to the package, with made-up results."""
    content = yaml.safe_load(SMALL.read_text(encoding="utf-8"))
    for name in ("maxcut-p2", "sk-p2"):
        content["experiments"][name]["protocols"] = {
            "with": {"optimiser": "all"},
            "edges": {"simplex": [0.2]},
            "also": {"optimiser": "all", "simplex": [0.2]},
            "y-mean": {"feedback": "mean"},
            "shots-100": {"shots": 100},
        }
    content["labels"]["also"] = "other edges"
    path = tmp_path_factory.mktemp("open") / "open.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    found = filled(str(path), instances=4, seeds=1, fill={"extra": ("zigzag",)})
    made_claims.save(found.study, found.folder)
    return found


def _figure(one: exhibits.Exhibit, made: Any) -> Figure:
    with mpl.rc_context(style.RC):
        figure, _ = exhibits.load(one.script).draw(made.results)
    return figure


def _records(stem: str, made: Any) -> list[dict[str, str]]:
    script = exhibits.load(f"{stem}_table")
    template = Path(str(script.__file__)).with_suffix(".rst")
    return list(csv.DictReader(script.write(made.results, template)["csv"].splitlines()))


def test_a_new_start_is_in_every_cell(made: Any) -> None:
    cells = [names for step, names in exhibits.jobs_of(made.study) if step == "statistics"]
    held = [
        "zigzag" in starts_for(made.study, one["experiment"], one["set"], way)
        for one in cells
        for way in [one["protocol"]]
    ]
    assert len(held) > 30
    assert all(held)


def test_a_new_start_is_in_every_figure_that_shows_starts(made: Any) -> None:
    """It is stronger than the others, so that the figures that name one name it."""
    shown = {one.name: one for one in exhibits.exhibits(made.study)}
    assert shown.keys() >= WITH_STARTS
    for name in WITH_STARTS:
        with mpl.rc_context(style.RC):
            figure, fields = exhibits.load(shown[name].script).draw(made.results)
        words = {text.get_text().replace("\n", " ") for text in figure.findobj(Text)}
        assert "zigzag" in words or "zigzag" in str(fields), name


def test_a_new_start_is_in_every_table_that_shows_starts(made: Any) -> None:
    for stem in ("starts", "optimisers", "shots", "transfer"):
        places = [
            Counter(
                tuple(row.get(key) for key in ("experiment", "test_set", "size", "protocol"))
                for row in _records(stem, made)
                if row["start"] == start
            )
            for start in ("zigzag", PEER)
        ]
        assert places[0] == places[1], stem
        assert places[0], stem
    rows = Counter(row["row"] for row in _records("ablations", made))
    assert rows["zigzag"] == rows["constant angles"] == 2


def test_a_new_optimiser_is_in_every_exhibit_of_optimisers(made: Any) -> None:
    rows = _records("optimisers", made)
    found = Counter((row["experiment"], row["optimiser"]) for row in rows)
    for name in ("maxcut-p2", "sk-p2"):
        assert found[name, "walk"] == found[name, "cobyla"] > 0
        tried = {optimiser for experiment, optimiser in found if experiment == name}
        assert tried == set(optimisers.names())
    shown = {one.name: one for one in exhibits.exhibits(made.study)}
    plain = _figure(shown["figures/optimisers"], made).axes[0]
    assert "random walk" in [text.get_text() for text in plain.get_yticklabels()]
    varied = Counter(row["name"] for row in _records("sensitivity", made))
    assert varied["also-walk"] == varied["also-cobyla"] == 2
    rows_drawn = [
        text.get_text()
        for ax in _figure(shown["figures/sensitivity"], made).axes
        for text in ax.get_yticklabels()
    ]
    assert rows_drawn.count("random walk, other edges") == 2


def test_what_a_study_says_otherwise_holds(added: None) -> None:
    study = load_study("smoke")
    assert "zigzag" in starts_for(study, "maxcut-p2", "8")
    assert "zigzag" not in starts_for(study, "sk-p2", "8")
    assert "zigzag" not in starts_for(study, "maxcut-p2", "8", "cobyla")
    used = {
        one.evaluation_under(way).optimiser
        for one in study.meta_learning.values()
        for way in (MAIN, *one.protocols)
    }
    assert "walk" not in used


def test_no_start_of_the_package_loses_its_look_to_another() -> None:
    alone = {name: style.looks([name]) for name in starts.names()}
    together = style.looks([*starts.names(), "another"])
    assert all(together.items() >= look.items() for look in alone.values())
