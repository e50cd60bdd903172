"""The follow-ups' numbers: which results are beside them, and what the table says."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml

from figures import published
from figures import results as read
from figures.__main__ import main
from replication import store
from replication.evaluation.rows import Network, table
from replication.follow_ups import FOLLOW_UPS, repeated
from replication.kinds.meta_learning_jobs import MAIN
from replication.starts import NETWORK
from replication.study import Study, load_study
from replication.workflow import Job
from tests.shown import tables_of

STUDY = {
    "title": "follow-ups",
    "experiments": {
        "shallow": {
            "problem": {"kind": "maxcut"},
            "depth": 1,
            "train_sizes": ["6"],
            "test": {"10": 2, "12": 4},
            "headline_size": "12",
            "learners": {"plain": {"seeds": 3, "test_sizes": ["12"]}},
            "evaluation": {"budget": 50},
            "protocols": {
                "calls": {
                    "optimiser": "nelder_mead_scipy",
                    "test_sets": ["half-8", "half-10", "regular"],
                    "starts": ["lstm", "constant", "random"],
                }
            },
            "transfer": {
                "half-8": {
                    "size": "8",
                    "instances": 2,
                    "problem": {"kind": "maxcut", "degree": 4},
                },
                "half-10": {
                    "size": "10",
                    "instances": 4,
                    "problem": {"kind": "maxcut", "degree": 5},
                },
                "regular": {
                    "size": "12",
                    "instances": 3,
                    "problem": {"kind": "maxcut", "graphs": "regular"},
                },
            },
        }
    },
}
CALLS = {"lstm": 40.0, "constant": 30.0, "random": 50.0}
RATIOS = {"lstm": 0.8, "constant": 0.75, "random": 0.7}
LABELS = {"lstm": "meta-trained RNN", "constant": "constant angles", "random": "random angles"}


def _study(folder: Path, **changes: object) -> Study:
    content = yaml.safe_load(yaml.safe_dump(STUDY, sort_keys=False))
    content["experiments"]["shallow"] |= changes
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return load_study(path)


def _row(start: str, instances: int, shift: float, more: float = 0.0) -> xr.Dataset:
    spread = np.where(np.arange(instances) % 2, 2.0, -2.0) + shift
    limits = RATIOS[start] + more + np.array([0.0, -0.02, 0.01])
    return xr.Dataset(
        {
            "label": LABELS[start],
            "calls": ("instance", np.minimum(CALLS[start] + spread, 50)),
            "start_queries": ("instance", np.full(instances, 10 * (start == NETWORK))),
            "ratio_after_queries_mean": ("bound", limits),
            "ratio_mean": ("bound", limits + 0.1),
        }
    )


def _statistics(instances: int, networks: int, shift: float = 0.0) -> xr.DataTree:
    """Two queries of spread about the calls of each start, ratios a hundredth above one another."""
    starts = {start: _row(start, instances, shift) for start in ("random", NETWORK, "constant")}
    singles = {
        Network("plain", seed): _row(NETWORK, instances, shift, 0.01 * seed).assign(
            role="candidate"
        )
        for seed in range(networks)
    }
    tree = table(starts, singles, {})
    tree.attrs.update(budget=50, chosen_learner="plain", chosen_seed=1, study_digest="0" * 16)
    tree.attrs.update(git_commit="0" * 40, git_dirty="no")
    return tree


@pytest.fixture
def results(tmp_path: Path) -> read.Results:
    """The small study with all statistics that the table reads."""
    study = _study(tmp_path)
    for one in repeated(study):
        for index, test_set in enumerate(one.test_sets):
            count = study.experiments[one.experiment].test_sets[test_set].instances
            data = _statistics(count, 3 if one.protocol == MAIN else 0, shift=0.0 if index else 1.0)
            names = {"experiment": one.experiment, "set": test_set, "protocol": one.protocol}
            job = Job("statistics", study, tmp_path / "results", names)
            store.save(data, job.path, {"kind": "statistics", "settings": job.settings})
    return read.Results(study, tmp_path / "results")


def _written(results: read.Results) -> tuple[str, list[dict[str, str]]]:
    found = published.write(results, Path(published.__file__).with_suffix(".rst"))
    return found["md"], list(csv.DictReader(io.StringIO(found["csv"])))


def _line(text: str, section: str, begins: str) -> list[str]:
    (part,) = [each for each in text.split("\n## ") if section in each.splitlines()[0]]
    (found,) = [line for line in part.splitlines() if line.startswith(f"| {begins}")]
    return [cell.strip() for cell in found.strip("|").split("|")]


def test_each_follow_up_finds_its_test_sets(tmp_path: Path) -> None:
    found = [(one.follow_up.ensemble, *one[1:]) for one in repeated(_study(tmp_path))]
    assert found == [
        ("G(n, ½)", "shallow", "calls", ("half-8", "half-10")),
        ("4-regular graphs", "shallow", "calls", ("regular",)),
        ("G(n, k/n)", "shallow", "main", ("12",)),
    ]


def test_each_test_set_has_the_distribution_of_its_follow_up() -> None:
    study = load_study("depths")
    found = repeated(study)
    assert {one.follow_up.ensemble for one in found} == {one.ensemble for one in FOLLOW_UPS}
    for one in found:
        experiment = study.experiments[one.experiment]
        for test_set in one.test_sets:
            distribution = experiment.test_sets[test_set].problem
            assert distribution.kind == "maxcut"
            assert distribution.weights == "unit"
            assert distribution.graphs == ("regular" if "regular" in test_set else "erdos_renyi")
            if "half" in test_set:
                assert distribution.degree is not None
                assert 2 * distribution.degree == int(experiment.test_sets[test_set].size)


@pytest.mark.parametrize(
    "changes",
    [
        {"depth": 2},
        {"evaluation": {"budget": 50, "queries": 5}, "protocols": {}},
        {"problem": {"kind": "maxcut", "weights": "normal"}, "protocols": {}},
        {"test": {"10": 4}, "headline_size": "10", "learners": {"plain": {}}, "protocols": {}},
    ],
)
def test_other_settings_repeat_nothing(tmp_path: Path, changes: dict[str, object]) -> None:
    study = _study(tmp_path, **changes)
    assert repeated(study) == []
    assert "published" not in [one.stem for one in tables_of(study)]


def test_noisy_or_altered_protocols_repeat_nothing(tmp_path: Path) -> None:
    calls = STUDY["experiments"]["shallow"]["protocols"]["calls"]  # type: ignore[index]
    for change in ({"shots": 100}, {"feedback": "mean"}, {"optimiser": "cobyla"}):
        study = _study(tmp_path, protocols={"calls": {**calls, **change}})
        assert [one.protocol for one in repeated(study)] == [MAIN]


def test_the_table_is_drawn_from_just_what_it_reads(tmp_path: Path) -> None:
    study = _study(tmp_path)
    (drawing,) = [one for one in tables_of(study) if one.stem == "published"]
    read = {(names["set"], names["protocol"]) for _, names in drawing.needs}
    assert read == {("half-8", "calls"), ("half-10", "calls"), ("regular", "calls"), ("12", MAIN)}
    assert "published" not in [one.stem for one in tables_of(load_study("paper"))]


def test_calls_are_pooled_over_test_sets_with_and_without_the_networks(
    results: read.Results,
) -> None:
    text, _ = _written(results)
    # Two graphs at 39 and 43, four at 38 and 42.
    values = np.array([39, 43, 38, 42, 38, 42.0])
    mean, sd = values.mean(), values.std(ddof=1)
    row = _line(text, "G(n, ½), n = 8, 10 (2 + 4 instances)", "**meta-trained RNN**")
    assert row[1:] == [
        "24.7 ± 3.4",
        f"{mean - 10:.1f} ± {sd:.1f}",
        f"{mean:.1f} ± {sd:.1f}",
        "0 of 6",
    ]
    assert _line(text, "4-regular", "constant angles")[1] == "–"
    assert _line(text, "4-regular", "random angles")[1] == "46.8 ± 11.4"


def test_runs_cut_by_the_budget_are_counted(results: read.Results) -> None:
    text, records = _written(results)
    assert _line(text, "G(n, ½)", "random angles")[4] == "3 of 6"
    (record,) = [
        one for one in records if one["start"] == "random" and one["ensemble"] == "G(n, ½)"
    ]
    assert (record["cut_by_budget"], record["instances"]) == ("3", "6")
    assert float(record["their_sd"]) == 19.9


def test_errors_are_beside_the_printed_ones(results: read.Results) -> None:
    text, records = _written(results)
    row = _line(text, "arXiv:2512.05058", "**meta-trained RNN (LSTM)**")
    assert row[1:] == ["0.243", "0.200 [0.190, 0.220]", "0.100 [0.090, 0.120]"]
    assert _line(text, "arXiv:2512.05058", "constant angles")[1] == "0.191"
    assert _line(text, "arXiv:2512.05058", "QLSTM")[1:] == ["0.222", "–", "–"]
    seeds = _line(text, "arXiv:2512.05058", "networks “plain”, 3 seeds")
    assert seeds[1:] == ["–", "0.190 [0.180, 0.200]", "0.090 [0.080, 0.100]"]
    single = [one for one in records if one["learner"] == "plain"]
    assert [float(one["error_after_queries"]) for one in single] == pytest.approx([0.2, 0.19, 0.18])


def test_the_caption_names_sources_budget_and_networks(results: read.Results) -> None:
    text, _ = _written(results)
    for words in (
        "Theirs: github.com/AaronBarbosa12/RNN_QAOA",
        "arXiv:2512.05058",
        "after 50 queries",
        "4000 steps on n = 6",
        "plain, seed 1",
        "theirs converge to 0.174",
    ):
        assert words in text


def test_every_format_is_written(results: read.Results, tmp_path: Path) -> None:
    argv = ["--study", str(tmp_path / "study.yaml"), "--results", str(results.folder)]
    assert main(["draw", "published", *argv]) == 0
    for suffix in ("md", "csv", "tex", "rst"):
        assert (results.folder / "tables" / f"published.{suffix}").stat().st_size > 0
