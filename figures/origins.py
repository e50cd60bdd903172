"""What a result file says of the job that made it, read without its data."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from replication.metalearner.arrays import read_arrays


def recorded(path: Path, keys: Iterable[str]) -> dict[str, Any]:
    """These attributes of a netCDF file, as far as it has them; all that another file tells.

    **Raises:** OSError, ValueError or KeyError for a file that is none of ours.
    """
    if path.suffix == ".json":
        return dict(json.loads(path.read_text(encoding="utf-8")))
    if path.suffix == ".npz":
        return dict(json.loads(str(read_arrays(path)["metadata"]))["provenance"])
    # By HDF5 itself: a study has a thousand files, and xarray takes ten times as long for each.
    with h5py.File(path, "r") as file:
        # netCDF gives a number back as an array of one.
        return {key: np.ravel(file.attrs[key])[0].item() for key in keys if key in file.attrs}
