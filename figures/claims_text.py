"""Words for the claims' findings: numbers, comparisons, verdicts, and the file that holds them."""

import math
from typing import Any

from figures import exhibits, tables
from figures import results as read
from replication import starts
from replication.claims.views import MAIN_VIEW
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import MAIN
from replication.study import Study

Cells = dict[str, Any]

SHOWN = {
    "C1": ("fig3_convergence",),
    "C2": ("fig3_convergence",),
    "C3": ("fig4_generalisation",),
    "C4": ("table1_shots",),
    "R1": ("transfer",),
    "R2": ("table2_settings",),
}
"""Scripts of the exhibits that show a claim; the first one that the study has is named."""
NAMES = {
    "fig3_convergence": "Fig. 3",
    "fig4_generalisation": "Fig. 4",
    "table1_shots": "Table 1",
    "table2_settings": "Table 2",
    "transfer": "figure of transfer",
}


def start_label(start: str) -> str:
    """The name a reader sees for a start."""
    return str(starts.load(start).LABEL) if start in starts.names() else start


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


def place_text(experiment: MetaLearning, test_set: str) -> str:
    """The name a reader sees for a test set."""
    if test_set in experiment.test:
        return experiment.problem.size_text(test_set)
    return experiment.label(test_set)


def compared_text(one: Cells) -> str:
    """What a finding's number is compared with."""
    match one["comparison"]:
        case "limit":
            return f"at most {one['threshold']:g}"
        case "paper":
            return "the paper’s"
    return start_label(one["comparison"])


VIEWS = {
    "replication": "the paper’s network and starts",
    "controls": "the same network against all starts",
    "successor": "its successor against all starts",
}
"""Whose network is compared with which starts."""


class Claims:
    """The claims' file of a study in one view, row by row, with its words."""

    def __init__(self, results: read.Results, view: str = MAIN_VIEW) -> None:
        self.study: Study = results.study
        self.view = view
        tree = results.claims()
        self.findings, self.verdicts = (
            [row for row in read.records(tree[group].to_dataset()) if row["view"] == view]
            for group in ("findings", "verdicts")
        )
        self.pooled = read.records(tree["pooled"].to_dataset()) if "pooled" in tree.children else []
        self.attributes = tree.to_dataset()
        self.scripts = {one.script for one in exhibits.exhibits(self.study)}

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
        return next((NAMES[stem] for stem in SHOWN[claim] if stem in self.scripts), "details below")

    def name(self, experiment: str) -> str:
        """A class by the shortest name that no other has."""
        kind = self.study.meta_learning[experiment].problem.kind
        same = [one for one in self.study.headlines.values() if one.problem.kind == kind]
        one = self.study.meta_learning[experiment]
        return one.problem.label if len(same) == 1 else one.title

    def trained_on(self, one: Cells) -> str:
        """Training sizes of the learner, or of the variant of the experiment, that it is of."""
        variant = self.study.meta_learning.get(one["network"])
        own = self.study.meta_learning[one["experiment"]].train_sizes_of
        sizes = variant.train_sizes if variant else own(one["network"])
        return ", ".join(size.replace("x", " × ") for size in sizes)

    def under(self, one: Cells) -> str:
        """The local optimiser of a finding, where it is not the experiment's own."""
        if one["protocol"] == MAIN:
            return ""
        experiment = self.study.meta_learning[one["experiment"]]
        return f" under {experiment.label(one['protocol'])}"

    def quote(self, one: Cells, *, short: bool = False) -> str:
        """A finding in words: number, place where it is not the headline's, comparison."""
        experiment = self.study.meta_learning[one["experiment"]]
        text = number_text(one, short=short)
        if one["metric"] == "queries_ratio":
            text += f" from {compared_text(one)}{self.under(one)}"
        if one["claim"] == "C1":
            text += f" after {experiment.roll_out_queries} queries"
            text += f" ({seeds_text(one)})" if one["seeds"] else ""
        if one["network"]:
            place = place_text(experiment, one["test_set"])
            text += f" (trained on {self.trained_on(one)} only, tested on {place})"
        elif one["claim"] in ("C3", "R1"):
            text += f" ({place_text(experiment, one['test_set'])})"
        return text


def seeds_text(one: Cells) -> str:
    """The range of a number over the training seeds."""
    low, high = one["least_seed"], one["most_seed"]
    if not one["seeds"] or math.isnan(low):
        return "–"
    ends = map(tables.rounded, (low, high))
    return f"{one['seeds']} seeds {'–'.join(dict.fromkeys(ends))}"
