"""Digests of the settings and of the source code that a job's output depends on."""

import ast
import functools
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replication import store
from replication.study import Study, digest
from replication.workflow.graph import fields, needs, shots_sizes, traced_by

if TYPE_CHECKING:
    import grimp

PLUMBING = (
    *("compilation", "environment", "errors", "progress", "provenance"),
    *("store", "study", "workflow"),
)
"""Modules that carry settings and data but compute no number: an edit of them reruns nothing,
since what they can change is in the digest of the settings."""

ROOT = Path(__file__).resolve().parents[1]


def _unnamed(content: Any) -> Any:
    """Settings without the words that only readers see."""
    if not isinstance(content, dict):
        return content
    return {key: _unnamed(one) for key, one in content.items() if key not in ("title", "label")}


def _own_settings(step: str, study: Study, names: Mapping[str, str]) -> Any:
    """What a step itself reads from the study, besides what its inputs were made from."""
    if step == "claims":
        # It counts settings and compares learners and protocols: all but words is in it.
        return _unnamed(study.model_dump(mode="json"))
    experiment = study.experiments[names["experiment"]]
    law = experiment.problem.model_dump(mode="json", exclude={"ansatz"})
    circuit = {"problem": experiment.problem.model_dump(mode="json"), "depth": experiment.depth}
    match step:
        case "instances":
            if names["sample"] == "train":
                return law, experiment.train_sizes, experiment.train_instances
            if names["sample"] == "validation":
                return law, experiment.train_sizes, experiment.validation_instances
            sample = experiment.samples[names["sample"]]
            return sample.model_dump(mode="json", exclude={"label": True, "problem": {"ansatz"}})
        case "shots":
            return law, shots_sizes(experiment)[0]
        case "constants":
            groups = {experiment.train_sizes_of(learner) for learner in experiment.learners}
            groups.add(experiment.train_sizes)
            return circuit, experiment.constants.model_dump(mode="json"), sorted(groups)
        case "optima":
            unused = set() if names["sample"] == "train" else {"training_instances"}
            return circuit, experiment.reference.model_dump(mode="json", exclude=unused)
        case "train":
            return circuit, *experiment.training_of(names["learner"])
        case "traces":
            evaluation = experiment.evaluation_under(names["protocol"])
            return circuit, evaluation.model_dump(mode="json"), traced_by(study, names)
        case "statistics":
            shown = {n: one.shown_in for n, one in experiment.learners.items()}
            return study.statistics.model_dump(mode="json"), shown
    return circuit


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
    return digest(store.FORMAT, step, own, seed, _own_settings(step, study, own), inputs)


def code_digest(*modules: str) -> str:
    """Digest of the sources of modules and of all modules of this package that they import.

    Imports inside functions count, those under `if TYPE_CHECKING:` do not, nor do [`PLUMBING`][]
    and the package root; a module that takes a name from the root counts as importing everything.
    Start and optimiser files are found at run time, so they count only where they are named.

    **Arguments:**

    - `modules`: dotted names such as `"replication.steps.train"`, or paths of scripts.

    **Returns:** 16 hexadecimal digits.
    """
    sources: dict[str, Path] = {}
    for module in modules:
        sources |= _script(Path(module).resolve()) if module.endswith(".py") else _closure(module)
    return digest([[name, _hash(sources[name])] for name in sorted(sources)])


@functools.cache
def _hash(source: Path) -> str:
    return hashlib.sha256(source.read_bytes()).hexdigest()


@functools.cache
def _graph() -> "grimp.ImportGraph":
    """Which module of the package imports which; a module also imports the packages around it."""
    # Most commands that read a study's settings need no source digest.
    import grimp

    graph = grimp.build_graph(ROOT.name, exclude_type_checking_imports=True, cache_dir=None)
    modules = graph.modules
    for module in modules - {ROOT.name}:
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


@functools.cache
def _script(script: Path) -> dict[str, Path]:
    """Source files of a script, of scripts beside it and of what they import of the package."""
    found: dict[str, Path] = {}
    waiting = [script]
    while waiting:
        source = waiting.pop()
        found[source.name] = source
        for module, name in _imported(source):
            beside = script.with_name(f"{module}.py")
            if beside.is_file() and beside.name not in found:
                waiting.append(beside)
            for one in {module, f"{module}.{name}"} & _graph().modules:
                found |= _closure(one)
            if module == ROOT.name and f"{module}.{name}" not in _graph().modules:
                found |= {one: _file(one) for one in _graph().modules if not _is_silent(one)}
    return found


def _imported(source: Path) -> Iterator[tuple[str, str]]:
    """Modules that a script's import statements name, each with a name taken from it or `""`."""
    for node in ast.walk(ast.parse(source.read_bytes(), source.name)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
