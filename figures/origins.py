"""What a result file says of the job that made it, read without its data."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from replication import store
from replication.metalearner.arrays import read_arrays


def recorded(path: Path, keys: Iterable[str]) -> dict[str, Any]:
    """These attributes of a netCDF file, as far as it has them; all that another file tells.

    **Raises:** OSError, ValueError or KeyError for a file that is none of ours.
    """
    if path.suffix == ".json":
        return dict(json.loads(path.read_text(encoding="utf-8")))
    if path.suffix == ".npz":
        return dict(json.loads(str(read_arrays(path)["metadata"]))["provenance"])
    return store.attributes(path, keys)
