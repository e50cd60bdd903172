"""The graph of jobs: which step writes which file, needs which others and depends on what.

A step is a folder of `replication/steps`, found by name. Its `__init__.py` declares, and imports
nothing heavy, since the workflow reads it:

- `PATH`: its output below `results/<study>/`, with the names that single a job out in braces;
- `PRIORITY`: of several jobs that could begin, the one of the highest number does;
- `KIND`: the kind of experiment that it serves; absent for a step of the whole study;
- `reads(study, names)`: jobs whose outputs a job reads;
- `settings(study, names)`: what it itself reads from the study, besides what its inputs were made
  from: a setting that is left out here does not make its results stale;
- `SPLITS`: values of `set` besides the test sets, if any;
- `modules(study, names)`: modules found at run time that its numbers depend on, if any;
- `COMPILE_BOUND = True` if it differentiates many small circuits and takes long to compile.

`run(job)` in its `run.py` does the work.
"""

import functools
import importlib
import pkgutil
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType

from replication import starts
from replication.errors import UserError
from replication.study import Study

ROOT = Path(__file__).resolve().parents[1]

Need = tuple[str, dict[str, str]]
"""A step, and the names that single its job out."""


@functools.cache
def declared(step: str) -> ModuleType:
    """The module of a step."""
    return importlib.import_module(f"replication.steps.{step}")


STEPS: dict[str, str] = {
    file.name: declared(file.name).PATH for file in pkgutil.iter_modules([str(ROOT / "steps")])
}
"""Paths of the steps' outputs below `results/<study>/`, by name."""


def fields(step: str) -> tuple[str, ...]:
    """Names that a job of a step needs, such as `("experiment", "set")`."""
    return tuple(re.findall(r"{(\w+)}", STEPS[step]))


def allowed(name: str, step: str, study: Study, names: Mapping[str, str]) -> list[str]:
    """Values that one name of a job of a step may have, given those before it."""
    module = declared(step)
    if name == "experiment":
        return [key for key, one in study.experiments.items() if one.kind == module.KIND]
    splits = list(getattr(module, "SPLITS", ())) if name == "set" else []
    return splits + study.experiments[names["experiment"]].values(name, study, names)


def check(study: Study) -> None:
    """Refuse names in a study that are no files of this package, such as unknown starts.

    **Raises:** [`UserError`][] for an unknown start or local optimiser.
    """
    known = [name for name in starts.names() if name not in starts.NETWORKS]
    for key in ("paper_starts", "controls"):
        for name in getattr(study.claims, key):
            if name not in known:
                raise UserError(
                    f"claims.{key}: unknown start {name!r}; allowed are {', '.join(known)}"
                )
    for name, experiment in study.experiments.items():
        experiment.check(study, name)


def needs(step: str, study: Study, names: Mapping[str, str]) -> list[Need]:
    """Jobs whose outputs a job reads."""
    read: list[Need] = declared(step).reads(study, names)
    return read


def jobs_of(study: Study, wanted: Iterable[Need]) -> list[Need]:
    """Some jobs and every job that they wait for, once."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Need] = {}
    waiting = list(wanted)
    while waiting:
        step, names = waiting.pop()
        key = step, tuple(sorted(names.items()))
        if key not in found:
            found[key] = step, names
            waiting += needs(step, study, names)
    return list(found.values())
