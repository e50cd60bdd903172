"""The graph of jobs: which step writes which file, needs which others and depends on what."""

import re
from collections.abc import Mapping
from pathlib import Path

from replication import starts
from replication.errors import UserError
from replication.study import MAIN, Experiment, Study

STEPS: dict[str, str] = {
    "instances": "instances/{experiment}/{sample}.nc",
    "shots": "shots/{experiment}.nc",
    "constants": "constants/{experiment}.nc",
    "optima": "optima/{experiment}/{sample}.nc",
    "train": "trained/{experiment}/{learner}.nc",
    "select": "trained/{experiment}.npz",
    "traces": "traces/{experiment}/{sample}/{protocol}/{starts}.nc",
    "reference": "reference/{experiment}/{sample}.nc",
    "statistics": "statistics/{experiment}/{sample}/{protocol}.nc",
    "claims": "claims.nc",
}
"""Steps in order, with the path of their output below `results/<study>/`."""

GIVEN = "given"
"""The job that traces all starts which wait for no network."""

ROOT = Path(__file__).resolve().parents[1]


def fields(step: str) -> tuple[str, ...]:
    """Names that a job of a step needs, such as `("experiment", "split")`."""
    return tuple(re.findall(r"{(\w+)}", STEPS[step]))


def starts_for(study: Study, experiment: str, sample: str, protocol: str = MAIN) -> list[str]:
    """Names of the traces of one experiment, test sample and protocol.

    **Returns:** every start that applies to the problem class, in the order of the study's list or
    of their file names. The RNN stands there as `lstm.<learner>`, every seed of it, once for each
    learner tested on the sample, and as `lstm`, the chosen network alone, where not all learners
    that it is chosen from are tested.

    **Raises:** [`UserError`][] for a start that does not exist.
    """
    settings = study.experiments[experiment]
    family = settings.problem.family
    key, wanted = "starts", settings.starts
    tested = settings.learners_tested_on(sample)
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
        if not starts.applies(name, family):
            continue
        if name == "lstm":
            names += [f"lstm.{learner}" for learner in tested]
            if set(settings.candidates) <= set(tested):
                continue
        names.append(name)
    return names


def tracer(start: str) -> str:
    """The name of the job that traces a start: its own where it waits for a network.

    All others of a sample are one job, lest each of them imports and compiles anew.
    """
    return start if start.partition(".")[0] == "lstm" else GIVEN


def traced_by(study: Study, names: Mapping[str, str]) -> list[str]:
    """Starts that a job of the step `traces` follows."""
    where = (names[key] for key in ("experiment", "sample", "protocol"))
    return [start for start in starts_for(study, *where) if tracer(start) == names["starts"]]


def tracers(study: Study, experiment: str, sample: str, protocol: str = MAIN) -> list[str]:
    """The jobs that trace all starts of one experiment, test sample and protocol."""
    return list(dict.fromkeys(map(tracer, starts_for(study, experiment, sample, protocol))))


def allowed(name: str, step: str, study: Study, names: Mapping[str, str]) -> list[str]:
    """Values that one name of a job of a step may have, given those before it."""
    if name == "experiment":
        return list(study.experiments)
    experiment = study.experiments[names["experiment"]]
    if name == "sample":
        splits = {"instances": ["train", "validation"], "optima": ["train"]}
        return [*splits.get(step, []), *experiment.samples]
    if name == "learner":
        return list(experiment.learners)
    if name == "protocol":
        return experiment.protocols_on(names["sample"])
    return tracers(study, names["experiment"], names["sample"], names["protocol"])


def check(study: Study) -> None:
    """Refuse names in a study that only the files of this package can tell.

    **Raises:** [`UserError`][] for an unknown start or local optimiser.
    """
    optimisers = sorted(p.stem for p in (ROOT / "optimisers").glob("*.py") if p.stem != "__init__")
    for name, experiment in study.experiments.items():
        for protocol in (MAIN, *experiment.protocols):
            optimiser = experiment.evaluation_under(protocol).optimiser
            if optimiser not in optimisers:
                key = "evaluation" if protocol == MAIN else f"protocols.{protocol}"
                raise UserError(
                    f"experiments.{name}.{key}.optimiser: unknown optimiser {optimiser!r}; "
                    f"allowed are {', '.join(optimisers)}"
                )
        for sample in experiment.samples:
            for protocol in experiment.protocols_on(sample):
                starts_for(study, name, sample, protocol)


Need = tuple[str, dict[str, str]]


def needs(step: str, study: Study, names: Mapping[str, str]) -> list[Need]:
    """Jobs whose outputs a job reads, as pairs of step and names."""
    if step == "claims":
        return [
            *all_statistics(study),
            *(("shots", {"experiment": one}) for one in shots_counted(study)),
            *(
                ("instances", {"experiment": name, "sample": size})
                for name in study.headlines
                for size in shots_sizes(study.experiments[name])[1:]
            ),
        ]
    name = names["experiment"]
    experiment = study.experiments[name]

    def of(step: str, **more: str) -> Need:
        return step, {"experiment": name, **more}

    def traces(protocol: str) -> list[Need]:
        sample = names["sample"]
        return [
            of("traces", sample=sample, protocol=protocol, starts=one)
            for one in tracers(study, name, sample, protocol)
        ]

    match step:
        case "instances" | "shots":
            return []
        case "constants":
            return [of("instances", sample="train")]
        case "optima":
            return [of("instances", sample=names["sample"])]
        case "train":
            return [
                of("instances", sample="train"),
                of("instances", sample="validation"),
                of("constants"),
            ]
        case "select":
            return [of("train", learner=n) for n in experiment.candidates]
        case "traces":
            found = [
                of("instances", sample=names["sample"]),
                of("instances", sample="train"),
                of("constants"),
                of("optima", sample="train"),
            ]
            start, _, learner = names["starts"].partition(".")
            if learner:
                found.append(of("train", learner=learner))
            elif start == "lstm":
                found.append(of("select"))
            return found
        case "reference":
            sample = names["sample"]
            return [of("instances", sample=sample), of("optima", sample=sample), *traces(MAIN)]
        case "statistics":
            return [
                of("instances", sample=names["sample"]),
                of("reference", sample=names["sample"]),
                *traces(names["protocol"]),
                of("select"),
            ]
    raise KeyError(step)


def shots_counted(study: Study) -> list[str]:
    """Experiments of which the shots a query are counted: not variants under the same law."""
    laws = {name: one.problem.distribution() for name, one in study.experiments.items()}
    return [
        name
        for name, one in study.experiments.items()
        if one.variant_of is None or laws[name] != laws[one.variant_of]
    ]


def shots_sizes(experiment: Experiment) -> list[str]:
    """The size whose shots a query are counted, then the test sizes next to it on either side."""
    chosen = experiment.shots_size or experiment.headline_size
    if chosen not in experiment.test:
        return [chosen]
    sizes = list(experiment.test)
    place = sizes.index(chosen)
    return [chosen, *sizes[max(place - 1, 0) : place], *sizes[place + 1 : place + 2]]


def all_statistics(study: Study) -> list[Need]:
    """The statistics of every experiment, test sample and protocol."""
    return [
        ("statistics", {"experiment": name, "sample": sample, "protocol": protocol})
        for name, experiment in study.experiments.items()
        for sample in experiment.samples
        for protocol in experiment.protocols_on(sample)
    ]
