"""Table 3: the paper's claims and the review's wishes, our numbers, tests and verdicts."""

import itertools
import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import style
import tables
import xarray as xr

from replication import starts, workflow
from replication.published import CLAIMS
from replication.study import MAIN, Experiment, Study

Cells = dict[str, Any]

SHOWN = {
    "C1": ("fig3_convergence",),
    "C2": ("fig3_convergence",),
    "C3": ("fig4_generalisation", "sizes"),
    "C4": ("table1_shots",),
    "R1": ("transfer",),
    "R2": ("table2_settings",),
}
"""Drawings that show a claim; the first one that the study has is named."""
NAMES = {
    "fig3_convergence": "Fig. 3",
    "fig4_generalisation": "Fig. 4",
    "sizes": "figure of sizes",
    "table1_shots": "Table 1",
    "table2_settings": "Table 2",
    "transfer": "figure of transfer",
}
CLASSES = {"maxcut": "MaxCut", "sk": "SK", "hubbard": "Hubbard"}
TITLE = "Table 3: the claims"
SHORT_HEAD = ("claim", "the paper’s words", "what we find", "verdict")
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
    *("claim", "class", "sample", "compared with", "number [$confidence % interval]"),
    *("training seeds", "p", "p (Holm)", "effect", "better on", "wins / losses / ties", "verdict"),
)
POOLED_HEAD = (
    *("class", "start", "interquartile mean of the errors [$confidence % interval]"),
    "RNN better on",
)


def records_of(data: xr.Dataset) -> list[Cells]:
    """Rows of a group of the claims' file as plain values; an interval is value, low and high."""
    columns = {str(key): data[key].values.tolist() for key in data.data_vars}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def start_label(start: str) -> str:
    """The name a reader sees for a start."""
    return str(starts.load(start).LABEL) if start in starts.names() else start


def _joined_labels(names: Iterable[str]) -> str:
    return ", ".join(map(start_label, names))


def number_text(one: Cells, *, short: bool = False) -> str:
    """A finding's number with its interval, as readers see it.

    `short`: shots as the paper prints its own, mean ± spread over instances without an interval.
    """
    values, number = one["number"], one["number"][0]
    match one["metric"]:
        case "error":
            return f"error {tables.interval(values)}"
        case "queries_ratio":
            return f"queries ratio {tables.ratio(values, one['at_budget'])}"
        case "shots":
            if short:
                return f"{shots_text(number, one['spread'])} shots a query"
            power = math.floor(math.log10(number))
            mean, low, high, sd = (
                f"{each / 10**power:.2f}e{power}" for each in (*values, one["spread"])
            )
            return f"mean {mean} [{low}, {high}] shots a query, sd {sd}"
    return f"{number:g}"


def shots_text(mean: float, spread: float) -> str:
    """Shots a query, mean and standard deviation over instances; a dash where not counted."""
    if math.isnan(mean):
        return "–"
    power = math.floor(math.log10(mean))
    return f"({mean / 10**power:.1f} ± {spread / 10**power:.1f})e{power}"


def p_text(p: float) -> str:
    """A p-value to one digit; a dash where nothing was tested."""
    return "–" if math.isnan(p) else f"{p:.0e}" if p < 1e-3 else f"{p:.2g}"


def _place(experiment: Experiment, sample: str) -> str:
    if sample in experiment.test:
        return style.size_text(experiment, sample)
    return experiment.samples[sample].label if sample in experiment.samples else sample


def compared_text(one: Cells) -> str:
    """What a finding's number is compared with."""
    match one["comparison"]:
        case "limit":
            return f"at most {one['threshold']:g}"
        case "paper":
            return "the paper’s"
    return start_label(one["comparison"])


class Claims:
    """The claims' file of a study, row by row, with its words."""

    def __init__(self, results: style.Results) -> None:
        self.study: Study = results.study
        tree = results.claims()
        self.findings = records_of(tree["findings"].to_dataset())
        self.verdicts = records_of(tree["verdicts"].to_dataset())
        self.pooled = records_of(tree["pooled"].to_dataset()) if "pooled" in tree.children else []
        self.attributes = tree.to_dataset()
        drawn = [*workflow.figures(self.study), *workflow.tables(self.study)]
        self.stems = {drawing.stem for drawing in drawn}

    def of(self, claim: str, experiment: str, *, quoted: bool = False) -> list[Cells]:
        """Findings of a claim and experiment, or only those that the row of their class quotes."""
        found = [
            one
            for one in self.findings
            if (one["claim"], one["experiment"]) == (claim, experiment)
            and (one["shown"] or not quoted)
        ]
        return sorted(found, key=lambda one: one["metric"] == "queries_ratio")

    def whole(self, claim: str) -> Cells:
        """The combined verdict on a claim."""
        return next(row for row in self.verdicts if row["claim"] == claim and not row["experiment"])

    def classes(self, claim: str) -> list[Cells]:
        """The verdicts on a claim, class by class."""
        return [row for row in self.verdicts if row["claim"] == claim and row["experiment"]]

    def see(self, claim: str) -> str:
        """The figure or table that shows a claim."""
        return next((NAMES[stem] for stem in SHOWN[claim] if stem in self.stems), "details below")

    def name(self, experiment: str) -> str:
        """A class as short as it can be told from the others."""
        kind = self.study.experiments[experiment].problem.kind
        same = [one for one in self.study.headlines.values() if one.problem.kind == kind]
        return CLASSES[kind] if len(same) == 1 else self.study.experiments[experiment].title

    def trained_on(self, one: Cells) -> str:
        """Training sizes of the learner, or of the variant of the experiment, that it is of."""
        variant = self.study.experiments.get(one["network"])
        own = self.study.experiments[one["experiment"]].train_sizes_of
        sizes = variant.train_sizes if variant else own(one["network"])
        return ", ".join(size.replace("x", " × ") for size in sizes)

    def under(self, one: Cells) -> str:
        """The local optimiser of a finding, where it is not the experiment's own."""
        if one["protocol"] == MAIN:
            return ""
        ways = self.study.experiments[one["experiment"]].protocols
        return f" under {ways[one['protocol']].label}"

    def quote(self, one: Cells, *, short: bool = False) -> str:
        """A finding in words: number, place where it is not the headline's, comparison."""
        experiment = self.study.experiments[one["experiment"]]
        text = number_text(one, short=short)
        if one["metric"] == "queries_ratio":
            text += f" from {compared_text(one)}{self.under(one)}"
        if one["claim"] == "C1":
            text += f" after {experiment.roll_out_queries} queries"
            text += f" ({seeds_text(one)})" if one["seeds"] else ""
        if one["network"]:
            place = _place(experiment, one["sample"])
            text += f" (trained on {self.trained_on(one)} only, tested on {place})"
        elif one["claim"] in ("C3", "R1"):
            text += f" ({_place(experiment, one['sample'])})"
        return text


def found(claims: Claims, claim: str) -> str:
    """What we find about a claim, in one cell."""
    whole = claims.whole(claim)
    if claim == "R2":
        return "; ".join(
            f"{one['comparison']}: {one['number'][0]:g}"
            + (f" ({one['reason']})" if one["comparison"] != "corrected tests" else "")
            for one in claims.of(claim, "")
        )
    parts = []
    for row in claims.classes(claim):
        quoted = claims.of(claim, row["experiment"], quoted=True)
        texts = [claims.quote(one, short=True) for one in quoted]
        if claim == "C2" and row["reason"]:
            *texts, last = texts
            texts.append(f"{row['reason']}, worst {last}")
        told = f", {row['reason']}: worst " if claim in ("C3", "R1") else ": "
        parts.append(f"{claims.name(row['experiment'])}{told}{', '.join(texts)}")
    return "; ".join([*parts, *([whole["reason"]] if not parts else [])])


def short(claims: Claims) -> tables.Section:
    """One row a claim; the README quotes it."""
    rows = [
        (claim, words, found(claims, claim), tables.bold(_verdict(claims.whole(claim))))
        for claim, words in CLAIMS.items()
    ]
    return tables.Section("", SHORT_HEAD, rows, ("l", "p{4cm}", "p{8cm}", "l"))


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
    return tables.Section("Class by class", _head(HEAD, claims.study), rows, columns)


def _head(head: Iterable[str], study: Study) -> list[str]:
    return [cell.replace("$confidence", f"{100 * study.statistics.confidence:g}") for cell in head]


def seeds_text(one: Cells) -> str:
    """The range of a number over the training seeds."""
    low, high = one["least_seed"], one["most_seed"]
    if not one["seeds"] or math.isnan(low):
        return "–"
    ends = map(tables.rounded, (low, high))
    return f"{one['seeds']} seeds {'–'.join(dict.fromkeys(ends))}"


def _effect(one: Cells) -> str:
    return f"{one['effect']:.2f}".replace("-", "−")


def _better(one: Cells) -> str:
    """Share of the instances on which the RNN is better, with its interval."""
    share, *ends = (f"{100 * each:.0f}" for each in one["improvement"])
    return f"{share} %" if set(ends) == {share} else f"{share} [{', '.join(ends)}] %"


def pooled(claims: Claims) -> list[tables.Section]:
    """Every start over all sizes beyond training at once; no section where there is one size."""
    rows = []
    for one in claims.pooled:
        experiment = claims.study.experiments[one["experiment"]]
        sizes = ", ".join(style.size_text(experiment, size) for size in one["sizes"].split())
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
    """Every number behind the verdicts."""
    rows = []
    for one in claims.findings:
        if not one["experiment"]:
            continue
        tested = not math.isnan(one["p"])
        experiment = claims.study.experiments[one["experiment"]]
        place = _place(experiment, one["sample"])
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
    return tables.Section("Every comparison", _head(DETAIL_HEAD, claims.study), rows, columns)


def _records(claims: Claims) -> list[Cells]:
    """Claims, classes and findings for machines, told apart by `level`."""
    found: list[Cells] = []
    for row in claims.verdicts:
        level = "class" if row["experiment"] else "claim"
        found.append({"level": level, "words": CLAIMS[row["claim"]], **row})
    found += [{"level": "finding", **tables.flat(one)} for one in claims.findings]
    return found + [{"level": "pooled", **tables.flat(one)} for one in claims.pooled]


def write(results: style.Results, template: Path) -> Mapping[str, str]:
    """The table, shortest version first, as Markdown, CSV and LaTeX."""
    claims = Claims(results)
    study = results.study
    thresholds = study.claims
    caption = style.fill(
        template,
        {
            "error": f"{thresholds.error:g}",
            "growth": f"{thresholds.growth:g}",
            "target": f"{thresholds.target:g}",
            "queries_ratio": f"{thresholds.saving:g}",
            "alpha": f"{thresholds.alpha:g}",
            "paper_starts": _joined_labels(thresholds.paper_starts),
            "controls": _joined_labels(thresholds.controls),
            "confidence": f"{100 * study.statistics.confidence:g}",
            "resamples": study.statistics.resamples,
            "tests": sum(not math.isnan(one["p"]) for one in claims.findings),
            "headlines": style.listed(
                f"{claims.name(name)}: {one.title}, {style.size_text(one, one.headline_size)},"
                f" {one.test[one.headline_size]} instances, {one.roll_out_queries} queries"
                for name, one in study.headlines.items()
            ),
            "provenance": style.provenance([claims.attributes]),
        },
    )
    shortest, *longer = sections = [
        short(claims),
        by_class(claims),
        *pooled(claims),
        details(claims),
    ]
    text = tables.write(TITLE, caption, sections, _records(claims))
    # The verdicts first, then how they were reached.
    lead, _, rest = caption.strip().partition("\n\n")
    first = tables.markdown(TITLE, lead.partition("** ")[0] + "**", [shortest])
    below = "\n\n".join([lead.partition("** ")[2], rest])
    return text | {"md": f"{first}\n#{tables.markdown('How it is judged', below, longer)}"}


def first_table(markdown: str) -> str:
    """The first table of a text in Markdown; of this table's, what the README quotes."""
    lines = itertools.dropwhile(lambda line: not line.startswith("|"), markdown.splitlines())
    return "\n".join(itertools.takewhile(lambda line: line.startswith("|"), lines))


if __name__ == "__main__":
    sys.exit(style.main_table(__file__, "claims", write))
