"""The layout of the files of statistics.

A file of statistics has three groups:

- the root: dimension `start`, every initial point compared; `lstm` is the chosen network;
- `networks`: dimension `network` with coordinates `learner` and `seed`, every single network;
- `learners`: dimension `learner`, what its networks of all training seeds have in common.

What has an interval has the dimension `bound`: value, lower and upper limit.
"""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from replication.starts import NETWORK, SUCCESSOR

if TYPE_CHECKING:
    import xarray as xr

BOUND = ("value", "low", "high")
"""A number and the limits of its interval, along the dimension `bound`."""


class Interval(NamedTuple):
    """A number with the limits of its interval; NaN where it has none."""

    value: float
    low: float = math.nan
    high: float = math.nan


class Network(NamedTuple):
    """A single network: its learner, `successor.<learner>` of the successor, and its seed."""

    learner: str
    seed: int

    @property
    def start(self) -> str:
        """The start that it is followed as."""
        return SUCCESSOR if self.learner.startswith(f"{SUCCESSOR}.") else NETWORK

    @property
    def name(self) -> str:
        """Its learner's own name."""
        return self.learner.removeprefix(f"{SUCCESSOR}.")


def table(
    starts: "Mapping[str, xr.Dataset]",
    networks: "Mapping[Network, xr.Dataset]",
    learners: "Mapping[str, xr.Dataset]",
) -> "xr.DataTree":
    """The groups of a file of statistics from their rows; a group without rows is left out."""
    import xarray as xr

    groups = {
        "/": xr.concat(list(starts.values()), dim=xr.Variable("start", list(starts))),
    }
    if networks:
        both = {
            "learner": ("network", [one.learner for one in networks]),
            "seed": ("network", [one.seed for one in networks]),
        }
        groups["networks"] = xr.concat(list(networks.values()), dim="network").assign_coords(both)
    if learners:
        dimension = xr.Variable("learner", list(learners))
        groups["learners"] = xr.concat(list(learners.values()), dim=dimension)
    return xr.DataTree.from_dict(
        {name: one.assign_coords(bound=list(BOUND)) for name, one in groups.items()}
    )


def networks_in(networks: "xr.Dataset | None") -> list[Network]:
    """The single networks of a group `networks`, learner by learner."""
    if networks is None:
        return []
    names = zip(networks["learner"].values, networks["seed"].values, strict=True)
    return sorted(Network(str(learner), int(seed)) for learner, seed in names)


def of_network(networks: "xr.Dataset", network: Network) -> "xr.Dataset":
    """The row of one network."""
    alike = (networks["learner"] == network.learner) & (networks["seed"] == network.seed)
    (place,) = alike.values.nonzero()[0]
    return networks.isel(network=int(place))


def chosen(statistics: "xr.Dataset") -> Network | None:
    """The network that the validation set chose, from the root's attributes."""
    learner = str(statistics.attrs.get("chosen_learner", ""))
    return Network(learner, int(statistics.attrs["chosen_seed"])) if learner else None
