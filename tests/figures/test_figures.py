"""Each figure and table from made-up results: whole, legible, and honest where data are odd."""

import csv
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.lines import Line2D
from matplotlib.text import Text

from figures import exhibits, style
from figures import results as read
from figures.script import fill
from replication.study import digest

Maker = Callable[..., Any]

PANELS = (
    "fig4_generalisation",
    "depths",
    "profiles",
    "optimisers",
    "ablations",
    "transfer",
    "shots",
)
SCRIPTS = ("fig3_convergence", "starts", "seeds", "angles", "training", *PANELS)
VARYING = ("optimisers", "ablations", "transfer", "shots")
"""figures that the paper study has no data for; those of the extended one are in test_panels"""
FOLDER = Path(style.__file__).parent
DEPTHS = str(Path(__file__).parent / "panels.yaml")
TABLE = "starts_table"
TABLES = (TABLE, "optimisers_table", "ablations_table", "transfer_table", "shots_table")


def _module(script: str) -> ModuleType:
    return exhibits.load(script)


def _draw(script: str, fake: Any) -> tuple[Figure, str]:
    """A figure laid out but not saved, and its caption."""
    module, results = _module(script), fake.results
    with mpl.rc_context(style.RC):
        figure, fields = module.draw(results)
        figure.draw_without_rendering()
    return figure, fill(FOLDER / f"{script}.rst", fields)


def _run(script: str, fake: Any) -> int:
    return fake.run(script)


def _made(script: str, fake: Maker) -> Any:
    """A fake study that has something to show in a script."""
    return fake(DEPTHS, instances=4, seeds=1) if script == "depths" else fake(only=1)


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_figure_leaves_four_whole_files(script: str, fake: Maker) -> None:
    made = _made(script, fake).fill()
    assert _run(script, made) == 0
    files = {path.name for path in (made.folder / "figures").iterdir()}
    assert files == {f"{script}.{suffix}" for suffix in ("pdf", "svg", "png", "rst")}
    folder = made.folder / "figures"
    assert (folder / f"{script}.pdf").read_bytes().startswith(b"%PDF")
    assert b"</svg>" in (folder / f"{script}.svg").read_bytes()[-20:]
    assert max(imread(folder / f"{script}.png").shape[:2]) <= style.PIXELS


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_caption_is_filled_and_says_what_is_drawn(script: str, filled: Maker) -> None:
    made = filled()
    caption = _draw(script, made)[1]
    assert "$" not in caption
    assert "None" not in caption
    assert "nan" not in caption
    assert digest(made.study) in caption
    experiment = made.study.experiments["maxcut-p2"]
    assert experiment.title in caption
    assert "plain, seed 0" in caption
    if script not in ("training", "transfer"):
        assert f"{experiment.test['8']} test instances" in caption
    if script in (
        "fig3_convergence",
        "starts",
        "seeds",
        "fig4_generalisation",
        "depths",
        "profiles",
    ):
        assert "95 %" in caption
        assert f"{experiment.evaluation.budget} cost queries" in caption
        assert "Nelder–Mead (edges of the initial simplex: 0.075, 0.15 rad)" in caption


@pytest.mark.parametrize("script", ["fig4_generalisation", "transfer"])
def test_a_caption_says_how_many_instances_the_test_sets_have(script: str, fake: Maker) -> None:
    made = fake(only=1).fill()
    experiment = made.study.experiments["maxcut-p2"]
    shown = experiment.test_sets if script == "transfer" else experiment.test
    found = [experiment.test_sets[key].instances for key in shown]
    low, high = min(found), max(found)
    caption = _draw(script, made)[1]
    said = f"{low} test instances" if low == high else f"{low} to {high} test instances"
    assert f"Test sets have {said}, the number " in caption


ODD = {
    "no median": ({}, {"omit": ("median",)}),
    "no network": ({}, {"omit": ("lstm",)}),
    "one seed": ({"seeds": 1}, {}),
    "nothing reached": ({}, {"unreachable": True}),
    "unknown starts": ({}, {"extra": ("bayes", "zigzag")}),
    "the network never there": ({}, {"lost": ("lstm",)}),
    "others never there": ({}, {"lost": ("ramp", "random")}),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("script", SCRIPTS)
def test_odd_results_are_drawn(script: str, odd: str, filled: Maker) -> None:
    make, fill = ODD[odd]
    figure, caption = _draw(script, filled(only=1, **make, fill=fill))
    assert figure.axes
    assert "$" not in caption


@pytest.mark.parametrize("script", [one for one in SCRIPTS if one not in VARYING])
@pytest.mark.parametrize("seeds", [2, 5])
def test_a_figure_is_legible_at_column_width(script: str, seeds: int, filled: Maker) -> None:
    figure = _draw(script, filled("paper", seeds=seeds))[0]
    assert figure.get_figwidth() <= style.WIDTH
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    assert min(text.get_fontsize() for text in texts) >= 6
    page = figure.bbox.padded(1)
    for legend in figure.legends:
        box = legend.get_window_extent()
        assert page.x0 <= box.x0 <= box.x1 <= page.x1
        assert not any(box.overlaps(ax.get_window_extent()) for ax in figure.axes)


def _main_rows(made: Any, size: str) -> list[xr.Dataset]:
    """The starts compared and every network of the main figures, but no ablated ones."""
    place = "maxcut-p2", size
    data, networks = made.results.statistics(*place), read.networks(made.results.networks(*place))
    starts = [data.sel(start=start) for start in read.compared(data)]
    return [*starts, *(one for each in networks.values() for one in each)]


def test_every_seed_is_in_the_figure_of_seeds(filled: Maker) -> None:
    made = filled(only=1, seeds=4)
    panel = _draw("seeds", made)[0].axes[0]
    drawn = {float(line.get_xdata()[0]) for line in panel.lines if len(line.get_xdata()) == 1}
    networks = read.networks(made.results.networks("maxcut-p2", "8"))
    assert sum(map(len, networks.values())) == 8
    for one in (one for each in networks.values() for one in each):
        error = float(one["error_after_queries_median"].sel(bound="value"))
        assert max(100 * error, 100 * style.FLOOR) in drawn


def test_every_seed_of_the_legend_of_training_is_drawn(filled: Maker) -> None:
    made = filled(seeds=2)
    figure, _ = _module("training").draw(made.results)
    drawn = {mpl.colors.to_hex(line.get_color()) for ax in figure.axes for line in ax.lines}
    handles = [one for one in figure.legends[0].legend_handles if isinstance(one, Line2D)]
    colours = {one.get_label(): mpl.colors.to_hex(one.get_color()) for one in handles}
    assert list(colours) == ["seed 0", "seed 1", "chosen on validation"]
    assert set(colours.values()) <= drawn
    # Losses are above the best one of a panel, which is drawn at the lower end of the axis.
    for ax in (one for one in figure.axes if one.lines):
        heights = np.concatenate([line.get_ydata() for line in ax.lines])
        assert np.isclose(heights.min(), _module("training").LOWEST)


def test_a_successor_is_beside_the_network_it_succeeds(filled: Maker) -> None:
    made = filled(seeds=2)
    colour = style.LOOKS["successor"].colour
    for script in ("fig3_convergence", "fig4_generalisation", "starts", "seeds", "angles"):
        figure = _draw(script, made)[0]
        panels = [ax for ax in figure.axes if ax.get_title(loc="left")]
        titles = {
            ax.get_title(loc="left").split(",")[0]
            for ax in panels
            if any(line.get_color() == colour for line in ax.lines)
            or any(colour == mpl.colors.to_hex(c) for c in _segments(ax))
        }
        assert {title.upper() for title in titles} >= {"MAXCUT QAOA", "SK QAOA"}, script
        # Hubbard's has none in this study.
        assert "Hubbard VQE" not in titles, script


def _segments(ax: Axes) -> list[Any]:
    return [colour for one in ax.collections for colour in one.get_edgecolor()]


def test_what_is_beyond_the_budget_is_marked(fake: Maker) -> None:
    made = fake(only=1).fill(unreachable=True)
    for script in ("seeds", "starts"):
        panel = _draw(script, made)[0].axes[1]
        markers = {line.get_marker() for line in panel.lines if len(line.get_xdata()) == 1}
        assert markers == {">"}
        assert any(tick.get_text() == ">150" for tick in panel.get_xticklabels())


def test_the_figure_of_starts_has_the_fewest_queries_on_top(filled: Maker) -> None:
    made = filled(only=1, fill={"extra": ("zigzag", "bayes")})
    left = _draw("starts", made)[0].axes[0]
    data = made.results.statistics("maxcut-p2", "8")
    names = [label.get_text() for label in left.get_yticklabels()]
    assert sorted(names) == sorted(read.label(data, start) for start in read.compared(data))
    order = {read.label(data, start): start for start in read.compared(data)}
    medians = data["queries_to_median"].sel(target=0.01, bound="value")
    queries = [float(medians.sel(start=order[name])) for name in names]
    assert queries == sorted(queries)


def test_equal_results_give_equal_files(fake: Maker) -> None:
    made = fake(only=1).fill()
    assert _run("fig3_convergence", made) == 0
    files = sorted((made.folder / "figures").iterdir())
    before = [path.read_bytes() for path in files]
    assert _run("fig3_convergence", made) == 0
    assert [path.read_bytes() for path in files] == before


def test_the_table_holds_every_start_and_marks_what_is_censored(fake: Maker) -> None:
    made = fake(only=1, seeds=3).fill(unreachable=True, extra=("bayes",))
    assert _run(TABLE, made) == 0
    folder = made.folder / "tables"
    assert {path.name for path in folder.iterdir()} == {
        f"starts.{suffix}" for suffix in ("md", "csv", "rst", "tex")
    }
    text = (folder / "starts.md").read_text()
    assert "$" not in text
    assert "| > 150 |" in text
    with open(folder / "starts.csv", encoding="utf-8", newline="") as file:
        records = list(csv.DictReader(file))
    rows = 0
    for size in made.study.experiments["maxcut-p2"].test:
        found = _main_rows(made, size)
        labels = sorted(str(one["label"].item()) for one in found)
        assert sorted(r["label"] for r in records if r["size"] == size) == labels
        rows += 1 + len(found)
    assert text.count("\n| ") == rows
    assert all(math.isinf(float(record["queries_to_0.001_median"])) for record in records)
    assert all(None not in record and None not in record.values() for record in records)


@pytest.mark.parametrize("script", [*SCRIPTS, *TABLES])
def test_missing_results_are_one_sentence(
    script: str, fake: Maker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(script, _made(script, fake)) == 2
    error = capsys.readouterr().err
    assert "is missing" in error
    assert error.count("\n") == 1


def test_an_unknown_experiment_is_one_sentence(
    fake: Maker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fake(only=1).run("angles", "--experiment", "maxcut-p9") == 2
    assert "--experiment maxcut-p9; allowed are none" in capsys.readouterr().err


def test_a_figure_that_a_study_has_nothing_for_is_refused(
    fake: Maker, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fake(only=1).run("depths") == 2
    assert "this study has nothing to show in depths" in capsys.readouterr().err


@pytest.mark.parametrize("study", ["extended", "landscapes"])
def test_figures_do_without_jax(study: str) -> None:
    """And so does reading a study: a job sets JAX up after it, by the environment."""
    code = (
        "import sys; from figures.exhibits import exhibits\n"
        "from replication.study import load_study\n"
        f"exhibits(load_study('{study}')); sys.exit('jax' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=FOLDER.parent).returncode == 0


def test_looks_do_not_depend_on_which_others_are_there() -> None:
    alone, among = style.looks(["constant"]), style.looks(["lstm", "ramp", "zigzag", "constant"])
    assert alone["constant"] == among["constant"]
    assert style.role("ramp") == style.role("adiabatic") == "heuristic"


def test_no_two_starts_look_alike() -> None:
    many = style.looks(["lstm", "ramp", "constant", "median", "random", *"abcdefghi"])
    assert len(many) == 14
    assert len({(look.colour, look.line) for look in many.values()}) == 14
    assert len({look.colour for look in style.LOOKS.values()}) == len(style.LOOKS)
