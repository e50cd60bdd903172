"""What exhibits about landscapes read: the experiments of one probe, and what these measured."""

from collections.abc import Mapping
from typing import NamedTuple

import xarray as xr

from figures import captions
from figures import results as read
from replication.kinds.landscape import Landscape
from replication.probes.base import Probe
from replication.study import Study
from replication.workflow import Need


class Measured(NamedTuple):
    """One experiment: what figures call it, its settings, and its arrays."""

    title: str
    probe: Probe
    data: xr.Dataset


def of_probe(study: Study, *kinds: str) -> dict[str, Landscape]:
    """The experiments of some probes by name, in the study's order."""
    found = study.of_kind(Landscape)
    return {name: one for name, one in found.items() if one.probe.kind in kinds}


def needs_of(study: Study, *kinds: str) -> list[Need] | None:
    """Their jobs; `None` where there is none."""
    return [("probe", {"experiment": name}) for name in of_probe(study, *kinds)] or None


def load(results: read.Results, *kinds: str) -> dict[str, Measured]:
    """What they measured."""
    return {
        name: Measured(one.title, one.probe, results.of_step("probe", name))
        for name, one in of_probe(results.study, *kinds).items()
    }


def fields(measured: Mapping[str, Measured]) -> dict[str, object]:
    """Fields of captions: the publications whose statements are checked, and the provenance."""
    return {
        "sources": captions.listed(one.probe.source for one in measured.values()),
        "provenance": captions.provenance(one.data for one in measured.values()),
    }
