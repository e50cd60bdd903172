"""The graph of jobs: which step writes which file, needs which others and depends on what."""

import ast
import functools
import hashlib
import importlib
import os
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replication import provenance, starts, store
from replication.errors import UserError
from replication.study import Experiment, Study, digest

if TYPE_CHECKING:
    import xarray as xr

STEPS: dict[str, str] = {
    "instances": "instances/{experiment}/{split}.nc",
    "constants": "constants/{experiment}.nc",
    "optima": "optima/{experiment}/{sample}.nc",
    "train": "trained/{experiment}/{learner}.nc",
    "select": "trained/{experiment}.npz",
    "traces": "traces/{experiment}/{size}/{start}.nc",
    "reference": "reference/{experiment}/{size}.nc",
    "statistics": "statistics/{experiment}/{size}.nc",
}
"""Steps in order, with the path of their output below `results/<study>/`."""

SPLITS = ("train", "validation", "test")

PLUMBING = ("errors", "progress", "provenance", "store", "study", "workflow")
"""Modules that carry settings and data but compute no number: an edit of them reruns nothing,
since what they can change is in the digest of the settings."""

ROOT = Path(__file__).resolve().parent


def fields(step: str) -> tuple[str, ...]:
    """Names that a job of a step needs, such as `("experiment", "split")`."""
    return tuple(re.findall(r"{(\w+)}", STEPS[step]))


def starts_for(study: Study, experiment: str, size: str) -> list[str]:
    """Names of the traces of one experiment and size.

    **Returns:** every start that applies to the problem class, in the order of the study's list or
    of their file names; `lstm` stands as `lstm.<learner>`, once for each learner tested there.

    **Raises:** [`UserError`][] for a start that does not exist.
    """
    settings = study.experiments[experiment]
    known = starts.names()
    names: list[str] = []
    for name in settings.starts if settings.starts is not None else known:
        if name not in known:
            raise UserError(
                f"experiments.{experiment}.starts: unknown start {name!r}; "
                f"allowed are {', '.join(known)}"
            )
        if settings.problem.kind not in starts.load(name).KINDS:
            continue
        if name == "lstm":
            names += [f"lstm.{learner}" for learner in settings.learners_tested_on(size)]
        else:
            names.append(name)
    return names


def allowed(name: str, study: Study, names: Mapping[str, str]) -> list[str]:
    """Values that one name of a job may have, given those before it."""
    if name == "experiment":
        return list(study.experiments)
    experiment = study.experiments[names["experiment"]]
    if name == "split":
        return list(SPLITS)
    if name == "sample":
        return ["train", *experiment.test]
    if name == "learner":
        return list(experiment.learners)
    if name == "size":
        return list(experiment.test)
    return starts_for(study, names["experiment"], names["size"])


def check(study: Study) -> None:
    """Refuse names in a study that only the files of this package can tell.

    **Raises:** [`UserError`][] for an unknown start or local optimiser.
    """
    optimisers = sorted(p.stem for p in (ROOT / "optimisers").glob("*.py") if p.stem != "__init__")
    for name, experiment in study.experiments.items():
        if experiment.evaluation.optimiser not in optimisers:
            raise UserError(
                f"experiments.{name}.evaluation.optimiser: unknown optimiser "
                f"{experiment.evaluation.optimiser!r}; allowed are {', '.join(optimisers)}"
            )
        for size in experiment.test:
            starts_for(study, name, size)


Need = tuple[str, dict[str, str]]


def needs(step: str, study: Study, names: Mapping[str, str]) -> list[Need]:
    """Jobs whose outputs a job reads, as pairs of step and names."""
    name = names["experiment"]
    experiment = study.experiments[name]

    def of(step: str, **more: str) -> Need:
        return step, {"experiment": name, **more}

    def traces(size: str) -> list[Need]:
        return [of("traces", size=size, start=one) for one in starts_for(study, name, size)]

    match step:
        case "instances":
            return []
        case "constants":
            return [of("instances", split="train")]
        case "optima":
            return [of("instances", split="train" if names["sample"] == "train" else "test")]
        case "train":
            return [
                of("instances", split="train"),
                of("instances", split="validation"),
                of("constants"),
            ]
        case "select":
            return [
                of("train", learner=n) for n, one in experiment.learners.items() if one.headline
            ]
        case "traces":
            found = [
                of("instances", split="test"),
                of("instances", split="train"),
                of("constants"),
                of("optima", sample="train"),
            ]
            if names["start"].startswith("lstm."):
                found.append(of("train", learner=names["start"].removeprefix("lstm.")))
            return found
        case "reference":
            size = names["size"]
            return [
                of("instances", split="test"),
                of("optima", sample=size),
                *traces(size),
            ]
        case "statistics":
            return [
                of("reference", size=names["size"]),
                *traces(names["size"]),
                *(of("train", learner=learner) for learner in experiment.learners),
                of("select"),
            ]
    raise KeyError(step)


def _own_settings(step: str, study: Study, names: Mapping[str, str]) -> Any:
    """What a step itself reads from the study, besides what its inputs were made from."""
    experiment = study.experiments[names["experiment"]]
    circuit = {"problem": experiment.problem.model_dump(mode="json"), "depth": experiment.depth}
    match step:
        case "instances":
            problem = experiment.problem.model_dump(mode="json", exclude={"ansatz"})
            return problem, _split(experiment, names["split"])
        case "constants":
            groups = {experiment.train_sizes_of(learner) for learner in experiment.learners}
            groups.add(experiment.train_sizes)
            return circuit, experiment.constants.model_dump(mode="json"), sorted(groups)
        case "optima":
            unused = set() if names["sample"] == "train" else {"training_instances"}
            return circuit, experiment.reference.model_dump(mode="json", exclude=unused)
        case "train":
            learner = experiment.learners[names["learner"]]
            return (
                circuit,
                learner.model_dump(mode="json", exclude={"headline", "train_sizes", "test_sizes"}),
                experiment.train_sizes_of(names["learner"]),
                experiment.evaluation.queries,
            )
        case "traces":
            return circuit, experiment.evaluation.model_dump(mode="json")
        case "statistics":
            return study.statistics.model_dump(mode="json")
    return circuit


def _split(experiment: Experiment, split: str) -> Any:
    if split == "test":
        return experiment.test
    if split == "train":
        return experiment.train_sizes, experiment.train_instances
    return experiment.train_sizes, experiment.validation_instances


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
    return digest(store.FORMAT, step, own, study.seed, _own_settings(step, study, own), inputs)


def code_digest(*modules: str) -> str:
    """Digest of the sources of modules and of all modules of this package that they import.

    Imports are followed in the syntax tree, also those inside functions, but not those under
    `if TYPE_CHECKING:`. The package root and [`PLUMBING`][] are left out; a module that takes names
    from the package root counts as importing everything. Start and optimiser files are found at
    run time, so they count only where they are named.

    **Arguments:**

    - `modules`: dotted names such as `"replication.steps.train"`, or paths of scripts.

    **Returns:** 16 hexadecimal digits.
    """
    sources = sorted({source for module in modules for source in _closure(_source(module))})
    return digest([[_relative(source), _hash(source)] for source in sources])


def _relative(source: Path) -> str:
    return source.relative_to(ROOT.parent).as_posix() if source.is_relative_to(ROOT.parent) else ""


@functools.cache
def _hash(source: Path) -> str:
    return hashlib.sha256(source.read_bytes()).hexdigest()


def _source(module: str) -> Path:
    """Source file of a module of this package, or of a script given by its path."""
    if module.endswith(".py"):
        return Path(module).resolve()
    stem = ROOT.parent.joinpath(*module.split("."))
    return stem.with_suffix(".py") if stem.with_suffix(".py").is_file() else stem / "__init__.py"


@functools.cache
def _closure(source: Path) -> frozenset[Path]:
    """A source file and all that it imports, directly or not."""
    found: set[Path] = set()
    waiting = [source]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += _imports(one)
    return frozenset(found)


@functools.cache
def _imports(source: Path) -> tuple[Path, ...]:
    """Source files of this package, or beside a script, that a source file imports."""
    visitor = _Imports(source)
    visitor.visit(ast.parse(source.read_bytes(), source.name))
    return tuple(sorted(visitor.found))


class _Imports(ast.NodeVisitor):
    """Collects the source files that one module's import statements name."""

    def __init__(self, source: Path) -> None:
        self.found: set[Path] = set()
        self.source = source
        inside = source.is_relative_to(ROOT)
        self.package = source.relative_to(ROOT.parent).parent.parts if inside else ()
        for length in range(2, len(self.package) + 1):
            self._add(list(self.package[:length]))

    def visit_If(self, node: ast.If) -> None:
        test = node.test
        name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
        for child in node.orelse if name == "TYPE_CHECKING" else ast.iter_child_nodes(node):
            self.visit(child)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._add(alias.name.split("."))
            if alias.name == ROOT.name:
                self._add_everything()

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        above = self.package[: len(self.package) - node.level + 1] if node.level else ()
        parts = [*above, *(node.module.split(".") if node.module else ())]
        self._add(parts)
        for alias in node.names:
            if not self._add([*parts, alias.name]) and parts == [ROOT.name]:
                self._add_everything()

    def _add(self, parts: list[str]) -> bool:
        """Note a module and the packages that hold it; false where it is not a file of ours."""
        if not parts:
            return False
        if parts[0] != ROOT.name:
            beside = self.source.parent / f"{parts[0]}.py"
            if not self.package and beside.is_file():
                self.found.add(beside)
            return False
        if len(parts) == 1:
            return True
        for length in range(2, len(parts)):
            self._add(parts[:length])
        source = _source(".".join(parts))
        if not source.is_file():
            return ROOT.joinpath(*parts[1:]).is_dir()
        if len(parts) > 2 or parts[1] not in PLUMBING:
            self.found.add(source)
        return True

    def _add_everything(self) -> None:
        plumbing = {ROOT / f"{name}.py" for name in ("__init__", "__main__", *PLUMBING)}
        self.found.update(set(ROOT.rglob("*.py")) - plumbing)


@dataclass(frozen=True)
class Job:
    """One job of the workflow: a step, the study, and the names that single it out.

    **Arguments:**

    - `step`: a key of [`STEPS`][], or any word where only [`Job.load`][] is used (a figure).
    - `study`: the study.
    - `results`: the folder `results/<study>`.
    - `names`: what the step's path needs: `experiment`, `split`, `sample`, `size`, `start`,
      `learner`.
    - `threads`: cores given to it.
    - `started`: when it began, seconds since the epoch.
    """

    step: str
    study: Study
    results: Path
    names: dict[str, str] = field(default_factory=dict)
    threads: int = 1
    started: float = field(default_factory=time.time, compare=False)

    @property
    def experiment(self) -> Experiment:
        """Settings of the job's experiment."""
        return self.study.experiments[self.names["experiment"]]

    @property
    def path(self) -> Path:
        """The job's own output."""
        return self.path_of(self.step)

    @property
    def settings(self) -> str:
        """Digest of the settings that the output depends on."""
        return settings_digest(self.step, self.study, self.names)

    @property
    def code(self) -> str:
        """Digest of the modules that the output depends on."""
        modules = [f"replication.steps.{self.step}"]
        if self.step == "traces":
            start = self.names["start"].partition(".")[0]
            modules.append(f"replication.starts.{start}")
            modules.append(f"replication.optimisers.{self.experiment.evaluation.optimiser}")
        return code_digest(*modules)

    @property
    def inputs(self) -> list[Path]:
        """Files that the job reads."""
        return [self.path_of(s, **names) for s, names in needs(self.step, self.study, self.names)]

    @property
    def work(self) -> Path:
        """Folder for checkpoints: Snakemake does not know it, so it survives a failed job."""
        return self.results / ".work" / f"{self.step}-{digest(self.settings, self.code)}"

    def clear_work(self) -> None:
        """Delete the checkpoints of a finished job."""
        shutil.rmtree(self.work, ignore_errors=True)

    def _complete(self, step: str, names: Mapping[str, str]) -> dict[str, str]:
        merged = {**self.names, **names}
        return {key: merged[key] for key in fields(step)}

    def path_of(self, step: str, **names: str) -> Path:
        """Output of any step; names not given are the job's own."""
        return self.results / STEPS[step].format(**self._complete(step, names))

    def load(self, step: str, **names: str) -> "xr.DataTree":
        """Output of another step, in memory.

        **Raises:** [`UserError`][] naming a file that is missing, cut, foreign or stale.
        """
        own = self._complete(step, names)
        return store.load(self.path_of(step, **own), step, settings_digest(step, self.study, own))

    def attributes(self) -> dict[str, str | int | float]:
        """Provenance of the job's output."""
        return {
            "kind": self.step,
            "settings": self.settings,
            **self.names,
            "study": self.study.title,
            "study_digest": digest(self.study),
            "code_digest": self.code,
            "base_seed": self.study.seed,
            "threads": self.threads,
            **provenance.collect(self.started),
        }

    def save(self, tree: "xr.DataTree | xr.Dataset") -> None:
        """Write the job's output with its provenance, by rename.

        **Raises:** [`UserError`][] naming the folder where it cannot be written.
        """
        store.save(tree, self.path, self.attributes())


def run(job: Job) -> None:
    """Do one job: import `replication.steps.<step>` and call its `run(job)`."""
    importlib.import_module(f"replication.steps.{job.step}").run(job)


@dataclass(frozen=True)
class Drawing:
    """One figure or table: the script `figures/<script>.py` and what it reads."""

    stem: str
    script: str
    needs: tuple[Need, ...]
    experiment: str | None = None


def _headline(study: Study, name: str) -> Need:
    size = study.experiments[name].headline_size
    return "statistics", {"experiment": name, "size": size}


def _all_statistics(study: Study) -> tuple[Need, ...]:
    return tuple(
        ("statistics", {"experiment": name, "size": size})
        for name, experiment in study.experiments.items()
        for size in experiment.test
    )


def figures(study: Study) -> list[Drawing]:
    """Every figure of a study."""
    headlines = tuple(_headline(study, name) for name in study.experiments)
    found = [
        Drawing("fig3_convergence", "fig3_convergence", headlines),
        Drawing("sizes", "sizes", _all_statistics(study)),
    ]
    for name, experiment in study.experiments.items():
        size = experiment.headline_size
        trained = [("train", {"experiment": name, "learner": n}) for n in experiment.learners]
        suggested = [
            ("traces", {"experiment": name, "size": size, "start": start})
            for start in starts_for(study, name, size)
            if start.startswith("lstm.")
        ]
        for script in ("angles", "training"):
            read = (_headline(study, name), *suggested, *trained)
            found.append(Drawing(f"{script}_{name}", script, read, name))
    return found


def tables(study: Study) -> list[Drawing]:
    """Every table of a study."""
    return [Drawing("starts", "starts_table", _all_statistics(study))]


def writable(folder: Path) -> None:
    """Refuse a folder in which nothing can be made.

    **Raises:** [`UserError`][] naming it.
    """
    nearest = next(one for one in (folder, *folder.resolve().parents) if one.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise UserError(
            f"results folder {folder} cannot be written: {nearest} is not a writable folder"
        )
