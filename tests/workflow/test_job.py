"""A job: what it saves and loads, and its folder for checkpoints."""

import pytest
import xarray as xr

from replication.errors import UserError
from replication.workflow import Job
from tests.workflow.made import changed


def test_a_job_saves_with_provenance_and_loads_what_others_saved(job):
    job.save(xr.Dataset({"x": ("i", [1.0])}))
    assert job.path == job.results / "instances" / "sk" / "4.nc"
    names = {"experiment": "sk", "set": "4", "protocol": "main"}
    reader = Job("statistics", job.study, job.results, names)
    found = reader.load("instances")
    expected = {
        *("kind", "settings", "format", "experiment", "set", "study", "study_digest"),
        *("code_digest", "base_seed", "threads", "python", "jax_version", "numpy_version"),
        *("replication_version", "git_commit", "git_dirty", "cpu", "cores", "platform"),
        *("started_utc", "wall_time_s", "peak_memory_mib"),
    }
    assert expected <= set(found.attrs)
    assert found.attrs["base_seed"] == job.study.seed
    assert 0 <= found.attrs["wall_time_s"] < 60
    assert found.attrs["start_up_time_s"] > 0


def test_a_job_refuses_what_was_made_with_other_settings(job):
    job.save(xr.Dataset())
    study = changed(job.study, "experiments", "sk", "test", "4", 5)
    reader = Job("traces", study, job.results, {"experiment": "sk"})
    with pytest.raises(UserError, match=r"4\.nc is stale"):
        reader.load("instances", set="4")


def test_a_figure_loads_through_a_job_of_its_own(job):
    job.save(xr.Dataset({"x": 1.0}))
    figure = Job("figure", job.study, job.results)
    assert float(figure.load("instances", experiment="sk", set="4")["x"]) == 1


def test_work_folders_are_apart_and_can_be_cleared(job):
    other = Job(job.step, changed(job.study, "seed", 5), job.results, job.names)
    assert job.work != other.work
    job.clear_work()
    job.work.mkdir(parents=True)
    (job.work / "checkpoint").touch()
    job.clear_work()
    assert not job.work.exists()
