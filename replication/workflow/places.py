"""Where a study's results go, and that they are those of this study alone."""

import os
from collections.abc import Mapping
from pathlib import Path

from replication import store
from replication.errors import UserError
from replication.study import Study, digest, load_study
from replication.study_files import study_names
from replication.workflow.graph import check

STUDIES = Path(__file__).resolve().parents[1] / "studies"
MARK = ".study"
"""File in a folder of results that names the study: a name, or the file's path from the folder."""


def spelling(study: str) -> str:
    """A study's name, or its file's path from here; the same however it was typed."""
    path = Path(study)
    if path.suffix not in (".yaml", ".yml"):
        return study
    folder = path.parent.resolve()
    return path.stem if folder == STUDIES else os.path.relpath(folder / path.name, Path.cwd())


def results_of(study: str, folder: str | Path = "results") -> Path:
    """Folder of a study's results below a folder for several."""
    return Path(folder) / Path(study).stem


def configured(config: Mapping[str, str], checkout: str) -> tuple[str, Study, Path]:
    """What Snakemake's configuration asks for.

    **Arguments:**

    - `config`: the study's name or file, and the folder below which its results go.
    - `checkout`: path of the checkout that makes them.

    **Returns:** the study's name or file, the study, and the folder of its results.

    **Raises:** [`UserError`][] for an unknown key, a study that is none, or a path that cannot be.
    """
    for key in config.keys() - {"study", "results"}:
        raise UserError(f"unknown key {key!r} in --config; allowed are study, results")
    for sign in {"{", "}", os.pathsep} & set(checkout):
        raise UserError(f"the path of this checkout must not hold {sign!r}: {checkout}")
    name = spelling(str(config.get("study", "paper")))
    study = load_study(name)
    check(study)
    results = results_of(name, str(config.get("results", "results")))
    for sign in {"{", "}"} & set(str(results.absolute())):
        raise UserError(
            f"the path of a results folder must not hold {sign!r}: {results.absolute()}"
        )
    check_folder(results, name)
    return name, study, results


def check_folder(results: Path, study: str) -> None:
    """Refuse a folder in which nothing can be made, or which holds results of another study.

    **Arguments:**

    - `results`: the folder.
    - `study`: name, or path of the file, of the study that is to be made there.

    **Raises:** [`UserError`][] naming the folder.
    """
    nearest = next(one for one in (results, *results.resolve().parents) if one.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise UserError(
            f"results folder {results} cannot be written: {nearest} is not a writable folder"
        )
    try:
        owner = (results / MARK).read_text(encoding="utf-8").strip()
        if owner not in study_names():
            owner = spelling(str(results.resolve() / owner))
        if owner == spelling(study):
            return
        found = digest(load_study(owner))
    except (OSError, UserError):
        # No mark, or that of a study file that was moved: nobody else's.
        return
    if found != digest(load_study(study)):
        raise UserError(
            f"results folder {results} holds results of another study, {owner}: "
            "rename one of the two, or choose another folder"
        )


def mark(results: Path, study: str) -> None:
    """Say in a folder of results whose they are."""
    name = spelling(study)
    if name not in study_names():
        name = os.path.relpath(Path(name).resolve(), results.resolve())
    path = results / MARK
    if not path.is_file() or path.read_text(encoding="utf-8") != f"{name}\n":
        store.write(path, f"{name}\n".encode())
