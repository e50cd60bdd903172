"""Table of sensitivity: what each varied setting does to C1 and C2, and what nobody varied."""

from collections.abc import Mapping
from pathlib import Path

from figures import captions, script, tables
from figures import results as read
from figures.claims_text import Cells, shots_text, start_label
from replication.study import Study
from replication.variations import BASE, not_varied
from replication.workflow import Need

HEAD = (
    *("what is varied", "setting (origin)", "base → value", "error [$confidence % interval]"),
    *("queries ratio [$confidence % interval]", "over", "shots a query"),
    *("C1", "C2", "C4", "changes a verdict?"),
)
COLUMNS = ("l", "p{3cm}", "p{3cm}", "r", "r", "l", "r", "l", "l", "l", "l")


def rows_of(results: read.Results) -> list[Cells]:
    """The rows of the claims' file with their `changes`; none without a network to judge."""
    tree = results.claims()
    if "sensitivity" not in tree.children:
        return []
    rows, changes = (read.records(tree[key].to_dataset()) for key in ("sensitivity", "changes"))
    return [
        {**row, "changes": [one for one in changes if one["row_of"] == number]}
        for number, row in enumerate(rows)
    ]


def name_of(study: Study, row: Cells) -> str:
    """What is varied, as readers see it."""
    experiment = study.meta_learning[row["experiment"]]
    match row["kind"]:
        case "learner" | "protocol":
            return experiment.label(row["name"])
        case "experiment":
            return experiment.title
    (change,) = row["changes"]
    return f"rule: {change['setting'].partition('.')[2]} = {change['value']}"


def groups_of(study: Study, rows: list[Cells]) -> dict[str, dict[tuple[object, ...], list[Cells]]]:
    """Rows by base experiment and then by base: its name and numbers are the key of a group."""
    found: dict[str, dict[tuple[object, ...], list[Cells]]] = {}
    order = list(study.meta_learning)

    def place(row: Cells) -> tuple[int, bool]:
        """Classes in their order, in each of them the chosen network first."""
        return order.index(row["base_experiment"]), not row["base"].startswith("chosen")

    for row in sorted(rows, key=place):
        numbers = (f"{row[key]}" for key in ("error_base", "queries_ratio_base", "control_base"))
        key = (row["base"], *numbers)
        found.setdefault(row["base_experiment"], {}).setdefault(key, []).append(row)
    return found


def base_text(row: Cells) -> str:
    """The base of a group, as readers see it."""
    return f"base: {row['base'].replace(f'learner {BASE}', 'shorter training')}"


def numbers(row: Cells, suffix: str = "") -> list[str]:
    """Error, queries ratio, control, shots and verdicts; of the base with suffix `_base`."""
    control = row[f"control{suffix}"]
    return [
        tables.interval(row[f"error{suffix}"]),
        tables.ratio(row[f"queries_ratio{suffix}"], row[f"queries_ratio_at_budget{suffix}"]),
        start_label(control) if control else "–",
        shots_text(row[f"shots{suffix}"], row[f"shots_spread{suffix}"]),
        row[f"c1{suffix}"],
        row[f"c2{suffix}"],
        row[f"c4{suffix}"] or "–",
    ]


def _told(row: Cells, pattern: str) -> str:
    """All settings that a row changes, in one cell."""
    return "; ".join(pattern.format(**change) for change in row["changes"])


def _record(row: Cells) -> Cells:
    """A row for machines."""
    own = {key: value for key, value in row.items() if key != "changes"}
    names = {"settings": "{setting}", "origins": "{origin}", "from": "{base}", "to": "{value}"}
    return tables.flat(own) | {key: _told(row, pattern) for key, pattern in names.items()}


def _section(
    study: Study, name: str, groups: Mapping[tuple[object, ...], list[Cells]]
) -> tables.Section:
    cells: list[tuple[str, ...]] = []
    for rows in groups.values():
        # Shots are the same in all rows that tell them.
        base = numbers(next((row for row in rows if row["c4_base"]), rows[0]), "_base")
        cells.append((tables.bold(base_text(rows[0])), "", "", *base, ""))
        for row in rows:
            changed = f"yes: {row['differs'].replace(' ', ', ')}" if row["differs"] else "no"
            cells.append(
                (
                    name_of(study, row),
                    _told(row, "{setting} ({origin})"),
                    _told(row, "{base} → {value}"),
                    *numbers(row),
                    tables.bold(changed) if row["differs"] else changed,
                )
            )
    confidence = f"{100 * study.statistics.confidence:g}"
    head = [cell.replace("$confidence", confidence) for cell in HEAD]
    return tables.Section(study.meta_learning[name].title, head, cells, COLUMNS)


def needs(study: Study) -> list[Need] | None:
    """The rows of the claims step."""
    return [("claims", {})] if study.headlines else None


def write(results: read.Results, template: Path) -> Mapping[str, str]:
    """The table as Markdown, CSV and LaTeX; what is not varied is listed below it."""
    study = results.study
    rows, missing = rows_of(results), not_varied(study)
    changing = [row for row in rows if row["differs"]]
    caption = script.fill(
        template,
        {
            "rows": len(rows),
            "changing": len(changing),
            "error": f"{study.claims.error:g}",
            "queries_ratio": f"{study.claims.queries_ratio:g}",
            "target": f"{study.claims.target:g}",
            "alpha": f"{study.claims.alpha:g}",
            "provenance": captions.provenance([results.claims().to_dataset()]),
        },
    )
    sections = [_section(study, name, each) for name, each in groups_of(study, rows).items()]
    if missing:
        sections.append(
            tables.Section(
                "Chosen or inferred settings that nothing here varies",
                ("setting", "not varied"),
                [(name, "not varied") for name in missing],
                ("l", "l"),
            )
        )
    records = [
        *map(_record, rows),
        *({"kind": "not varied", "settings": name} for name in missing),
    ]
    return tables.write("Sensitivity of the verdicts", caption, sections, records)
