"""`make peers`: other simulators on our work, beside our own kernels, on one core.

Nothing that counts threads is imported before the process is pinned.
"""

import argparse
import functools
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from replication import environment
from replication.errors import exit_status


def pin(core: int | None) -> None:
    """Keep this process and its children to one core, one thread each, and JAX to the processor.

    Before NumPy and JAX are imported, which look at all this then. `None` is the last core that is
    allowed; where the system cannot pin, only the numbers of threads are set. ValueError for a core
    that is not there.
    """
    if hasattr(os, "sched_setaffinity"):
        allowed = os.sched_getaffinity(0)
        if core is not None and core not in allowed:
            raise ValueError(f"core {core} is not there; allowed are {sorted(allowed)}")
        os.sched_setaffinity(0, {max(allowed) if core is None else core})
    for name in ("NUMBA", "QULACS"):
        os.environ[f"{name}_NUM_THREADS"] = "1"
    os.environ |= environment.variables(threads=1) | {"JAX_PLATFORMS": "cpu"}


def _compare(options: argparse.Namespace) -> None:
    """Time the peers that the command line names, and write their report."""
    from bench.peers import environments, layers, report, run, training, workloads

    out = options.out or (environments.ENVIRONMENTS / "quick" if options.quick else None)
    names = environments.chosen(options.peers)
    work = [
        *workloads.workloads(quick=options.quick),
        *map(training.Step, training.BATCHES),
        *([] if options.quick else layers.layers()),
    ]
    if options.families:
        work = workloads.chosen(work, options.families.split(","))
    some = bool(options.peers or options.families)
    report.earlier(out or environments.HERE, same_as=run.machine() if some else None)
    peers = [environments.prepare(name) for name in names]
    found = run.run(
        peers,
        work,
        seconds=options.seconds,
        limit=options.limit,
        say=functools.partial(print, flush=True),
    )
    report.save(found, out or environments.HERE, environments.README if out is None else None)


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; the exit status is 2 where the user can mend it."""
    parser = argparse.ArgumentParser(prog="make peers", description=__doc__)
    parser.add_argument("peers", nargs="*", help="names of peers; all where none is given")
    parser.add_argument(
        "--families", help="kinds of work, such as batch,layers (all); rows of others are kept"
    )
    parser.add_argument("--quick", action="store_true", help="single circuits to 12 qubits only")
    parser.add_argument("--core", type=int, help="core to run on (the last one allowed)")
    parser.add_argument("--seconds", type=float, default=1.0, help="to time a call for (1)")
    parser.add_argument(
        "--limit", type=float, default=300.0, help="seconds a peer may take for a workload (300)"
    )
    parser.add_argument("--out", type=Path, help="another folder for the results; README untouched")
    options = parser.parse_args(argv)
    try:
        pin(options.core)
    except ValueError as error:
        parser.error(str(error))

    return exit_status(lambda: _compare(options))


if __name__ == "__main__":
    sys.exit(main())
