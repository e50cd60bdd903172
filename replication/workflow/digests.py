"""Digests of the settings and of the source code that a job's output depends on."""

import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from replication import store
from replication.study import Study, digest
from replication.workflow.graph import declared, fields, needs

if TYPE_CHECKING:
    import grimp

PLUMBING = (
    *("compilation", "ensembles", "environment", "errors", "kinds", "progress", "provenance"),
    *("registry", "settings", "store", "study", "study_files", "workflow"),
)
"""Modules that carry settings and data but compute no number: an edit of them reruns nothing,
since what they can change is in the digest of the settings."""

ROOT = Path(__file__).resolve().parents[1]

BESIDE = ("figures",)
"""Packages beside this one whose modules are asked for too, where they are there."""


def settings_digest(step: str, study: Study, names: Mapping[str, str]) -> str:
    """Digest of just those settings that a job's numbers depend on, its inputs' included.

    **Arguments:**

    - `step`: a key of [`STEPS`][].
    - `study`: the study.
    - `names`: the job's names; those that the step does not know are ignored.

    **Returns:** 16 hexadecimal digits.
    """
    own = {key: str(names[key]) for key in fields(step)}
    inputs = [settings_digest(one, study, its) for one, its in needs(step, study, own)]
    seed = study.of(own.get("experiment")).seed
    return digest(store.FORMAT, step, own, seed, declared(step).settings(study, own), inputs)


def code_digest(*modules: str) -> str:
    """Digest of the sources of modules and of all modules of this package that they import.

    Imports inside functions count, those under `if TYPE_CHECKING:` do not, nor do [`PLUMBING`][]
    and the package root; a module that takes a name from the root counts as importing everything.
    Start and optimiser files are found at run time, so they count only where they are named.

    **Arguments:**

    - `modules`: dotted names such as `"replication.steps.train.run"` or `"figures.profiles"`.

    **Returns:** 16 hexadecimal digits.
    """
    sources: dict[str, Path] = {}
    for module in modules:
        sources |= _closure(module)
    return digest([[name, _hash(sources[name])] for name in sorted(sources)])


def class_modules(study: Study, names: Mapping[str, str]) -> list[str]:
    """Modules of the problem classes that a job meets, or all of the study.

    A job of an experiment that names no set works on the training instances. Like starts, classes
    are found at run time, so no import names them.
    """
    if "experiment" in names:
        kinds = study.experiments[names["experiment"]].problem_kinds(names.get("set", "train"))
    else:
        kinds = set().union(*(one.problem_kinds() for one in study.experiments.values()))
    return [f"{ROOT.name}.problems.{kind}" for kind in sorted(kinds)]


@functools.cache
def _hash(source: Path) -> str:
    return hashlib.sha256(source.read_bytes()).hexdigest()


@functools.cache
def _graph() -> "grimp.ImportGraph":
    """Which module of the package imports which; a module also imports the packages around it."""
    # Most commands that read a study's settings need no source digest.
    import grimp

    beside = [name for name in BESIDE if (ROOT.parent / name / "__init__.py").is_file()]
    packages = [ROOT.name, *beside]
    graph = grimp.build_graph(*packages, exclude_type_checking_imports=True, cache_dir=None)
    modules = graph.modules
    for module in modules - set(packages):
        if ROOT.name in graph.find_modules_directly_imported_by(module):
            for other in modules:
                graph.add_import(importer=module, imported=other)
        graph.add_import(importer=module, imported=module.rpartition(".")[0])
    for module in filter(_is_silent, modules):
        for other in graph.find_modules_directly_imported_by(module):
            graph.remove_import(importer=module, imported=other)
    return graph


def _is_silent(module: str) -> bool:
    """Whether an edit of the module reruns nothing."""
    first = module.removeprefix(ROOT.name).removeprefix(".").partition(".")[0]
    return first in ("", "__main__", *PLUMBING)


@functools.cache
def _closure(module: str) -> dict[str, Path]:
    """Source files of a module of the package and of all that it imports, by name."""
    names = {module, *_graph().find_upstream_modules(module)}
    return {name: _file(name) for name in names if not _is_silent(name)}


def _file(module: str) -> Path:
    stem = ROOT.parent.joinpath(*module.split("."))
    return stem.with_suffix(".py") if stem.with_suffix(".py").is_file() else stem / "__init__.py"
