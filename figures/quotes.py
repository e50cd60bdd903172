"""Tables of numbers that README.md and docs/results.md quote, made from the published tables.

A text has them between the marks `<!-- <table>:begin <study> -->` and `<!-- <table>:end -->`.
"""

import csv
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from figures import tables
from figures.claims_table import first_table
from replication.starts import NETWORK, SUCCESSOR
from replication.starts import load as load_start

Row = Mapping[str, str]

CLASSES = {"maxcut-p4": "MaxCut", "sk-p4": "SK", "hubbard-r3": "Hubbard"}
HEADLINE = {
    "MaxCut, p = 4, n = 12": ("maxcut-p4", "12"),
    "SK, p = 4, n = 12": ("sk-p4", "12"),
    "Hubbard, r = 3, 2×4": ("hubbard-r3", "2x4"),
}
"""columns of the README's table of results: experiment and size"""
NETWORKS = {NETWORK: "the paper’s network", SUCCESSOR: "its successor"}
"""starts that are networks"""
VIEWS = {NETWORK: "controls", SUCCESSOR: "successor"}
"""in which of the three comparisons of the claims a network is judged against all starts"""
OPTIMISERS = {
    "main": "Nelder–Mead",
    "cobyqa": "COBYQA",
    "cobyqa-white": "COBYQA, whitened",
    "lbfgsb": "L-BFGS-B, with gradients",
    "lbfgsb-white": "L-BFGS-B, with gradients, whitened",
}
"""protocols of the table of local optimisers, and their names there"""
TARGETS = {"0.01": "1", "0.001": "0.1", "0.0001": "0.01"}
"""errors of that table, as in the names of columns and in percent"""
DECIDING = "0.001"
"""the one at which the best start of an optimiser is the best"""
ERROR, QUERIES = "error_after_queries", "queries_to_0.01"
MEDIAN, LOW, HIGH = "median", "low", "high"


def percent(text: str) -> str:
    """A fraction in percent, with two significant digits."""
    value = float(f"{100 * float(text):.2g}")
    decimals = max(0, 1 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:.{decimals}f}"


def count(text: str) -> str:
    """A number of queries, infinite where the budget did not suffice."""
    value = float(text)
    return "∞" if math.isinf(value) else f"{value:g}"


def error(row: Row) -> str:
    """Median error after the network's queries with its interval."""
    middle, low, high = (percent(row[f"{ERROR}_{end}"]) for end in (MEDIAN, LOW, HIGH))
    return f"{middle} % [{low}, {high}]"


def queries(row: Row) -> str:
    """Median number of queries to an error of 1 % with its interval."""
    middle, low, high = (count(row[f"{QUERIES}_{end}"]) for end in (MEDIAN, LOW, HIGH))
    return f"{middle} [{low}, {high}]"


def rows(folder: Path, table: str) -> list[Row]:
    """The rows of a published table."""
    with (folder / f"{table}.csv").open(encoding="utf-8") as file:
        return [*csv.DictReader(file)]


def strongest(found: Iterable[Row]) -> Row:
    """The start without a network with the fewest median queries, then the lowest error."""
    keys = (f"{QUERIES}_{MEDIAN}", f"{ERROR}_{MEDIAN}")
    others = (row for row in found if row["start"] not in NETWORKS)
    return min(others, key=lambda row: [float(row[key]) for key in keys])


def _at(starts: Iterable[Row], experiment: str, size: str) -> dict[str, Row]:
    """Rows of one experiment and size by start, without single training seeds."""
    place = {"experiment": experiment, "size": size, "learner": ""}
    return {row["start"]: row for row in starts if place.items() <= row.items()}


def _queries_ratio(claims: Iterable[Row], place: tuple[str, str], network: str, start: str) -> str:
    """How many times as many queries a start needs as a network, from the tests of claim C2."""
    experiment, size = place
    wanted = {"level": "finding", "claim": "C2", "metric": "queries_ratio", "protocol": "main"}
    wanted |= {"experiment": experiment, "test_set": size}
    wanted |= {"view": VIEWS[network], "comparison": start}
    (row,) = (row for row in claims if wanted.items() <= row.items())
    middle, low, high = (float(row[f"number{end}"]) for end in ("", "_low", "_high"))
    return tables.interval((middle, low, high))


def headline(folder: Path) -> str:
    """Errors and queries of the networks and of the strongest other start at the headline sizes."""
    starts, claims = rows(folder, "starts"), rows(folder, "claims")
    places = [(place, _at(starts, *place)) for place in HEADLINE.values()]
    best = [strongest(found.values()) for _, found in places]
    body = []
    for what, text in (
        ("error after ten queries", error),
        ("queries until an error of 1 %", queries),
    ):
        for network, name in NETWORKS.items():
            body.append([f"{what}: {name}", *(text(found[network]) for _, found in places)])
        cells = [text(row) + (f" ({row['label']})" if text is queries else "") for row in best]
        body.append([f"{what}: strongest other start", *cells])
    for network, name in NETWORKS.items():
        ratios = [
            _queries_ratio(claims, place, network, row["start"])
            for (place, _), row in zip(places, best, strict=True)
        ]
        body.append([f"times as many from that start: {name}", *ratios])
    reached = [f"{percent(found['random']['reached_0.01'])} %" for _, found in places]
    body.append(["random angles: instances that reach 1 %", *reached])
    return _grid(["", *HEADLINE], body)


def sizes(folder: Path) -> str:
    """Errors and queries of the networks and of the strongest other start, size by size."""
    starts = rows(folder, "starts")
    body = []
    for experiment, name in CLASSES.items():
        own = (row["size"] for row in starts if row["experiment"] == experiment)
        for size in dict.fromkeys(own):
            found = _at(starts, experiment, size)
            best = strongest(found.values())
            cells = [
                f"{error(row)}, {percent(row[f'{ERROR}_q90'])} %; {queries(row)}"
                for row in (*(found[one] for one in NETWORKS), best)
            ]
            body.append(
                [name, size.replace("x", "×"), *cells[:-1], f"{cells[-1]} ({best['label']})"]
            )
    first = "paper’s network: error, its 90 % quantile; queries to 1 %"
    return _grid(["", "size", first, "successor", "strongest other start"], body)


def seeds(folder: Path) -> str:
    """Range over the networks of all training seeds, and the one that validation chose."""
    starts, judged = rows(folder, "starts"), rows(folder, "claims")
    body = []
    for title, (experiment, size) in HEADLINE.items():
        own = [row for row in starts if row["learner"]]
        own = [row for row in own if (row["experiment"], row["size"]) == (experiment, size)]
        for form in dict.fromkeys(row["learner"] for row in own):
            found = [row for row in own if row["learner"] == form]
            chosen = [error(row) for row in found if row["chosen"] == "True"]
            errors, counts = _range(found, ERROR, percent), _range(found, QUERIES, count)
            name, seen = f"the paper’s network, `{form}`", len(found)
            body.append([title, name, f"{seen}", f"{errors} %", counts, *(chosen or ["–"])])
        # Their seeds are traced only for the claim that asks for them.
        successor = {"level": "finding", "claim": "C1", "view": VIEWS[SUCCESSOR]}
        wanted = {"experiment": experiment, "test_set": size, **successor}
        (row,) = (row for row in judged if wanted.items() <= row.items())
        errors = f"{percent(row['least_seed'])} to {percent(row['most_seed'])} %"
        chosen = [error(_at(starts, experiment, size)[SUCCESSOR])]
        body.append([title, NETWORKS["successor"], row["seeds"], errors, "–", *chosen])
    head = ["", "network", "seeds", "errors after ten queries", "queries to 1 %", "chosen one"]
    return _grid(head, body)


def optimisers(folder: Path) -> str:
    """Queries to each target from the successor and from the best other start, by optimiser."""
    table = rows(folder, "optimisers")
    body = []
    for experiment, name in CLASSES.items():
        for protocol, title in OPTIMISERS.items():
            place = {"experiment": experiment, "protocol": protocol}
            found = [row for row in table if place.items() <= row.items()]
            (own,) = (row for row in found if row["start"] == SUCCESSOR)
            best = min(
                (row for row in found if row["start"] not in NETWORKS),
                key=lambda row: float(row[f"queries_to_{DECIDING}"]),
            )
            label = load_start(best["start"]).LABEL
            body.append([name, title, _to_targets(own), f"{_to_targets(best)} ({label})"])
    listed = ", ".join(TARGETS.values())
    head = [f"its successor: queries to {listed} %", "best other start"]
    return _grid(["", "local optimiser", *head], body)


def _to_targets(row: Row) -> str:
    ends = ("", "_low", "_high")
    found = ([count(row[f"queries_to_{target}{end}"]) for end in ends] for target in TARGETS)
    return "; ".join(f"{middle} [{low}, {high}]" for middle, low, high in found)


def _range(found: Sequence[Row], stem: str, text: Callable[[str], str]) -> str:
    """Lowest and highest median of several rows."""
    values = sorted((row[f"{stem}_{MEDIAN}"] for row in found), key=float)
    return f"{text(values[0])} to {text(values[-1])}"


def _grid(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    return tables.grid(tables.Section("", head, body, "l" * len(head)))


def claims(folder: Path) -> str:
    """The shortest table of the claims, the first of what is published."""
    return first_table((folder / "claims.md").read_text(encoding="utf-8"))


TABLES: Mapping[str, Callable[[Path], str]] = {
    one.__name__: one for one in (claims, headline, optimisers, sizes, seeds)
}


def refreshed(text: str, study: str, folder: Path) -> str:
    """A text with all tables that it has marks for made from what `folder` holds of the study."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}:begin {study} -->\n", f"<!-- {name}:end -->"
        before, mark, after = text.partition(begin)
        if mark:
            text = f"{before}{mark}\n{table(folder)}\n\n{end}{after.partition(end)[2]}"
    return text
