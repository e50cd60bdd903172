"""A network and what its user must know of it as one file: arrays and JSON, no pickle."""

import json
from importlib import resources
from pathlib import Path
from typing import Any, get_args

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from replication.errors import UserError
from replication.metalearner.arrays import read_arrays, write_arrays
from replication.metalearner.network import Form, Inputs, Network
from replication.metalearner.units import Units

FORMAT = "replication/meta-optimizer/1"


def write_network(path: str | Path, network: Network, metadata: dict[str, Any]) -> None:
    """Write arrays and JSON metadata to one `.npz` file, by rename."""
    header = {
        **metadata,
        "format": FORMAT,
        "form": network.form,
        "inputs": network.inputs,
        "hidden": network.cell.hidden_size,
        "num_parameters": network.anchor.shape[-1],
    }
    text = np.array(json.dumps(header, sort_keys=True))
    write_arrays(Path(path), {"metadata": text, **arrays_of(network)})


def arrays_of(network: Network) -> dict[str, np.ndarray]:
    """A network's arrays by name, such as `cell.weight_ih`."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(network)
    arrays = {jax.tree_util.keystr(path).removeprefix("."): leaf for path, leaf in leaves}
    # A file has the form by its name.
    del arrays["residual"]
    return {name: np.asarray(leaf) for name, leaf in arrays.items()}


def network_from(
    arrays: dict[str, np.ndarray], form: str, inputs: str = "angles_and_cost"
) -> Network:
    """The network with these arrays; the inverse of [`arrays_of`][].

    A leading seed axis is kept.
    """
    num_parameters = arrays["anchor"].shape[-1]
    hidden = arrays["head.weight"].shape[-1]
    like = eqx.filter_eval_shape(
        lambda: Network(num_parameters, hidden, form, inputs, key=jax.random.key(0))  # type: ignore[arg-type]
    )
    paths, structure = jax.tree_util.tree_flatten_with_path(like)
    names = [jax.tree_util.keystr(path).removeprefix(".") for path, _ in paths]
    if missing := sorted({*names} - {"residual"} ^ {*arrays}):
        raise KeyError(", ".join(missing))
    residual = np.full_like(arrays["anchor"][..., 0], form == "residual")
    arrays = {**arrays, "residual": residual}
    for name, (_, leaf) in zip(names, paths, strict=True):
        if arrays[name].shape[arrays[name].ndim - leaf.ndim :] != leaf.shape:
            raise KeyError(f"shape of {name}")
    return jax.tree.unflatten(structure, [jnp.asarray(arrays[name]) for name in names])


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
        "or the path of an .npz file"
    )


def read_network(path: Path) -> tuple[Network, dict[str, Any]]:
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
        network = network_from(arrays, metadata["form"], inputs)
        if network.anchor.ndim != 1:
            raise ValueError("several networks")
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise ValueError("not finite")
    except (ValueError, KeyError, TypeError, IndexError):
        raise UserError(f"{path} is not a network file of this suite, or is damaged") from None
    return network, metadata
