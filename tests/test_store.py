"""Result files appear whole or not at all, come back as they were, and are refused by name."""

import errno
import os

import h5netcdf
import numpy as np
import pytest
import xarray as xr

from replication import store
from replication.errors import UserError


@pytest.fixture
def tree():
    return xr.DataTree.from_dict(
        {
            "/": xr.Dataset(
                {
                    "queries_to": ("target", [1.0, np.inf, np.nan]),
                    "empty": ("none", np.zeros(0)),
                    "label": ("start", ["ramp", "median of optima"]),
                },
                coords={"target": [0.1, 0.01, 0.001]},
                attrs={"budget": 400},
            ),
            "8": xr.Dataset(
                {
                    "energy": (("instance", "query"), np.linspace(-1, 1, 12).reshape(3, 4)),
                    "single": ("instance", np.arange(3, dtype=np.float32)),
                    "reached": ("instance", [True, False, True]),
                    "scale": 2.5,
                }
            ),
        }
    )


@pytest.fixture
def file(tree, tmp_path):
    path = tmp_path / "traces" / "file.nc"
    store.save(tree, path, {"kind": "traces", "settings": "abc"})
    return path


def test_what_is_saved_comes_back(tree, file):
    found = store.load(file, "traces", "abc")
    xr.testing.assert_equal(found, tree)
    for name, node in tree.to_dict().items():
        for key, variable in node.data_vars.items():
            if variable.dtype.kind != "U":
                assert found[name][key].dtype == variable.dtype
    assert found.attrs == {
        "budget": 400,
        "kind": "traces",
        "settings": "abc",
        "format": store.FORMAT,
    }


def test_a_dataset_is_a_tree_of_one(tmp_path):
    dataset = xr.Dataset({"x": ("i", [1, 2])})
    store.save(dataset, tmp_path / "x.nc", {"kind": "optima"})
    xr.testing.assert_equal(store.load(tmp_path / "x.nc", "optima").to_dataset(), dataset)


def test_saving_leaves_the_tree_alone(tree, file):
    assert tree.attrs == {"budget": 400}


def test_other_readers_of_netcdf_read_it(file):
    with h5netcdf.File(file) as opened:
        assert opened["8"]["energy"].shape == (3, 4)


def test_a_loaded_file_may_be_replaced_and_deleted(tree, file):
    found = store.load(file, "traces")
    file.unlink()
    np.testing.assert_array_equal(found["8"]["energy"], tree["8"]["energy"])


@pytest.mark.parametrize("part", [0, 1, 100, 5000, -100, -1])
def test_a_cut_file_is_refused_by_name(file, part):
    file.write_bytes(file.read_bytes()[:part])
    with pytest.raises(UserError, match=r"file\.nc is cut, damaged or not .*: delete it and run"):
        store.load(file, "traces")


def test_no_damaged_byte_goes_unseen(file):
    whole = file.read_bytes()
    for place in range(0, len(whole), len(whole) // 50):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(UserError, match=r"file\.nc is cut, damaged"):
            store.load(file, "traces")


def test_foreign_files_are_refused_by_name(tmp_path):
    text, foreign = tmp_path / "text.nc", tmp_path / "foreign.nc"
    text.write_text("not netCDF, but long enough to be one" * 10)
    xr.Dataset({"x": ("i", [1, 2])}).to_netcdf(foreign, engine="h5netcdf")
    for path in (text, foreign):
        with pytest.raises(UserError, match=rf"{path.name} is cut, damaged or not a result file"):
            store.load(path, "traces")


def test_a_file_of_another_step_is_refused(file):
    with pytest.raises(UserError, match=r"file\.nc holds 'traces' where 'optima' is needed"):
        store.load(file, "optima")


def test_a_stale_file_is_refused(tree, file, monkeypatch):
    with pytest.raises(UserError, match=r"file\.nc is stale"):
        store.load(file, "traces", "abd")
    monkeypatch.setattr(store, "FORMAT", store.FORMAT + 1)
    with pytest.raises(UserError, match=r"file\.nc is stale"):
        store.load(file, "traces", "abc")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"none\.nc is missing: run snakemake"):
        store.load(tmp_path / "none.nc", "traces")


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_is_named_and_loses_nothing(tree, file, monkeypatch, call):
    before = file.read_bytes()

    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, full)
    with pytest.raises(UserError, match=r"cannot write to folder .*traces: No space left"):
        store.save(tree, file, {"kind": "traces"})
    assert os.listdir(file.parent) == ["file.nc"]
    assert file.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_named(tree, tmp_path):
    (tmp_path / "results").write_text("a file where a folder should be")
    with pytest.raises(
        UserError, match=r"cannot write to folder .*results/traces: Not a directory"
    ):
        store.save(tree, tmp_path / "results" / "traces" / "x.nc", {"kind": "traces"})


def test_written_files_have_the_usual_permissions(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    store.write(tmp_path / "ours", b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode
