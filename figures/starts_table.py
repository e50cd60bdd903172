"""The table of starts: errors, queries to each target and ratios, for every start and network."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr

from figures import captions, classes, script, tables
from figures import results as read
from replication.study import Experiment, Study
from replication.workflow import Need


def _name(data: xr.Dataset, start: str) -> str:
    label = read.label(data, start)
    if start == "lstm":
        return f"**{label}** ({captions.network_text(data)})"
    if start == data.attrs.get("chosen"):
        return f"{label} (chosen)"
    return label


def _ordered(data: xr.Dataset) -> list[str]:
    return [*read.compared(data), *(s for each in read.networks(data).values() for s in each)]


def _section(experiment: Experiment, size: str, data: xr.Dataset) -> tables.Section:
    """One size's table for readers."""
    budget = experiment.evaluation.budget
    targets = [float(target) for target in data["target"].values]
    head = [
        "start",
        f"error after {experiment.roll_out_queries} queries",
        *(["interquartile mean of it"] if "error_iqm" in data else []),
        *(f"queries to {target:g}" for target in targets),
        f"reached {' / '.join(f'{target:g}' for target in targets)} (%)",
        "energy ratio",
        "gap to exact minimum",
    ]
    title = (
        f"{experiment.title}, {classes.size_text(experiment, size)}"
        f" ({data.sizes['instance']} instances, budget {budget})"
    )
    rows = []
    for start in _ordered(data):
        one = data.sel(start=start)
        needed = (read.point(one.sel(target=t), "queries_to_median") for t in targets)
        rows.append(
            [
                _name(data, start),
                tables.interval(read.point(one, "error_after_queries_median")),
                *([tables.interval(each)] if (each := _interquartile(one, experiment)) else []),
                *(tables.interval(each, budget) for each in needed),
                " / ".join(f"{100 * float(one['reached'].sel(target=t)):.0f}" for t in targets),
                f"{float(one['ratio_median']):.4f}",
                tables.number(float(one["gap_exact_median"])),
            ]
        )
    return tables.Section(title, head, rows, note=_missed_text(data))


def _interquartile(one: xr.Dataset, experiment: Experiment) -> read.Point | None:
    """Interquartile mean of a start's error after the RNN's queries, where the data hold it."""
    if "error_iqm" not in one:
        return None
    return read.point(one.sel(query=experiment.roll_out_queries), "error_iqm")


def _missed(data: xr.Dataset) -> dict[float, float]:
    """Share of instances whose optimum the reference's random starts miss, by each target."""
    if "random_miss" not in data:
        return {}
    return {float(t): float((data["random_miss"] > t).mean()) for t in data["target"].values}


def _missed_text(data: xr.Dataset) -> str:
    shares = _missed(data)
    if not shares:
        return ""
    return (
        "Random starts alone miss the best known optimum by more than "
        f"{' / '.join(f'{target:g}' for target in shares)} on "
        f"{' / '.join(f'{100 * share:.0f}' for share in shares.values())} % of the instances."
    )


def _limits(key: str, one: xr.Dataset, name: str | None = None) -> dict[str, float]:
    values = read.point(one, f"{key}_median")
    parts = ("median", "low", "high")
    return {f"{name or key}_{part}": each for part, each in zip(parts, values, strict=True)}


def _records(
    name: str, size: str, experiment: Experiment, data: xr.Dataset
) -> list[dict[str, str | int | float]]:
    """One size's rows for machines; a censored median is `inf`."""
    found = []
    for start in _ordered(data):
        one = data.sel(start=start)
        record: dict[str, str | int | float] = {
            "experiment": name,
            "size": size,
            "start": start,
            "label": read.label(data, start),
            "chosen": start in ("lstm", data.attrs.get("chosen")),
            "instances": data.sizes["instance"],
            "budget": experiment.evaluation.budget,
            "queries_read": experiment.roll_out_queries,
        }

        record |= _limits("error_after_queries", one)
        if each := _interquartile(one, experiment):
            record |= tables.spread("error_after_queries_iqm", each)
        for target in data["target"].values:
            at = one.sel(target=target)
            record |= _limits("queries_to", at, f"queries_to_{target:g}")
            record[f"reached_{target:g}"] = float(at["reached"])
        record |= _limits("ratio", one)
        record["gap_exact_median"] = float(one["gap_exact_median"])
        record |= {f"random_miss_{target:g}": share for target, share in _missed(data).items()}
        found.append(record)
    return found


def needs(study: Study) -> list[Need] | None:
    """The statistics of every test size of the main experiments."""
    return read.test_sizes_of(study, study.mains)


def write(results: read.Results, template: Path) -> Mapping[str, str]:
    """The table in every format, from the statistics of every test size."""
    panels = [
        (name, size, experiment, results.statistics(name, size))
        for name, experiment in results.study.mains.items()
        for size in experiment.test
    ]
    sections = [_section(experiment, size, data) for _, size, experiment, data in panels]
    heads = {name: data for name, _, _, data in panels}
    every = [data for *_, data in panels]
    fields = captions.common(results, results.study.mains, heads, every)
    searches = (f"{one.reference.random_starts}" for one in results.study.mains.values())
    caption = script.fill(template, fields | {"random": " or ".join(dict.fromkeys(searches))})
    records = [
        record
        for name, size, experiment, data in panels
        for record in _records(name, size, experiment, data)
    ]
    return tables.write("Starts", caption, sections, records)
