"""Step: errors, distances, queries to target and intervals of one test set under one protocol."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from replication import starts
from replication.evaluation import summaries
from replication.evaluation.intervals import Resamples
from replication.evaluation.rows import Network, table
from replication.kinds.meta_learning_jobs import load_traces, starts_for, trainer_of
from replication.metalearner.artefact import MetaOptimizer, load_meta_optimizer
from replication.starts import NETWORK, NETWORKS, SUCCESSOR, Followed, followed
from replication.workflow import Job

Traces = tuple[dict[str, xr.Dataset], dict[Network, xr.Dataset]]


def traces_of(job: Job, chosen: Mapping[str, Network]) -> Traces:
    """The trace of each start, the chosen networks among them, and of each single network."""
    alone: dict[str, xr.Dataset] = {}
    networks: dict[Network, xr.Dataset] = {}
    where = (job.names[key] for key in ("experiment", "set", "protocol"))
    for name, trace in load_traces(job, starts_for(job.study, *where)).items():
        start, learner = followed(name)
        if not learner:
            alone[start] = trace.isel(seed=0)
            continue
        for seed in range(trace.sizes["seed"]):
            network = Network(name if start == SUCCESSOR else learner, seed)
            networks[network] = trace.isel(seed=seed)
            if network == chosen[start]:
                alone[start] = networks[network]
    return alone, networks


def reference_of(job: Job, traces: Traces) -> summaries.Reference:
    """Optima and energies of the test set; the lowest energy may be one that a trace has found."""
    test_set = job.names["set"]
    test = job.experiment.test_sets[test_set]
    problems = job.problems(test_set)[test.size]
    data = job.load("reference").to_dataset()
    offset = np.array([problem.offset for problem in problems])
    # Another protocol than the reference's may have found a lower one.
    every = [one for group in traces for one in group.values()]
    seen = np.min([one["energy"].values.min(axis=1) for one in every], axis=0)
    return summaries.Reference(
        test.problem,
        problems,
        np.minimum(data["energy"].values, seen) - offset,
        data["exact_minimum"].values - offset,
        data["theta"].values,
        job.experiment.circuit(problems[0]).periods,
    )


def groups_of(
    job: Job, traces: Traces, reference: summaries.Reference, resamples: Resamples
) -> xr.DataTree:
    """Bands for starts and the chosen networks; medians alone for the single networks."""
    experiment, targets = job.experiment, job.study.statistics.targets
    budget = experiment.evaluation_under(job.names["protocol"]).budget
    read = reference, targets, experiment.roll_out_queries
    alone = {start: summaries.of_instances(one, *read) for start, one in traces[0].items()}
    single = {network: summaries.of_instances(one, *read) for network, one in traces[1].items()}
    own = {name: alone[name] for name in NETWORKS if name in alone}

    def row(one: xr.Dataset, *more: xr.Dataset, **words: str) -> xr.Dataset:
        ratio = [summaries.compared_with(own, one, resamples, budget)] if own else []
        return xr.merge([one, summaries.medians(one, resamples), *ratio, *more]).assign(words)

    label = {start: str(starts.load(start).LABEL) for start in {*alone, *NETWORKS}}
    rows = {
        start: row(
            one,
            summaries.curves(traces[0][start], reference, resamples),
            summaries.profiles(one, resamples, budget),
            label=label[start],
        )
        for start, one in alone.items()
    }
    networks = {
        network: row(
            one,
            summaries.curves(traces[1][network], reference),
            label=f"{label[network.start]}, {network.name}, seed {network.seed}",
            role=experiment.learners[network.learner].role
            if network.start == NETWORK
            else SUCCESSOR,
        )
        for network, one in single.items()
    }
    learners = {
        learner: summaries.of_learner(
            [one for network, one in single.items() if network.learner == learner],
            alone,
            resamples,
            budget,
        )
        for learner in sorted({network.learner for network in single})
    }
    return table(rows, networks, learners)


def _attributes(job: Job, chosen: MetaOptimizer, instances: int) -> dict[str, Any]:
    experiment, test_set = job.experiment, job.names["set"]
    evaluation = experiment.evaluation_under(job.names["protocol"])
    learner, seed = chosen.metadata["learner"], chosen.metadata["seed"]
    return {
        "kind_of_problem": experiment.test_sets[test_set].problem.kind,
        "queries": experiment.roll_out_queries,
        "budget": evaluation.budget,
        "optimiser": evaluation.optimiser,
        "simplex": list(evaluation.simplex),
        "shots": evaluation.shots or 0,
        "chosen_learner": learner,
        "chosen_seed": seed,
        "num_seeds": experiment.learners[learner].seeds,
        "num_instances": instances,
        "resamples": job.study.statistics.resamples,
        "confidence": job.study.statistics.confidence,
    }


def chosen_of(job: Job) -> dict[str, MetaOptimizer]:
    """The network chosen among those of the experiment, and among those of its successor."""
    name = job.names["experiment"]
    followed_here = NETWORKS if job.experiment.successor else (NETWORK,)
    trainers = {start: trainer_of(job.study, name, start) for start in followed_here}
    return {
        start: load_meta_optimizer(job.path_of("select", experiment=trainer))
        for start, trainer in trainers.items()
    }


def run(job: Job) -> None:
    """The three groups of `replication.evaluation.rows`, of one test set under one protocol."""
    networks = chosen_of(job)
    metadata = {start: network.metadata for start, network in networks.items()}
    places = {
        start: Network(
            Followed(start, one["learner"]).name if start == SUCCESSOR else one["learner"],
            one["seed"],
        )
        for start, one in metadata.items()
    }
    chosen = networks[NETWORK]
    traces = traces_of(job, places)
    reference = reference_of(job, traces)
    count = len(reference.problems)
    name, test_set, protocol = (job.names[key] for key in ("experiment", "set", "protocol"))
    resamples = Resamples.of(job.study, name, test_set, count)
    tree = groups_of(job, traces, reference, resamples)
    budget = job.experiment.evaluation_under(protocol).budget
    found = job.load("reference").to_dataset()
    size = np.abs(reference.best)
    miss = (found["random_energy"].values - found["energy"].values) / size
    gap = (reference.best - reference.exact) / np.abs(reference.exact)
    root = tree.to_dataset().assign(reference_gap=("instance", gap), random_miss=("instance", miss))
    axes = {
        "query": np.arange(1, budget + 1),
        "target": list(job.study.statistics.targets),
        "protocol": protocol,
    }
    grids = {"at_most_error": summaries.ERROR_GRID, "at_most_queries": summaries.query_grid(budget)}
    tree.dataset = root.assign_coords(axes | grids).assign_attrs(_attributes(job, chosen, count))
    job.save(tree)
