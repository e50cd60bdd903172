"""What the published studies measured, as the package keeps it."""

import functools
import json
from importlib import resources
from typing import Any

SIZES = ("number of spins", "number of sites")
"""features that are sizes: networks are meant to go on to larger ones"""


@functools.cache
def test_sets() -> tuple[dict[str, Any], ...]:
    """The test sets of every published study, as `make publish` keeps them."""
    folder = resources.files("replication") / "measured"
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".json")), key=str)
    return tuple(one for file in files for one in json.loads(file.read_text("utf-8")))


def sizes_measured(network: str | None) -> dict[str, tuple[float, float]]:
    """The sizes at which a network of the package was measured, by the name of the feature."""
    found: dict[str, tuple[float, float]] = {}
    for one in test_sets():
        if network is None or all(start["network"] != network for start in one["starts"]):
            continue
        for name in SIZES:
            if name in one["features"]:
                low, high = one["features"][name]
                least, most = found.get(name, (low, high))
                found[name] = (min(least, low), max(most, high))
    return found
