"""The numbers of each claim, one a finding with its test."""

from collections.abc import Iterator

import numpy as np

from replication.claims.evaluated import CHOSEN, Loader, error_within, queries_ratio, strongest
from replication.claims.finding import Finding
from replication.claims.views import View
from replication.evaluation import statistics
from replication.evaluation.intervals import Resamples
from replication.evaluation.rows import Interval
from replication.kinds.meta_learning_jobs import MAIN, shots_sizes, trainer_of
from replication.problems.base import Published, extent
from replication.seeds import generator_for
from replication.study import Claims, Study
from replication.variations import held_out
from replication.workflow import Job


def error_bound(load: Loader, study: Study, network: str | None = None) -> Iterator[Finding]:
    """C1: the chosen network's error on the headline test set.

    **Arguments:** `network`: of this and what follows, `None` for the experiments' own chosen
    network, or `successor`.
    """
    for name, experiment in study.headlines.items():
        size = experiment.headline_size
        evaluated = load(name, size)
        if evaluated.has(network):
            measured = error_within(evaluated, network, study.claims.error)
            yield Finding("C1", name, size, "limit", "limit", **measured)


def group_of(start: str, claims: Claims) -> str:
    """The part of C2 that a comparison with a start decides."""
    return "paper" if start in claims.paper_starts else "controls"


def fewer_queries(load: Loader, study: Study, network: str | None = None) -> Iterator[Finding]:
    """C2: the queries ratio of every other start on the headline test set, by optimiser.

    The experiment's own optimiser decides; what the others show is given beside it.
    """
    for name, experiment in study.headlines.items():
        size = experiment.headline_size
        others = [
            protocol
            for protocol, settings in experiment.protocols.items()
            if settings.role == "optimiser" and protocol in experiment.protocols_on(size)
        ]
        for protocol in (MAIN, *others):
            evaluated = load(name, size, protocol)
            for other in evaluated.compared_with(study.claims) if evaluated.has(network) else ():
                measured = queries_ratio(evaluated, network, other, study.claims)
                where = ("C2", name, size, other, group_of(other, study.claims))
                yield Finding(*where, protocol=protocol, **measured)


def larger(study: Study, name: str, learner: str | None) -> list[str]:
    """Test sizes beyond all sizes that a network of an experiment is trained on."""
    experiment = study.meta_learning[name]
    if learner in CHOSEN:
        trainer = trainer_of(study, name, CHOSEN[learner])
        sizes = study.meta_learning[trainer].train_sizes
    else:
        sizes = experiment.train_sizes_of(str(learner))
    most = max(map(extent, sizes))
    return [size for size in experiment.test if extent(size) > most]


def _outside(
    claim: str,
    load: Loader,
    study: Study,
    place: tuple[str, str],
    learner: str | None = None,
    variant: str = "",
) -> Iterator[Finding]:
    """Error within the wider bound, and the queries of the best other start, on one test set.

    **Arguments:** `place`: experiment and test set; `learner`: `None` for the chosen network;
    `variant`: of the experiment, whose network and instances are taken.
    """
    experiment, size = place
    evaluated = load(variant or experiment, size)
    if not evaluated.has(learner):
        return
    network = variant or ("" if learner in CHOSEN else str(learner))
    group = f"{network} on {size}" if network else size
    bound = error_within(evaluated, learner, study.claims.growth)
    yield Finding(claim, *place, "limit", group, network=network, **bound)
    best = strongest(evaluated, evaluated.compared_with(study.claims), study.claims.target)
    if best is not None:
        ratio = queries_ratio(evaluated, learner, best, study.claims)
        yield Finding(claim, *place, best, group, network=network, **ratio)


def growth(load: Loader, study: Study, network: str | None = None) -> Iterator[Finding]:
    """C3: every test size beyond the training sizes; learners of fewer sizes are counted too."""
    for name, experiment in study.headlines.items():
        fewer = [n for n, one in experiment.learners.items() if one.train_sizes is not None]
        networks = [network, *(fewer if network is None else [])]
        for learner in networks:
            tested = (
                list(experiment.test)
                if learner in CHOSEN
                else [s for s in experiment.test if learner in experiment.learners_tested_on(s)]
            )
            for size in larger(study, name, learner):
                if size in tested:
                    yield from _outside("C3", load, study, (name, size), learner)


def transfer(load: Loader, study: Study, network: str | None = None) -> Iterator[Finding]:
    """R1: every test set from another distribution, and networks trained on fewer sizes.

    A successor trained on several distributions is judged on the others alone.

    On another distribution none of the starts compared was trained on it: constant angles, medians
    of optima and the scale of the ramp come from the training set of the network.
    """
    for name, experiment in study.headlines.items():
        trainer = study.meta_learning[trainer_of(study, name, CHOSEN[network])]
        for place, test in experiment.transfer.items():
            if network is None or not trainer.problem.covers(test.problem):
                yield from _outside("R1", load, study, (name, place), network)
        for variant in held_out(study, name) if network is None else ():
            for size in study.meta_learning[variant].test:
                yield from _outside("R1", load, study, (name, size), variant=variant)


def printed(study: Study, name: str) -> Published | None:
    """What the paper printed for the class of an experiment; `None`: C4 is not judged there."""
    return study.meta_learning[name].problem.paper_shots


def counted(study: Study, name: str, size: str, shots: np.ndarray) -> Finding:
    """Mean shots a query over instances, with their spread, beside the paper's."""
    rng = generator_for(study.seed, "claims", "shots", name)
    indices = statistics.resamples(rng, shots.size, study.statistics.resamples)
    mean = Resamples(indices, study.statistics.confidence).band(shots, statistics.mean)
    paper = printed(study, name)
    assert paper is not None
    kind = study.meta_learning[name].problem.kind
    return Finding(
        *("C4", name, size, "paper", kind, "shots", Interval(*mean.tolist())),
        spread=float(shots.std(ddof=1)),
        threshold=paper.mean,
    )


def shots_of(job: Job, name: str, reading: str = "shots") -> Finding:
    """Those of an experiment's distribution, under a reading of the paper's precision."""
    values = job.load("shots", experiment=name).to_dataset()[reading].values
    return counted(job.study, name, shots_sizes(job.study.meta_learning[name])[0], values)


def shots(job: Job) -> Iterator[Finding]:
    """C4: shots a query of every distribution and size among the headline experiments."""
    seen = set()
    for name, experiment in job.study.headlines.items():
        distribution = str(experiment.problem.distribution())
        place = (distribution, shots_sizes(experiment)[0])
        if printed(job.study, name) and place not in seen:
            seen.add(place)
            yield shots_of(job, name)


def of_claims(job: Job, load: Loader, view: View) -> list[Finding]:
    """Every number of C1 to C4 and R1 in one view."""
    study, network = view.study, view.network
    return [
        *error_bound(load, study, network),
        *fewer_queries(load, study, network),
        *growth(load, study, network),
        *shots(job),
        *transfer(load, study, network),
    ]
