"""What `recommend` is given is what the statistics hold."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
import xarray as xr

from figures import measured
from figures import results as read
from replication.metalearner import measured as published
from replication.metalearner.units import ranges_of
from replication.seeds import key_for

Maker = Callable[..., Any]


@pytest.fixture
def made(filled: Maker, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Results whose instances are drawn on the spot."""
    found = filled("smoke", fill={"lost": ("random",)})

    def instances(results: read.Results, experiment: str, test_set: str) -> xr.DataTree:
        kept = results.study.meta_learning[experiment].test_sets[test_set]
        problems = [kept.problem.at(kept.size).sample(key_for(1, "own", i)) for i in range(3)]
        return xr.DataTree.from_dict({kept.size: kept.problem.to_dataset(problems)})

    monkeypatch.setattr(read.Results, "instances", instances)
    return found


def test_every_start_has_the_numbers_of_the_statistics(made: Any) -> None:
    rows = measured.measured(made.results, ["maxcut-p2"], {})
    # Experiments whose networks the package does not have are no help.
    assert {row["words"].split(",")[0] for row in rows} == {"MaxCut QAOA"}
    study = made.results.study
    one = study.meta_learning["maxcut-p2"]
    assert len(rows) == len(one.test_sets)
    row, data = rows[0], made.results.statistics("maxcut-p2", next(iter(one.test_sets)))
    assert {each["start"] for each in row["starts"]} <= set(map(str, data["start"].values))
    assert row["depth"] == 2
    for each in row["starts"]:
        at = data.sel(start=each["start"])
        assert each["error"] == at["error_after_queries_median"].values.tolist()
        queries = at["queries_to_median"].sel(target=study.claims.target).values
        assert each["queries"] == [x if math.isfinite(x) else None for x in queries.tolist()]
    networks = {each["start"]: each["network"] for each in row["starts"]}
    assert networks["lstm"] == "maxcut-p2"
    assert networks["random"] is None
    kept = one.test_sets[next(iter(one.test_sets))]
    drawn = made.results.instances("maxcut-p2", next(iter(one.test_sets)))[kept.size].to_dataset()
    assert row["features"] == ranges_of(kept.problem.from_dataset(drawn, kept.size))


def test_test_sets_of_the_study_that_is_extended_are_left_out(made: Any) -> None:
    before = made.results.study.meta_learning
    assert measured.measured(made.results, ["maxcut-p2"], before) == []


def test_no_test_set_is_published_twice() -> None:
    words = [one["words"] for one in published.test_sets()]
    assert words
    assert len(words) == len({*words})


def test_json_without_infinity_and_a_line_a_start(made: Any) -> None:
    rows = measured.measured(made.results, ["maxcut-p2"], {})
    text = measured.in_lines(rows)

    def refuse(word: str) -> float:
        raise AssertionError(word)

    assert json.loads(text, parse_constant=refuse) == rows
    assert "null" in text
    assert text.count("\n") == sum(1 + len(row["starts"]) for row in rows)
