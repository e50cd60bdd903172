"""What a job of several starts does again and what it takes from the file that is there."""

import errno
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from replication import provenance, store
from replication.kinds.meta_learning_jobs import MAIN
from replication.steps.traces import run as traces
from replication.study import Study, digest

from .conftest import STUDY


class _Job(SimpleNamespace):
    """A job in a folder; the code of each start is a word."""

    def load(self, step, **names):
        return {"4": xr.Dataset()}

    def code_with(self, modules):
        return [self.code[one.rpartition(".")[2]] for one in modules if ".starts." in one]

    def problems(self, test_set):
        return {"4": []}

    def save(self, tree):
        store.save(tree, self.path, {"kind": "traces"})


@pytest.fixture
def followed(monkeypatch):
    """Starts in the order in which they are followed."""
    seen = []

    def follow(job, start, problems, points):
        seen.append(start)
        return xr.Dataset({"energy": ("query", np.full(2, float(len(seen))))})

    monkeypatch.setattr(traces, "follow", follow)
    monkeypatch.setattr(traces, "training_points", lambda job: None)
    return seen


@pytest.fixture
def made(tmp_path, followed):
    """A job that has run once, the first time that its two starts were asked for."""
    study = Study.model_validate(STUDY)
    source = tmp_path / "instances.nc"
    source.write_bytes(b"four")
    job = _Job(
        study=study,
        experiment=study.experiments["toy"],
        names={"experiment": "toy", "set": "4", "protocol": MAIN, "starts": "untrained"},
        code={"random": "a", "ramp": "b", "constant": "c"},
        inputs=[source],
        results=tmp_path,
        path=tmp_path / "traces" / "untrained.nc",
    )
    traces.run(job)
    assert followed == ["random", "ramp"]
    followed.clear()
    # As Snakemake does before it runs a job again.
    job.path.unlink()
    return job


def _with(job, **settings):
    """The same job, its experiment changed."""
    content = job.study.model_dump(mode="json")
    content["experiments"]["toy"] |= settings
    job.study = Study.model_validate(content)
    job.experiment = job.study.experiments["toy"]


def test_nothing_is_followed_twice(made, followed):
    traces.run(made)
    assert followed == []
    before = store.load(made.path, "traces")
    made.path.unlink()
    traces.run(made)
    assert followed == []
    assert store.load(made.path, "traces").identical(before)


def test_without_links_all_are_followed_again(made, followed, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EPERM, "no links here")

    made.code["ramp"] = "another"
    monkeypatch.setattr(traces.os, "link", refuse)
    traces.run(made)
    traces.run(made)
    assert followed == ["ramp", "random", "ramp"]


def test_a_new_start_alone_is_followed(made, followed):
    _with(made, starts=["constant", "random", "ramp", "lstm"])
    traces.run(made)
    assert followed == ["constant"]
    tree = store.load(made.path, "traces")
    assert list(tree.children) == ["constant", "random", "ramp"]
    assert [float(one["energy"][0]) for one in tree.children.values()] == [1, 1, 2]


def test_a_start_whose_code_changed_is_followed_again(made, followed):
    made.code["ramp"] = "another"
    traces.run(made)
    assert followed == ["ramp"]


def test_a_start_that_is_no_longer_asked_for_is_left_out(made, followed):
    _with(made, starts=["ramp", "lstm"])
    traces.run(made)
    assert followed == []
    assert list(store.load(made.path, "traces").children) == ["ramp"]


def test_a_trace_kept_says_where_it_was_made(made, followed, monkeypatch):
    here = provenance.collect()
    later = {**here, "git_commit": "another"}
    monkeypatch.setattr(provenance, "collect", lambda: later)
    made.code["ramp"] = "another"
    traces.run(made)
    assert followed == ["ramp"]
    tree = store.load(made.path, "traces")
    commits = [tree[start].attrs["git_commit"] for start in ("random", "ramp")]
    assert commits == [here["git_commit"], "another"]


def test_another_version_of_a_library_keeps_nothing(made, followed, monkeypatch):
    newer = {**provenance.collect(), "jax_version": "99"}
    monkeypatch.setattr(provenance, "collect", lambda: newer)
    traces.run(made)
    assert followed == ["random", "ramp"]


def _last(job):
    return job.results / ".work" / "traces" / "untrained.nc"


def _seed(job):
    content = job.study.model_dump(mode="json") | {"seed": 5}
    job.study = Study.model_validate(content)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda job: job.inputs[0].write_bytes(b"five"),
        lambda job: _with(job, depth=2),
        lambda job: _with(job, evaluation={"budget": 30, "queries": 3}),
        lambda job: _last(job).write_bytes(_last(job).read_bytes()[:200]),
        lambda job: _last(job).unlink(),
        _seed,
    ],
    ids=["input", "depth", "budget", "cut", "missing", "seed"],
)
def test_all_are_followed_again_where_anything_else_changed(made, followed, spoil):
    spoil(made)
    traces.run(made)
    assert followed == ["random", "ramp"]


def test_the_digest_of_what_a_trace_was_made_from_goes_with_it(made):
    one, other = store.load(_last(made), "traces").children.values()
    assert len(one.attrs["origin"]) == len(digest())
    assert one.attrs["origin"] != other.attrs["origin"]
