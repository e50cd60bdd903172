"""Which job writes which file, needs which others and depends on what."""

from replication.workflow.digests import class_modules, code_digest, settings_digest
from replication.workflow.graph import STEPS, Need, allowed, check, declared, fields, jobs_of, needs
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
from replication.workflow.reuse import TAKEN_FROM, take_over

__all__ = [
    "STEPS",
    "TAKEN_FROM",
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
    "expectation",
    "fields",
    "jobs_of",
    "mark",
    "measured_seconds",
    "needs",
    "record",
    "recorded",
    "results_of",
    "run",
    "settings_digest",
    "take_over",
]
