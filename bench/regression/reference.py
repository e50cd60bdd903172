"""Numbers a check compares with: kept in the repository, renewed only together with a reason."""

import json
import math
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from replication.errors import UserError
from replication.store import write

FOLDER = Path(__file__).resolve().parent.parent / "reference"


class Reference(NamedTuple):
    """Committed numbers, by name, and why they are what they are."""

    reason: str
    figures: dict[str, float]


class Change(NamedTuple):
    """A number that differs from its reference by more than is allowed."""

    figure: str
    old: float
    new: float
    allowed: str


def _path(what: str) -> Path:
    return FOLDER / f"{what}.json"


def _parsed(text: str) -> Reference:
    content = json.loads(text)
    figures = {k: math.inf if v is None else float(v) for k, v in content["figures"].items()}
    return Reference(str(content["reason"]), figures)


def load(what: str) -> Reference:
    """The committed numbers of a check.

    **Raises:** [`UserError`][] where there are none, or the file is not one of ours.
    """
    path = _path(what)
    try:
        return _parsed(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path} is missing: make it with make accept WHAT={what}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"{path} is not a reference: it needs `reason` and `figures`") from None


def checked(what: str, reason: str) -> str:
    """A reason for new numbers.

    **Raises:** [`UserError`][] where it is empty, or that of the numbers before.
    """
    reason = reason.strip()
    if not reason:
        raise UserError("a new reference needs a reason: give it as REASON='…'")
    if _path(what).is_file() and load(what).reason == reason:
        raise UserError(f"{_path(what)} has this reason already: say why the numbers are new")
    return reason


def accept(what: str, figures: Mapping[str, float], reason: str) -> Path:
    """Write new numbers down.

    **Raises:** [`UserError`][] without a reason, or with that of the numbers before.
    """
    path, reason = _path(what), checked(what, reason)
    # JSON has no infinity; a number out of reach is null.
    ordered = {
        key: float(f"{figures[key]:.6g}") if math.isfinite(figures[key]) else None
        for key in sorted(figures)
    }
    content = {"reason": reason, "figures": ordered}
    write(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
    return path


def worse(old: Mapping[str, float], new: Mapping[str, float], factor: float) -> list[Change]:
    """Numbers that grew by more than `factor`, and that are gone or new; lower is better."""
    found = []
    for name in sorted({*old, *new}):
        before, now = (numbers.get(name, math.nan) for numbers in (old, new))
        if not now <= before * factor:
            found.append(Change(name, before, now, f"at most ×{factor:g}"))
    return found


def moved(
    old: Mapping[str, float], new: Mapping[str, float], factor: float, least: float
) -> list[Change]:
    """Numbers that changed either way by more than `factor`, and that are gone or new.

    What lies below `least` counts as `least`: it is noise there. Infinite ones (a target out of
    reach) are equal to each other alone.
    """
    found = []
    for name in sorted({*old, *new}):
        before, now = (max(numbers.get(name, math.nan), least) for numbers in (old, new))
        if before == now:
            continue
        if not before / factor <= now <= before * factor:
            found.append(Change(name, before, now, f"within ×{factor:g} either way"))
    return found


def at(what: str, base: str) -> Reference | None:
    """The numbers of another commit, `None` where it has none, or is not there."""
    path = _path(what)
    place = f"{base}:./{path.name}"
    command = ["git", "-C", str(path.parent), "show", place]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return None if shown.returncode else _parsed(shown.stdout)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def unexplained(what: str, base: str) -> bool:
    """Whether the numbers differ from those of another commit under the same reason."""
    before = at(what, base)
    if before is None:
        return False
    now = load(what)
    return before.figures != now.figures and before.reason == now.reason


def report(what: str, changes: list[Change]) -> str:
    """What changed, and how to accept it."""
    lines = [
        f"{what}: {one.figure} was {one.old:.6g}, is {one.new:.6g}; allowed: {one.allowed}"
        for one in changes
    ]
    lines.append(
        f"If that is meant: make accept WHAT={what} REASON='…', and commit "
        f"bench/reference/{_path(what).name} with the change."
    )
    return "\n".join(lines)
