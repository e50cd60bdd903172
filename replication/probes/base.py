"""What every probe of a landscape offers, and how it says which of its numbers are sampled."""

import hashlib
from importlib import resources
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from replication.settings import Settings

if TYPE_CHECKING:
    import xarray as xr


class Finding(NamedTuple):
    """One number that a claim is judged by, with its 95 % interval, and how that was made."""

    value: float
    low: float
    high: float
    how: str


def about(value: Any, error: Any, how: str) -> Finding:
    """A mean with 1.96 standard errors on both sides."""
    value, half = float(value), 1.96 * float(error)
    return Finding(value, value - half, value + half, f"{how} ± 1.96 s.e.")


def binomial(fraction: float, count: int) -> Finding:
    """A fraction of so many trials with its exact interval."""
    return bounded(fraction, count)


def bounded(value: Any, count: int, low: float = 0.0, high: float = 1.0) -> Finding:
    """A mean of independent numbers between two limits, with the exact interval of as many trials.

    Of numbers that are one of the limits these are Clopper and Pearson's ends
    (doi:10.1093/biomet/26.4.404). Numbers in between vary less than such with the same mean, so
    that the interval is wide enough for them; numbers that are all equal get no interval of width
    0, as their standard error would give.

    **Arguments:** `value`: the mean; `count`: of how many; `low`, `high`: the limits.

    >>> found = bounded(1.0, 6)
    >>> (round(found.low, 2), found.high)
    (0.54, 1.0)
    """
    from scipy.stats import beta

    value = float(value)
    # Rounding of the mean must not lead outside.
    hits = min(max(count * (value - low) / (high - low), 0.0), float(count))
    ends = (
        float(beta.ppf(0.025, hits, count - hits + 1)) if hits > 0 else 0.0,
        float(beta.ppf(0.975, hits + 1, count - hits)) if hits < count else 1.0,
    )
    below, above = (low + (high - low) * end for end in ends)
    return Finding(value, below, above, f"Clopper–Pearson, {count} trials")


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

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """What the measured arrays come to, by name: the numbers that claims are judged by."""
        return {}

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


def sampled(name: str, dims: str, values: Any, errors: Any, label: str) -> Variables:
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
