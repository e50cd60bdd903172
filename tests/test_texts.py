"""What README.md and docs/results.md quote is what the published tables say."""

import csv
import functools
import itertools
import json
import math
import re
import statistics
from pathlib import Path

import pytest

from figures.quotes import HEADLINE, refreshed

ROOT = Path(__file__).parent.parent
RENDERED = ROOT / "figures" / "rendered"
TEXTS = ("README.md", "docs/results.md")
NUMBER = r"\d[\d.]*|∞"
QUOTED = re.compile(
    rf"(?P<value>{NUMBER})(?P<percent> %)?(?: ×)? \[(?P<low>{NUMBER}), (?P<high>{NUMBER})\]"
)
Estimate = tuple[float, float, float]


@functools.cache
def rows(study: str, table: str) -> list[dict[str, str]]:
    with (RENDERED / study / f"{table}.csv").open() as file:
        return list(csv.DictReader(file))


@functools.cache
def estimates() -> set[Estimate]:
    """Every estimate with its interval in the published tables: value or bound, low, high."""
    found = set()
    for path in RENDERED.glob("*/*.csv"):
        for row in rows(path.parent.name, path.stem):
            for low in (column for column in row if re.search(r"(^|_)low(_base)?$", column)):
                ends = ("", "_median", "_mean", "_bound")
                values = {"number", "bound"}
                if low != "low":
                    values = {re.sub("_low", end, low) for end in ends}
                for value in values & set(row):
                    numbers = [row[column] for column in (value, low, low.replace("low", "high"))]
                    if all(numbers):
                        found.add(estimate(*numbers))
    return found


def estimate(value: str, low: str, high: str) -> Estimate:
    return float(value), float(low), float(high)


def says(text: str, number: float, scale: int = 1) -> bool:
    """Whether `text` is `scale * number`, rounded to the digits that `text` shows."""
    if text == "∞" or math.isinf(number):
        return text == "∞" and math.isinf(number)
    decimals = len(text.partition(".")[2])
    # Tables round to two digits, so that 153 is 150.
    two = float(f"{scale * number:.2g}") if scale * number >= 100 else None
    return float(text) in (float(f"{scale * number:.{decimals}f}"), two)


def quotes(match: re.Match[str], known: Estimate) -> bool:
    """Whether the quoted estimate is the known one; percent are hundred times a ratio."""
    scale = 100 if match["percent"] else 1
    shown = (match["value"], match["low"], match["high"])
    return all(says(text, number, scale) for text, number in zip(shown, known, strict=True))


@pytest.mark.parametrize("text", TEXTS)
def test_every_quoted_estimate_is_in_a_published_table(text: str) -> None:
    lines = (ROOT / text).read_text().splitlines()
    quoted = [(at, match) for at, line in enumerate(lines, 1) for match in QUOTED.finditer(line)]
    assert len(quoted) > 15
    unknown = [
        f"{text}:{at}: {match[0]}"
        for at, match in quoted
        if not any(quotes(match, known) for known in estimates())
    ]
    assert not unknown


def one(study: str, table: str, **wanted: str) -> dict[str, str]:
    """The only row of a published table in which these columns have these values."""
    (row,) = (row for row in rows(study, table) if wanted.items() <= row.items())
    return row


@pytest.mark.parametrize("text", TEXTS)
def test_the_tables_of_the_texts_are_those_of_the_published_studies(text: str) -> None:
    written = (ROOT / text).read_text(encoding="utf-8")
    marks = re.findall(r"<!-- \w+:begin (\w+) -->", written)
    assert marks
    for study in marks:
        assert refreshed(written, study, RENDERED / study) == written


KINDS = {"MaxCut": "maxcut-p4", "SK": "sk-p4", "Hubbard": "hubbard-r3"}


def verdicts() -> list[tuple[str, str, str, str]]:
    """Claim, class, view and verdict of the README's table of verdicts."""
    lines = (ROOT / "README.md").read_text().splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("| claim | class |"))
    found, claim = [], ""
    for line in itertools.takewhile(lambda line: line.startswith("|"), lines[start + 2 :]):
        first, kind, _, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        claim = first.partition(":")[0] or claim
        for one in KINDS if kind == "each" else [kind]:
            views = ("replication", "controls", "successor")
            found += [(claim, one, view, cell) for view, cell in zip(views, cells, strict=True)]
    return found


@pytest.mark.parametrize(("claim", "kind", "view", "cell"), verdicts())
def test_a_verdict_of_the_readme_is_the_published_one(
    claim: str, kind: str, view: str, cell: str
) -> None:
    wanted = {"level": "class", "claim": claim, "experiment": KINDS[kind], "view": view}
    assert one("paper", "claims", **wanted)["verdict"].partition(" (")[0] == cell


def readme() -> str:
    """README.md as one line."""
    return " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())


def groups(pattern: str) -> tuple[str, ...]:
    """The numbers of a sentence of README.md, which is there once."""
    (found,) = re.finditer(pattern, readme())
    return found.groups()


def test_ratios_of_energies_are_the_published_ones() -> None:
    shown = groups(r"the exact one is ([\d.]+), ([\d.]+) and ([\d.]+)\.")
    for text, (experiment, size) in zip(shown, HEADLINE.values(), strict=True):
        row = one("paper", "starts", experiment=experiment, size=size, start="lstm", learner="")
        assert says(text, float(row["ratio_median"]))


@functools.cache
def peers() -> dict[tuple[str, str, str], dict[str, float]]:
    """Measured rows of other simulators, by peer, workload and quantity."""
    found = json.loads((ROOT / "bench" / "peers" / "results.json").read_text(encoding="utf-8"))
    return {
        (name, row["workload"], row["quantity"]): row
        for name, about in found["peers"].items()
        for row in about["rows"]
        if about["precision"] == "float64"
    }


OURS = ("plain_jax", "learning2learn")
"""Peers that are no simulators: our own formulation without our kernels, and a demonstration."""


def ratios(workload: str, quantity: str) -> list[float]:
    return [
        row["ratio"]
        for (name, *what), row in peers().items()
        if what == [workload, quantity] and name not in OURS and "ratio" in row
    ]


def own_time(workload: str, quantity: str) -> float:
    """Our median time around every peer, milliseconds."""
    rows = [row for (_, *what), row in peers().items() if what == [workload, quantity]]
    return statistics.median(row[key] for row in rows for key in ("own_before", "own_after"))


WORDS = {"four": 4, "five": 5}


def test_speeds_are_the_published_ones() -> None:
    time, count, best, plain = groups(
        r"with gradient take ([\d.]+) ms\. The best of the (\w+) other simulators that have this "
        r"gradient takes (\d+) times as long, a plain JAX formulation ([\d.]+) times\."
    )
    several = ratios("batch-p5-8", "gradient")
    assert says(time, own_time("batch-p5-8", "gradient"))
    assert (len(several), says(best, min(several))) == (WORDS[count], True)
    assert says(plain, peers()["plain_jax", "batch-p5-8", "gradient"]["ratio"])
    time, best, count, plain = groups(
        r"\(([\d.]+) ms\) the factors are (\d+) \(best of (\w+)\) and ([\d.]+)\."
    )
    several = ratios("maxcut-p5-20", "gradient")
    assert says(time, own_time("maxcut-p5-20", "gradient"))
    assert (len(several), says(best, min(several))) == (WORDS[count], True)
    assert says(plain, peers()["plain_jax", "maxcut-p5-20", "gradient"]["ratio"])
    time, with_jax, demonstration = groups(
        r"takes ([\d.]+) ms here, ([\d.]+) times as long with PennyLane and JAX, "
        r"and (\d+) times in the demonstration"
    )
    assert says(time, own_time("training-b1-7", "step"))
    assert says(with_jax, peers()["default_qubit", "training-b1-7", "step"]["ratio"])
    assert says(demonstration, peers()["learning2learn", "training-b1-7", "step"]["ratio"])


@pytest.mark.parametrize(
    ("text", "number", "scale", "same"),
    [
        ("0.65", 0.006518, 100, True),
        ("0.66", 0.006518, 100, False),
        ("3.0", 0.0304, 100, True),
        ("17.5", 17.5, 1, True),
        ("9", 10.0, 1, False),
        ("64", 63.8, 1, True),
        ("150", 153.4, 1, True),
        ("150", 156.0, 1, False),
        ("∞", math.inf, 1, True),
        ("∞", 3.0, 1, False),
    ],
)
def test_a_quoted_number_is_compared_at_its_own_digits(
    text: str, number: float, scale: int, same: bool
) -> None:
    assert says(text, number, scale) is same


# Words that the field has another one for, and that one (docs/conventions.md lists them).
PLAIN = {
    "anew": "again",
    "lest": "so that … not",
    "told": "given, set, reported",
    "lane": "batch, padding, row",
    "lanes": "batch, padding, rows",
    "law": "distribution",
    "laws": "distributions",
    "saving": "queries ratio",
    "sample set": "test set",
    "test sample": "test set",
    "test samples": "test sets",
    "cannot be told": "inconclusive",
    "stands for": "is, means",
    "stand for": "are, mean",
    "stands beside": "is compared with",
    "stand beside": "are compared with",
}
PROSE = re.compile(rf"\b({'|'.join(map(re.escape, PLAIN))})\b", re.IGNORECASE)
QUOTING = ("tests/test_texts.py", "CHANGELOG.md")
"""Files that may say these words: this one, and what releases were called."""


def prose() -> list[Path]:
    """Every text and source of the repository, published results apart."""
    found = []
    for folder in ("replication", "figures", "bench", "tests", "docs"):
        for suffix in (".py", ".md", ".rst", ".yaml", ".smk", ".html"):
            found += [*(ROOT / folder).rglob(f"*{suffix}")]
    found = [path for path in found if RENDERED not in path.parents]
    return [ROOT / "README.md", ROOT / "Snakefile", ROOT / "Makefile", *found]


def test_one_word_a_thing() -> None:
    said = [
        f"{path.relative_to(ROOT)}:{number}: {found[0]!r}, write {PLAIN[found[0].lower()]}"
        for path in prose()
        if str(path.relative_to(ROOT)) not in QUOTING
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for found in PROSE.finditer(line)
    ]
    assert not said, "\n".join(said)
