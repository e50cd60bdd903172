"""Which extra of this package has a module that is not installed."""

import functools
import re
from collections.abc import Callable
from importlib import metadata
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

PACKAGE = "replication-learning-to-learn"
"""this distribution"""
DISTRIBUTIONS = {"cirq": "cirq-core", "sklearn": "scikit-learn", "yaml": "pyyaml"}
"""names under which modules are installed, where they differ"""


def extra_with(module: str) -> str | None:
    """The extra with the fewest requirements that has a module; `None` where none is known."""
    try:
        lines = metadata.requires(PACKAGE) or []
    except metadata.PackageNotFoundError:
        return None
    extras: dict[str, set[str]] = {}
    for line in lines:
        requirement, _, marker = line.partition(";")
        extra = re.search(r"extra == ['\"]([\w-]+)", marker)
        name = re.match(r"[\w.-]+", requirement)
        if extra and name:
            extras.setdefault(extra[1], set()).add(name[0].lower())
    wanted = DISTRIBUTIONS.get(module, module)
    having = [name for name, several in extras.items() if wanted in several]
    return min(having, key=lambda name: len(extras[name]), default=None)


def is_own(error: ModuleNotFoundError) -> bool:
    """Whether a module of this package itself is missing, which no extra mends."""
    return _top(error) == __name__.partition(".")[0]


def missing(error: ModuleNotFoundError, what: str = "this") -> str:
    """A sentence for a module that is missing, with the extra that has it."""
    module = _top(error)
    extra = extra_with(module)
    mend = "" if extra is None else f": install this package with its extra [{extra}]"
    return f"{what} needs {module}, which is not installed{mend}"


def says_extra(function: Callable[P, R]) -> Callable[P, R]:
    """Where a function imports what is not installed, the error names the extra that has it."""

    @functools.wraps(function)
    def named(*arguments: P.args, **keywords: P.kwargs) -> R:
        try:
            return function(*arguments, **keywords)
        except ModuleNotFoundError as error:
            if is_own(error):
                raise
            raise ModuleNotFoundError(missing(error, function.__name__), name=error.name) from None

    return named


def _top(error: ModuleNotFoundError) -> str:
    return str(error.name).partition(".")[0]
