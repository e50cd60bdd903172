"""The page of a whole study: complete, honest about its data, and sound in a browser."""

import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import xarray as xr
from docutils.core import publish_parts

from figures import exhibits, gallery, style
from figures.exhibits import Exhibit
from replication import store, workflow
from replication.errors import UserError
from replication.study import digest, load_study
from tests.browser import Seen, look
from tests.shown import figures_of, tables_of

FIGURES = Path(gallery.__file__).parent
TINY = FIGURES.parent / "tests" / "workflow" / "tiny.yaml"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" width="504" height="300">
<rect width="504" height="300" fill="#0072B2"/></svg>"""
CAPTION = """**Title of {stem} & more.** Words < of *the* caption, <script>alert(1)</script>.

A second paragraph of {stem}.
"""
TABLE = """# Table {stem}

About < it. <script>alert(2)</script>

## Part

| a column | {columns} |
|---|{rule}|
| **bold** | {cells} |
""".format


def _draw(folder: Path, drawing: Exhibit, kind: str) -> None:
    """Files as a figure's or table's script leaves them, with next to nothing in them."""
    if kind == "figures":
        texts = {"svg": PICTURE, "png": "", "pdf": "", "rst": CAPTION.format(stem=drawing.stem)}
    else:
        columns, rule = " | ".join(["a wide column"] * 15), "|".join(["---:"] * 15)
        cells = " | ".join(["0.123 [0.111, 0.222]"] * 15)
        text = TABLE(stem=drawing.stem, columns=columns, rule=rule, cells=cells)
        texts = {"csv": "a,b\n", "md": text}
    for suffix, text in texts.items():
        store.write(folder / kind / f"{drawing.stem}.{suffix}", text.encode())


class Built:
    """A small study with everything that its page shows."""

    def __init__(self, folder: Path) -> None:
        self.study = load_study(TINY)
        self.folder = folder
        for step, names in exhibits.jobs_of(self.study):
            self.save(step, names)
        for drawing in figures_of(self.study):
            _draw(folder, drawing, "figures")
        for drawing in tables_of(self.study):
            _draw(folder, drawing, "tables")
        store.write(folder / "study.yaml", b"# Effective study\ntitle: <b>bold</b>" + 300 * b"-")

    def save(self, step: str, names: dict[str, str], **attributes: Any) -> Path:
        """A result file without results."""
        job = workflow.Job(step, self.study, self.folder, names)
        if job.path.suffix != ".nc":
            store.write(job.path, b"network")
            return job.path
        data = xr.Dataset(coords={"seed": [0, 1]} if step == "train" else {})
        origin = {
            "kind": step,
            "settings": job.settings,
            "study_digest": digest(self.study),
            "base_seed": self.study.seed,
            "git_commit": COMMIT,
            "git_dirty": "no",
            "cpu": "A & B processor",
            "threads": 1,
            "python": "3.11.0",
            "jax_version": "0.10.2",
            "started_utc": "2026-01-02T03:04:05+00:00",
            "wall_time_s": 40.0,
            "peak_memory_mib": 512.0,
        }
        store.save(data, job.path, {**origin, **attributes})
        return job.path

    def page(self) -> str:
        """The page, written to disk as the command line does."""
        assert self.run() == 0
        return (self.folder / "index.html").read_text(encoding="utf-8")

    def run(self) -> int:
        """Status of the command line."""
        return gallery.main(["--study", str(TINY), "--results", str(self.folder)])


@pytest.fixture
def built(tmp_path: Path) -> Built:
    return Built(tmp_path / "results")


class Addresses(HTMLParser):
    """Every address and every tag of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.alts: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        values = dict(attrs)
        self.found += [values[key] or "" for key in ("src", "href") if key in values]
        self.ids += [values["id"] or ""] if "id" in values else []
        self.alts += [values.get("alt")] if tag == "img" else []


def test_every_figure_and_table_is_there_with_its_caption(built: Built) -> None:
    text = built.page()
    for drawing in figures_of(built.study):
        assert f'<img src="figures/{drawing.stem}.svg" alt="Figure: Title of ' in text
        assert f"<h3>Title of {drawing.stem} &amp; more</h3>" in text
        assert f"<p>A second paragraph of {drawing.stem}.</p>" in text
        for suffix in ("pdf", "svg", "png"):
            assert f'<a href="figures/{drawing.stem}.{suffix}">' in text
    for drawing in tables_of(built.study):
        assert f"<h3>Table {drawing.stem}</h3>" in text
        assert f'<a href="tables/{drawing.stem}.csv">CSV</a>' in text
    assert "<em>the</em>" in text
    assert "<h4>Part</h4>" in text
    assert "<strong>bold</strong>" in text
    assert text.count('<td style="text-align:right">') == 15 * len(tables_of(built.study))


def test_all_addresses_are_relative_and_lead_somewhere(built: Built) -> None:
    page = Addresses(built.page())
    assert len(page.ids) == len(set(page.ids))
    assert all(page.alts)
    assert not page.tags & {"script", "iframe", "object"}
    for address in set(page.found) - {"data:,"}:
        if address.startswith("#"):
            assert address.removeprefix("#") in page.ids
        else:
            assert (built.folder / unquote(address)).is_file(), address


def test_nothing_from_a_file_is_taken_for_markup(built: Built) -> None:
    text = built.page()
    for number in (1, 2):
        assert f"&lt;script&gt;alert({number})&lt;/script&gt;" in text
    assert "title: &lt;b&gt;bold&lt;/b&gt;" in text
    assert "A &amp; B processor" in text


def test_data_files_are_named_with_size_and_digest(built: Built) -> None:
    text = built.page()
    assert len(exhibits.jobs_of(built.study)) > 10
    for step, names in exhibits.jobs_of(built.study):
        path = workflow.Job("test", built.study, built.folder, names).path_of(step)
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        row = f'{path.relative_to(built.folder)}</a></td><td class="number">'
        row += f"{gallery.bytes_text(path.stat().st_size)}</td>\n"
        row += f'<td><code title="{sha256}">{sha256[:16]}</code>'
        assert row in text


def test_a_figure_names_the_files_it_was_drawn_from(built: Built) -> None:
    text = built.page()
    for drawing in figures_of(built.study):
        start = text.index(f'<article id="figure-{drawing.stem}">')
        article = text[start : text.index("</article>", start)]
        listed = re.findall(r'<tr><td><a href="([^"]+)">', article)
        assert listed == [workflow.STEPS[step].format(**names) for step, names in drawing.needs]


def test_claims_come_before_everything(built: Built, monkeypatch: pytest.MonkeyPatch) -> None:
    before = [one for one in tables_of(built.study) if one.stem != "claims"]
    claims = Exhibit("tables", "claims", "claims_table", before[0].needs)
    _draw(built.folder, claims, "tables")
    store.write(built.folder / "tables" / "claims.tex", b"")
    several = [*figures_of(built.study), *before, claims]
    monkeypatch.setattr(exhibits, "exhibits", lambda study: several)
    text = built.page()
    sections = re.findall(r'<section id="(\w+)">', text)
    assert sections == ["claims", "figures", "tables", "speed", "study", "provenance"]
    assert text.count('id="table-claims"') == 1
    assert text.index('id="table-claims"') < text.index('<section id="figures">')
    assert '<a href="tables/claims.tex">LaTeX</a>' in text


def test_provenance_tells_files_apart(built: Built) -> None:
    text = built.page()
    assert f"<dd>{COMMIT}, clean tree</dd>" in text
    assert "<dd>0, 1</dd>" in text
    step, names = next(need for need in exhibits.jobs_of(built.study) if need[0] == "train")
    built.save(step, names, git_dirty="yes", wall_time_s=3600.0)
    text = built.page()
    others = sum(step != "select" for step, _ in exhibits.jobs_of(built.study)) - 1
    assert f'{COMMIT}, clean tree <span class="count">({others} files)</span>' in text
    assert f'{COMMIT}, with uncommitted changes <span class="count">(1 file)</span>' in text
    seconds = 3600 + 40 * others
    assert f"took {gallery.seconds_text(seconds)}." in text


def test_equal_results_give_an_equal_page(built: Built) -> None:
    assert built.page() == built.page()


def _remove(*parts: str) -> Callable[[Built], None]:
    return lambda built: built.folder.joinpath(*parts).unlink()


def _cut(built: Built) -> None:
    path = next((built.folder / "traces").rglob("*.nc"))
    path.write_bytes(path.read_bytes()[:200])


def _age(built: Built) -> None:
    step, names = next(need for need in exhibits.jobs_of(built.study) if need[0] == "instances")
    built.save(step, names, settings="of another study")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_remove("study.yaml"), r"study\.yaml is missing"),
        (_remove("figures", "profiles.rst"), r"profiles\.rst is missing"),
        (_remove("tables", "starts.md"), r"starts\.md is missing"),
        (_cut, r"\.nc is cut, damaged"),
        (_age, r"\.nc is stale"),
    ],
)
def test_what_is_missing_or_damaged_is_one_sentence(
    spoil: Callable[[Built], None],
    sentence: str,
    built: Built,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoil(built)
    assert built.run() == 2
    error = capsys.readouterr().err
    assert re.search(sentence, error)
    assert error.count("\n") == 1
    assert not (built.folder / "index.html").exists()


def test_the_page_shows_the_simulators_beside_others(built: Built) -> None:
    text = built.page()
    section = text.split('<section id="speed">')[1].split("</section>")[0]
    assert '<img src="peers.png"' in section
    assert "<table>" in section
    measured = (gallery.PEERS / "peers.png").read_bytes()
    assert (built.folder / "peers.png").read_bytes() == measured


def test_a_measurement_that_is_missing_is_named(
    built: Built,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(gallery, "PEERS", tmp_path)
    assert built.run() == 2
    assert "peers.md is missing: run make peers" in capsys.readouterr().err


def test_a_png_replaces_an_svg_and_nothing_replaces_both(built: Built) -> None:
    (built.folder / "figures" / "profiles.svg").unlink()
    assert '<img src="figures/profiles.png"' in built.page()
    (built.folder / "figures" / "profiles.png").unlink()
    with pytest.raises(UserError, match=r"profiles\.svg is missing"):
        gallery.page(built.study, built.folder)


def test_a_caption_without_bold_words_has_no_title() -> None:
    text = gallery.caption("Just words, :math:`x^2`.")
    assert text.title == ""
    assert "<math" in text.body
    assert gallery.table("| a |\n|---|\n| b |\n").title == ""


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (1_234_567_890, "1,234.6 MB"),
    ],
)
def test_sizes_as_readers_write_them(size: int, text: str) -> None:
    assert gallery.bytes_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 00 min"),
        (36_600, "10 h 10 min"),
    ],
)
def test_times_as_readers_write_them(seconds: float, text: str) -> None:
    assert gallery.seconds_text(seconds) == text


@pytest.mark.parametrize("path", sorted(FIGURES.glob("*.rst")), ids=lambda path: path.stem)
def test_captions_are_clean_markup(path: Path) -> None:
    """Snakemake's report reads them as a Jinja template and as reStructuredText."""
    text = re.sub(r"\$\{?\w+\}?", "words", path.read_text(encoding="utf-8"))
    assert not re.search(r"\{[{%#]", text)
    publish_parts(text, writer="html5", settings_overrides={**gallery.RST, "halt_level": 1})


WIDTHS = (1280, 400)
PICTURE_WIDTH = 96 * style.WIDTH
"""CSS pixels of a figure at its own size, at which its labels have the points they are set in"""


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "browser"
    folder.mkdir()
    return folder


def test_the_page_is_sound_in_a_browser(built: Built, scratch: Path) -> None:
    built.page()
    seen, console = look(built.folder / "index.html", WIDTHS, scratch)
    assert console == []
    for one in seen:
        assert one.errors == []
        assert len(one.images) == len(figures_of(built.study)) + 1  # that of the speed
        assert all(natural > 0 for _, natural in one.images)
        assert one.scroll_width <= one.width
        assert len(one.drawn_widths) == len(one.images)
        assert min(one.drawn_widths) >= PICTURE_WIDTH
        assert one.smallest_text >= 12


def _shrunk(one: Seen) -> bool:
    return (min(one.drawn_widths) < PICTURE_WIDTH) == (one.width < PICTURE_WIDTH)


@pytest.mark.parametrize(
    ("fault", "telltale"),
    [
        ('<img src="none.svg" alt="x">', lambda one: one.images[-1][1] == 0 and one.errors),
        ('<img src="page.svg" alt="x" style="width: 90%">', _shrunk),
        ("<table><tr><td>" + 200 * "wide&nbsp;", lambda one: one.scroll_width > one.width),
        (
            '<p style="width: 500px">x',
            lambda one: (one.scroll_width > one.width) == (one.width < 500),
        ),
        ("<script>undefined.x</script>", lambda one: "TypeError" in one.errors[0]),
        ('<p style="font-size: 9px">', lambda one: one.smallest_text == 9),
    ],
)
def test_the_browser_sees_planted_faults(
    fault: str, telltale: Callable[[Any], bool], tmp_path: Path, scratch: Path
) -> None:
    page = tmp_path / "page.html"
    page.with_suffix(".svg").write_text(PICTURE)
    page.write_text(f"<!DOCTYPE html><html><head></head><body><p>x</p>{fault}</body></html>")
    seen, _ = look(page, WIDTHS, scratch)
    assert all(telltale(one) for one in seen)
