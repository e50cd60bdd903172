"""Probes of cost landscapes: one file each, found by name; adding a file adds a probe to studies.

The probe of a file `replication/probes/<kind>.py` is the [`Probe`][] in it whose `kind` is the
file's name. It says what is measured where and how often; how is in `replication.landscapes`, whose
functions take any cost. A study is read before JAX is set up, so that a probe imports what computes
inside its methods. Files without a probe hold what several of them use.
"""

import functools
import sys

from replication.errors import UserError
from replication.probes.base import Probe
from replication.registry import discover


@functools.cache
def probes() -> dict[str, type[Probe]]:
    """The settings model of every probe, by name."""
    return discover(sys.modules[__name__], Probe)


def load(kind: str) -> type[Probe]:
    """The probe of a name; [`UserError`][] for an unknown one."""
    if kind not in probes():
        raise UserError(f"unknown probe {kind!r}; allowed are {', '.join(probes())}")
    return probes()[kind]
