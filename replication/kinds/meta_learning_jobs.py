"""Which traces, statistics and counts of shots meta-learning experiments have."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from replication import starts
from replication.errors import UserError
from replication.starts import NETWORK, NETWORKS, SUCCESSOR, Followed, followed

if TYPE_CHECKING:
    import xarray as xr

    from replication.kinds.meta_learning import MetaLearning
    from replication.study import Study
    from replication.workflow import Job, Need

MAIN = "main"
"""Name of the protocol that an experiment's `evaluation` is."""

UNTRAINED = "untrained"
"""The job that traces all starts which need no trained network."""


def starts_for(study: "Study", experiment: str, test_set: str, protocol: str = MAIN) -> list[str]:
    """Names of the traces of one experiment, test set and protocol.

    **Returns:** every start that applies to the problem class, in the order of the study's list or
    of their file names. The RNN is listed as `lstm.<learner>`, every seed of it, once for each
    learner tested on the test set, and as `lstm`, the chosen network alone, where not all learners
    that it is chosen from are tested. The successor's networks are listed as
    `successor.<learner>`, under other protocols the chosen one alone, as `successor`.

    **Raises:** [`UserError`][] for a start that does not exist.
    """
    settings = study.meta_learning[experiment]
    family = settings.problem.family
    key, wanted = "starts", settings.starts
    tested = settings.learners_tested_on(test_set)
    if protocol != MAIN:
        tested = []
        if settings.protocols[protocol].starts is not None:
            key, wanted = f"protocols.{protocol}.starts", settings.protocols[protocol].starts
    known = starts.names()
    names: list[str] = []
    for name in known if wanted is None else wanted:
        if name not in known:
            raise UserError(
                f"experiments.{experiment}.{key}: unknown start {name!r}; "
                f"allowed are {', '.join(known)}"
            )
        if not starts.applies(name, family) or (wanted is None and starts.on_request(name)):
            continue
        if name == SUCCESSOR:
            other = settings.successor
            if other and protocol == MAIN:
                learners = study.meta_learning[other].candidates
                names += [Followed(name, learner).name for learner in learners]
            elif other:
                names.append(name)
            continue
        if name == NETWORK:
            names += [Followed(name, learner).name for learner in tested]
            if set(settings.candidates) <= set(tested):
                continue
        names.append(name)
    return names


def trace_job_of(start: str) -> str:
    """The name of the job that traces a start: its own where it waits for a network.

    All others of a test set are one job, so that imports and compilation are paid once.
    """
    return start if followed(start).start in NETWORKS else UNTRAINED


def trainer_of(study: "Study", experiment: str, start: str) -> str:
    """The experiment that trains the networks of a start: the experiment or its successor."""
    other = study.meta_learning[experiment].successor
    return other if other and start == SUCCESSOR else experiment


def starts_of_job(study: "Study", names: Mapping[str, str]) -> list[str]:
    """Starts that a job of the step `traces` follows."""
    where = (names[key] for key in ("experiment", "set", "protocol"))
    return [start for start in starts_for(study, *where) if trace_job_of(start) == names["starts"]]


def trace_job_names(
    study: "Study", experiment: str, test_set: str, protocol: str = MAIN
) -> list[str]:
    """The jobs that trace all starts of one experiment, test set and protocol."""
    return list(dict.fromkeys(map(trace_job_of, starts_for(study, experiment, test_set, protocol))))


def shots_counted(study: "Study") -> list[str]:
    """Experiments of which the shots a query are counted: not variants that draw alike."""
    distributions = {name: one.problem.distribution() for name, one in study.meta_learning.items()}
    return [
        name
        for name, one in study.meta_learning.items()
        if one.variant_of is None or distributions[name] != distributions[one.variant_of]
    ]


def shots_sizes(experiment: "MetaLearning") -> list[str]:
    """The size whose shots a query are counted, then the test sizes next to it on either side."""
    chosen = experiment.shots_size or experiment.headline_size
    if chosen not in experiment.test:
        return [chosen]
    sizes = list(experiment.test)
    place = sizes.index(chosen)
    return [chosen, *sizes[max(place - 1, 0) : place], *sizes[place + 1 : place + 2]]


def all_statistics(study: "Study") -> "list[Need]":
    """The statistics of every experiment, test set and protocol."""
    return [
        ("statistics", {"experiment": name, "set": test_set, "protocol": protocol})
        for name, experiment in study.meta_learning.items()
        for test_set in experiment.test_sets
        for protocol in experiment.protocols_on(test_set)
    ]


def trace_jobs(study: "Study", names: Mapping[str, str]) -> "list[Need]":
    """The jobs that trace all starts of one experiment, test set and protocol."""
    where = {key: names[key] for key in ("experiment", "set", "protocol")}
    return [("traces", where | {"starts": one}) for one in trace_job_names(study, *where.values())]


def load_traces(job: "Job", wanted: Iterable[str], **names: str) -> "dict[str, xr.Dataset]":
    """The traces of several starts, in their order; names not given are the job's own."""
    wanted = list(wanted)
    found = {
        one: job.load("traces", starts=one, **names)
        for one in dict.fromkeys(map(trace_job_of, wanted))
    }
    return {start: found[trace_job_of(start)][start].to_dataset() for start in wanted}
