"""Numbers that no load of the machine moves: XLA's plans, and quality at fixed seeds."""

import itertools
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from bench.benchmarks import kernels, quality, training

FACTOR = 1.05
"""growth that is let pass: versions of a compiler count a little differently"""

_TIMED = "s"


def _cases(benchmark: type) -> Iterator[tuple[Any, ...]]:
    """Parameters of a benchmark: those it wants watched, else every combination."""
    params = getattr(benchmark, "params", [])
    if hasattr(benchmark, "watched"):
        return iter(benchmark.watched)
    lists = params if params and isinstance(params[0], list | tuple) else [params] if params else []
    return itertools.product(*lists)


def _benchmarks(module: ModuleType) -> Iterator[tuple[type, list[str]]]:
    """Benchmarks of a module that track something else than seconds, with those methods."""
    for one in vars(module).values():
        if isinstance(one, type) and one.__module__ == module.__name__:
            names = [name for name in dir(one) if name.startswith("track_")]
            names = [name for name in names if getattr(one, name).unit != _TIMED]
            if names:
                yield one, names


def measured(*modules: ModuleType) -> dict[str, float]:
    """Every tracked number of the asv benchmarks, by name; a minute on one core."""
    found = {}
    for module in modules or (kernels, training, quality):
        for benchmark, names in _benchmarks(module):
            for case in _cases(benchmark):
                one = benchmark()
                if hasattr(one, "setup"):
                    one.setup(*case)
                where = ", ".join(map(str, case))
                for name in names:
                    key = f"{benchmark.__name__}({where}).{name.removeprefix('track_')}"
                    found[key] = float(getattr(one, name)(*case))
    return found
