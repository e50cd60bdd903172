"""The table of transfer: errors, queries and ratios outside the training distribution."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr

from figures import captions, script, tables, transfer
from figures import results as read

needs = transfer.needs


def _cells(data: xr.Dataset, start: str, target: float) -> tuple[list[str], tables.Record]:
    """One start on one test set, for readers and for machines."""
    at, budget = data.sel(start=start, target=target), data.sizes["query"]
    error = read.point(at, "error_after_queries_median")
    needed = read.point(at, "queries_to_median")
    ratio, bound = read.queries_ratio(at)
    label = read.label(data, start)
    cells = [
        tables.bold(label) if start == "lstm" else label,
        tables.interval(error),
        tables.interval(needed, budget),
        f"{100 * float(at['reached']):.0f}",
        "" if start == "lstm" else tables.ratio(ratio, bound),
    ]
    record: tables.Record = {
        "start": start,
        "instances": data.sizes["instance"],
        "budget": budget,
        **tables.spread("error_after_queries", error),
        **tables.spread(f"queries_to_{target:g}", needed),
        "reached": float(at["reached"]),
        **tables.spread("queries_ratio", ratio),
        "queries_ratio_at_budget": bound,
    }
    return cells, record


def write(results: read.Results, template: Path) -> Mapping[str, str]:
    """The table in every format, from the statistics of every test set."""
    target, found = results.study.claims.target, transfer.load(results)
    experiments = transfer.transferred(results.study)
    sections, records = [], list[tables.Record]()
    for name, rows in found.items():
        lines = []
        for row in rows:
            several = [(row.network, row.data, start) for start in read.compared(row.data)]
            if row.own and "lstm" in row.own[1].start:
                several.append((row.own[0], row.own[1], "lstm"))
            for index, (network, data, start) in enumerate(several):
                cells, record = _cells(data, start, target)
                if network != row.network:
                    title = results.study.meta_learning[network].title
                    cells[0] = f"RNN trained on this distribution ({title})"
                lines.append([row.label if index == 0 else "", *cells])
                where: tables.Record = {
                    "experiment": name,
                    "test_set": row.test_set,
                    "trained_on_distribution": row.trained,
                    "network_of": network,
                }
                records.append({**where, **record})
        columns = [
            "test set",
            "start",
            f"error after {experiments[name].roll_out_queries} queries",
            f"queries to {target:g}",
            "reached (%)",
            "queries ratio",
        ]
        sections.append(tables.Section(experiments[name].title, columns, lines, "llrrrr"))
    heads = {name: rows[0].data for name, rows in found.items()}
    every = [row.data for rows in found.values() for row in rows]
    fields = captions.common(results, experiments, heads, every)
    caption = script.fill(template, {**fields, "missing": transfer.missing(results.study)})
    return tables.write("Outside the training distribution", caption, sections, records)
