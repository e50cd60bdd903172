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
from replication.workflow.job import Job, run, writable

__all__ = [
    "STEPS",
    "Drawing",
    "Job",
    "Need",
    "allowed",
    "check",
    "class_modules",
    "code_digest",
    "declared",
    "drawings",
    "fields",
    "figures",
    "jobs_of",
    "law_sizes",
    "needs",
    "own_sample",
    "protocols_in",
    "run",
    "settings_digest",
    "tables",
    "transferred",
    "varied",
    "writable",
]
