"""Named arrays in one `.npz` file: written by rename, read whole or not at all."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from replication import store


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write `arrays`; [`UserError`][] naming the folder where that is impossible."""
    buffer = io.BytesIO()
    np.savez(buffer, **dict(arrays))  # type: ignore[arg-type]  # keys are not `allow_pickle`
    store.write(path, buffer.getbuffer())


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """All arrays of a file, in the order they were written.

    **Raises:** `ValueError` for anything but a whole `.npz` file without pickles.
    """
    try:
        with open(path, "rb") as handle, np.load(handle, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    # Those of zipfile, zlib, struct and NumPy's header parser have no common base.
    except Exception as error:
        raise ValueError(f"not a whole .npz file: {error}") from None
