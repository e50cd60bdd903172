"""The table of ablations: what each way to train or use the network hands over, and its test."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from figures import ablations, captions, script, tables
from figures import results as read
from figures.claims_text import Cells, p_text
from replication.study import Study
from replication.workflow import Need


def _range(values: Sequence[float], budget: float | None = None) -> str:
    """Lowest to highest of the seeds."""
    if not values:
        return ""
    low, high = (tables.number(each, budget) for each in (min(values), max(values)))
    return low if low == high else f"{low} – {high}"


def tests_of(results: read.Results) -> dict[tuple[str, str], Cells]:
    """The tests of the claims step, by experiment and name of the row."""
    tree = results.claims()
    if "use" not in tree.children:
        return {}
    found = {}
    for one in read.records(tree["use"].to_dataset()):
        experiment = results.experiment(one["experiment"])
        found[one["experiment"], experiment.label(one["name"])] = one
    return found


def in_words(study: Study, tests: Mapping[tuple[str, str], Cells]) -> str:
    """Class by class what is worse than its base beyond doubt, and what is better."""
    sentences = []
    for name in dict.fromkeys(experiment for experiment, _ in tests):
        mine = {row: one for (experiment, row), one in tests.items() if experiment == name}
        worse = [row for row, one in mine.items() if one["p_holm"] <= study.claims.alpha]
        better = [row for row, one in mine.items() if one["error_ratio"][2] < 1]
        text = f"Worse than its base: {'; '.join(worse) or 'nothing'}."
        text += f" Better: {'; '.join(better)}." if better else ""
        sentences.append(f"{study.meta_learning[name].problem.label}: {text}")
    return " ".join(sentences)


_TESTED = ("error_ratio", "p", "p_holm", "effect")


def _test_cells(one: Cells | None) -> list[str]:
    if one is None:
        return ["", "", ""]
    better = f"{100 * one['improvement'][0]:.0f} %"
    return [tables.interval(one["error_ratio"]), p_text(one["p_holm"]), better]


def needs(study: Study) -> list[Need] | None:
    """What the figure needs, and the tests of the claims step."""
    found = ablations.needs(study)
    return found and [*found, ("claims", {})]


def write(results: read.Results, template: Path) -> Mapping[str, str]:
    """The table in every format, from the headline test sets' statistics."""
    target, found = results.study.claims.target, ablations.load(results)
    experiments, tests = read.varied(results.study, "ablation"), tests_of(results)
    sections, records = [], list[tables.Record]()
    for name, rows in found.items():
        one, lines = experiments[name], []
        for row in rows:
            budget = row.data.sizes["query"]
            error, needed = (row.middle(v, target) for v in ("error_of_start", "queries_to"))
            errors, counts = (row.of_seeds(v, target) for v in ("error_of_start", "queries_to"))
            test = tests.get((name, row.name))
            lines.append(
                [
                    row.name,
                    str(len(row.seeds)) if row.trained else "",
                    tables.interval(error),
                    _range(errors),
                    *_test_cells(test),
                    tables.interval(needed, budget),
                    _range(counts, budget),
                ]
            )
            where: tables.Record = {
                "experiment": name,
                "test_set": one.headline_size,
                "row": row.name,
                "trained": row.trained,
                "instances": row.data.sizes["instance"],
                "budget": budget,
            }
            counted = f"queries_to_{target:g}"
            both = tables.spread("error_of_start", error) | tables.spread(counted, needed)
            tested = tables.flat({key: test[key] for key in _TESTED}) if test else {}
            tested |= {"improvement": test["improvement"][0]} if test else {}
            records.append({**where, "seed": "", **both, **tested})
            records += [
                {**where, "seed": int(seed["seed"]), "error_of_start": e, counted: count}
                for seed, e, count in zip(row.seeds, errors, counts, strict=True)
            ]
        head = [
            "learner or use",
            "seeds",
            "error after its own queries",
            "seeds from – to",
            "times its base's error",
            "p (Holm)",
            "base better on",
            f"queries to {target:g}",
            "seeds from – to",
        ]
        sections.append(tables.Section(captions.heading(one, rows[0].data), head, lines))
    heads = {name: rows[0].data for name, rows in found.items()}
    every = [row.data for rows in found.values() for row in rows]
    fields = {"found": in_words(results.study, tests), "alpha": f"{results.study.claims.alpha:g}"}
    caption = script.fill(template, captions.common(results, experiments, heads, every) | fields)
    return tables.write("Ablations", caption, sections, records)
