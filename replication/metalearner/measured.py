"""What the published studies measured, as the package keeps it."""

import functools
import json
from importlib import resources
from typing import Any

from replication.metalearner.units import Ranges, unlike
from replication.problems.base import Problem

POOR = 0.05
"""median relative error of a test set above which a network is not said to be good on it"""


@functools.cache
def test_sets() -> tuple[dict[str, Any], ...]:
    """The test sets of every published study, as `make publish` keeps them."""
    folder = resources.files("replication") / "measured"
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".json")), key=str)
    return tuple(one for file in files for one in json.loads(file.read_text("utf-8")))


@functools.cache
def _strengths() -> dict[str, Ranges]:
    """Of the training instances of networks whose files were made before files held them."""
    folder = resources.files("replication") / "pretrained"
    found: dict[str, Ranges] = json.loads((folder / "strengths.json").read_text("utf-8"))
    return found


def ranges_measured(network: str | None) -> dict[str, tuple[float, float]]:
    """The range of each feature over the test sets on which a network of the package was good.

    That is where its median error after all of its queries was at most 5 %.
    """
    found: dict[str, tuple[float, float]] = {}
    for one in test_sets():
        errors = [start["error"][0] for start in one["starts"] if start["network"] == network]
        if network is None or not errors or min(errors) > POOR:
            continue
        for name, (low, high) in one["features"].items():
            least, most = found.get(name, (low, high))
            found[name] = (min(least, low), max(most, high))
    return found


def unlike_all(problem: Problem, trained: Ranges, network: str | None) -> str:
    """What distinguishes an instance from all of a training and of good measurements, in words.

    **Arguments:** `trained`: as of [`ranges_of`][]; `network`: of the package, else another name or
    `None`.
    """
    ranges, done = dict(trained) | _strengths().get(str(network), {}), "trained"
    for name, (low, high) in ranges_measured(network).items():
        least, most = ranges.get(name, (low, high))
        ranges[name] = [min(low, least), max(high, most)]
        done = "trained or measured"
    found = unlike(problem, ranges, done)
    turned = getattr(problem, "turned", None)
    if found and turned is not None and len(unlike(turned(), ranges, done)) < len(found):
        found[-1] += "; problem.turned() is more like them"
    return "; ".join(found)
