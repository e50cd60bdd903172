"""Problem classes: one file each, found by name; adding a file adds a class to studies and figures.

The class of a file `replication/problems/<kind>.py` is the [`ProblemClass`][] in it whose `kind` is
the file's name. Files without one hold what several classes share.
"""

import functools
import importlib
import pkgutil

from replication.errors import UserError
from replication.problems.base import ProblemClass


@functools.cache
def classes() -> dict[str, type[ProblemClass]]:
    """Every problem class by its kind."""
    found = {}
    for file in sorted(pkgutil.iter_modules(__path__), key=lambda file: file.name):
        module = importlib.import_module(f"{__name__}.{file.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, ProblemClass):
                kind = value.model_fields.get("kind")
                if kind is not None and kind.default == file.name:
                    found[file.name] = value
    return found


def load(kind: str) -> type[ProblemClass]:
    """The problem class of a kind; [`UserError`][] for an unknown one."""
    if kind not in classes():
        raise UserError(f"unknown problem class {kind!r}; allowed are {', '.join(classes())}")
    return classes()[kind]
