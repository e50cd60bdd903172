"""Step: what one probe measures, what that comes to, and the digests of the networks it uses."""

import xarray as xr

from replication.kinds.landscape import Landscape
from replication.probes.base import Finding
from replication.workflow import Job


def run(job: Job) -> None:
    """The probe's arrays; its findings by name in a group of their own."""
    probe = job.of_kind(Landscape).probe
    measured = probe.measure(job.study.seed)
    for name, digest in probe.network_digests().items():
        measured.attrs[f"network_{name}"] = digest
    groups = {"/": measured}
    if found := probe.findings(measured):
        groups["findings"] = xr.Dataset(
            {
                field: ("finding", [getattr(one, field) for one in found.values()])
                for field in Finding._fields
            },
            coords={"finding": list(found)},
        )
    job.save(xr.DataTree.from_dict(groups))
