"""What every start came to on every test set, as the package keeps it for `recommend`."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import xarray as xr

from figures import results as read
from replication import starts
from replication.kinds.meta_learning import MetaLearning
from replication.metalearner.units import ranges_of


def measured(
    results: read.Results, networks: list[str], before: Mapping[str, MetaLearning]
) -> list[dict[str, Any]]:
    """A row a test set, with its starts, where networks and others can be compared.

    **Arguments:**

    - `networks`: names of those that come with the package; others are left out.
    - `before`: experiments of the study that this one extends. Their test sets are left out, since
      that study has more starts on them.
    """
    target = results.study.claims.target
    found = []
    for name, one in results.study.mains.items():
        for test_set in one.test_sets:
            if name in before and test_set in before[name].test_sets:
                continue
            data = results.statistics(name, test_set)
            rows = [*_rows(name, one, data, networks, target)]
            if not any(row["network"] for row in rows) or all(row["network"] for row in rows):
                continue
            kept = one.test_sets[test_set]
            drawn = results.instances(name, test_set)[kept.size].to_dataset()
            problems = kept.problem.from_dataset(drawn, kept.size)
            where = (
                kept.problem.size_text(kept.size) if test_set in one.test else one.label(test_set)
            )
            found.append(
                {
                    "words": f"{one.title}, {where}",
                    "depth": one.depth,
                    "target": target,
                    "instances": int(data.sizes["instance"]),
                    "features": ranges_of(problems),
                    "starts": rows,
                }
            )
    return found


def _rows(
    name: str, one: MetaLearning, data: xr.Dataset, networks: list[str], target: float
) -> Iterator[dict[str, Any]]:
    for start in read.compared(data):
        network = {starts.NETWORK: name, starts.SUCCESSOR: one.successor}.get(start)
        if network is not None and network not in networks:
            continue
        at = data.sel(start=start)
        there = at.sel(target=target)
        yield {
            "start": start,
            "label": str(at["label"].item()),
            "network": network,
            "uses": starts.uses(start),
            "asked": one.roll_out_queries,
            "error": [*map(float, read.point(at, "error_after_queries_median"))],
            # JSON has no infinity, which says that the budget is used up before.
            "queries": [
                value if math.isfinite(value) else None
                for value in map(float, read.point(there, "queries_to_median"))
            ],
            "reached": float(there["reached"]),
        }


def in_lines(rows: list[dict[str, Any]]) -> str:
    """JSON with a line a start, so that a change of one number is a change of one line."""
    blocks = []
    for row in rows:
        head = json.dumps({key: row[key] for key in row if key != "starts"}, ensure_ascii=False)
        lines = ",\n  ".join(json.dumps(one, ensure_ascii=False) for one in row["starts"])
        blocks.append(f'{head[:-1]}, "starts": [\n  {lines}]}}')
    return "[" + ",\n ".join(blocks) + "]\n"
