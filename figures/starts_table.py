"""The table of starts: errors, queries to each target and ratios, for every start and network."""

import csv
import io
import math
import sys
from collections.abc import Mapping
from pathlib import Path

import style
import xarray as xr

from replication.study import Experiment

Cells = dict[str, str | int | float]


def _triple(one: xr.Dataset, variable: str) -> tuple[float, float, float]:
    middle, low, high = (float(one[f"{variable}_median{part}"]) for part in ("", "_low", "_high"))
    return middle, low, high


def _number(value: float, budget: int | None = None) -> str:
    """A number as readers see it; beyond the `budget` it is censored."""
    if budget is not None:
        return f"> {budget}" if value > budget else f"{value:g}"
    return f"{value:.2g}"


def _interval(values: tuple[float, float, float], budget: int | None = None) -> str:
    middle, low, high = (_number(value, budget) for value in values)
    if math.isnan(values[0]):
        return "–"
    if low == high == middle:
        return middle
    return f"{middle} [{low}, {high}]"


def _name(data: xr.Dataset, start: str) -> str:
    label = style.label(data, start)
    if start == "lstm":
        return f"**{label}** ({style.network_text(data)})"
    if start == data.attrs.get("chosen"):
        return f"{label} (chosen)"
    return label


def _ordered(data: xr.Dataset) -> list[str]:
    return [*style.compared(data), *(s for each in style.networks(data).values() for s in each)]


def _section(experiment: Experiment, size: str, data: xr.Dataset) -> str:
    """One size's table in Markdown."""
    budget = experiment.evaluation.budget
    targets = [float(target) for target in data["target"].values]
    head = [
        "start",
        f"error after {experiment.roll_out_queries} queries",
        *(f"queries to {target:g}" for target in targets),
        f"reached {' / '.join(f'{target:g}' for target in targets)} (%)",
        "energy ratio",
        "gap to exact minimum",
    ]
    lines = [
        f"## {experiment.title}, {style.size_text(experiment, size)}"
        f" ({data.sizes['instance']} instances, budget {budget})",
        "",
        f"| {' | '.join(head)} |",
        f"|{'|'.join(['---', *['---:'] * (len(head) - 1)])}|",
    ]
    for start in _ordered(data):
        one = data.sel(start=start)
        cells = [
            _name(data, start),
            _interval(_triple(one, "error_after_queries")),
            *(_interval(_triple(one.sel(target=t), "queries_to"), budget) for t in targets),
            " / ".join(f"{100 * float(one['reached'].sel(target=t)):.0f}" for t in targets),
            f"{float(one['ratio_median']):.4f}",
            _number(float(one["gap_exact_median"])),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _records(name: str, size: str, experiment: Experiment, data: xr.Dataset) -> list[Cells]:
    """One size's rows for machines; a censored median is `inf`."""
    found = []
    for start in _ordered(data):
        one = data.sel(start=start)
        record: Cells = {
            "experiment": name,
            "size": size,
            "start": start,
            "label": style.label(data, start),
            "chosen": start in ("lstm", data.attrs.get("chosen")),
            "instances": data.sizes["instance"],
            "budget": experiment.evaluation.budget,
            "queries_read": experiment.roll_out_queries,
        }

        def add(key: str, values: tuple[float, float, float], record: Cells = record) -> None:
            for part, value in zip(("median", "low", "high"), values, strict=True):
                record[f"{key}_{part}"] = value

        add("error_after_queries", _triple(one, "error_after_queries"))
        for target in data["target"].values:
            at = one.sel(target=target)
            add(f"queries_to_{target:g}", _triple(at, "queries_to"))
            record[f"reached_{target:g}"] = float(at["reached"])
        add("ratio", _triple(one, "ratio"))
        record["gap_exact_median"] = float(one["gap_exact_median"])
        found.append(record)
    return found


def write(results: style.Results, template: Path) -> Mapping[str, str]:
    """The table as Markdown for readers and as CSV for machines, and its caption by itself."""
    panels = list(style.panels(results))
    sections = [_section(experiment, size, data) for _, size, experiment, data in panels]
    statistics = results.study.statistics
    caption = style.fill(
        template,
        {
            "confidence": f"{100 * statistics.confidence:g}",
            "resamples": statistics.resamples,
            "optimisers": style.listed(
                f"{one.title}: {style.optimiser_text(one)}" for _, _, one, _ in panels
            ),
            "chosen": style.listed(
                f"{one.title}: {style.network_text(data)}" for _, _, one, data in panels
            ),
            "provenance": style.provenance(data for *_, data in panels),
        },
    )
    records = [
        record
        for name, size, experiment, data in panels
        for record in _records(name, size, experiment, data)
    ]
    table = io.StringIO()
    writer = csv.DictWriter(table, fieldnames=list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return {
        "md": "\n\n".join(["# Starts", caption.strip(), *sections, ""]),
        "csv": table.getvalue(),
        "rst": caption,
    }


if __name__ == "__main__":
    sys.exit(style.main_table(__file__, "starts", write))
