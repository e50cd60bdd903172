"""The tables of claims and sensitivity and its figure, and what publishing puts into the texts."""

import csv
import importlib
import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from figures import exhibits, style
from figures import results as read
from figures.exhibits import jobs_of
from figures.script import fill
from replication import store
from replication.errors import UserError
from replication.kinds.meta_learning_jobs import all_statistics
from replication.metalearner.arrays import write_arrays
from replication.study import Study, digest, load_study
from replication.variations import not_varied
from replication.workflow import STEPS, Job
from tests import made_claims
from tests.figures.test_panels import off_axes
from tests.shown import figures_of, tables_of

FOLDER = Path(style.__file__).parent
SCRIPTS = {"claims": "claims_table", "sensitivity": "sensitivity_table"}
LOST = dict.fromkeys(("constant", "median", "bayes", "cma_es"), (0.2, math.inf))
ODD = {
    ("maxcut-p4", "*", "*"): {"lstm.slow": (0.03, 80)},
    ("maxcut-p4", "12", "budget-200"): {"lstm": (0.15, math.inf), **LOST},
    ("sk-p4", "*", "*"): LOST,
}

STUDIES = ["smoke", "paper", "extended", "sensitivity"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, read.Results]:
    """The claims of every study that comes with the package, from made-up statistics."""
    found = {}
    for name in STUDIES:
        study = made_claims.few(load_study(name))
        folder = tmp_path_factory.mktemp(name)
        made_claims.save(study, folder, ODD)
        found[name] = read.Results(study, folder)
    return found


def written(results: read.Results, stem: str) -> dict[str, str]:
    module = exhibits.load(SCRIPTS[stem])
    return dict(module.write(results, FOLDER / f"{SCRIPTS[stem]}.rst"))


def records(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize("stem", SCRIPTS)
def test_a_table_has_every_format_and_nothing_left_open(
    made: dict[str, read.Results], name: str, stem: str
) -> None:
    texts = written(made[name], stem)
    assert set(texts) == {"md", "csv", "tex", "rst"}
    assert digest(made[name].study) in texts["md"]
    for suffix in ("md", "rst"):
        assert "$" not in texts[suffix]
        assert "nan" not in texts[suffix].replace("nance", "")
    widths = {
        tuple(line.replace(r"\|", "").count("|") for line in block.splitlines())
        for block in texts["md"].split("\n\n")
        if block.startswith("|")
    }
    assert all(len(set(each)) == 1 for each in widths)
    assert texts["tex"].count(r"\begin{longtable}") == texts["tex"].count(r"\end{longtable}") > 0
    lines = [line for line in texts["tex"].splitlines() if not line.startswith("%")]
    assert all(line.isascii() for line in lines)
    assert stem in {drawing.stem for drawing in tables_of(made[name].study)}


def test_the_first_table_has_a_row_a_claim_with_the_papers_words(
    made: dict[str, read.Results],
) -> None:
    module = exhibits.load("claims_table")
    lines = module.first_table(written(made["paper"], "claims")["md"]).splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines[2:]]
    heads = [row for row in cells if row[0].startswith("**")]
    claims = ("C1", "C2", "C3", "C4", "R1", "R2")
    assert [row[0] for row in heads] == [f"**{claim}**" for claim in claims]
    assert heads[0][1].endswith("“within a small number of queries of the cost function”")
    # A column for each of three views.
    assert lines[0].count("|") == 6
    rows = {(head, row[1]): row[2:] for head, row in _below(lines)}
    error, same, successor = rows["C1", "MaxCut"]
    assert successor.startswith("replicated: error 0.00")
    assert error.startswith("replicated: error 0.00")
    assert "after 10 queries (5 seeds 0.00" in error
    assert same == "the same"
    replication, controls, _ = rows["C2", "MaxCut"]
    assert "linear ramp" in replication
    assert "constant angles" not in replication
    assert "constant angles" in controls
    assert heads[4][2:] == ["**inconclusive**"] * 3


def _below(lines: list[str]) -> list[tuple[str, list[str]]]:
    """Each row of a class with its claim."""
    found, head = list[tuple[str, list[str]]](), ""
    for line in lines[2:]:
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        head = cells[0].strip("*") or head
        if not cells[0]:
            found.append((head, cells))
    return found


def test_numbers_and_verdicts_in_the_csv_are_those_of_the_step(
    made: dict[str, read.Results],
) -> None:
    tree = made_claims.judged(made["paper"].study, ODD)
    rows = records(written(made["paper"], "claims")["csv"])
    findings = tree["findings"].to_dataset()
    mine = [row for row in rows if row["level"] == "finding"]
    assert [float(row["number"]) for row in mine] == findings["number"].sel(
        bound="value"
    ).values.tolist()
    assert [row["verdict"] for row in mine] == findings["verdict"].values.tolist()
    whole = {row["claim"]: row["verdict"] for row in rows if row["level"] == "claim"}
    assert set(whole) == {"C1", "C2", "C3", "C4", "R1", "R2"}


def test_shots_have_the_interval_of_their_mean_and_the_spread_apart(
    made: dict[str, read.Results],
) -> None:
    texts = written(made["paper"], "claims")
    short, _, others = texts["md"].partition("## Class by class")
    one = next(row for row in records(texts["csv"]) if row["metric"] == "shots")
    keys = ("number", "spread", "number_low", "number_high")
    mean, sd, low, high = (float(one[key]) / 1e5 for key in keys)
    assert low < mean < high < mean + sd
    assert f"({mean:.1f} ± {sd:.1f})e5 shots a query |" in short
    said = f"mean {mean:.2f}e5 [{low:.2f}e5, {high:.2f}e5] shots a query, sd {sd:.2f}e5"
    # Class by class and in the details, in three views.
    assert others.count(f"| {said} |") == 6
    assert all("±" not in details for details in others.split("## Every comparison")[1:])


def test_larger_sizes_together_have_a_section_of_their_own(made: dict[str, read.Results]) -> None:
    text = written(made["paper"], "claims")
    section = text["md"].split("## All sizes larger than in training together")[1].split("##")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    rows = [row for row in records(text["csv"]) if row["level"] == "pooled"]
    assert len(lines) == len(rows) > 6
    assert sum("**meta-trained RNN**" in line for line in lines) == len(
        {r["experiment"] for r in rows}
    )
    assert "larger than in training" not in written(made["smoke"], "claims")["md"]


def test_every_comparison_is_in_the_details(made: dict[str, read.Results]) -> None:
    text = written(made["extended"], "claims")["md"]
    sections = text.split("## Every comparison")[1:]
    assert len(sections) == 3
    rows = [
        line
        for each in sections
        for line in [one for one in each.splitlines() if one.startswith("| ")][1:]
    ]
    details = "".join(sections)
    in_csv = records(written(made["extended"], "claims")["csv"])
    assert len(rows) == sum(row["level"] == "finding" and row["experiment"] != "" for row in in_csv)
    assert "| SK | n = 12 | constant angles | queries ratio > " in details
    assert "Barabási–Albert" in details


def test_bold_rows_name_the_figure_that_shows_a_claim(made: dict[str, read.Results]) -> None:
    text = written(made["paper"], "claims")["md"]
    text = text.split("## Class by class")[1].split("## Every comparison")[0]
    bold = [line for line in text.splitlines() if line.startswith("| **C4**")]
    assert len(bold) == 1
    assert "**Table 1**" in bold[0]
    assert text.count("| C4 | MaxCut |") == 1


def test_what_changes_a_verdict_is_bold_and_what_is_not_varied_is_named(
    made: dict[str, read.Results],
) -> None:
    results = made["sensitivity"]
    texts = written(results, "sensitivity")
    (slow,) = [line for line in texts["md"].splitlines() if "| learning rate 3e-3 |" in line][:1]
    assert "| learner.learning_rate (chosen) | 0.01 → 0.003 |" in slow
    assert "| **yes: C1, C2** |" in slow
    (short,) = [line for line in texts["md"].splitlines() if line.startswith("| budget 200 |")][:1]
    assert "| evaluation.budget (chosen) | 400 → 200 |" in short
    assert "| – | constant angles |" in short
    for name in not_varied(results.study):
        assert f"| {name} | not varied |" in texts["md"]
    rows = records(texts["csv"])
    listed = {row["settings"] for row in rows if row["kind"] == "not varied"}
    assert listed == set(not_varied(results.study))


def draw(results: read.Results) -> tuple[Any, str]:
    module = exhibits.load("sensitivity")
    with mpl.rc_context(style.RC):
        figure, fields = module.draw(results)
        figure.draw_without_rendering()
    return figure, fill(FOLDER / "sensitivity.rst", fields)


def test_the_figure_of_sensitivity_is_legible_and_marks_what_changes(
    made: dict[str, read.Results],
) -> None:
    figure, caption = draw(made["sensitivity"])
    assert "$" not in caption
    assert digest(made["sensitivity"].study) in caption
    assert figure.get_figwidth() <= style.WIDTH
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    assert min(text.get_fontsize() for text in texts) >= 7
    assert len([text for text in texts if text.get_text() == "C1, C2"]) == 2
    page = figure.bbox
    unseen = set().union(*map(off_axes, figure.axes))
    for text in set(texts) - unseen:
        box = text.get_window_extent()
        assert page.x0 - 1 <= box.x0
        assert box.x1 <= page.x1 + 1
    labels = [ax.xaxis.label.get_window_extent() for ax in figure.axes[-2:]]
    assert not labels[0].overlaps(labels[1])
    markers = {line.get_marker() for line in figure.axes[3].lines}
    assert ">" in markers  # a control that never arrives
    black = [line for line in figure.axes[0].lines if line.get_color() == "#000000"]
    assert len(black) == 4  # two rows, each a point and its interval


@pytest.mark.parametrize(
    ("ratio", "marker"), [(0.004, "<"), (0.1, "o"), (3.0, "o"), (float("inf"), ">")]
)
def test_what_lies_off_the_axis_is_an_arrow_head(ratio: float, marker: str) -> None:
    module = exhibits.load("sensitivity")
    rows = [{"queries_ratio": [value] * 3, "differs": ""} for value in (2.0, ratio)]
    lines = [module.Line(str(i), row, "") for i, row in enumerate(rows)]
    limits = module._limits(lines, "queries_ratio", 5.0)
    ax = Figure().subplots()
    module._fill(ax, lines, "queries_ratio", 5.0, limits)
    point = ax.lines[3]
    (place,) = point.get_xdata()
    assert point.get_marker() == marker
    assert limits[0] * 1.2 < place < limits[1] / 1.2
    assert ax.get_xlim()[0] >= 0.1 / 2.5


def test_a_study_that_varies_nothing_has_no_figure_of_it(
    made: dict[str, read.Results], tmp_path: Path
) -> None:
    stems = {name: {one.stem for one in figures_of(each.study)} for name, each in made.items()}
    assert "sensitivity" in stems["sensitivity"]
    content = load_study("paper").model_dump(mode="json")
    for experiment in content["experiments"].values():
        experiment["learners"].pop("plain", None)
        for learner in experiment["learners"].values():
            learner["units"] = "coefficients"
    alone = Study.model_validate(content)
    assert "sensitivity" not in {one.stem for one in figures_of(alone)}
    made_claims.save(alone, tmp_path)
    with pytest.raises(UserError, match="varies no setting"):
        draw(read.Results(alone, tmp_path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    results = read.Results(load_study("smoke"), tmp_path)
    with pytest.raises(UserError, match=r"claims\.nc is missing"):
        written(results, "claims")


TEXT = "top\n<!-- claims:begin {} -->\nold\n<!-- claims:end -->\nbottom\n"


@pytest.fixture
def publishing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module, writing below `tmp_path`."""
    publish = importlib.import_module("figures.publish")
    monkeypatch.setattr(publish, "HERE", tmp_path / "figures")
    monkeypatch.setattr(publish, "PRETRAINED", tmp_path / "pretrained")
    monkeypatch.setattr(publish, "MEASURED", tmp_path / "measured")
    monkeypatch.setattr(publish, "measured", lambda *_: [{"depth": 1, "starts": [{"start": "x"}]}])
    monkeypatch.setattr(publish, "QUOTING", (tmp_path / "results.md",))
    (tmp_path / "results.md").write_text("")
    publish.PRETRAINED.mkdir()
    publish.MEASURED.mkdir()
    return publish


ORIGIN = {"git_commit": "a" * 40, "git_dirty": "no", "study_digest": "0", "cpu": "one", "x": 1}


def test_what_the_extended_study_shows_already_is_not_published_twice(publishing: Any) -> None:
    twice = publishing.shown_already("extended", load_study("extended"))
    # The same jobs, and none; larger sizes, the whole study's job, its settings and its time.
    assert {"figures/fig3_convergence", "figures/seeds", "figures/fig1_loop"} <= twice
    assert "figures/fig4_generalisation" not in twice
    assert not {"tables/claims", "tables/table2_settings", "figures/timeline"} & twice
    # Fewer sizes and starts than there show nothing new.
    twice = publishing.shown_already("optimisers", load_study("optimisers"))
    assert {"figures/fig4_generalisation", "tables/starts"} <= twice
    assert not {"figures/optimisers", "figures/shots", "tables/sensitivity"} & twice
    assert publishing.shown_already("paper", load_study("paper")) == set()


def finished(publishing: Any, study: Study, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What publishing reads: pictures, tables, networks and the attributes of all files."""
    for path in (
        "figures/depths.png",
        "figures/depths.pdf",
        "figures/seeds.png",
        "tables/claims.md",
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("# Table 3\n\n| new |\n|---|\n| row |\n\n| other |\n")
    (folder / "trained").mkdir()
    for name in study.experiments:
        (folder / "trained" / f"{name}.npz").write_bytes(b"network")

    def attributes_of(job: Job) -> dict[str, Any]:
        trained = {"git_commit": "b" * 40, "git_dirty": "yes"} if job.step == "train" else {}
        return ORIGIN | {"started_utc": f"2026-01-{len(job.step):02}"} | trained

    monkeypatch.setattr(publishing, "attributes_of", attributes_of)


@pytest.mark.parametrize("name", ["paper", "extended"])
def test_publishing_keeps_each_study_by_itself(
    publishing: Any,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    study, results = load_study(name), tmp_path / "results"
    (tmp_path / "results.md").write_text(TEXT.format("paper"))
    finished(publishing, study, results, monkeypatch)
    # A picture that the study once had.
    (publishing.HERE / "rendered" / name).mkdir(parents=True)
    (publishing.HERE / "rendered" / name / "gone.png").write_text("")
    publishing.publish(name, study, results)
    kept = {path.name for path in (publishing.HERE / "rendered" / name).iterdir()}
    own = {"seeds.png"} if name == "paper" else set()
    assert kept == {"PROVENANCE.json", "depths.png", "claims.md"} | own
    origin = json.loads((publishing.HERE / f"rendered/{name}/PROVENANCE.json").read_text())
    assert origin["study_digest"] == digest(study)
    keys = ["/".join(names.values()) for _, names in all_statistics(study)]
    assert list(origin["statistics"]) == keys
    assert origin["statistics"][keys[0]] == {
        key: value for key, value in ORIGIN.items() if key != "x"
    } | {"started_utc": "2026-01-10"}
    jobs = Counter(step for step, _ in jobs_of(study))
    assert {step: one["files"] for step, one in origin["steps"].items()} == jobs
    assert list(origin["steps"]) == [step for step in STEPS if step in jobs]
    assert origin["steps"]["train"]["git_commit"] == {"b" * 40: jobs["train"]}
    assert origin["steps"]["select"]["git_dirty"] == {"no": jobs["select"]}
    said = capsys.readouterr().out
    others = jobs.total() - jobs["train"]
    assert f"made at 2 commits, with files: {'a' * 12} ({others}), {'b' * 12}" in said
    assert f"uncommitted changes, with files of steps: train ({jobs['train']})" in said
    networks = len(list(publishing.PRETRAINED.glob("*.npz")))
    assert networks == (len(study.experiments) if name == "paper" else 0)
    quoted = "\n| new |\n|---|\n| row |\n\n" if name == "paper" else "old\n"
    assert (tmp_path / "results.md").read_text() == TEXT.format("paper").replace("old\n", quoted)


def test_networks_are_those_that_the_base_does_not_train(publishing: Any) -> None:
    def names(study: str) -> set[str]:
        return set(publishing.shipped(study, load_study(study)))

    assert names("paper") == set(load_study("paper").meta_learning)
    assert {"ising-p1", "ising-p8", "hubbard-natural-r5"} <= names("depths")
    assert not names("paper") & names("depths")
    for study in ("smoke", "extended", "sensitivity", "landscapes"):
        assert not names(study)


def test_a_picture_keeps_its_caption_beside_a_table_of_its_name(
    publishing: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, results = load_study("smoke"), tmp_path / "results"
    finished(publishing, study, results, monkeypatch)
    for path in ("figures/shots.png", "figures/shots.rst", "tables/shots.md", "tables/shots.rst"):
        (results / path).write_text(path)
    publishing.publish("smoke", study, results)
    rendered = publishing.HERE / "rendered" / "smoke"
    assert (rendered / "shots.rst").read_text() == "figures/shots.rst"
    assert (rendered / "shots.md").read_text() == "tables/shots.md"


def test_two_files_of_one_published_name_are_refused(
    publishing: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, results = load_study("smoke"), tmp_path / "results"
    finished(publishing, study, results, monkeypatch)
    monkeypatch.setitem(publishing.PUBLISHED, "tables", (".md", ".rst"))
    for path in ("figures/shots.rst", "tables/shots.rst"):
        (results / path).write_text(path)
    with pytest.raises(UserError, match=r"shots\.rst and .*tables/shots\.rst would be published"):
        publishing.publish("smoke", study, results)


@pytest.mark.parametrize("name", STUDIES)
def test_no_two_exhibits_publish_one_name(publishing: Any, name: str) -> None:
    titles = [
        f"{one.stem}{suffix}"
        for one in exhibits.exhibits(load_study(name))
        for suffix in publishing.PUBLISHED[one.kind]
    ]
    assert len(titles) == len(set(titles))


def test_a_steps_summary_counts_files(publishing: Any) -> None:
    other = {"git_commit": "b", "git_dirty": "no", "started_utc": "2026-01-02"}
    found = publishing.summary([ORIGIN | {"started_utc": "2026-01-03"}, ORIGIN, other])
    assert found["git_commit"] == {"a" * 40: 2, "b": 1}
    assert found["git_dirty"] == {"no": 3}
    assert found["taken_over"] == 0
    assert publishing.summary([ORIGIN, ORIGIN | {"taken_from": "paper/x.nc"}])["taken_over"] == 1
    assert found["cpu"] == {"one": 2, "unknown": 1}
    assert (found["first_started_utc"], found["last_started_utc"]) == ("2026-01-02", "2026-01-03")


def test_one_clean_commit_needs_no_remark(publishing: Any) -> None:
    steps = {"train": publishing.summary([ORIGIN]), "claims": publishing.summary([ORIGIN])}
    assert publishing.remarks(steps) == []
    steps["claims"] = publishing.summary([ORIGIN | {"git_dirty": "unknown"}])
    assert publishing.remarks(steps) == [
        "made with trees of unknown state, with files of steps: claims (1)"
    ]


def test_origins_are_read_from_arrays_and_networks(publishing: Any, tmp_path: Path) -> None:
    study = load_study("smoke")
    experiment = next(iter(study.experiments))
    shots = Job("shots", study, tmp_path, {"experiment": experiment})
    network = Job("select", study, tmp_path, {"experiment": experiment})
    data = made_claims.xr.Dataset({"shots": ("instance", [1.0, 2.0])})
    mine = ORIGIN | {"kind": "shots", "settings": shots.settings, "threads": 2}
    store.save(data, shots.path, mine)
    read = publishing.attributes_of(shots)
    assert read == {key: value for key, value in mine.items() if key != "x"}
    its = ORIGIN | {"kind": "select", "settings": network.settings}
    write_arrays(network.path, {"metadata": np.array(json.dumps({"provenance": its}))})
    assert publishing.attributes_of(network) == its
    store.save(data, shots.path, mine | {"settings": "0"})
    with pytest.raises(UserError, match="made with other settings"):
        publishing.attributes_of(shots)
    for job in (shots, network):
        job.path.write_bytes(job.path.read_bytes()[:100])
        with pytest.raises(UserError, match="is damaged or not a result file"):
            publishing.attributes_of(job)


def test_publishing_refuses_a_study_that_is_not_built(publishing: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="missing"):
        publishing.publish("paper", load_study("paper"), tmp_path / "none")
