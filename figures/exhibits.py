"""The figures and tables that a study has: every script of this folder with a caption beside it.

A script `figures/<name>.py` with its caption `figures/<name>.rst` offers

- `needs(study)`: the jobs whose outputs it reads, as a list; a mapping by experiment where it is
  drawn once for each; `None` where the study has nothing to show in it;
- `draw(results)`, if it is a figure: the figure, and the fields of its caption. Where it is drawn
  for each experiment, `draw(results, experiment)`;
- or `write(results, template)`, if it is a table: its text by suffix (`md`, `csv`, `tex`, `rst`),
  given the path of its caption. Its files are named like the script, less `_table`;
- `LAST = True` if it shows the time that all others took, so that it waits for them.

Nothing else lists them: adding the two files adds the exhibit to every study that it has needs in.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import figures
from replication import workflow
from replication.errors import UserError
from replication.study import Study
from replication.workflow import Need


@dataclass(frozen=True)
class Exhibit:
    """One figure or table of a study.

    - `kind`: the folder of its files, `figures` or `tables`.
    - `stem`: what these are named.
    - `script`: name of its script.
    - `needs`: jobs whose outputs it reads.
    - `experiment`: the experiment that it shows, where its script is drawn for each.
    - `last`: whether it waits for all others.
    """

    kind: str
    stem: str
    script: str
    needs: tuple[Need, ...]
    experiment: str | None = None
    last: bool = False

    @property
    def name(self) -> str:
        """Its place in the results, such as `figures/fig3_convergence`."""
        return f"{self.kind}/{self.stem}"

    @property
    def source(self) -> Path:
        """Its script; the caption is beside it."""
        return _sources()[self.script]


def _sources() -> dict[str, Path]:
    """Every module of this folder by name."""
    return {
        module.name: Path(folder, f"{module.name}.py")
        for folder in figures.__path__
        for module in pkgutil.iter_modules([folder])
    }


def scripts() -> list[str]:
    """Names of the scripts, numbered ones first.

    **Raises:** [`UserError`][] for a script without a caption, or a caption without a script.
    """
    sources = _sources()
    captions = {path.stem for folder in figures.__path__ for path in Path(folder).glob("*.rst")}
    for name, source in sources.items():
        if name not in captions and re.search(
            r"^(def needs\(|needs = )", source.read_text("utf-8"), re.M
        ):
            raise UserError(f"figures/{name}.py has no caption: add figures/{name}.rst")
    for name in sorted(captions - sources.keys()):
        raise UserError(f"figures/{name}.rst is the caption of no script: add figures/{name}.py")
    return sorted(captions, key=lambda name: (not re.match(r"(fig|table)\d", name), name))


def load(script: str) -> ModuleType:
    """The module of one script; [`UserError`][] for an unknown name."""
    if script not in scripts():
        raise UserError(f"unknown figure or table {script!r}; allowed are {', '.join(scripts())}")
    return importlib.import_module(f"figures.{script}")


def exhibits_of(script: str, study: Study) -> Iterator[Exhibit]:
    """What one script shows of a study."""
    module = importlib.import_module(f"figures.{script}")
    if not hasattr(module, "needs") or not (hasattr(module, "draw") or hasattr(module, "write")):
        raise UserError(
            f"figures/{script}.py has a caption, so it must offer needs(study), and draw(results) "
            "or write(results, template)"
        )
    needs = module.needs(study)
    kind = "tables" if hasattr(module, "write") else "figures"
    stem = script.removesuffix("_table") if kind == "tables" else script
    last = getattr(module, "LAST", False)
    if isinstance(needs, dict):
        for experiment, read in needs.items():
            _check(script, read)
            yield Exhibit(kind, f"{stem}_{experiment}", script, tuple(read), experiment, last)
    elif needs is not None:
        _check(script, needs)
        yield Exhibit(kind, stem, script, tuple(needs), None, last)


def _check(script: str, needs: Iterable[Need]) -> None:
    """Refuse needs that are no jobs.

    **Raises:** [`UserError`][] naming the script, and the step or the name that is missing.
    """
    for step, names in needs:
        if step not in workflow.STEPS:
            raise UserError(
                f"figures/{script}.py needs the unknown step {step!r}; "
                f"allowed are {', '.join(workflow.STEPS)}"
            )
        for field in workflow.fields(step):
            if field not in names:
                raise UserError(f"figures/{script}.py needs the step {step} without its {field!r}")


def exhibits(study: Study) -> list[Exhibit]:
    """Every figure and then every table of a study.

    **Raises:** [`UserError`][] where two of them would write the same files.
    """
    found = [one for script in scripts() for one in exhibits_of(script, study)]
    by_name: dict[str, Exhibit] = {}
    for one in found:
        other = by_name.setdefault(one.name, one)
        if other is not one:
            raise UserError(
                f"figures/{other.script}.py and figures/{one.script}.py both write {one.name}: "
                "rename one of them"
            )
    return sorted(found, key=lambda one: (one.kind, one.last))


def jobs_of(study: Study) -> list[Need]:
    """Every job that a figure or table of a study waits for, once."""
    return workflow.jobs_of(study, _needs(exhibits(study)))


def _needs(several: Iterable[Exhibit]) -> Iterator[Need]:
    return (need for one in several for need in one.needs)
