"""Takes over a result that another study beside this one has made with the same settings and code.

A study that extends another shares most of its jobs. Their digests tell which: those of the
settings and of the source code cover everything that the numbers depend on, besides the libraries.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from replication import provenance, store
from replication.errors import UserError
from replication.workflow.job import Job

if TYPE_CHECKING:
    import xarray as xr

TAKEN_FROM = "taken_from"
"""Attribute of a result that was taken over: its file, from the folder of all studies."""


def _made(job: Job, path: Path) -> "xr.DataTree | None":
    """The result in a file of another study if the job would compute the same."""
    try:
        tree = store.load(path, job.step, job.settings)
    except UserError:
        return None
    made_with = {"code_digest": job.code, **provenance.versions()}
    return tree if all(tree.attrs.get(key) == one for key, one in made_with.items()) else None


def take_over(job: Job) -> Path | None:
    """Save another study's result as the job's own where there is one that equals it.

    Where, when and by which commit it was computed stays as it is; `taken_from` names the file
    that was computed.

    **Arguments:**

    - `job`: the job; the folder of its results lies beside those of other studies.

    **Returns:** the file that was taken over; `None` where the job must be done.

    **Raises:** [`UserError`][] naming the folder of results where it cannot be written.
    """
    together = job.results.resolve().parent
    place = job.path.relative_to(job.results)
    for path in sorted(together.glob(f"*/{place.as_posix()}")):
        if path == job.path.resolve() or (tree := _made(job, path)) is None:
            continue
        # What was itself taken over names the job that computed it.
        source = str(tree.attrs.get(TAKEN_FROM, path.relative_to(together).as_posix()))
        store.save(tree, job.path, {**job.belongs(), TAKEN_FROM: source})
        return path
    return None


def seconds_elsewhere(path: Path) -> float | None:
    """Seconds that the job took whose result was taken over; `None` for any other file."""
    spans = "start_up_time_s", "wall_time_s"
    try:
        found = store.attributes(path, (TAKEN_FROM, *spans))
    except OSError:
        return None
    return sum(float(found[key]) for key in spans) if TAKEN_FROM in found else None
