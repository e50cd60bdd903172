"""Which job writes which file, needs which others and depends on what."""

from replication.workflow.digests import class_modules, code_digest, settings_digest
from replication.workflow.drawings import (
    Drawing,
    drawings,
    figures,
    jobs_of,
    law_sizes,
    own_sample,
    protocols_in,
    tables,
    transferred,
    varied,
)
from replication.workflow.graph import STEPS, Need, allowed, check, declared, fields, needs
from replication.workflow.job import Job, run
from replication.workflow.places import check_folder, configured, mark, results_of
from replication.workflow.progress import (
    Progress,
    benchmark_file,
    expectation,
    measured_seconds,
    record,
    recorded,
)

__all__ = [
    "STEPS",
    "Drawing",
    "Job",
    "Need",
    "Progress",
    "allowed",
    "benchmark_file",
    "check",
    "check_folder",
    "class_modules",
    "code_digest",
    "configured",
    "declared",
    "drawings",
    "expectation",
    "fields",
    "figures",
    "jobs_of",
    "law_sizes",
    "mark",
    "measured_seconds",
    "needs",
    "own_sample",
    "protocols_in",
    "record",
    "recorded",
    "results_of",
    "run",
    "settings_digest",
    "tables",
    "transferred",
    "varied",
]
