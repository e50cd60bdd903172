"""What is found by the name of its file: adding a file to a folder adds a start or class."""

import functools
import importlib
import operator
import os
import pkgutil
from collections.abc import Iterable
from types import ModuleType
from typing import Annotated, Any

import pydantic

from replication.errors import UserError


def files(package: ModuleType) -> list[str]:
    """Names of the files and folders of a package, sorted."""
    return [*_files(tuple((path, _changed(path)) for path in package.__path__))]


@functools.lru_cache(maxsize=64)
def _files(folders: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    # Asked for by every job of a study: a folder is listed again when a file came or went.
    return tuple(sorted(file.name for file in pkgutil.iter_modules([path for path, _ in folders])))


def _changed(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns
    except FileNotFoundError:
        return 0


def offering(package: ModuleType, name: str, *needed: str) -> ModuleType:
    """A module of a package of files found by name, which must offer some names.

    **Raises:** [`UserError`][] naming the file and what it lacks.
    """
    module = importlib.import_module(f"{package.__name__}.{name}")
    for one in needed:
        if not hasattr(module, one):
            raise UserError(f"{module.__file__} offers no {one}; it needs {', '.join(needed)}")
    return module


def discover(package: ModuleType, base: Any) -> dict[str, Any]:
    """The subclasses of `base` in a package by their kind, which is the name of their file.

    Files without one hold what several classes use.

    **Raises:** [`UserError`][] for a class whose kind is not the name of its file.
    """
    found = {}
    for name in files(package):
        module = importlib.import_module(f"{package.__name__}.{name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, base):
                kind = vars(value)["__pydantic_fields__"].get("kind")
                if kind is None or kind.is_required():
                    continue
                if kind.default == name:
                    found[name] = value
                elif value.__module__ == module.__name__:
                    raise UserError(
                        f"{module.__file__}: {value.__name__} has the kind {kind.default!r}; it "
                        f"must be the name of its file, {name!r}"
                    )
    return found


def one_of(models: Iterable[type[Any]]) -> Any:
    """The annotation of a setting that is any of these models, by its `kind`."""
    union = functools.reduce(operator.or_, models)
    return Annotated[union, pydantic.Field(discriminator="kind")]
