"""The documentation's pages, for `make docs`: those written by hand, and those made of results.

    python -m figures.site .site/pages

Pages in `docs/` link to pictures, tables and sources of the repository. So that all links work in
the built site, and offline, pages and what they link to are copied to one folder, in the places
that they have here. Cards of the networks, the gallery of the published studies and the reference
of the interface are written beside them. MkDocs makes the site of that folder, by `mkdocs.yml`,
which names this file as its hook: formulas become MathML, which needs no script.
"""

import argparse
import html
import json
import math
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import griffe
from docutils.utils.math import MathError  # type: ignore[import-untyped]
from docutils.utils.math.latex2mathml import tex2mathml  # type: ignore[import-untyped]

import replication
from replication import landscapes
from replication.errors import UserError
from replication.metalearner.artefact import MetaOptimizer, load_meta_optimizer
from replication.metalearner.network_file import find_network, pretrained_names
from replication.metalearner.units import range_in_words
from replication.recommendation import Band, measured_by
from replication.registry import files

ROOT = Path(__file__).resolve().parent.parent
RENDERED = ROOT / "figures" / "rendered"
WRITTEN = (
    "README.md",
    "CHANGELOG.md",
    "bench/README.md",
    "docs",
    "figures/iframe-worker.js",
    "figures/site.css",
)
LINK = re.compile(r"(\]\()([^)#\s]+)(#[^)]*)?\)")
SHOWN = {".md", ".png", ".svg", ".json", ".csv", ".js", ".css"}
"""files that a browser takes as they are; others are copied with `.txt` after their names"""
PARTS = {
    "problems": "Problems",
    "ansatze": "Circuits",
    "metalearner": "Networks",
    "without_network": "Networks",
    "own_training": "Networks",
    "recommendation": "Networks",
}
"""the part of the reference that the public names of a folder or module are in"""
OTHERS = "Studies"
"""the part of all other public names"""
MORE = {
    "Problems": (
        "replication.problems.ising.IsingProblem",
        "replication.problems.hubbard.HubbardProblem",
        "replication.problems.hubbard_own.OwnHubbard",
        "replication.problems.graphs.graph_of",
        "replication.problems.operators.terms_of",
    ),
    "Circuits": (
        "replication.ansatze.base.Ansatz",
        "replication.ansatze.qaoa.QAOA",
        "replication.ansatze.hubbard.HubbardAnsatz",
        "replication.ansatze.hubbard_own.OwnHubbardAnsatz",
        "replication.simulators.circuits",
        "replication.simulators.ising",
        "replication.simulators.batched",
        "replication.simulators.layout",
        "replication.simulators.fermions",
        "replication.simulators.observables",
    ),
    "Networks": (
        "replication.metalearner.session.Session",
        "replication.metalearner.session.Suggestion",
        "replication.metalearner.method.Method",
        "replication.metalearner.training",
        "replication.metalearner.batches",
        "replication.metalearner.losses",
        "replication.recommendation.Recommendation",
        "replication.recommendation.Measured",
    ),
    "Studies": ("replication.kinds.meta_learning_settings.Learner",),
    "Adding methods": (
        "replication.starts",
        "replication.optimisers",
        "replication.mitigations",
        "replication.cost",
        "replication.problems.base",
        "replication.probes.base",
    ),
    "Landscapes": tuple(f"replication.landscapes.{name}" for name in files(landscapes)),
}
"""what else is in each part, by its full name"""


def build(place: Path) -> None:
    """Write all pages and what they link to into an empty folder.

    **Raises:** [`UserError`][replication.errors.UserError] for a link to a file that is not there.
    """
    shutil.rmtree(place, ignore_errors=True)
    waiting = [*_written()]
    copied: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path in copied:
            continue
        copied.add(path)
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix != ".md":
            shutil.copyfile(ROOT / path, _shown(target))
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        waiting += [*_linked(path, text)]
        target.write_text(_with_names(path, text), encoding="utf-8")
    made = {
        "docs/networks.md": cards(),
        "docs/gallery.md": gallery(),
        **{f"docs/reference/{_slug(part)}.md": text for part, text in reference()},
    }
    for name, text in made.items():
        target = place / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    for picture in RENDERED.rglob("*.png"):
        target = place / picture.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture, target)


def _written() -> Iterator[Path]:
    for name in WRITTEN:
        path = ROOT / name
        for one in sorted(path.rglob("*.md")) if path.is_dir() else [path]:
            yield one.relative_to(ROOT)


def _inside(page: Path, link: str) -> Path | None:
    """The file of the repository that a page links to; `None` for an address elsewhere."""
    if re.match(r"[a-z]+:", link):
        return None
    path = Path(os.path.normpath(page.parent / link))
    if not (ROOT / path).is_file():
        raise UserError(f"{page} links to {link}, which is no file of the repository")
    return path


def _linked(page: Path, text: str) -> Iterator[Path]:
    for found in LINK.finditer(text):
        if path := _inside(page, found[2]):
            yield path


def _shown(path: Path) -> Path:
    return path if path.suffix in SHOWN else path.with_name(f"{path.name}.txt")


def _with_names(page: Path, text: str) -> str:
    """A page whose links have the names that the copied files get."""

    def renamed(found: re.Match[str]) -> str:
        path = _inside(page, found[2])
        if path is None or path.suffix in SHOWN:
            return found[0]
        return f"{found[1]}{found[2]}.txt{found[3] or ''})"

    return LINK.sub(renamed, text)


def _slug(title: str) -> str:
    return title.lower().replace(" ", "-")


# Cards of the networks

TESTED = (
    "test set",
    "instances",
    "outside of the training",
    "error",
    "queries to 1 %",
    "fewest without a network",
)


def cards() -> str:
    """A card for each network of the package: training, measured errors, limits."""
    parts = [
        "# Networks",
        "Each comes with the package: `r.load_meta_optimizer(name)`. Errors are relative to the "
        "best known optimum of the same circuit, medians over test instances with 95 % intervals "
        "over these, after the network's own queries. Queries are counted until that error is "
        "1 %, by the study's local optimiser. Each network is one of several seeds, chosen on "
        "instances of its validation. Where an instance lies outside of what a network was trained "
        "on, `suggest` warns; `r.recommend(problem, p)` says what was measured nearest to it.",
        *(_card(load_meta_optimizer(name)) for name in pretrained_names()),
    ]
    return "\n\n".join(parts) + "\n"


def _card(learner: MetaOptimizer) -> str:
    about, made = learner.metadata, learner.metadata["provenance"]
    size = find_network(about["name"]).stat().st_size / 1000
    natural = learner.units == "natural"
    facts = {
        "for": learner.summary,
        "units": "natural" if natural else "those of the Hamiltonian's coefficients",
        "begins at": "the adiabatic angles" if learner.needs_start else "zeros, not queried",
        "trained on": "; ".join(
            f"{name} {range_in_words(*ends)}" for name, ends in about["trained_on"].items()
        ),
        "queries in training": about["queries"],
        "network": f"{about['hidden']} hidden units, form {about['form']}, seed {about['seed']}",
        "file": f"{size:.0f} kB, digest `{learner.digest}`",
        "made by": f"the study “{made['study']}”, commit `{made['git_commit'][:12]}`",
    }
    tested = [
        (
            test_set["words"],
            test_set["instances"],
            "; ".join(_outside(test_set["features"], about["trained_on"])) or "–",
            _per_cent(one.error),
            _counts(one.queries),
            f"{_counts(other.queries)} ({other.label})",
        )
        for test_set, one, other in measured_by(about["name"])
    ]
    return "\n\n".join(
        [
            f"## {about['name']}",
            "\n".join(f"- {name}: {value}" for name, value in facts.items()),
            _table(TESTED, tested),
        ]
    )


def _outside(tested: dict[str, Any], trained: dict[str, Any]) -> Iterator[str]:
    """In what the instances of a test set differ from those of a training."""
    for name, (low, high) in tested.items():
        least, most = trained.get(name, (0.0, 0.0))
        if low < least or high > most:
            yield f"{name} {range_in_words(low, high)}"


def _table(head: Iterable[Any], rows: Iterable[Iterable[Any]]) -> str:
    head = [*head]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _per_cent(band: Band) -> str:
    middle, low, high = (f"{100 * value:.2g}" for value in band)
    return f"{middle} % [{low}, {high}]"


def _counts(band: Band) -> str:
    middle, low, high = (f"{value:g}" if math.isfinite(value) else "∞" for value in band)
    return f"{middle} [{low}, {high}]"


# Published pictures, and the reference


def gallery() -> str:
    """Every published picture with its caption, study by study."""
    parts = [
        "# Gallery",
        "Every picture of the published studies. Each caption ends with the commit that made it.",
    ]
    for folder in sorted(path for path in RENDERED.iterdir() if path.is_dir()):
        origin = json.loads((folder / "PROVENANCE.json").read_text(encoding="utf-8"))
        parts += [f"## {folder.name}: {origin['study']}"]
        if replaced := origin.get("superseded"):
            parts.append(f"*Superseded: {replaced['reason']}.*")
        for picture in sorted(folder.glob("*.png")):
            caption = picture.with_suffix(".rst").read_text(encoding="utf-8")
            parts += [f"![{picture.stem}](../{picture.relative_to(ROOT)})", _markdown(caption)]
    return "\n\n".join(parts) + "\n"


def _markdown(caption: str) -> str:
    """A caption's text; its formulas and literals are marked otherwise there."""
    text = re.sub(r":math:`([^`]*)`", r"$\1$", caption)
    return re.sub(r"``([^`]*)``", r"`\1`", text)


def reference() -> Iterator[tuple[str, str]]:
    """A page for each part of the interface, made from docstrings by mkdocstrings."""
    parts: dict[str, list[str]] = {}
    for name in replication.__all__:
        if name != "__version__":
            # Its own module documents a public name.
            module = getattr(replication, name).__module__
            part = PARTS.get(module.split(".")[1], OTHERS)
            parts.setdefault(part, []).append(f"{module}.{name}")
    for part in dict.fromkeys([*parts, *MORE]):
        names = [*parts.get(part, ()), *MORE.get(part, ())]
        yield part, "\n\n".join([f"# {part}", *(f"::: {name}" for name in names)]) + "\n"


# MkDocs' hook

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)


def on_page_content(text: str, **_: Any) -> str:
    """Formulas as MathML."""

    def formula(found: re.Match[str]) -> str:
        tex = html.unescape(found[2]).replace("…", r"\ldots ")
        # The converter takes two digits for one number, TeX for two.
        tex = re.sub(r"(frac)(\d)(\d)", r"\1{\2}{\3}", tex)
        try:
            shown = tex2mathml(tex, as_block=found[1] == "div")
        except (MathError, IndexError) as error:
            raise UserError(f"formula {tex!r} cannot be shown: {error}") from None
        return f'<{found[1]} class="formula">{shown}</{found[1]}>'

    return FORMULA.sub(formula, text)


class Examples(griffe.Extension):
    """Examples of docstrings in fences, without which Markdown takes `>>>` for a quotation."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Called with every object that is documented."""
        if obj.docstring:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text: str) -> str:
    r"""Examples up to a blank line put in fences, where they are in none.

    >>> fenced("Adds.\n\n>>> 1 + 1\n2").splitlines()
    ['Adds.', '', '```pycon', '>>> 1 + 1', '2', '```']
    """
    lines: list[str] = []
    inside = opened = False
    for line in [*text.split("\n"), ""]:
        if line.strip().startswith("```"):
            inside = not inside
        if line.strip().startswith(">>>") and not inside and not opened:
            opened = True
            lines.append("```pycon")
        if opened and not line.strip():
            opened = False
            lines.append("```")
        lines.append(line)
    return "\n".join(lines[:-1])


def main(argv: Sequence[str] | None = None) -> int:
    """Write the pages into the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="what is in it is deleted")
    try:
        build(parser.parse_args(argv).folder)
    except UserError as error:
        print(f"site: error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
