"""A result of another study is taken over if the job would compute the same, and only then."""

from pathlib import Path

import pytest
import xarray as xr

from replication import __main__ as command
from replication import provenance
from replication.study import load_study
from replication.workflow import TAKEN_FROM, Job, code_digest, progress, take_over
from replication.workflow.reuse import seconds_elsewhere
from tests.workflow.made import TINY, changed

DATA = xr.Dataset({"x": ("i", [1.0, 2.0])})


def beside(job, study=None, name="extended"):
    """The same job of another study whose results lie beside the first one's."""
    return Job(job.step, study or job.study, job.results.parent / name, job.names)


def test_a_result_made_with_the_same_settings_and_code_is_taken_over(job, monkeypatch):
    made = Job(job.step, job.study, job.results, job.names)
    made.save(DATA)
    computed = made.load(made.step)
    study = changed(job.study, "title", "another study")
    other = beside(job, changed(study, "claims", "error", 0.5))
    monkeypatch.setattr(provenance, "_git", lambda: ("later", "yes"))
    assert take_over(other) == job.path.resolve()
    taken = other.load(other.step)
    xr.testing.assert_identical(taken["x"], computed["x"])
    # It belongs to its own study, and says where, when and at which commit it was computed.
    assert taken.attrs["study"] == "another study"
    assert taken.attrs["study_digest"] != computed.attrs["study_digest"]
    assert taken.attrs[TAKEN_FROM] == "smoke/instances/sk/4.nc"
    for key in ("git_commit", "started_utc", "wall_time_s", "cpu", "code_digest", "settings"):
        assert taken.attrs[key] == computed.attrs[key]


def test_what_was_taken_over_itself_names_the_file_that_was_computed(job):
    job.save(DATA)
    take_over(beside(job, name="second"))
    job.path.unlink()
    third = beside(job, name="third")
    take_over(third)
    assert third.load(third.step).attrs[TAKEN_FROM] == "smoke/instances/sk/4.nc"


@pytest.mark.parametrize(
    "unlike",
    [
        *("settings", "seed", "kind", "code", "python", "jax", "damaged", "own file", "elsewhere"),
        "nothing",
    ],
)
def test_a_result_that_could_differ_is_computed(job, unlike, monkeypatch):
    made, other = Job(job.step, job.study, job.results, job.names), beside(job)
    made.save(DATA)
    match unlike:
        case "settings":
            study = changed(job.study, "experiments", "sk", "test", "4", 5)
            other = beside(job, study)
        case "seed":
            other = beside(job, changed(job.study, "seed", 5))
        case "kind":
            attributes = made.attributes() | {"kind": "optima"}
            monkeypatch.setattr(Job, "attributes", lambda _: attributes)
            made.save(DATA)
        case "code":
            monkeypatch.setattr(Job, "code", "0" * 16)
        case "python" | "jax":
            key = "python" if unlike == "python" else "jax_version"
            later = provenance.versions() | {key: "99.0"}
            monkeypatch.setattr(provenance, "versions", lambda: later)
        case "damaged":
            made.path.write_bytes(made.path.read_bytes()[:-1])
        case "own file":
            other = made
        case "elsewhere":
            other = Job(job.step, job.study, job.results / "deeper" / "smoke", job.names)
        case "nothing":
            made.path.unlink()
    assert take_over(other) is None
    assert other is made or not other.path.exists()


def test_the_command_does_not_compute_what_another_study_has(tmp_path, monkeypatch, capsys):
    results = tmp_path / "results"
    words = ["instances", "--experiment=sk", "--set=4"]
    assert command.main([*words, "--study", str(TINY), "--results", str(results / "one")]) == 0
    capsys.readouterr()

    def fails(job):
        raise AssertionError("computed again")

    monkeypatch.setattr("replication.workflow.run", fails)
    assert command.main([*words, "--study", str(TINY), "--results", str(results / "two")]) == 0
    assert "taken over from" in capsys.readouterr().out
    one, two = (results / name / "instances" / "sk" / "4.nc" for name in ("one", "two"))
    xr.testing.assert_equal(xr.open_datatree(one), xr.open_datatree(two))


def test_a_record_counts_the_seconds_where_it_was_computed(job, tmp_path, monkeypatch):
    times = tmp_path / "times.json"
    times.write_text("{}", encoding="utf-8")
    monkeypatch.setattr(progress, "TIMES", times)
    attributes = job.attributes() | {"start_up_time_s": 2.0, "wall_time_s": 40.0}
    monkeypatch.setattr(Job, "attributes", lambda _: attributes)
    job.save(DATA)
    other = beside(job)
    take_over(other)
    assert seconds_elsewhere(other.path) == 42.0
    assert seconds_elsewhere(job.path) is None
    assert seconds_elsewhere(Path("nowhere.nc")) is None
    for one in (job, other):
        bench = progress.benchmark_file(one.results, one.step, one.names)
        bench.parent.mkdir(parents=True)
        bench.write_text("s\n0.5\n", encoding="utf-8")
    progress.record("first", job.results)
    progress.record("second", other.results)
    assert progress.recorded("first") == {("instances", "sk"): (1, 0.5)}
    assert progress.recorded("second") == {("instances", "sk"): (1, 42.0)}


@pytest.mark.parametrize("name", ["extended", "optimisers", "depths", "sensitivity"])
def test_a_study_shares_the_training_of_the_study_that_it_extends(name):
    names = {"experiment": "sk-p4", "learner": "residual"}
    base, longer = (
        Job("train", load_study(one), Path("results") / one, names) for one in ("paper", name)
    )
    assert base.settings == longer.settings
    assert base.code == longer.code
    assert base.path.relative_to(base.results) == longer.path.relative_to(longer.results)
    assert code_digest(*base.modules) == base.code
