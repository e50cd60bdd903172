"""The table of finite shots: errors and queries to the target against shots a query."""

from collections.abc import Mapping
from pathlib import Path

from figures import captions, script, shots, tables
from figures import results as read
from replication.kinds.meta_learning_jobs import MAIN

needs = shots.needs


def write(results: read.Results, template: Path) -> Mapping[str, str]:
    """The table in every format, from the statistics under every number of shots."""
    target, found = results.study.claims.target, shots.load(results)
    experiments = read.varied(results.study, "shots")
    sections, records = [], list[tables.Record]()
    for name, ways in found.items():
        one, rows = experiments[name], []
        for way, data in ways.items():
            number, budget = shots.shots_of(one, way), data.sizes["query"]
            there = [start for start in read.starts_of(ways) if start in data.start]
            for index, start in enumerate(there):
                at = data.sel(start=start, target=target)
                after, final = (shots.value(data, start, each) for each in shots.QUANTITIES)
                needed = read.point(at, "queries_to_median")
                label = read.label(data, start)
                rows.append(
                    [
                        "" if index else "∞" if number is None else str(number),
                        tables.bold(label) if start == "lstm" else label,
                        tables.interval(after),
                        tables.interval(final),
                        tables.interval(needed, budget),
                        f"{100 * float(at['reached']):.0f}",
                    ]
                )
                records.append(
                    {
                        "experiment": name,
                        "test_set": one.headline_size,
                        "protocol": way,
                        "shots": float("inf") if number is None else number,
                        "start": start,
                        "instances": data.sizes["instance"],
                        "budget": budget,
                        **tables.spread("error_after_queries", after),
                        **tables.spread("error_final", final),
                        **tables.spread(f"queries_to_{target:g}", needed),
                        "reached": float(at["reached"]),
                    }
                )
        head = [
            "shots",
            "start",
            f"error after {one.roll_out_queries} queries",
            "error at the end",
            f"queries to {target:g}",
            "reached (%)",
        ]
        sections.append(tables.Section(captions.heading(one, ways[MAIN]), head, rows, "rlrrrr"))
    caption = script.fill(template, captions.common_of_ways(results, experiments, found))
    return tables.write("Finite shots", caption, sections, records)
