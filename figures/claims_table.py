"""Table 3: the paper's claims and the review's wishes, our numbers, tests and verdicts."""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from figures import captions, script, tables
from figures import results as read
from figures.claims_text import (
    VIEWS,
    Claims,
    compared_text,
    number_text,
    p_text,
    place_text,
    seeds_text,
    start_label,
)
from replication.claims.views import MAIN_VIEW, views
from replication.published import CLAIMS
from replication.study import Study
from replication.workflow import Need

Cells = dict[str, Any]

TITLE = "Table 3: the claims"
SHORT_HEAD = ("claim", "the paper’s words; class")
HEAD = (
    "claim",
    "of",
    "our number [$confidence % interval]",
    "p (Holm)",
    "effect",
    "see",
    "verdict",
)
DETAIL_HEAD = (
    *("claim", "class", "test set", "compared with", "number [$confidence % interval]"),
    *("training seeds", "p", "p (Holm)", "effect", "better on", "wins / losses / ties", "verdict"),
)
POOLED_HEAD = (
    *("class", "start", "interquartile mean of the errors [$confidence % interval]"),
    "RNN better on",
)


def found(claims: Claims, claim: str, row: Cells) -> str:
    """What we find about a claim in one class, with the verdict, in one cell."""
    quoted = claims.of(claim, row["experiment"], quoted=True)
    texts = [claims.quote(one, short=True) for one in quoted]
    if claim == "C2" and row["reason"] and texts:
        *texts, last = texts
        texts.append(f"{row['reason']}, worst {last}")
    elif row["reason"]:
        texts.insert(0, f"{row['reason']}; worst")
    first, *others = texts or ["–"]
    worst = " " if first.endswith("worst") else ", "
    return f"{row['verdict']}: {worst.join([first, ', '.join(others)]) if others else first}"


def _counted(claims: Claims) -> str:
    """What R2 counts, in one cell."""
    return "; ".join(
        f"{one['comparison']}: {one['number'][0]:g}"
        + (f" ({one['reason']})" if one["comparison"] != "corrected tests" else "")
        for one in claims.of("R2", "")
    )


def short(several: Sequence[Claims]) -> tables.Section:
    """A row a claim and one a class below it, a column a view; docs/results.md quotes it."""
    rows: list[Sequence[str]] = []
    for claim, words in CLAIMS.items():
        whole = [one.whole(claim) for one in several]
        heads = (_verdict(each) for each in whole)
        rows.append((tables.bold(claim), words, *map(tables.bold, heads)))
        if claim == "R2":
            rows.append(("", "", *_once([_counted(one) for one in several])))
            continue
        classes = [{row["experiment"]: row for row in one.classes(claim)} for one in several]
        for name in classes[0]:
            cells = [
                found(one, claim, rows_of[name]) if name in rows_of else "–"
                for one, rows_of in zip(several, classes, strict=True)
            ]
            rows.append(("", several[0].name(name), *_once(cells)))
        if not classes[0]:
            rows.append(("", "", *_once([str(each["reason"]) for each in whole])))
    head = (*SHORT_HEAD, *(VIEWS[one.view] for one in several))
    return tables.Section("", head, rows, ("l", "p{3cm}", *["p{4cm}"] * len(several)))


def _once(cells: Sequence[str]) -> list[str]:
    """Cells of a row, one that is as its left neighbour said so."""
    return [
        "the same" if index and cell == cells[index - 1] else cell
        for index, cell in enumerate(cells)
    ]


def _verdict(row: Cells) -> str:
    """A verdict; for C2 with its two parts where they differ."""
    text = str(row["verdict"])
    if row["paper"] and row["paper"] != row["control"]:
        text += f" (paper’s comparisons: {row['paper']}; strongest control: {row['control']})"
    return text


def _joined(values: Iterable[str]) -> str:
    return "; ".join(values)


def by_class(claims: Claims) -> tables.Section:
    """One row a claim, bold, and one a class below it."""
    rows: list[tuple[str, ...]] = []
    for claim, words in CLAIMS.items():
        whole = claims.whole(claim)
        cells = (claim, words, whole["reason"] or "–", "", "", claims.see(claim), _verdict(whole))
        rows.append(tuple(tables.bold(cell) if cell else "" for cell in cells))
        if claim == "R2":
            rows += [
                (claim, one["comparison"], number_text(one), "–", "–", "", one["verdict"])
                for one in claims.of(claim, "")
            ]
        for row in claims.classes(claim):
            quoted = claims.of(claim, row["experiment"], quoted=True)
            tested = [one for one in quoted if not math.isnan(one["p"])]
            rows.append(
                (
                    claim,
                    claims.name(row["experiment"]),
                    _joined(
                        [*map(claims.quote, quoted), *([row["reason"]] if row["reason"] else [])]
                    ),
                    _joined(p_text(one["p_holm"]) for one in tested) or "–",
                    _joined(map(_effect, tested)) or "–",
                    "",
                    _verdict(row),
                )
            )
    columns = ("l", "p{3.5cm}", "p{5cm}", "r", "r", "l", "p{2.5cm}")
    title = f"Class by class: {VIEWS[claims.view]}"
    return tables.Section(title, _head(HEAD, claims.study), rows, columns)


def _head(head: Iterable[str], study: Study) -> list[str]:
    return [cell.replace("$confidence", f"{100 * study.statistics.confidence:g}") for cell in head]


def _effect(one: Cells) -> str:
    return f"{one['effect']:.2f}".replace("-", "−")


def _better(one: Cells) -> str:
    """Share of the instances on which the RNN is better, with its interval."""
    fraction, *ends = (f"{100 * each:.0f}" for each in one["improvement"])
    return f"{fraction} %" if set(ends) == {fraction} else f"{fraction} [{', '.join(ends)}] %"


def pooled(claims: Claims) -> list[tables.Section]:
    """Every start over all sizes beyond training at once; no section where there is one size."""
    rows = []
    for one in claims.pooled:
        experiment = claims.study.meta_learning[one["experiment"]]
        sizes = ", ".join(experiment.problem.size_text(size) for size in one["sizes"].split())
        network = one["start"] == "lstm"
        rows.append(
            (
                f"{claims.name(one['experiment'])}, {sizes} ({one['instances']} instances)",
                tables.bold(start_label("lstm")) if network else start_label(one["start"]),
                tables.interval(one["error"]),
                "–" if network else _better(one),
            )
        )
    if not rows:
        return []
    title = "All sizes larger than in training together"
    return [tables.Section(title, _head(POOLED_HEAD, claims.study), rows, ("l", "l", "r", "r"))]


def details(claims: Claims) -> tables.Section:
    """Every number behind the verdicts of one view."""
    rows = []
    for one in claims.findings:
        if not one["experiment"]:
            continue
        tested = not math.isnan(one["p"])
        experiment = claims.study.meta_learning[one["experiment"]]
        place = place_text(experiment, one["test_set"])
        rows.append(
            (
                one["claim"],
                claims.name(one["experiment"]),
                f"{place}, {one['network']}" if one["network"] else place,
                f"{compared_text(one)}{claims.under(one)}",
                number_text(one),
                seeds_text(one),
                p_text(one["p"]),
                p_text(one["p_holm"]),
                _effect(one) if tested else "–",
                _better(one) if tested else "–",
                f"{one['wins']} / {one['losses']} / {one['ties']}" if tested else "–",
                one["verdict"],
            )
        )
    columns = ("l", "l", "l", "l", *["r"] * 7, "l")
    title = f"Every comparison: {VIEWS[claims.view]}"
    return tables.Section(title, _head(DETAIL_HEAD, claims.study), rows, columns)


def _records(several: Sequence[Claims]) -> list[Cells]:
    """Claims, classes and findings for machines, distinguished by `level` and `view`."""
    found: list[Cells] = []
    for claims in several:
        for row in claims.verdicts:
            level = "class" if row["experiment"] else "claim"
            found.append({"level": level, "words": CLAIMS[row["claim"]], **row})
        found += [{"level": "finding", **tables.flat(one)} for one in claims.findings]
    return found + [{"level": "pooled", **tables.flat(one)} for one in several[0].pooled]


def needs(study: Study) -> list[Need] | None:
    """All that the claims step left."""
    return [("claims", {})] if study.headlines else None


def write(results: read.Results, template: Path) -> Mapping[str, str]:
    """The table, shortest version first, as Markdown, CSV and LaTeX."""
    study = results.study
    several = [Claims(results, view.name) for view in views(study)]
    claims = next(one for one in several if one.view == MAIN_VIEW)
    thresholds = study.claims
    caption = script.fill(
        template,
        {
            "error": f"{thresholds.error:g}",
            "growth": f"{thresholds.growth:g}",
            "target": f"{thresholds.target:g}",
            "queries_ratio": f"{thresholds.queries_ratio:g}",
            "alpha": f"{thresholds.alpha:g}",
            "paper_starts": captions.labels(map(start_label, thresholds.paper_starts)),
            "controls": captions.labels(map(start_label, thresholds.controls)),
            "confidence": f"{100 * study.statistics.confidence:g}",
            "resamples": study.statistics.resamples,
            "tests": captions.listed(
                f"{sum(not math.isnan(row['p']) for row in one.findings)} ({VIEWS[one.view]})"
                for one in several
            ),
            "views": captions.listed(VIEWS[one.view] for one in several),
            "headlines": captions.listed(
                f"{claims.name(name)}: {one.title}, {one.problem.size_text(one.headline_size)},"
                f" {one.test[one.headline_size]} instances, {one.roll_out_queries} queries"
                for name, one in study.headlines.items()
            ),
            "provenance": captions.provenance([claims.attributes]),
        },
    )
    shortest, *longer = sections = [
        short(several),
        *map(by_class, several),
        *pooled(claims),
        *map(details, several),
    ]
    text = tables.write(TITLE, caption, sections, _records(several))
    # The verdicts first, then how they were reached.
    lead, _, rules = caption.strip().partition("\n\n")
    first = tables.markdown(TITLE, lead.partition("** ")[0] + "**", [shortest])
    below = "\n\n".join([lead.partition("** ")[2], rules])
    return text | {"md": f"{first}\n#{tables.markdown('How it is judged', below, longer)}"}


def first_table(markdown: str) -> str:
    """The first table of a text in Markdown; of this table's, what docs/results.md quotes."""
    lines = itertools.dropwhile(lambda line: not line.startswith("|"), markdown.splitlines())
    return "\n".join(itertools.takewhile(lambda line: line.startswith("|"), lines))
