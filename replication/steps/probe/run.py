"""Step: what one probe measures, with the digests of the networks that it uses."""

from replication.kinds.landscape import Landscape
from replication.workflow import Job


def run(job: Job) -> None:
    """The probe's own arrays."""
    probe = job.of_kind(Landscape).probe
    measured = probe.measure(job.study.seed)
    for name, digest in probe.network_digests().items():
        measured.attrs[f"network_{name}"] = digest
    job.save(measured)
