"""Classes found by the names of their files: adding a file to a folder adds a class."""

import importlib
import pkgutil
from types import ModuleType
from typing import Any


def discover(package: ModuleType, base: Any) -> dict[str, Any]:
    """The subclasses of `base` in a package by their kind, which is the name of their file.

    Files without one hold what several classes share.
    """
    found = {}
    for name in sorted(file.name for file in pkgutil.iter_modules(package.__path__)):
        module = importlib.import_module(f"{package.__name__}.{name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, base):
                kind = vars(value)["__pydantic_fields__"].get("kind")
                if kind is not None and kind.default == name:
                    found[name] = value
    return found
