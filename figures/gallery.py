"""One page that shows every figure and table of a study, its caption and where it comes from.

    python -m figures.gallery --study paper --results results/paper

The page, `index.html` in the folder of the results, opens from disk: its links are relative, it
needs no script and asks no other host for anything.
"""

import argparse
import functools
import hashlib
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import jinja2
import numpy as np
from docutils.core import publish_parts  # type: ignore[import-untyped]
from markdown_it import MarkdownIt
from markupsafe import Markup

from figures import exhibits
from figures.exhibits import Exhibit
from replication import store, workflow
from replication.errors import UserError, exit_status
from replication.study import Study, digest, load_study

HERE = Path(__file__).resolve().parent
PEERS = HERE.parent / "bench" / "peers"
"""where `make peers` leaves its measurement, `peers.md` and `peers.png`"""
CLAIMS = "claims"
"""stem of the table that comes before all else"""
PICTURES = ("svg", "png")
"""what is shown of a figure: the first of them that exists"""
FIGURE_FILES = ("pdf", "svg", "png")
TABLE_FILES = ("csv", "tex", "md")
NESTING = 2
"""levels by which the headings inside a table's text are lowered: `##` becomes `<h4>`"""

RST: dict[str, Any] = {
    "_disable_config": True,
    "doctitle_xform": False,
    "file_insertion_enabled": False,
    "halt_level": 5,
    "initial_header_level": NESTING + 2,
    "math_output": "MathML",
    "raw_enabled": False,
    # A slip in a caption's markup shows as plain text; the tests look for them.
    "report_level": 5,
}


class Text(NamedTuple):
    """A title and the HTML that goes under it."""

    title: str
    body: Markup


class Link(NamedTuple):
    """A name and a relative address."""

    name: str
    href: str


@dataclass(frozen=True)
class Origin:
    """One result file: its path below the results, its digest and what it says of itself."""

    path: str
    step: str
    size: int
    sha256: str
    attributes: dict[str, Any]
    seeds: tuple[int, ...] = ()

    @property
    def href(self) -> str:
        """Relative address."""
        return quote(self.path)


class Entry(NamedTuple):
    """A figure (with a picture) or a table (without), as the page shows it."""

    id: str
    text: Text
    picture: str | None
    files: list[Link]
    data: list[Origin]


class Row(NamedTuple):
    """One line of the provenance: what, and each value with the number of files that have it."""

    name: str
    values: list[tuple[str, int]]


class Cost(NamedTuple):
    """What the jobs of one step took: files, bytes, seconds in all and at most, MiB at most."""

    step: str
    files: int
    size: int
    seconds: float
    longest: float
    memory: float


def caption(text: str) -> Text:
    """A caption in reStructuredText: the bold words that it opens with are its title."""
    found = re.match(r"\s*\*\*(.+?)\*\*\s*", text, re.DOTALL)
    title = found[1].rstrip(".") if found else ""
    below = text[found.end() :] if found else text
    return Text(title, Markup(publish_parts(below, writer="html5", settings_overrides=RST)["body"]))


@functools.cache
def _markdown() -> MarkdownIt:
    """CommonMark with tables, each in a box that scrolls; HTML in it is shown as text."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    box = '<div class="scroll" role="region" aria-label="table" tabindex="0"><table>\n'
    reader.add_render_rule("table_open", lambda *_: box)
    reader.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return reader


def table(text: str) -> Text:
    """A table's file in Markdown: its first heading, if it opens with one, is its title."""
    reader = _markdown()
    tokens, title = reader.parse(text), ""
    if tokens and tokens[0].type == "heading_open":
        title = "".join(child.content for child in tokens[1].children or ())
        tokens = tokens[3:]
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + NESTING, 6)}"
    return Text(title, Markup(reader.renderer.render(tokens, reader.options, {})))


class Origins:
    """The result files of a study, each read once: whole, and refused where cut or stale."""

    def __init__(self, study: Study, results: Path) -> None:
        self.study = study
        self.results = results
        self._read: dict[str, Origin] = {}

    def of(self, step: str, names: dict[str, str]) -> Origin:
        """One file.

        **Raises:** [`UserError`][] naming it where it is missing, cut, foreign or stale.
        """
        job = workflow.Job("gallery", self.study, self.results, names)
        path = job.path_of(step)
        relative = path.relative_to(self.results).as_posix()
        if relative not in self._read:
            attributes, seeds = {}, ()
            if path.suffix == ".nc":
                tree = job.load(step)
                attributes = {str(key): _plain(value) for key, value in tree.attrs.items()}
                data = tree.to_dataset()
                seeds = tuple(data["seed"].values.tolist()) if "seed" in data.coords else ()
            content = _content(path)
            sha256 = hashlib.sha256(content).hexdigest()
            found = Origin(relative, step, len(content), sha256, attributes, seeds)
            self._read[relative] = found
        return self._read[relative]

    def all(self) -> list[Origin]:
        """Every file of the study, in the order of the steps."""
        found = [self.of(step, names) for step, names in exhibits.jobs_of(self.study)]
        order = list(workflow.STEPS)
        return sorted(found, key=lambda one: (order.index(one.step), one.path))


def _plain(value: Any) -> Any:
    """An attribute as netCDF gives it back, without NumPy."""
    return np.asarray(value).tolist()


def _content(path: Path, maker: str = "snakemake") -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path} is missing: run {maker} to make it") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None


def _files(results: Path, folder: str, stem: str, suffixes: Sequence[str]) -> dict[str, str]:
    """Addresses of those of a drawing's files that exist, by suffix."""
    return {
        suffix: quote(f"{folder}/{stem}.{suffix}")
        for suffix in suffixes
        if (results / folder / f"{stem}.{suffix}").is_file()
    }


def figure(exhibit: Exhibit, origins: Origins) -> Entry:
    """A figure with its caption."""
    folder = origins.results / "figures"
    text = caption(_content(folder / f"{exhibit.stem}.rst").decode())
    files = _files(origins.results, "figures", exhibit.stem, FIGURE_FILES)
    picture = next((files[suffix] for suffix in PICTURES if suffix in files), None)
    if picture is None:
        raise UserError(f"{folder / exhibit.stem}.svg is missing: run snakemake to make it")
    return Entry(
        f"figure-{exhibit.stem}",
        text._replace(title=text.title or exhibit.stem),
        picture,
        [Link(suffix.upper(), href) for suffix, href in files.items()],
        [origins.of(step, names) for step, names in exhibit.needs],
    )


def tabulated(exhibit: Exhibit, origins: Origins) -> Entry:
    """A table with its text."""
    text = table(_content(origins.results / "tables" / f"{exhibit.stem}.md").decode())
    files = _files(origins.results, "tables", exhibit.stem, TABLE_FILES)
    names = {"csv": "CSV", "tex": "LaTeX", "md": "Markdown"}
    return Entry(
        f"table-{exhibit.stem}",
        text._replace(title=text.title or exhibit.stem),
        None,
        [Link(names[suffix], href) for suffix, href in files.items()],
        [origins.of(step, names) for step, names in exhibit.needs],
    )


def speed() -> Entry:
    """Our simulators beside others, as `make peers` measured them for the repository."""
    text = table(_content(PEERS / "peers.md", "make peers").decode())
    return Entry("speed-peers", text, "peers.png", [], [])


def _row(name: str, values: Iterable[object]) -> Row:
    counts = Counter(str(value) for value in values if value is not None)
    return Row(name, sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def provenance(files: Sequence[Origin]) -> list[Row]:
    """What the files say of themselves, each value with the number of files that have it."""
    attributes = [one.attributes for one in files if one.attributes]

    def each(key: str) -> list[Any]:
        return [one.get(key) for one in attributes]

    trees = {"yes": "with uncommitted changes", "no": "clean tree"}
    commits = [
        f"{one['git_commit']}, {trees.get(one.get('git_dirty', ''), 'state of the tree unknown')}"
        for one in attributes
        if "git_commit" in one
    ]
    versions = sorted({key for one in attributes for key in one if key.endswith("_version")})
    starts = [time for time in each("started_utc") if time is not None]
    seeds = [", ".join(map(str, one.seeds)) for one in files if one.seeds]
    rows = [
        _row("Commit", commits),
        _row("Study digest", each("study_digest")),
        _row("Taken over from", [Path(one).parts[0] for one in each(workflow.TAKEN_FROM) if one]),
        _row("Base seed", each("base_seed")),
        _row("Training seeds", seeds),
        _row("Processor", each("cpu")),
        _row("Cores at hand", each("cores")),
        _row("Threads of a job", each("threads")),
        _row("System", each("platform")),
        _row("First job started", [min(starts)] if starts else []),
        _row("Last job started", [max(starts)] if starts else []),
        _row("Python", each("python")),
        *(_row(key.removesuffix("_version"), each(key)) for key in versions),
    ]
    return [row for row in rows if row.values]


def costs(files: Sequence[Origin]) -> list[Cost]:
    """What the jobs took, step by step."""
    found = []
    for step in workflow.STEPS:
        of_step = [one for one in files if one.step == step]
        seconds = [float(one.attributes.get("wall_time_s", 0)) for one in of_step]
        memory = [float(one.attributes.get("peak_memory_mib", 0)) for one in of_step]
        if of_step:
            size = sum(one.size for one in of_step)
            found.append(Cost(step, len(of_step), size, sum(seconds), max(seconds), max(memory)))
    return found


def bytes_text(size: int) -> str:
    """A number of bytes as readers write it, in powers of 1000."""
    if size < 1000:
        return f"{size} B"
    if size < 999_500:
        return f"{size / 1e3:.3g} kB"
    return f"{size / 1e6:,.1f} MB"


def seconds_text(seconds: float) -> str:
    """A time as readers write it."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, remainder = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {remainder:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def page(study: Study, results: Path) -> str:
    """The page of a finished study, as HTML.

    **Raises:** [`UserError`][] naming a figure, table or result that is missing, cut or stale.
    """
    origins = Origins(study, results)
    shown = exhibits.exhibits(study)
    tables = [tabulated(one, origins) for one in shown if one.kind == "tables"]
    claims = [one for one in tables if one.id == f"table-{CLAIMS}"]
    sections = {
        "Claims": claims,
        "Figures": [figure(one, origins) for one in shown if one.kind == "figures"],
        "Tables": [one for one in tables if one not in claims],
        "Speed": [speed()],
    }
    files = origins.all()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=jinja2.select_autoescape(("html",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(bytes=bytes_text, seconds=seconds_text)
    return environment.get_template("gallery.html").render(
        title=study.title,
        digest=digest(study),
        sections={name: entries for name, entries in sections.items() if entries},
        effective=_content(results / "study.yaml").decode(),
        files=files,
        provenance=provenance(files),
        costs=costs(files),
    )


def _write(study: str, results: Path) -> None:
    """Write the page and the picture that it shows of other simulators."""
    text = page(load_study(study), results)
    store.write(results / "peers.png", _content(PEERS / "peers.png", "make peers"))
    store.write(results / "index.html", text.encode())


def main(argv: Sequence[str] | None = None) -> int:
    """Write the page of the study and folder that the command line names."""
    parser = argparse.ArgumentParser(prog="figures.gallery", description=__doc__)
    parser.add_argument("--study", required=True, help="name of a study, or path of a YAML file")
    parser.add_argument("--results", required=True, type=Path, help="folder of its results")
    options = parser.parse_args(argv)
    return exit_status(lambda: _write(options.study, options.results))


if __name__ == "__main__":
    sys.exit(main())
