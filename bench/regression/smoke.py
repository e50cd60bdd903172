"""Data behind the figures of the smoke study: medians of every start on every test set."""

import math
from collections.abc import Iterator
from pathlib import Path

from replication.kinds.meta_learning_jobs import all_statistics
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
        data = Job("statistics", study, results, names).load("statistics").to_dataset()
        for start in data.start.values:
            # Single networks are training noise; the chosen one is compared.
            one = data.sel(start=start, bound="value")
            for key in _MEDIANS:
                place = f"{'/'.join(names.values())}/{start}/{key.removesuffix('_median')}"
                if "target" not in one[key].dims:
                    yield place, float(one[key])
                    continue
                for target in one.target.values:
                    value = float(one[key].sel(target=target))
                    yield f"{place}/{target:g}", math.inf if math.isnan(value) else value
