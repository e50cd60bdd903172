"""Numbers of public demonstrations of barren plateaus, beside exact values and own draws."""

import math
from collections.abc import Mapping
from pathlib import Path

from figures import probes, script, tables
from figures import results as read
from replication.study import Study
from replication.workflow import Need

HEAD = ["quantity", "qubits", "own draws", "exact", "deep limit", "noted elsewhere"]


def needs(study: Study) -> list[Need] | None:
    """The demonstrations."""
    return probes.needs_of(study, "demos")


def _text(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.4g}"


def write(results: read.Results, template: Path) -> Mapping[str, str]:
    """A section a demonstration."""
    found = probes.load(results, "demos")
    sections: dict[str, list[list[str]]] = {}
    records = list[tables.Record]()
    for one in found.values():
        data = one.data
        for place in range(data.sizes["row"]):
            row = data.isel(row=place)
            value, error, exact, limit, noted = (
                float(row[name]) for name in ("value", "value_error", "exact", "limit", "noted")
            )
            demo, quantity, label = (str(row[n].item()) for n in ("demo", "quantity", "label"))
            size = int(row["size"])
            sections.setdefault(demo, []).append(
                [
                    quantity,
                    str(size) if size else "all",
                    f"{value:.4g} ± {error:.1g}",
                    _text(exact),
                    _text(limit),
                    f"{_text(noted)} [{label}]" if not math.isnan(noted) else "–",
                ]
            )
            records.append(
                {
                    "demo": demo,
                    "quantity": quantity,
                    "qubits": size,
                    "value": value,
                    "standard_error": error,
                    "exact": exact,
                    "limit": limit,
                    "noted": noted,
                    "label": label,
                    "circuits": int(row["circuits"]),
                }
            )
    caption = script.fill(template, probes.fields(found))
    made = [tables.Section(demo, HEAD, rows) for demo, rows in sections.items()]
    return tables.write("Demonstrations", caption, made, records)
