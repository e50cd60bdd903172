"""Minimise every instance of a test set from some starts, under one protocol."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from replication.kinds.meta_learning_jobs import starts_of_job, trainer_of
from replication.starts import NETWORKS, followed

if TYPE_CHECKING:
    from replication.study import Study
    from replication.workflow import Need

PATH = "traces/{experiment}/{set}/{protocol}/{starts}.nc"
KIND = "meta_learning"
PRIORITY = 3


def reads(study: "Study", names: Mapping[str, str]) -> "list[Need]":
    """The instances, what starts take over from the training set, and a network."""
    experiment = {"experiment": names["experiment"]}
    found: list[Need] = [
        ("instances", experiment | {"set": names["set"]}),
        ("instances", experiment | {"set": "train"}),
        ("constants", experiment),
        ("optima", experiment | {"set": "train"}),
        ("curvature", experiment),
    ]
    start, learner = followed(names["starts"])
    trainer = {"experiment": trainer_of(study, names["experiment"], start)}
    if learner:
        found.append(("train", trainer | {"learner": learner}))
    elif start in NETWORKS:
        found.append(("select", trainer))
    return found


def settings(study: "Study", names: Mapping[str, str]) -> Any:
    """The circuit, the evaluation and the starts."""
    experiment = study.meta_learning[names["experiment"]]
    evaluation = experiment.evaluation_under(names["protocol"]).model_dump(mode="json")
    return experiment.circuit_settings(), evaluation, starts_of_job(study, names)


def modules(study: "Study", names: Mapping[str, str]) -> list[str]:
    """The local optimiser and the starts, which are found at run time."""
    return modules_of(study, names, starts_of_job(study, names))


def modules_of(study: "Study", names: Mapping[str, str], traced: Iterable[str]) -> list[str]:
    """The same for some of the starts."""
    evaluation = study.meta_learning[names["experiment"]].evaluation_under(names["protocol"])
    return [
        f"replication.optimisers.{evaluation.optimiser}",
        *(f"replication.starts.{followed(one).start}" for one in traced),
    ]
