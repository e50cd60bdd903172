"""The table of local optimisers: queries to each target from each start, and their ratios."""

from collections.abc import Mapping
from pathlib import Path

from figures import captions, optimisers, script, tables
from figures import results as read
from replication.kinds.meta_learning_jobs import MAIN

needs = optimisers.needs


def write(results: read.Results, template: Path) -> Mapping[str, str]:
    """The table in every format, from the statistics under every optimiser."""
    target, targets = results.study.claims.target, results.study.statistics.targets
    found = read.ways(results, "optimiser")
    experiments = read.varied(results.study, "optimiser")
    sections, records = [], list[tables.Record]()
    for name, ways in found.items():
        one = experiments[name]
        rows = []
        for way, data in ways.items():
            title = optimisers.name_of(one, way)
            for start in read.starts_of(ways):
                if start not in data.start:
                    continue
                own, budget = data.sel(start=start), data.sizes["query"]
                needed = {
                    each: read.point(own.sel(target=each), "queries_to_median") for each in targets
                }
                at = own.sel(target=target)
                ratio, bound = read.queries_ratio(at)
                label = read.label(data, start)
                rows.append(
                    [
                        title,
                        tables.bold(label) if start == "lstm" else label,
                        *(
                            # Intervals of all targets would not fit a page; the CSV has them.
                            tables.interval(values, budget)
                            if each == target
                            else tables.number(values.middle, budget)
                            for each, values in needed.items()
                        ),
                        f"{100 * float(at['reached']):.0f}",
                        "" if start == "lstm" else tables.ratio(ratio, bound),
                    ]
                )
                records.append(
                    {
                        "experiment": name,
                        "test_set": one.headline_size,
                        "protocol": way,
                        "optimiser": one.evaluation_under(way).optimiser,
                        "gradients": optimisers.uses_gradients(one, way),
                        "start": start,
                        "instances": data.sizes["instance"],
                        "budget": budget,
                        **tables.flat(
                            {f"queries_to_{each:g}": [*values] for each, values in needed.items()}
                        ),
                        "reached": float(at["reached"]),
                        **tables.spread("queries_ratio", ratio),
                        "queries_ratio_at_budget": bound,
                    }
                )
        head = [
            "optimiser",
            "start",
            *(f"queries to {100 * each:g} %" for each in targets),
            "reached (%)",
            "queries ratio",
        ]
        alignment = "ll" + "r" * (len(head) - 2)
        sections.append(tables.Section(captions.heading(one, ways[MAIN]), head, rows, alignment))
    caption = script.fill(template, captions.common_of_ways(results, experiments, found))
    return tables.write("Local optimisers", caption, sections, records)
