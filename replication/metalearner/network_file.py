"""A network and what its user must know of it as one file: arrays and JSON, no pickle."""

import json
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import numpy as np

from replication.errors import UserError
from replication.metalearner.arrays import read_arrays, write_arrays
from replication.metalearner.inference import Form, Inputs, Weights
from replication.metalearner.units import Units

FORMAT = "replication/meta-optimizer/1"


def write_network(path: str | Path, weights: Weights, metadata: dict[str, Any]) -> None:
    """Write arrays and JSON metadata to one `.npz` file, by rename.

    **Raises:** [`UserError`][] for a path of another suffix, by which it could not be loaded.
    """
    if Path(path).suffix != ".npz":
        raise UserError(f"the file of a network must end in .npz, got {str(path)!r}")
    header = {
        **metadata,
        "format": FORMAT,
        "form": weights.form,
        "inputs": weights.inputs,
        "hidden": weights.hidden,
        "num_parameters": weights.num_parameters,
    }
    text = np.array(json.dumps(header, sort_keys=True))
    write_arrays(Path(path), {"metadata": text, **weights.arrays})


def pretrained_names() -> list[str]:
    """Names of the networks that come with the package."""
    folder = resources.files("replication") / "pretrained"
    files = folder.iterdir() if folder.is_dir() else ()
    return sorted(Path(f.name).stem for f in files if f.name.endswith(".npz"))


def find_network(name_or_path: str) -> Path:
    """The file of a network: its path, or the name of one that comes with the package.

    **Raises:** [`UserError`][] for an unknown name.
    """
    if name_or_path in pretrained_names():
        folder = resources.files("replication") / "pretrained"
        return Path(str(folder / f"{name_or_path}.npz"))
    if name_or_path.endswith(".npz"):
        return Path(name_or_path)
    raise UserError(
        f"unknown meta-optimizer {name_or_path!r}; allowed are {', '.join(pretrained_names())} "
        "or the path of an .npz file; others are made by r.train or `replication train-network`"
    )


def read_network(path: Path) -> tuple[Weights, dict[str, Any]]:
    """A network and its metadata.

    **Raises:** [`UserError`][] naming the file if it is missing, cut, empty, or not a network.
    """
    if not path.exists():
        raise UserError(f"network file {path} does not exist")
    try:
        arrays = read_arrays(path)
        metadata = json.loads(str(arrays.pop("metadata")))
        if metadata["format"] != FORMAT or metadata["form"] not in get_args(Form):
            raise ValueError("format")
        inputs = metadata.get("inputs", "angles_and_cost")
        if inputs not in get_args(Inputs):
            raise ValueError("inputs")
        if metadata.get("units", "coefficients") not in get_args(Units):
            raise ValueError("units")
        weights = Weights(arrays, metadata["form"], inputs)
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise ValueError("not finite")
    except (ValueError, KeyError, TypeError, IndexError):
        raise UserError(f"{path} is not a network file of this suite, or is damaged") from None
    return weights, metadata
