"""Table 2: every setting and fixed choice with its origin, and the procedure as pseudo-code."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pydantic

from figures import results as read
from figures import script, tables
from replication import problems
from replication.study import Study, digest
from replication.variations import origin_of, settings_in_force
from replication.workflow import Need

HEAD = ("setting", "meaning", "origin", "default", "in this study")
UNUSED = "–"
"""what is shown where there is nothing to show"""

LONG = 40
"""characters of place names beyond which the usual value is not placed"""

Where = tuple[str, ...]
"""Names of the experiment, and of the learner, protocol, test set or part in it, with a value."""


class Row(NamedTuple):
    """One setting."""

    section: str
    key: str
    meaning: str
    origin: str
    default: str
    value: str


class Section(NamedTuple):
    """One model of settings: where it is in a study file, and its rows."""

    title: str
    place: str
    rows: list[Row]


FIXED_PLACE = "fixed in the code"

FIXED = (
    ("h_0", "hidden and cell state of the LSTM before the first query", "chosen", "0"),
    ("head", "factor on the fresh weights of the linear head", "chosen", "1/10"),
    ("schedule", "learning rate of the training", "chosen", "cosine from its peak to 1 %"),
    ("adam", "its β_1, β_2 and ε, wherever it is used", "chosen", "0.9, 0.999, 1e-8"),
    ("regret", "weight of query t in cumulative regret", "chosen", "1/T"),
    ("weighted", "weight of query t in the loss `weighted`", "chosen", "2 t/(T (T + 1))"),
    ("adiabatic", "total time of the start, U switched on linearly", "inferred", "0.1 |U| r"),
    (
        "ramp",
        "slopes of γ and β; for SK, factors on the first of which the training set has the best",
        "chosen",
        "0.375, 0.75; 97 from 1/4 to 16",
    ),
    ("random", "box of random angles", "chosen", "γ, β: ±π/2; T_h, T_v: ±2; V: ±1"),
    ("constants", "Adam's learning rate", "chosen", "cosine from 0.05 to 0"),
    (
        "reference",
        "Adam's learning rates while screening and after, then the tolerances of L-BFGS-B",
        "chosen",
        "cosine from 0.1 and from 0.05 to 0; ftol 1e-13, gtol 1e-8",
    ),
    (
        "nelder_mead",
        "tolerances that end the search, in angles and in y",
        "chosen",
        "xatol 1e-5, fatol 1e-8",
    ),
    (
        "bayes",
        "random queries first; kernel; what chooses the next",
        "chosen",
        "4; Matérn 5/2; expected improvement",
    ),
    ("cma_es", "population of the start", "chosen", "5"),
    (
        "shots",
        "how the 0.05 of Table 1 is read, and over how many fresh instances",
        "inferred",
        "standard error of ⟨H⟩; 1000",
    ),
    *(row for one in problems.classes().values() for row in one.fixed),
)
"""Choices that are no settings, so that no study varies them: name, meaning, origin and value."""


def _models(
    value: Any, place: str = "", where: Where = ()
) -> Iterator[tuple[str, Where, pydantic.BaseModel]]:
    """Every model inside a value, with its place such as `experiments.*.learners.*` and names."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _models(one, f"{place}.*", (*where, name))
    elif isinstance(value, tuple):
        for number, one in enumerate(value, 1):
            yield from _models(one, place, (*where, f"part {number}"))
    elif isinstance(value, pydantic.BaseModel):
        yield place, where, value
        for key in type(value).model_fields:
            yield from _models(getattr(value, key), f"{place}.{key}".removeprefix("."), where)


def text_of(value: Any) -> str:
    """A value as a study file would hold it, the parts of a mapping by their names alone."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, tuple):
        return f"[{', '.join(map(text_of, value))}]"
    if isinstance(value, dict):
        if any(isinstance(one, pydantic.BaseModel) for one in value.values()):
            return ", ".join(value)
        return ", ".join(f"{key}: {text_of(one)}" for key, one in value.items()) or "none"
    if isinstance(value, pydantic.BaseModel):
        return str(getattr(value, "kind", UNUSED))
    return str(value) or '""'


def _gathered(values: Mapping[Where, str]) -> str:
    """One text for the values of one setting all over the study.

    Where naming the places of a value that more than half of them hold would take long, it comes
    first and holds for all places not named.
    """
    counts = Counter(values.values())
    if len(counts) == 1:
        return next(iter(counts))
    places = {value: _named(values, value) for value in counts}
    common, count = counts.most_common(1)[0]
    if 2 * count <= len(values) or len(places[common]) <= LONG:
        return "; ".join(f"{value} ({where})" for value, where in places.items())
    others = (f"{value} ({where})" for value, where in places.items() if value != common)
    return "; ".join([f"{common} (where not named)", *others])


def _named(values: Mapping[Where, str], wanted: str) -> str:
    """The places of one value, those inside one experiment together."""
    names: dict[str, list[str]] = {}
    for where, value in values.items():
        if value == wanted:
            names.setdefault(where[0], []).append("/".join(where[1:]))
    found = []
    for experiment, inner in names.items():
        everywhere = sum(where[0] == experiment for where in values) == len(inner)
        several = f": {', '.join(inner)}"
        found.append(experiment if everywhere else f"{experiment}{several}")
    # The same parts of several experiments are named once.
    shared: dict[str, list[str]] = {}
    for one in found:
        experiment, _, inner_names = one.partition(": ")
        shared.setdefault(inner_names, []).append(experiment)
    return "; ".join(
        ", ".join(experiments) + (f": {inner_names}" if inner_names else "")
        for inner_names, experiments in shared.items()
    )


def _row(section: str, key: str, origin: str, holders: Mapping[Where, pydantic.BaseModel]) -> Row:
    field = type(next(iter(holders.values()))).model_fields[key]
    return Row(
        section=section,
        key=key,
        meaning=field.description or "",
        origin=origin,
        default="required" if field.is_required() else text_of(field.default),
        value=_gathered({where: text_of(getattr(one, key)) for where, one in holders.items()}),
    )


def sections(study: Study) -> list[Section]:
    """Every model of settings that the study has, in its order, each with all its settings."""
    places: dict[type[pydantic.BaseModel], dict[str, None]] = {}
    holders: dict[type[pydantic.BaseModel], dict[Where, pydantic.BaseModel]] = {}
    for place, where, one in _models(study):
        places.setdefault(type(one), {})[place] = None
        holders.setdefault(type(one), {})[where] = one
    found = []
    for model, held in holders.items():
        # A model's docstring opens with what it is; conditions follow after a semicolon.
        title = (model.__doc__ or model.__name__).splitlines()[0].partition(";")[0].rstrip(".")
        place = ", ".join(places[model]) or "at the top"
        rows = [
            _row(place, key, origin, held)
            for key in model.model_fields
            if (origin := origin_of(model, key))
        ]
        found.append(Section(title, place, rows))
    return found


def fixed() -> Section:
    """What is chosen or inferred too, but is a constant of the code."""
    rows = [
        Row(FIXED_PLACE, name, meaning, origin, UNUSED, value)
        for name, meaning, origin, value in FIXED
    ]
    return Section("Fixed in the code, not varied", FIXED_PLACE, rows)


def _counted(origins: Iterable[str]) -> str:
    """How many there are of each origin."""
    return ", ".join(f"{count} {origin}" for origin, count in Counter(origins).most_common())


def _cell(text: str) -> str:
    """Text that a cell of a Markdown table shows as it is; what is in backticks as code."""
    for sign in "\\*_<[":
        text = text.replace(sign, f"\\{sign}")
    return text


def _shown(section: Section, cell: Callable[[str], str]) -> tables.Section:
    """A section for readers, its texts passed through `cell`."""
    in_file = section.place != FIXED_PLACE
    note = f"In a study file: {cell(section.place)}." if in_file else "In no study file."
    rows = [[cell(text) for text in row[1:]] for row in section.rows]
    widths = [rf"p{{{width}\linewidth}}" for width in (0.13, 0.33, 0.08, 0.12, 0.24)]
    return tables.Section(section.title, HEAD, rows, widths, note)


def needs(study: Study) -> list[Need] | None:
    """It shows the study alone."""
    return []


def write(results: read.Results, template: Path) -> Mapping[str, str]:
    """The table as Markdown for readers, CSV for machines and LaTeX for papers."""
    settings = sections(results.study)
    found = [*settings, fixed()]
    count = sum(len(section.rows) for section in settings)
    in_force = settings_in_force(results.study)
    caption = script.fill(
        template,
        {
            "title": results.study.title,
            "count": count,
            "origins": _counted(row.origin for section in settings for row in section.rows),
            "in_force": len(in_force),
            "origins_in_force": _counted(in_force.values()),
            "others": count - len(in_force),
            "fixed": len(FIXED),
            "digest": digest(results.study),
        },
    ).strip()
    # A literal block is introduced by two colons in reStructuredText and by one in Markdown.
    text, _, procedure = caption.replace("::\n", ":\n").partition("\n\nTraining")
    records = [
        dict(zip(("place", *HEAD), row, strict=True)) for section in found for row in section.rows
    ]
    for_readers = [_shown(section, _cell) for section in found]
    markdown = tables.markdown("Table 2: settings and procedure", text, for_readers)
    return {
        "md": f"{markdown}## Procedure\n\nTraining{procedure}\n\n",
        "csv": tables.comma_separated(records),
        "rst": caption,
        "tex": tables.tex(text, [_shown(section, str) for section in found]),
    }
