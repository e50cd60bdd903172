"""Figures and tables of sizes, depths, optimisers, ablations, transfer and shots: true to data."""

import csv
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import scipy
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from figures import exhibits, latex, marks, style, tables
from figures import results as read
from figures.named import strongest
from replication import workflow
from replication.evaluation.rows import Network, of_network
from replication.study import load_study
from tests.shown import figures_of, tables_of

Maker = Callable[..., Any]

FOLDER = Path(style.__file__).parent
WITH_TABLE = ("optimisers", "ablations", "transfer", "shots")
NAME = "maxcut-p2"
SMALL = str(Path(__file__).parent / "panels.yaml")


def _draw(script: str, fake: Any) -> Figure:
    with mpl.rc_context(style.RC):
        figure, _ = exhibits.load(script).draw(fake.results)
        figure.draw_without_rendering()
    return figure


def _write(stem: str, fake: Any) -> dict[str, str]:
    script = f"{stem}_table"
    return exhibits.load(script).write(fake.results, FOLDER / f"{script}.rst")


def _records(stem: str, fake: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(_write(stem, fake)["csv"].splitlines()))


def _markers(ax: Axes) -> list[tuple[float, float, str]]:
    """Single markers as (x, y, marker)."""
    return [
        (float(line.get_xdata()[0]), float(line.get_ydata()[0]), line.get_marker())
        for line in ax.lines
        if len(line.get_xdata()) == 1 and line.get_marker() != "None"
    ]


def _heights(ax: Axes) -> list[float]:
    return [y for _, y, _ in _markers(ax)]


def _stems(study: Any) -> tuple[set[str], set[str]]:
    return (
        {one.stem for one in figures_of(study)},
        {one.stem for one in tables_of(study)},
    )


def test_a_study_lists_what_it_has_data_for() -> None:
    everything = {"depths", *WITH_TABLE}
    always = {"fig4_generalisation", "profiles"}
    parts = [
        _stems(load_study(name)) for name in ("extended", "optimisers", "depths", "sensitivity")
    ]
    assert all(always <= drawn for drawn, _ in parts)
    assert everything <= set().union(*(drawn for drawn, _ in parts))
    assert set(WITH_TABLE) <= set().union(*(written for _, written in parts))
    drawn, written = _stems(load_study("paper"))
    assert not everything & (drawn | written)
    assert always <= drawn
    drawn, written = _stems(load_study("smoke"))
    assert set(WITH_TABLE) | always <= drawn
    assert "depths" not in drawn


@pytest.mark.parametrize(
    "name", ["smoke", "paper", "extended", "optimisers", "depths", "sensitivity"]
)
def test_what_a_drawing_reads_exists_in_the_study(name: str) -> None:
    study = load_study(name)
    for drawing in (*figures_of(study), *tables_of(study)):
        for step, names in drawing.needs:
            for key in workflow.fields(step):
                assert names[key] in workflow.allowed(key, step, study, names)


@pytest.mark.parametrize(
    ("study", "fill"),
    [
        (SMALL, {}),
        *(
            pytest.param(name, {"lost": ("random",)}, marks=pytest.mark.slow)
            for name in ("optimisers", "sensitivity")
        ),
    ],
    ids=["small", "optimisers", "sensitivity"],
)
def test_a_drawing_reads_just_what_it_lists(study: str, fill: Any, filled: Maker) -> None:
    """A figure may open no file that the workflow does not build for it; and it is legible."""
    made = filled(study, instances=4, seeds=1, fill=fill)
    opened: list[tuple[str, str, str]] = []

    class Recorded(read.Results):
        def _load(self, step: str, **names: str) -> xr.DataTree:
            if step == "statistics":
                opened.append((names["experiment"], names["set"], names["protocol"]))
            return made.results._load(step, **names)

    wanted = {"fig4_generalisation", "profiles", "depths", *WITH_TABLE}
    results = Recorded(made.study, made.folder)
    drawings = [one for one in figures_of(made.study) if one.stem in wanted]
    for drawing in drawings:
        opened.clear()
        with mpl.rc_context(style.RC):
            figure, _ = exhibits.load(drawing.script).draw(results)
            figure.draw_without_rendering()
        listed = {(n["experiment"], n["set"], n["protocol"]) for _, n in drawing.needs}
        assert set(opened) == listed
        _assert_legible(figure)
    assert study != SMALL or {one.stem for one in drawings} == wanted
    for drawing in tables_of(made.study):
        if drawing.stem in wanted:
            opened.clear()
            script = exhibits.load(drawing.script)
            found = script.write(results, FOLDER / f"{drawing.script}.rst")
            listed = {
                (n["experiment"], n["set"], n["protocol"])
                for step, n in drawing.needs
                if step == "statistics"
            }
            assert set(opened) == listed
            assert found.keys() == {"md", "csv", "tex", "rst"}


def _assert_legible(figure: Figure) -> None:
    """All texts on the page, large enough, and no tick label over another."""
    assert figure.get_figwidth() <= style.WIDTH
    page = figure.bbox.padded(1)
    texts = [t for t in figure.findobj(Text) if t.get_text() and t.get_visible()]
    assert min(text.get_fontsize() for text in texts) >= 6
    off = set().union(*map(off_axes, figure.axes))
    shown = [text for text in texts if text not in off]
    for text in shown:
        box = text.get_window_extent()
        assert page.x0 <= box.x0 <= box.x1 <= page.x1, text.get_text()
        assert page.y0 <= box.y0 <= box.y1 <= page.y1, text.get_text()
    for ax in figure.axes:
        for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
            boxes = [t.get_window_extent() for t in labels if t in shown and t.get_text()]
            for index, box in enumerate(boxes):
                assert not any(box.padded(-1).overlaps(other) for other in boxes[index + 1 :])
    for legend in figure.legends:
        box = legend.get_window_extent()
        for ax in figure.axes:
            assert not box.overlaps(ax.get_tightbbox())


def off_axes(ax: Axes) -> set[Text]:
    """Tick labels that are not drawn: those beyond the ends of an axis, or switched off."""
    found: set[Text] = set()
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            inside = low <= tick.get_loc() <= high
            found |= {
                label
                for label, on in (
                    (tick.label1, tick.label1.get_visible()),
                    (tick.label2, tick.label2.get_visible()),
                )
                if not (inside and on and ax.get_visible())
            }
    return found


def _value(one: xr.Dataset, variable: str) -> float:
    """A number without its interval."""
    if "own" in one[variable].dims:
        one = one.sel(own="lstm")
    return read.point(one, variable)[0]


def _above(figure: Figure) -> dict[float, str]:
    """Texts above the first panel, by size."""
    texts = [text for text in figure.axes[0].texts if "×" in text.get_text()]
    return {float(text.xy[0]): text.get_text() for text in texts}


def test_ratios_of_queries_are_those_of_the_statistics(filled: Maker) -> None:
    made = filled(SMALL, instances=4, seeds=1, fill={})
    figure = _draw("fig4_generalisation", made)
    words = _above(figure)
    for size in made.study.experiments[NAME].test:
        data = made.results.statistics(NAME, size)
        best = strongest(data, 0.01)
        medians = data["queries_to_median"].sel(target=0.01, bound="value")
        others = [start for start in read.compared(data) if start != "lstm"]
        assert float(medians.sel(start=best)) == min(float(medians.sel(start=s)) for s in others)
        value = _value(data.sel(start=best, target=0.01), "queries_ratio")
        if 0 < value < math.inf:
            assert words[float(size)] == f"{value:.2g}×"
        for start in (best, "lstm"):
            needed = float(medians.sel(start=start))
            assert np.isclose(_heights(figure.axes[0]), needed).any() or needed > 60


@pytest.mark.parametrize(
    ("lost", "mark"),
    [
        (("ramp", "constant", "median", "random"), ">"),
        (("lstm",), "<"),
        (("lstm", "ramp", "constant", "median", "random"), None),
    ],
)
def test_a_censored_ratio_is_a_bound(
    lost: tuple[str, ...], mark: str | None, filled: Maker
) -> None:
    made = filled(only=1, fill={"lost": lost})
    words = _above(_draw("fig4_generalisation", made))
    if mark is None:
        assert words == {}
        return
    data = made.results.statistics(NAME, "8").sel(target=0.01)
    best = strongest(made.results.statistics(NAME, "8"), 0.01)
    bound = float(data["queries_ratio_at_budget"].sel(start=best, own="lstm"))
    assert words == {8.0: f"{mark}{bound:.2g}×"}


def test_what_no_depth_reaches_is_in_the_strip(filled: Maker) -> None:
    made = filled(only=1, fill={"unreachable": True})
    _, bottom = _draw("depths", made).axes
    assert {marker for *_, marker in _markers(bottom)} == {"^"}
    assert all(150 < y < marks.STRIP * 150 for y in _heights(bottom))


def test_depths_of_one_distribution_have_one_panel() -> None:
    groups = exhibits.load("depths").groups_of(load_study("depths"))
    assert [list(group) for group in groups] == [
        ["maxcut-p1", "maxcut-p2", "maxcut-p4", "maxcut-p8"],
        ["sk-p1", "sk-p2", "sk-p4", "sk-p8"],
        ["hubbard-r1", "hubbard-r3", "hubbard-r5"],
    ]


def test_profiles_are_fractions_in_per_cent(filled: Maker) -> None:
    made = filled(only=1)
    data = made.results.statistics(NAME, "8")
    left, right = _draw("profiles", made).axes[:2]
    for ax, fraction in (
        (left, data["profile_error"].sel(start="lstm", bound="value")),
        (right, data["profile_queries"].sel(start="lstm", target=0.01, bound="value")),
    ):
        assert any(
            len(line.get_ydata()) == fraction.size and np.allclose(line.get_ydata(), 100 * fraction)
            for line in ax.lines
        )


def test_gradients_have_their_own_panel(filled: Maker) -> None:
    made = filled(only=1)
    plain, gradients = _draw("optimisers", made).axes
    names = [[t.get_text() for t in ax.get_yticklabels()] for ax in (plain, gradients)]
    assert names == [
        ["Nelder–Mead (elsewhere)", "COBYLA", "COBYQA, whitened"],
        ["L-BFGS-B (with gradients)"],
    ]
    assert gradients.get_title(loc="left") == "with gradients: one query = value and gradient"
    found = _records("optimisers", made)
    assert {row["protocol"] for row in found if row["gradients"] == "True"} == {"lbfgsb"}
    data = made.results.statistics(NAME, "8", "cobyla")
    row = next(r for r in found if (r["protocol"], r["start"]) == ("cobyla", "ramp"))
    at = data.sel(start="ramp", target=0.01)
    assert float(row["queries_to_0.01"]) == _value(at, "queries_to_median")
    assert float(row["queries_ratio"]) == _value(at, "queries_ratio")


def test_ablations_show_every_seed_and_the_middle_one(filled: Maker) -> None:
    made = filled(only=1, seeds=3)
    networks, learners = made.results.networks(NAME, "8"), made.results.learners(NAME, "8")
    assert networks is not None
    assert learners is not None
    top = _draw("ablations", made).axes[0]
    rows = [t.get_text() for t in top.get_yticklabels()]
    assert rows == [
        "meta-trained RNN",
        "given another instance's costs",
        "linear ramp",
        "constant angles",
        "median of optima",
        "random angles",
        "no costs: angles only",
    ]
    drawn = [(x, y) for x, y, _ in _markers(top)]
    for seed in range(3):
        one = of_network(networks, Network("angles-only", seed))
        value = _value(one, "error_of_start_median")
        assert any(np.isclose(x, value) and 6 < y < 7 for x, y in drawn)
    middle = _value(learners.sel(learner="angles-only"), "error_of_start_middle")
    assert any(np.isclose(x, middle) and y == 6.5 for x, y in drawn)
    assert not any("residual" in row for row in rows)
    shuffled = made.results.statistics(NAME, "8", "y-shuffled")
    value = _value(shuffled.sel(start="lstm"), "error_of_start_median")
    assert any(np.isclose(x, value) and y == 1.5 for x, y in drawn)
    found = _records("ablations", made)
    tests = made.results.claims()["use"].isel(bound=0).to_dataset().to_dataframe()
    tests = tests.set_index("name")
    row = next(one for one in found if one["row"] == "no costs: angles only")
    assert float(row["error_ratio"]) == tests.loc["angles-only", "error_ratio"]
    assert float(row["p_holm"]) == tests.loc["angles-only", "p_holm"]
    text = _write("ablations", made)["md"]
    assert ("Worse than its base: nothing" in text) == bool((tests["p_holm"] > 0.05).all())
    assert sum(row["row"] == "no costs: angles only" for row in found) == 1 + 3
    assert [row["seed"] for row in found][-3:] == ["0", "1", "2"]


def test_a_row_that_another_class_alone_has_is_marked(filled: Maker) -> None:
    made = filled(SMALL, instances=4, seeds=1, fill={})
    module, results = exhibits.load("ablations"), made.results
    found = {name: {row.name for row in rows} for name, rows in module.load(results).items()}
    assert len(found) == 2
    figure = _draw("ablations", made)
    texts = [[text.get_text() for text in ax.texts] for ax in figure.axes]
    assert texts == [[]] * 4
    learner = made.study.experiments["sk-p2"].learners.pop("angles-only")
    try:
        top = _draw("ablations", made).axes[1]
    finally:
        made.study.experiments["sk-p2"].learners["angles-only"] = learner
    (mark,) = top.texts
    rows = [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert (mark.get_text(), mark.xy[1]) == ("not run", rows.index("no costs: angles only") + 0.5)


def test_transfer_has_a_row_for_every_test_set(filled: Maker) -> None:
    made = filled(SMALL, instances=4, seeds=1, fill={})
    figure = _draw("transfer", made)
    titles = [ax.get_title(loc="left") for ax in figure.axes[::2]]
    assert titles == ["MaxCut QAOA, p = 2", "SK QAOA, p = 2", "Hubbard VQE, r = 1"]
    found = _records("transfer", made)
    variable = "error_after_queries_median"
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    for test_set, label in (("regular-3", "3-regular"), ("sk-8", "SK")):
        data = made.results.statistics(NAME, test_set)
        drawn = [(x, y) for x, y, _ in _markers(figure.axes[0])]
        for start in ("lstm", strongest(data, 0.01)):
            error = _value(data.sel(start=start), variable)
            near = [y for x, y in drawn if np.isclose(x, 100 * error)]
            assert any(round(y) == rows.index(label) for y in near)
            assert any(
                float(row["error_after_queries"]) == error
                for row in found
                if (row["experiment"], row["test_set"], row["start"]) == (NAME, test_set, start)
            )
    # Test sets of smaller sizes are below the training distribution at their own size.
    rows = [label.get_text() for label in figure.axes[4].get_yticklabels()]
    assert rows == [
        "training distribution, 2 × 2",
        "training distribution, 2 × 3",
        "U on [4, 8], 2 × 2",
    ]
    assert [p.get_height() for p in figure.axes[4].patches] == [2]
    of_law = {row["test_set"] for row in found if row["trained_on_distribution"] == "True"}
    assert of_law == {"8", "2x2", "2x3"}
    # MaxCut's network on SK is beside SK's own.
    own = _value(made.results.statistics("sk-p2", "8").sel(start="lstm"), variable)
    beside = [row for row in found if row["network_of"] != row["experiment"]]
    assert [(row["experiment"], row["test_set"], row["network_of"]) for row in beside] == [
        (NAME, "sk-8", "sk-p2"),
        ("sk-p2", "maxcut-8", NAME),
    ]
    assert float(beside[0]["error_after_queries"]) == own
    stars = [x for x, _, marker in _markers(figure.axes[0]) if marker == "*"]
    np.testing.assert_allclose(stars, [100 * own])


def test_finite_shots_come_before_exact_costs(filled: Maker) -> None:
    made = filled(only=1)
    top, bottom = _draw("shots", made).axes
    assert [t.get_text() for t in bottom.get_xticklabels()] == ["$10^{3}$", "∞"]
    found = _records("shots", made)
    numbers = [float(row["shots"]) for row in found]
    assert numbers == sorted(numbers)
    assert numbers.count(1000) == numbers.count(math.inf) == len(numbers) / 2
    data = made.results.statistics(NAME, "8", "shots-1000").sel(start="ramp")
    row = next(row for row in found if row["start"] == "ramp")
    assert float(row["error_final"]) == _value(data.isel(query=-1), "error_median")
    assert float(row["error_after_queries"]) == _value(data, "error_after_queries_median")
    assert np.isclose(_heights(top), _value(data, "error_after_queries_median")).any()
    assert np.isclose(_heights(bottom), max(float(row["error_final"]), style.FLOOR)).any()


@pytest.mark.parametrize("stem", ["starts", *WITH_TABLE])
@pytest.mark.parametrize(
    "fill", [{}, {"omit": ("lstm",)}, {"unreachable": True}, {"lost": ("lstm", "random")}]
)
def test_tables_are_whole_in_every_format(stem: str, fill: Any, filled: Maker) -> None:
    found = _write(stem, filled(only=1, fill=fill))
    for suffix in ("md", "tex", "rst"):
        assert "nan" not in found[suffix]
        assert "None" not in found[suffix]
        assert "$ " not in found["md"]
    lines = [line for line in found["md"].splitlines() if line.startswith("|")]
    assert len(lines) > 2
    records = list(csv.DictReader(found["csv"].splitlines()))
    assert records
    assert all(None not in one for one in records)
    rows = [line for line in found["tex"].splitlines() if line.endswith(r"\\")]
    columns = {line.count(" & ") for line in rows if r"\multicolumn" not in line}
    assert len(columns) == 1
    assert found["tex"].count(r"\begin{longtable}") == found["tex"].count(r"\end{longtable}") > 0


def test_starts_have_their_interquartile_mean_and_what_random_starts_miss(filled: Maker) -> None:
    made = filled(only=1)
    data = made.results.statistics(NAME, "8")
    found = _write("starts", made)
    row = next(
        row
        for row in csv.DictReader(found["csv"].splitlines())
        if (row["experiment"], row["size"], row["start"]) == (NAME, "8", "ramp")
    )
    ramp = data.sel(start="ramp", query=made.study.experiments[NAME].roll_out_queries)
    for value, suffix in zip(ramp["error_iqm"].values, ("", "_low", "_high"), strict=True):
        assert float(row[f"error_after_queries_iqm{suffix}"]) == value
    assert tables.interval(read.point(ramp, "error_iqm")) in found["md"]
    errors = np.sort(data.sel(start="ramp")["error_after_queries"].values)
    low, middle, high = (
        float(row[f"error_after_queries_q90{end}"]) for end in ("_low", "", "_high")
    )
    assert middle == pytest.approx(np.quantile(errors, 0.9))
    # Ranks between which the quantile lies as often as the interval's confidence says.
    ranks = scipy.stats.binom.ppf([0.025, 0.975], len(errors), 0.9).astype(int)
    ends = np.append(errors, np.inf)[ranks - [1, 0]]
    assert low == pytest.approx(ends[0])
    assert high == pytest.approx(ends[1])
    missed = [float((data["random_miss"] > t).mean()) for t in data["target"].values]
    assert len(set(missed)) > 1
    fraction = " / ".join(f"{100 * fraction:.0f}" for fraction in missed)
    assert f"by more than 0.1 / 0.01 / 0.001 on {fraction} % of the instances." in found["md"]
    assert float(row["random_miss_0.01"]) == missed[1]
    searched = made.study.experiments[NAME].reference.random_starts
    assert f"by {searched} random starts alone" in found["rst"]
    sections = sum(len(one.test) for one in made.study.mains.values())
    assert found["tex"].count("} Random starts alone") == sections


def test_cells_say_what_is_censored_and_what_is_unknown() -> None:
    inf, nan = math.inf, math.nan
    assert tables.interval((12.0, 10.0, inf), 400) == "12 [10, > 400]"
    assert tables.interval((inf, inf, inf), 400) == "> 400"
    assert tables.interval((0.012, nan, nan)) == "0.012"
    assert tables.interval((nan, nan, nan), 400) == "–"
    assert tables.ratio((3.14, 2.5, 4.1), 3.14) == "3.1 [2.5, 4.1]"
    assert tables.ratio((inf, 20.0, inf), 44.4) == "> 44 [20, ∞]"
    assert tables.ratio((inf, 183.0, inf), 300.4) == "> 300 [180, ∞]"
    assert tables.ratio((0.0, 0.0, 0.5), 0.21) == "< 0.21 [0, 0.5]"
    assert tables.ratio((nan, 0.0, inf), 1.0) == "–"
    assert tables.rounded(1.74e-9) == "1.7e-09"


def test_cells_are_escaped() -> None:
    section = tables.Section("50 % & more_", ["a|b", "c"], [["**5 %** | y", "> 3 %"]])
    found = tables.write("T", "caption", [section], [{"a": 1}, {"a": 2, "b": math.inf}])
    assert r"| a\|b | c |" in found["md"]
    assert r"| **5 %** \| y | > 3 % |" in found["md"]
    assert r"\textbf{5 \%} {\textbar} y & \ensuremath{>} 3 \%" in found["tex"]
    assert latex.escape("50 % & more_") in found["tex"]
    assert found["csv"] == "a,b\n1,\n2,inf\n"
