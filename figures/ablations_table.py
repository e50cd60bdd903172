"""The table of ablations: what each way to train or use the network hands over, and every seed."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import ablations
import marks
import style
import tables

from replication.workflow import varied


def _range(values: Sequence[float], budget: float | None = None) -> str:
    """Lowest to highest of the seeds."""
    if not values:
        return ""
    low, high = (tables.number(each, budget) for each in (min(values), max(values)))
    return low if low == high else f"{low} – {high}"


def write(results: style.Results, template: Path) -> Mapping[str, str]:
    """The table in every format, from the headline samples' statistics."""
    target, found = results.study.claims.target, ablations.load(results)
    experiments = varied(results.study, "ablations")
    sections, records = [], list[tables.Record]()
    for name, rows in found.items():
        one, lines = experiments[name], []
        for row in rows:
            budget = row.data.sizes["query"]
            error, needed = (row.middle(v, target) for v in ("error_of_start", "queries_to"))
            errors, counts = (row.of_seeds(v, target) for v in ("error_of_start", "queries_to"))
            lines.append(
                [
                    row.name,
                    str(len(row.seeds)) if row.trained else "",
                    tables.interval(error),
                    _range(errors),
                    tables.interval(needed, budget),
                    _range(counts, budget),
                ]
            )
            where: tables.Record = {
                "experiment": name,
                "sample": one.headline_size,
                "row": row.name,
                "trained_anew": row.trained,
                "instances": row.data.sizes["instance"],
                "budget": budget,
            }
            counted = f"queries_to_{target:g}"
            both = tables.spread("error_of_start", error) | tables.spread(counted, needed)
            records.append({**where, "seed": "", **both})
            records += [
                {**where, "seed": seed.rpartition(".")[2], "error_of_start": e, counted: count}
                for seed, e, count in zip(row.seeds, errors, counts, strict=True)
            ]
        head = [
            "learner or use",
            "seeds",
            "error after its own queries",
            "seeds from – to",
            f"queries to {target:g}",
            "seeds from – to",
        ]
        sections.append(tables.Section(style.heading(one, rows[0].data), head, lines))
    heads = {name: rows[0].data for name, rows in found.items()}
    every = [row.data for rows in found.values() for row in rows]
    caption = style.fill(template, marks.common(results, experiments, heads, every))
    return tables.write("Ablations", caption, sections, records)


if __name__ == "__main__":
    sys.exit(style.main_table(__file__, "ablations", write))
