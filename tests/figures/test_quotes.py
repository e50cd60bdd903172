"""Tables that the texts quote: which start is the strongest, how numbers read, where they go."""

import csv
from pathlib import Path

import pytest

from figures import quotes

MEDIANS = ("error_after_queries", "queries_to_0.01")


def start(name: str, error: float, queries: str, **more: str) -> dict[str, str]:
    """A row of a published table of starts, of MaxCut at n = 12 unless `more` says otherwise."""
    found = {"experiment": "maxcut-p4", "size": "12", "start": name, "learner": "", "seed": ""}
    found |= {"label": name.upper(), "chosen": "False", "reached_0.01": "0.3"}
    for stem, value in zip(MEDIANS, (str(error), queries), strict=True):
        found |= {f"{stem}_{end}": value for end in ("median", "low", "high")}
    return found | {"error_after_queries_q90": str(2 * error)} | more


def write(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
        writer.writeheader()
        writer.writerows(rows)


def run(name: str, queries: float, **place: str) -> dict[str, str]:
    """A row of the table of optimisers; to 0.01 % nobody gets."""
    needed = {f"queries_to_{target}{end}": f"{queries}" for target in ("0.01", "0.001") for end in
              ("", "_low", "_high")}  # fmt: skip
    beyond = {f"queries_to_0.0001{end}": "inf" for end in ("", "_low", "_high")}
    return {"start": name, **needed, **beyond, **place}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Published tables: `slow` has the lowest error, `even` beats `quick` at equal queries."""
    starts = []
    findings = []
    for experiment, size in quotes.HEADLINE.values():
        place = {"experiment": experiment, "size": size}
        starts += [
            start("lstm", 0.0065, "9.0", **place),
            start("successor", 0.00413, "5.5", **place),
            start("random", 0.5, "inf", **place),
            start("slow", 0.001, "80.0", **place),
            start("quick", 0.03, "7.0", **place),
            start("even", 0.02, "7.0", **place),
        ]
        for seed, chosen in enumerate(("False", "True", "False")):
            one = {"learner": "plain", "seed": str(seed), "chosen": chosen, **place}
            starts.append(start("lstm", 0.004 + 0.001 * seed, f"{seed + 4}.0", **one))
        finding = {"level": "finding", "experiment": experiment, "test_set": size}
        for number, view in enumerate(("replication", "controls", "successor")):
            for comparison in ("slow", "quick", "even"):
                ratio = {"claim": "C2", "metric": "queries_ratio", "comparison": comparison}
                ratio |= {"protocol": "main", "view": view, "number": f"{number / 2}"}
                findings.append(finding | ratio | {"number_low": "0.1", "number_high": "inf"})
        seeds = {"claim": "C1", "view": "successor", "seeds": "3", "least_seed": "0.003"}
        findings.append(finding | seeds | {"most_seed": "0.0041"})
    runs = [
        run(start, queries, experiment=experiment, protocol=protocol)
        for experiment, _ in quotes.HEADLINE.values()
        for protocol in quotes.OPTIMISERS
        for start, queries in (("successor", 5), ("lstm", 1), ("ramp", 30), ("constant", 20.5))
    ]
    write(tmp_path / "optimisers.csv", [*runs, run("ramp", 1, protocol="other")])
    write(tmp_path / "starts.csv", starts)
    write(tmp_path / "claims.csv", findings)
    (tmp_path / "claims.md").write_text("# Claims\n\n| a \\1 |\n|---|\n| row |\n\n| other |\n")
    return tmp_path


def cells(table: str) -> dict[str, list[str]]:
    """Cells of each row of a table by its first one."""
    lines = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return {first: rest for first, *rest in lines}


def test_the_headline_compares_with_the_fewest_queries_then_the_lowest_error(folder: Path) -> None:
    found = cells(quotes.headline(folder))
    assert found["error after ten queries: the paper’s network"][0] == "0.65 % [0.65, 0.65]"
    assert found["error after ten queries: its successor"][1] == "0.41 % [0.41, 0.41]"
    assert found["error after ten queries: strongest other start"][2] == "2.0 % [2.0, 2.0]"
    assert found["queries until an error of 1 %: its successor"][0] == "5.5 [5.5, 5.5]"
    assert found["queries until an error of 1 %: strongest other start"][0] == "7 [7, 7] (EVEN)"
    assert found["times as many from that start: the paper’s network"][0] == "0.5 [0.1, ∞]"
    assert found["times as many from that start: its successor"][0] == "1 [0.1, ∞]"
    assert found["random angles: instances that reach 1 %"] == ["30 %"] * 3


def test_sizes_have_a_row_each_without_single_seeds(folder: Path) -> None:
    lines = quotes.sizes(folder).splitlines()
    assert len(lines) == 2 + 3
    shown = "| Hubbard | 2×4 | 0.65 % [0.65, 0.65], 1.3 %; 9 [9, 9] | 0.41 %"
    assert lines[-1].startswith(shown)
    assert lines[-1].endswith("2.0 % [2.0, 2.0], 4.0 %; 7 [7, 7] (EVEN) |")


def test_seeds_are_a_range_and_the_chosen_one(folder: Path) -> None:
    first, second, *_ = quotes.seeds(folder).splitlines()[2:]
    assert "| 3 | 0.40 to 0.60 % | 4 to 6 | 0.50 % [0.50, 0.50] |" in first
    assert "its successor | 3 | 0.30 to 0.41 % | – | 0.41 % [0.41, 0.41] |" in second


def test_an_optimiser_has_the_best_start_without_a_network(folder: Path) -> None:
    lines = quotes.optimisers(folder).splitlines()
    assert len(lines) == 2 + 3 * len(quotes.OPTIMISERS)
    shown = "| MaxCut | COBYQA | 5 [5, 5]; 5 [5, 5]; ∞ [∞, ∞] | 20.5 [20.5, 20.5]; "
    assert lines[3].startswith(shown)
    assert lines[3].endswith("; ∞ [∞, ∞] (constant angles) |")


@pytest.mark.parametrize(
    ("text", "shown"),
    [("0", "0"), ("0.00019", "0.019"), ("0.1234", "12"), ("1", "100"), ("0.0996", "10")],
)
def test_percent_have_two_digits(text: str, shown: str) -> None:
    assert quotes.percent(text) == shown


def test_a_table_goes_between_the_marks_of_its_study(folder: Path) -> None:
    text = "top\n<!-- claims:begin {} -->\nold\n<!-- claims:end -->\nbottom\n"
    once = quotes.refreshed(text.format("paper"), "paper", folder)
    assert once == text.format("paper").replace("old\n", "\n| a \\1 |\n|---|\n| row |\n\n")
    assert quotes.refreshed(once, "paper", folder) == once
    assert quotes.refreshed(text.format("other"), "paper", folder) == text.format("other")
