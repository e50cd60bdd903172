"""Data behind the figures of the smoke study: medians of every start on every test set."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from replication.evaluation import rows
from replication.kinds.meta_learning_jobs import all_statistics
from replication.starts import NETWORKS
from replication.study import load_study
from replication.workflow import Job

FACTOR = 1.5
"""change of a median that is let pass: other rounding takes other paths, most of all in training"""
LEAST = 1e-3
"""errors below this count as this"""

_MEDIANS = ("error_after_queries_median", "error_of_start_median", "queries_to_median")


def measured(results: Path) -> dict[str, float]:
    """Medians by experiment, test set, protocol, start and target, from finished statistics.

    **Raises:** [`UserError`][] naming the file where one is missing.
    """
    return dict(_medians(results))


def _medians(results: Path) -> Iterator[tuple[str, float]]:
    study = load_study("smoke")
    for _, names in all_statistics(study):
        tree = Job("statistics", study, results, names).load("statistics")
        data = tree.to_dataset()
        single = tree["networks"].to_dataset() if "networks" in tree.children else None
        for start in data.start.values:
            # Which network is chosen may hang on a rounding; the middle of all seeds does not.
            # Other protocols than the main one follow the chosen network alone.
            of_start = [one for one in rows.networks_in(single) if one.start == start]
            several = [rows.of_network(single, one) for one in of_start] if single else []
            if str(start) in NETWORKS and not several:
                continue
            yield from _of(
                f"{'/'.join(names.values())}/{start}", several or [data.sel(start=start)]
            )


def _of(place: str, several: Sequence[xr.Dataset]) -> Iterator[tuple[str, float]]:
    """Medians of one start; of several networks the middle ones."""
    for key in _MEDIANS:
        values = np.median([_value(one[key]) for one in several], axis=0)
        name = f"{place}/{key.removesuffix('_median')}"
        if values.ndim == 0:
            yield name, float(values)
            continue
        for target, value in zip(several[0]["target"].values, values, strict=True):
            yield f"{name}/{target:g}", math.inf if math.isnan(value) else float(value)


def _value(one: xr.DataArray) -> np.ndarray:
    """Without its interval."""
    value: np.ndarray = (one.sel(bound="value") if "bound" in one.dims else one).values
    return value
