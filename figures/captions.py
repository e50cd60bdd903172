"""What captions and tables say of experiments, optimisers, networks and provenance."""

from collections.abc import Iterable, Mapping

import xarray as xr

from figures import results as read
from figures.style import FLOOR
from replication import optimisers
from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import MAIN


def heading(experiment: MetaLearning, data: xr.Dataset) -> str:
    """An experiment's headline test set as the title of a section."""
    size = experiment.problem.size_text(experiment.headline_size)
    return f"{experiment.title}, {size} ({data.sizes['instance']} instances)"


def optimiser_text(experiment: MetaLearning) -> str:
    """The local optimiser, its simplex and its budget, for captions."""
    settings = experiment.evaluation
    name = optimisers.load(settings.optimiser).LABEL
    edges = ""
    if settings.optimiser == "nelder_mead":
        edges = " (edges of the initial simplex: "
        edges += ", ".join(f"{edge:g}" for edge in settings.simplex)
        edges += f" {experiment.problem.angle_unit})"
    return f"{name}{edges}, {settings.budget} cost queries in all"


def network_text(data: xr.Dataset) -> str:
    """The network that the RNN is, for captions."""
    learner, seed = read.chosen(data)
    if not learner:
        return "no network"
    return f"{learner}, seed {seed}"


def networks_text(results: read.Results) -> str:
    """The chosen networks of the headline experiments and of their successors, for captions."""
    experiments = read.trainers(results.study)
    heads = results.heads(experiments).items()
    return listed(f"{experiments[name].title}: {network_text(data)}" for name, data in heads)


def listed(items: Iterable[str]) -> str:
    """Items in one sentence, each once."""
    return "; ".join(dict.fromkeys(items))


def labels(names: Iterable[str]) -> str:
    """Labels of starts in one sentence, each once: in quotes, since some contain commas."""
    return ", ".join(f"“{name}”" for name in dict.fromkeys(names))


def provenance(data: Iterable[xr.Dataset]) -> str:
    """Study digest and commit of the results drawn, for captions."""
    several = list(data)

    def found(key: str) -> str:
        values = dict.fromkeys(str(each.attrs.get(key, "unknown")) for each in several)
        return ", ".join(values)

    edited = any(each.attrs.get("git_dirty") == "yes" for each in several)
    return (
        f"Study digest {found('study_digest')}; commit {found('git_commit')}"
        f"{' with uncommitted changes' if edited else ''}."
    )


def common_of_ways(
    results: read.Results, experiments: Mapping[str, MetaLearning], found: Mapping[str, read.Ways]
) -> dict[str, object]:
    """Fields of captions about several protocols, see [`common`][]; `panels` among them."""
    heads = {name: each[MAIN] for name, each in found.items()}
    every = [data for each in found.values() for data in each.values()]
    fields = common(results, experiments, heads, every)
    return fields | {"panels": headings(experiments, heads)}


def headings(experiments: Mapping[str, MetaLearning], datasets: Mapping[str, xr.Dataset]) -> str:
    """Experiments, sizes and instances of a figure's headline test sets, for captions."""
    return "; ".join(
        f"{one.title}, {one.problem.size_text(one.headline_size)}, "
        f"{datasets[name].sizes['instance']} test instances"
        for name, one in experiments.items()
    )


def counts(datasets: Iterable[xr.Dataset]) -> str:
    """How many test instances the test sets have, for captions."""
    found = [data.sizes["instance"] for data in datasets]
    low, high = min(found), max(found)
    each = f"{low} test instances" if low == high else f"{low} to {high} test instances"
    return f"Test sets have {each}"


def common(
    results: read.Results,
    experiments: Mapping[str, MetaLearning],
    headlines: Mapping[str, xr.Dataset],
    used: Iterable[xr.Dataset],
) -> dict[str, object]:
    """Fields that captions of these figures and tables have in common."""
    statistics = results.study.statistics
    return {
        "confidence": f"{100 * statistics.confidence:g}",
        "resamples": statistics.resamples,
        "target": f"{results.study.claims.target:g}",
        "floor": f"{FLOOR:g}",
        "handed": listed(f"{e.title}: {e.roll_out_queries}" for e in experiments.values()),
        "optimisers": listed(f"{one.title}: {optimiser_text(one)}" for one in experiments.values()),
        "chosen": listed(
            f"{experiments[name].title}: {network_text(data)}" for name, data in headlines.items()
        ),
        "provenance": provenance(used),
    }
