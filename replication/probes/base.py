"""What every probe of a landscape offers, and how it says which of its numbers are sampled."""

import hashlib
from importlib import resources
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from replication.settings import Settings

if TYPE_CHECKING:
    import xarray as xr

Variables = dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, Any]]]
"""Data variables of an `xarray.Dataset`: dimensions, values and attributes by name."""


class Probe(Settings):
    """A measurement on cost landscapes: its settings say on which ones, where and how often.

    A probe has a field `kind`, the name of its file, and a field for each setting.

    **Class variables:**

    - `title`: what it measures, for headings.
    - `source`: the publication whose statement or number it checks, with its DOI or arXiv number.
    """

    kind: str

    title: ClassVar[str]
    source: ClassVar[str]

    def measure(self, seed: int) -> "xr.Dataset":
        """The measured numbers: variables made by [`sampled`][], [`exact`][] and [`draws`][].

        **Arguments:** `seed`: the base seed; the same one gives the same numbers.
        """
        raise NotImplementedError

    def problem_kinds(self) -> set[str]:
        """Names of the problem classes whose instances it draws."""
        return set()

    def networks(self) -> list[str]:
        """Names of the networks of this package that it uses."""
        return []

    def network_digests(self) -> dict[str, str]:
        """First 16 hexadecimal digits of the SHA-256 of each of these networks' files."""
        folder = resources.files("replication") / "pretrained"
        return {
            name: hashlib.sha256((folder / f"{name}.npz").read_bytes()).hexdigest()[:16]
            for name in self.networks()
        }


def sampled(name: str, dims: str, values: np.ndarray, errors: np.ndarray, label: str) -> Variables:
    """A number that hangs on draws, with its standard error beside it as `<name>_error`.

    **Arguments:** `dims`: names of its dimensions, blanks between them; `label`: with its unit.
    """
    axes = tuple(dims.split())
    return {
        name: (axes, np.asarray(values, float), {"long_name": label}),
        f"{name}_error": (axes, np.asarray(errors, float), {"long_name": "its standard error"}),
    }


def exact(name: str, dims: str, values: Any, label: str) -> Variables:
    """A number that no draw enters: a closed form, a rank, a count of all there are."""
    array = np.asarray(values)
    return {name: (tuple(dims.split()), array, {"long_name": label, "exact": 1})}


def draws(name: str, dims: str, values: Any, label: str) -> Variables:
    """Single draws, such as the energy of each minimum found: their spread is their error."""
    array = np.asarray(values)
    return {name: (tuple(dims.split()), array, {"long_name": label, "draws": 1})}


def standard_error(values: np.ndarray, axis: int = 0) -> np.ndarray:
    """Of the mean of independent draws along an axis, of which there are at least two."""
    values = np.asarray(values, float)
    return np.asarray(values.std(axis=axis, ddof=1) / np.sqrt(values.shape[axis]))


def variance_error(values: np.ndarray, axis: int = 0) -> np.ndarray:
    r"""Of the unbiased variance of independent draws along an axis.

    $\mathrm{Var}(s^2) = (\mu_4 - \frac{m-3}{m-1} \sigma^4)/m$ for $m$ draws, which holds whatever
    they are distributed like.
    """
    values = np.asarray(values, float)
    count = values.shape[axis]
    centred = values - values.mean(axis=axis, keepdims=True)
    fourth, second = (centred**4).mean(axis=axis), values.var(axis=axis, ddof=1)
    spread = fourth - (count - 3) / (count - 1) * second**2
    return np.asarray(np.sqrt(np.maximum(spread, 0) / count))
