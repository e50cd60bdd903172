"""The graph of jobs: which step writes which file, needs which others and depends on what."""

import ast
import functools
import hashlib
import importlib
import os
import re
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replication import optimisers, provenance, starts, store
from replication.errors import UserError
from replication.study import MAIN, Experiment, Study, digest

if TYPE_CHECKING:
    import xarray as xr

STEPS: dict[str, str] = {
    "instances": "instances/{experiment}/{sample}.nc",
    "shots": "shots/{experiment}.nc",
    "constants": "constants/{experiment}.nc",
    "optima": "optima/{experiment}/{sample}.nc",
    "train": "trained/{experiment}/{learner}.nc",
    "select": "trained/{experiment}.npz",
    "traces": "traces/{experiment}/{sample}/{protocol}/{starts}.nc",
    "reference": "reference/{experiment}/{sample}.nc",
    "statistics": "statistics/{experiment}/{sample}/{protocol}.nc",
    "claims": "claims.nc",
}
"""Steps in order, with the path of their output below `results/<study>/`."""

PLUMBING = (
    *("compilation", "environment", "errors", "expected", "progress", "provenance"),
    *("store", "study", "watch", "workflow"),
)
"""Modules that carry settings and data but compute no number: an edit of them reruns nothing,
since what they can change is in the digest of the settings."""

GIVEN = "given"
"""The job that traces all starts which wait for no network."""

ROOT = Path(__file__).resolve().parent


def fields(step: str) -> tuple[str, ...]:
    """Names that a job of a step needs, such as `("experiment", "split")`."""
    return tuple(re.findall(r"{(\w+)}", STEPS[step]))


def starts_for(study: Study, experiment: str, sample: str, protocol: str = MAIN) -> list[str]:
    """Names of the traces of one experiment, test sample and protocol.

    **Returns:** every start that applies to the problem class, in the order of the study's list or
    of their file names. The RNN stands there as `lstm.<learner>`, every seed of it, once for each
    learner tested on the sample, and as `lstm`, the chosen network alone, where not all learners
    that it is chosen from are tested.

    **Raises:** [`UserError`][] for a start that does not exist.
    """
    settings = study.experiments[experiment]
    kind = settings.samples[sample].problem.kind
    key, wanted = "starts", settings.starts
    tested = settings.learners_tested_on(sample)
    if protocol != MAIN:
        tested = []
        if settings.protocols[protocol].starts is not None:
            key, wanted = f"protocols.{protocol}.starts", settings.protocols[protocol].starts
    known = starts.names()
    names: list[str] = []
    for name in known if wanted is None else wanted:
        if name not in known:
            raise UserError(
                f"experiments.{experiment}.{key}: unknown start {name!r}; "
                f"allowed are {', '.join(known)}"
            )
        if kind not in starts.load(name).KINDS:
            continue
        if name == "lstm":
            names += [f"lstm.{learner}" for learner in tested]
            if set(settings.candidates) <= set(tested):
                continue
        names.append(name)
    return names


def tracer(start: str) -> str:
    """The name of the job that traces a start: its own where it waits for a network.

    All others of a sample are one job, lest each of them imports and compiles anew.
    """
    return start if start.partition(".")[0] == "lstm" else GIVEN


def traced_by(study: Study, names: Mapping[str, str]) -> list[str]:
    """Starts that a job of the step `traces` follows."""
    where = (names[key] for key in ("experiment", "sample", "protocol"))
    return [start for start in starts_for(study, *where) if tracer(start) == names["starts"]]


def tracers(study: Study, experiment: str, sample: str, protocol: str = MAIN) -> list[str]:
    """The jobs that trace all starts of one experiment, test sample and protocol."""
    return list(dict.fromkeys(map(tracer, starts_for(study, experiment, sample, protocol))))


def allowed(name: str, step: str, study: Study, names: Mapping[str, str]) -> list[str]:
    """Values that one name of a job of a step may have, given those before it."""
    if name == "experiment":
        return list(study.experiments)
    experiment = study.experiments[names["experiment"]]
    if name == "sample":
        splits = {"instances": ["train", "validation"], "optima": ["train"]}
        return [*splits.get(step, []), *experiment.samples]
    if name == "learner":
        return list(experiment.learners)
    if name == "protocol":
        return experiment.protocols_on(names["sample"])
    return tracers(study, names["experiment"], names["sample"], names["protocol"])


def check(study: Study) -> None:
    """Refuse names in a study that only the files of this package can tell.

    **Raises:** [`UserError`][] for an unknown start or local optimiser.
    """
    known = optimisers.names()
    for name, experiment in study.experiments.items():
        for protocol in (MAIN, *experiment.protocols):
            optimiser = experiment.evaluation_under(protocol).optimiser
            if optimiser not in known:
                key = "evaluation" if protocol == MAIN else f"protocols.{protocol}"
                raise UserError(
                    f"experiments.{name}.{key}.optimiser: unknown optimiser {optimiser!r}; "
                    f"allowed are {', '.join(known)}"
                )
        for sample in experiment.samples:
            for protocol in experiment.protocols_on(sample):
                starts_for(study, name, sample, protocol)


Need = tuple[str, dict[str, str]]


def needs(step: str, study: Study, names: Mapping[str, str]) -> list[Need]:
    """Jobs whose outputs a job reads, as pairs of step and names."""
    if step == "claims":
        return [
            *all_statistics(study),
            *(("shots", {"experiment": one}) for one in shots_counted(study)),
            *(
                ("instances", {"experiment": name, "sample": size})
                for name in study.headlines
                for size in shots_sizes(study.experiments[name])[1:]
            ),
        ]
    name = names["experiment"]
    experiment = study.experiments[name]

    def of(step: str, **more: str) -> Need:
        return step, {"experiment": name, **more}

    def traces(protocol: str) -> list[Need]:
        sample = names["sample"]
        return [
            of("traces", sample=sample, protocol=protocol, starts=one)
            for one in tracers(study, name, sample, protocol)
        ]

    match step:
        case "instances" | "shots":
            return []
        case "constants":
            return [of("instances", sample="train")]
        case "optima":
            return [of("instances", sample=names["sample"])]
        case "train":
            return [
                of("instances", sample="train"),
                of("instances", sample="validation"),
                of("constants"),
            ]
        case "select":
            return [of("train", learner=n) for n in experiment.candidates]
        case "traces":
            found = [
                of("instances", sample=names["sample"]),
                of("instances", sample="train"),
                of("constants"),
                of("optima", sample="train"),
            ]
            start, _, learner = names["starts"].partition(".")
            if learner:
                found.append(of("train", learner=learner))
            elif start == "lstm":
                found.append(of("select"))
            return found
        case "reference":
            sample = names["sample"]
            return [of("instances", sample=sample), of("optima", sample=sample), *traces(MAIN)]
        case "statistics":
            return [
                of("instances", sample=names["sample"]),
                of("reference", sample=names["sample"]),
                *traces(names["protocol"]),
                of("select"),
            ]
    raise KeyError(step)


def shots_counted(study: Study) -> list[str]:
    """Experiments of which the shots a query are counted: not variants under the same law."""
    laws = {
        name: one.problem.model_dump(exclude={"ansatz"}) for name, one in study.experiments.items()
    }
    return [
        name
        for name, one in study.experiments.items()
        if one.variant_of is None or laws[name] != laws[one.variant_of]
    ]


def shots_sizes(experiment: Experiment) -> list[str]:
    """The size whose shots a query are counted, then the test sizes next to it on either side."""
    chosen = experiment.shots_size or experiment.headline_size
    if chosen not in experiment.test:
        return [chosen]
    sizes = list(experiment.test)
    place = sizes.index(chosen)
    return [chosen, *sizes[max(place - 1, 0) : place], *sizes[place + 1 : place + 2]]


def all_statistics(study: Study) -> list[Need]:
    """The statistics of every experiment, test sample and protocol."""
    return [
        ("statistics", {"experiment": name, "sample": sample, "protocol": protocol})
        for name, experiment in study.experiments.items()
        for sample in experiment.samples
        for protocol in experiment.protocols_on(sample)
    ]


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
    """Source files of this package, or of one beside it, that a source file imports."""
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
            beside = ROOT.parent.joinpath(*parts).with_suffix(".py")
            if beside.is_file():
                self.found.add(beside)
            return beside.is_file()
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
    - `names`: what the step's path needs: `experiment`, `sample`, `protocol`, `starts`, `learner`.
    - `threads`: cores given to it.
    - `whole`: the study as it is, where `study` has the seed of the job's experiment.
    - `started`: when its work began, its imports done, seconds since the epoch.
    """

    step: str
    study: Study
    results: Path
    names: dict[str, str] = field(default_factory=dict)
    threads: int = 1
    whole: Study | None = None
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
        return code_digest(*self.modules)

    @property
    def modules(self) -> list[str]:
        """Modules that compute the output, besides those that they import."""
        if self.step == "traces":
            return self._modules_of(traced_by(self.study, self.names))
        return [f"replication.steps.{self.step}"]

    def code_of(self, followed: Iterable[str]) -> str:
        """Digest of the modules that the traces of these starts depend on."""
        return code_digest(*self._modules_of(followed))

    def _modules_of(self, followed: Iterable[str]) -> list[str]:
        evaluation = self.experiment.evaluation_under(self.names["protocol"])
        return [
            "replication.steps.traces",
            f"replication.optimisers.{evaluation.optimiser}",
            *(f"replication.starts.{start.partition('.')[0]}" for start in followed),
        ]

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
            "study_digest": digest(self.whole or self.study),
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


def load_traces(job: Job, wanted: Iterable[str], **names: str) -> "dict[str, xr.Dataset]":
    """The traces of several starts, in their order; names not given are the job's own."""
    wanted = list(wanted)
    found = {
        one: job.load("traces", starts=one, **names) for one in dict.fromkeys(map(tracer, wanted))
    }
    return {start: found[tracer(start)][start].to_dataset() for start in wanted}


def run(job: Job) -> None:
    """Do one job: import `replication.steps.<step>` and call its `run(job)`."""
    step = importlib.import_module(f"replication.steps.{job.step}")
    study = job.study.of(job.names.get("experiment"))
    step.run(replace(job, study=study, whole=job.study, started=time.time()))


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


def writable(folder: Path) -> None:
    """Refuse a folder in which nothing can be made.

    **Raises:** [`UserError`][] naming it.
    """
    nearest = next(one for one in (folder, *folder.resolve().parents) if one.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise UserError(
            f"results folder {folder} cannot be written: {nearest} is not a writable folder"
        )
