"""One way to write tables: sections of text cells as Markdown and LaTeX, records as CSV."""

import csv
import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from tabulate import DataRow, TableFormat, tabulate

from figures import latex

Record = Mapping[str, str | int | float]
"""One row for machines; what is censored is infinite, what is unknown is NaN."""

Triple = tuple[float, float, float]
"""A value with the lower and the upper end of its interval, such as a `figures.results.Point`."""


class Section(NamedTuple):
    """One block of a table for readers: cells as text, `**…**` for bold.

    `columns` aligns them as LaTeX writes it, one entry each; empty for a name and numbers. `note`
    is a line under the title.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    columns: Sequence[str] = ()
    note: str = ""

    @property
    def alignment(self) -> Sequence[str]:
        """One entry a column: `r` for numbers, else text."""
        return self.columns or ["l", *["r"] * (len(self.head) - 1)]


def rounded(value: float) -> str:
    """Two significant digits, without a power of ten up to a million."""
    return "∞" if math.isinf(value) else f"{float(f'{value:.2g}'):g}"


def number(value: float, budget: float | None = None) -> str:
    """A number as readers see it; beyond the `budget` it is censored."""
    if math.isnan(value):
        return "–"
    if budget is not None:
        return f"> {budget:g}" if value > budget else f"{value:g}"
    return rounded(value)


def interval(values: Triple, budget: float | None = None) -> str:
    """A value with its interval; the value alone where that has no width or is not known."""
    middle, low, high = (number(value, budget) for value in values)
    if math.isnan(values[0]):
        return "–"
    if low == high == middle or math.isnan(values[1]):
        return middle
    return f"{middle} [{low}, {high}]"


def ratio(values: Triple, bound: float) -> str:
    """A queries ratio with its interval, a bound where one median is censored.

    **Arguments:** `values`: infinite where the other start is censored, 0 where the RNN is, NaN
    where both are; `bound`: the ratio with the censored median put at the budget.
    """
    middle, low, high = values
    if math.isnan(middle):
        return "–"
    bounds = f"> {rounded(bound)}" if math.isinf(middle) else f"< {rounded(bound)}"
    text = bounds if math.isinf(middle) or middle == 0 else rounded(middle)
    return f"{text} [{rounded(low)}, {rounded(high)}]"


def bold(text: str) -> str:
    """Text that Markdown and LaTeX print bold."""
    return f"**{text}**"


def _set(section: Section, look: TableFormat, cell: Callable[[str], str]) -> str:
    """A section's table in some format, no cell padded."""
    head, *rows = [[cell(text) for text in row] for row in (section.head, *section.rows)]
    plain = {"stralign": None, "numalign": None, "disable_numparse": True}
    return tabulate(rows, head, tablefmt=look, **plain)


def grid(section: Section) -> str:
    """A section's table in Markdown."""
    rule = "|".join("---:" if one == "r" else "---" for one in section.alignment)
    line = DataRow("| ", " | ", " |")
    look = TableFormat(None, lambda *_: f"|{rule}|", None, None, line, line, 0, None)
    return _set(section, look, lambda text: text.replace("|", r"\|"))


def markdown(title: str, caption: str, sections: Sequence[Section]) -> str:
    """Sections under one title and caption."""
    parts = [f"# {title}", caption.strip()]
    for section in sections:
        title = f"## {section.title}" if section.title else ""
        parts += filter(None, (title, section.note, grid(section)))
    return "\n\n".join([*parts, ""])


def tex(caption: str, sections: Sequence[Section]) -> str:
    """One `longtable` a section below its title; the caption is a comment at the top."""
    comment = "\n".join(f"% {line}" for line in caption.strip().splitlines())
    parts = [comment, r"% needs \usepackage{booktabs,longtable}"]
    for section in sections:
        if section.title:
            title, note = latex.escape(section.title), latex.escape(section.note)
            parts.append(rf"\paragraph{{{title}}} {note}".rstrip())
        parts.append(_longtable(section))
    return "\n".join([*parts, ""])


def _longtable(section: Section) -> str:
    """A section's table in LaTeX, with rules of booktabs and its head on every page."""
    begin = rf"\begin{{longtable}}{{{''.join(section.alignment)}}}"
    line = DataRow("", " & ", r" \\")
    look = TableFormat(
        lambda *_: f"{begin}\n\\toprule",
        lambda *_: r"\midrule\endhead",
        None,
        lambda *_: "\\bottomrule\n\\end{longtable}",
        line,
        line,
        0,
        None,
    )
    return _set(section, look, _tex_cell)


def _tex_cell(cell: str) -> str:
    parts = re.split(r"\*\*(.+?)\*\*", cell)
    return "".join(
        rf"\textbf{{{latex.escape(part)}}}" if index % 2 else latex.escape(part)
        for index, part in enumerate(parts)
    )


def comma_separated(records: Sequence[Record]) -> str:
    """Records as CSV; the columns are those of all of them, in order of appearance."""
    columns = list(dict.fromkeys(key for record in records for key in record))
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def spread(name: str, values: Triple) -> dict[str, float]:
    """A value and its interval as three columns of a record."""
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record whose intervals are three columns each."""
    found: dict[str, Any] = {}
    for key, value in record.items():
        found |= spread(key, tuple(value)) if isinstance(value, list) else {key: value}
    return found


def write(
    title: str, caption: str, sections: Sequence[Section], records: Sequence[Record]
) -> dict[str, str]:
    """A table in every format, by suffix: `md` and `tex` for readers, `csv` for machines.

    `rst` is the caption alone, for the report.
    """
    return {
        "rst": caption,
        "md": markdown(title, caption, sections),
        "csv": comma_separated(records),
        "tex": tex(caption, sections),
    }
