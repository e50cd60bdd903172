"""Measure a cost landscape by the experiment's probe."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from replication.kinds.landscape import Landscape

if TYPE_CHECKING:
    from replication.study import Study
    from replication.workflow import Need

PATH = "probes/{experiment}.nc"
KIND = "landscape"
PRIORITY = 1
COMPILE_BOUND = True


def reads(study: "Study", names: Mapping[str, str]) -> "list[Need]":
    """Nothing."""
    return []


def settings(study: "Study", names: Mapping[str, str]) -> Any:
    """All of the probe, and the digests of the networks that it uses."""
    probe = study.of_kind(Landscape)[names["experiment"]].probe
    return {"probe": probe.model_dump(mode="json"), "networks": probe.network_digests()}


def modules(study: "Study", names: Mapping[str, str]) -> list[str]:
    """The probe's own."""
    return [f"replication.probes.{study.of_kind(Landscape)[names['experiment']].probe.kind}"]
