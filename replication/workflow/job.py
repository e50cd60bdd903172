"""One job: its files, what it loads and saves, and the step that does its work."""

import importlib
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from replication import provenance, store
from replication.kinds.base import Experiment
from replication.kinds.meta_learning import MetaLearning
from replication.study import Study, digest
from replication.workflow.digests import class_modules, code_digest, settings_digest
from replication.workflow.graph import STEPS, declared, fields, needs

if TYPE_CHECKING:
    import xarray as xr

    from replication.problems.base import Problem


E = TypeVar("E", bound=Experiment)


@dataclass(frozen=True)
class Job:
    """One job of the workflow: a step, the study, and the names that single it out.

    **Arguments:**

    - `step`: a key of [`STEPS`][], or any word where only [`Job.load`][] is used (a figure).
    - `study`: the study.
    - `results`: the folder `results/<study>`.
    - `names`: what the step's path needs: `experiment`, `set` (train, validation or a test set),
      `protocol`, `starts`, `learner`.
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
    def experiment(self) -> MetaLearning:
        """Settings of the job's experiment, which is a meta-learning one."""
        return self.study.meta_learning[self.names["experiment"]]

    def of_kind(self, kind: type[E]) -> E:
        """Settings of the job's experiment, which is of this kind."""
        return self.study.of_kind(kind)[self.names["experiment"]]

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
        step = declared(self.step)
        found = step.modules(self.study, self.names) if hasattr(step, "modules") else []
        return self.modules_with(found)

    def modules_with(self, found: Iterable[str]) -> list[str]:
        """The step's module, those of the problem classes, and others found at run time."""
        classes = class_modules(self.study, self.names)
        return [f"replication.steps.{self.step}.run", *classes, *found]

    def code_with(self, found: Iterable[str]) -> str:
        """Digest of the modules that [`Job.modules_with`][] names."""
        return code_digest(*self.modules_with(found))

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

    def problems(self, named: str) -> "dict[str, list[Problem]]":
        """The instances of a set, `train`, `validation` or a test set, by size."""
        experiment = self.experiment
        settings, sizes = experiment.problem, experiment.train_sizes
        if named in experiment.test_sets:
            test = experiment.test_sets[named]
            settings, sizes = test.problem, (test.size,)
        tree = self.load("instances", set=named)
        return {size: settings.from_dataset(tree[size].to_dataset(), size) for size in sizes}

    def belongs(self) -> dict[str, str]:
        """Which study the job's output belongs to, as attributes."""
        return {"study": self.study.title, "study_digest": digest(self.whole or self.study)}

    def attributes(self) -> dict[str, str | int | float]:
        """Provenance of the job's output."""
        return {
            "kind": self.step,
            "settings": self.settings,
            **self.names,
            **self.belongs(),
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
    """Do one job: call `run(job)` of `replication.steps.<step>.run`."""
    step = importlib.import_module(f"replication.steps.{job.step}.run")
    study = job.study.of(job.names.get("experiment"))
    step.run(replace(job, study=study, whole=job.study, started=time.time()))
