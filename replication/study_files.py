"""Files of studies: where they are, which of them another one extends, and what they then hold."""

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from replication.errors import UserError

NAMED = {"experiments", "learners", "protocols", "test", "transfer"}
"""Keys whose values are rows by name, which a study that extends another may leave out."""


def study_names() -> list[str]:
    """Names of the studies that come with the package."""
    folder = resources.files("replication") / "studies"
    return sorted(Path(f.name).stem for f in folder.iterdir() if f.name.endswith(".yaml"))


def _mapping(text: str) -> dict[str, Any]:
    """The mapping that a study file holds."""
    if text in study_names():
        content = (resources.files("replication") / "studies" / f"{text}.yaml").read_text(
            encoding="utf-8"
        )
    elif Path(text).suffix in (".yaml", ".yml"):
        try:
            content = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"study file {text} cannot be read: {error}") from None
    else:
        raise UserError(
            f"unknown study {text!r}; "
            f"allowed are {', '.join(study_names())} or a path ending in .yaml"
        )
    try:
        data = yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise UserError(f"study {text} is not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(data, dict):
        raise UserError(f"study {text} must be a mapping of keys such as title and experiments")
    return data


def base_of(name_or_path: str | Path) -> str | None:
    """The name of the study that a study's file extends, if any.

    **Raises:** [`UserError`][] for an unknown name or a file that is not a study.
    """
    base: str | None = _mapping(str(name_or_path)).get("extends")
    return base


def read(text: str) -> dict[str, Any]:
    """The mapping that a study file holds, laid over the one that its `extends` names."""
    data = _mapping(text)
    # YAML's anchors want a place of their own.
    data.pop("templates", None)
    base = data.pop("extends", None)
    if base is None:
        return data
    if base == text or base not in study_names():
        others = [name for name in study_names() if name != text]
        raise UserError(
            f"study {text}: extends: unknown study {base!r}; allowed are {', '.join(others)}"
        )
    merged: dict[str, Any] = _laid_over(read(base), data)
    # A label of what is left out has nothing to name.
    if isinstance(labels := merged.get("labels"), dict):
        kept = {*data.get("labels", {}), *_row_names(merged)}
        merged["labels"] = {
            key: text
            for key, text in labels.items()
            if not kept.isdisjoint({key, key.rpartition(".")[2]})
        }
    return merged


def _row_names(data: Any, key: str = "") -> Iterator[str]:
    """The names of all rows in a study's mapping."""
    if isinstance(data, dict):
        for name, one in data.items():
            if key in NAMED:
                yield name
            yield from _row_names(one, name)


def _laid_over(below: Any, above: Any, key: str = "") -> Any:
    """`above` where it says something, else `below`; mappings are merged key by key.

    A null in the place of a named row that `below` has leaves it out.
    """
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    merged = below | {name: _laid_over(below.get(name), one, name) for name, one in above.items()}
    if key not in NAMED:
        return merged
    return {name: one for name, one in merged.items() if one is not None or name not in below}
