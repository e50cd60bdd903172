"""What a study varies beside its base: learners, protocols and experiments, setting by setting."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

import pydantic

from replication.kinds.meta_learning import MetaLearning
from replication.kinds.meta_learning_jobs import MAIN
from replication.kinds.meta_learning_settings import Constants, Evaluation, Learner, Reference
from replication.study import Claims, Statistics, Study

BASE = "base"
"""Name of the learner that others are compared with where they differ from it least."""

OPEN = ("chosen", "inferred")
"""Origins of the settings whose value nobody else has given."""

NOT_HYPERPARAMETERS = {
    Learner: {"role", "base", "test_sizes"},
    MetaLearning: {
        *("kind", "variant_of", "successor", "learners", "starts", "transfer", "protocols"),
        *("test", "headline_size", "shots_size", "problem", "constants", "reference", "evaluation"),
        "train_instances",
    },
    Study: {"seed", "experiments", "headline", "statistics", "claims"},
    Statistics: {"targets"},
    Claims: {"paper_starts", "controls"},
}
"""Fields that name, arrange or hold other settings; test sizes are the subject of C3, the study's
seed is varied as that of an experiment, the targets as that of the claims, and the number of
training instances as that of a learner."""


class Change(NamedTuple):
    """One setting with another value: its name, its origin, and both values as text."""

    setting: str
    origin: str
    base: str
    value: str


class Variation(NamedTuple):
    """Something that was run beside its base.

    - `kind`, `name`: what it is, a key of the experiment's learners or protocols, or an experiment.
    - `experiment`, `test_set`, `protocol`: where its numbers are; `learner` of which network,
      `None` for the chosen one.
    - `base_experiment`, `base_test_set`, `base_learner`: where those of its base do, under the
      experiment's own evaluation.
    - `changes`: in what it differs.
    - `shown`: whether it is a row of the sensitivity table.
    """

    kind: Literal["learner", "protocol", "experiment"]
    name: str
    experiment: str
    test_set: str
    protocol: str
    learner: str | None
    base_experiment: str
    base_test_set: str
    base_learner: str | None
    changes: tuple[Change, ...]
    shown: bool


def origin_of(model: type[pydantic.BaseModel], field: str) -> str | None:
    """Where the value of a setting comes from; `None` for what is not a setting."""
    extra = model.model_fields[field].json_schema_extra
    return str(extra["origin"]) if isinstance(extra, dict) and "origin" in extra else None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, pydantic.BaseModel):
        given = value.model_dump(mode="json", exclude_defaults=True, exclude={"kind"})
        words = [f"{name} {_text(one)}" for name, one in given.items()]
        return " ".join([str(getattr(value, "kind", "")), *words]).strip()
    return "none" if value is None else json.dumps(value)


def _changes(base: pydantic.BaseModel, other: pydantic.BaseModel, where: str) -> tuple[Change, ...]:
    """Settings in which two models of one type differ."""
    model = type(base)
    return tuple(
        Change(f"{where}{field}", origin, _text(mine), _text(its))
        for field in model.model_fields
        if field not in NOT_HYPERPARAMETERS.get(model, ()) and (origin := origin_of(model, field))
        if (mine := getattr(base, field)) != (its := getattr(other, field))
    )


def _learner(experiment: MetaLearning, name: str) -> Learner:
    """A learner's settings with what it takes over from the experiment."""
    return experiment.learners[name].model_copy(
        update={
            "train_sizes": experiment.train_sizes_of(name),
            "queries": experiment.queries_of(name),
        }
    )


def _between_experiments(base: MetaLearning, other: MetaLearning) -> tuple[Change, ...]:
    """Settings in which two experiments of one class differ, learners apart."""
    return (
        *_changes(base.problem, other.problem, f"{base.problem.kind}."),
        *_changes(base, other, ""),
        *_changes(base.constants, other.constants, "constants."),
        *_changes(base.reference, other.reference, "reference."),
        *_changes(base.evaluation, other.evaluation, "evaluation."),
    )


def _is_open(changes: Iterable[Change]) -> bool:
    return any(change.origin in OPEN for change in changes)


def _learners(name: str, experiment: MetaLearning) -> Iterator[Variation]:
    candidates = experiment.candidates
    for learner, settings in experiment.learners.items():
        # Of the candidates each pair once.
        others = (
            candidates[candidates.index(learner) + 1 :] if learner in candidates else candidates
        )
        if not others:
            continue
        same_form = (one for one in others if experiment.learners[one].form == settings.form)
        base = settings.base or next(same_form, others[0])
        compared = _learner(experiment, base), _learner(experiment, learner)
        changes = _changes(*compared, "learner.")
        size = experiment.headline_size
        shown = settings.role == "sensitivity" or learner in candidates or _is_open(changes)
        tested = {learner, base} <= set(experiment.learners_tested_on(size))
        places = (name, size, MAIN, learner, name, size, base)
        yield Variation("learner", learner, *places, changes, shown and tested)


def _protocols(name: str, experiment: MetaLearning) -> Iterator[Variation]:
    for protocol, settings in experiment.protocols.items():
        test_sets = settings.test_sets or (experiment.headline_size,)
        size = experiment.headline_size
        test_set = size if size in test_sets else test_sets[0]
        under = experiment.evaluation_under(protocol)
        changes = _changes(experiment.evaluation, under, "evaluation.")
        shown = settings.role == "sensitivity" or _is_open(changes)
        places = (name, test_set, protocol, None, name, test_set, None)
        yield Variation("protocol", protocol, *places, changes, shown)


def _experiments(study: Study) -> Iterator[Variation]:
    successors = {one.successor for one in study.meta_learning.values()}
    for name, other in study.meta_learning.items():
        if name in study.headlines or name in successors:
            continue
        alike = (n for n, one in study.headlines.items() if one.problem.kind == other.problem.kind)
        base = other.variant_of or next(alike, None)
        if base is None:
            continue
        of_base, its = study.meta_learning[base], other.candidates[0]
        mine = other.learners[its].base or (
            its if its in of_base.learners else of_base.candidates[0]
        )
        changes = (
            *_between_experiments(of_base, other),
            *_changes(of_base.learners[mine], other.learners[its], "learner."),
        )
        places = (name, other.headline_size, MAIN, its, base, of_base.headline_size, mine)
        yield Variation("experiment", name, *places, changes, True)


def variations(study: Study) -> list[Variation]:
    """Everything that a study runs beside its base, and the settings in which it differs.

    Learners and protocols of the headline experiments; variants of an experiment, and experiments
    of a headline's class (other depths), but no successors. A learner names its `base`, else it is
    the first of its form that is a candidate, or in another experiment the one of its name. Rows of
    the sensitivity table are those made for it, the learners that the chosen network was chosen
    from, and all others that change a setting of an origin in [`OPEN`][].
    """
    found: list[Variation] = []
    for name, experiment in study.headlines.items():
        found += [*_learners(name, experiment), *_protocols(name, experiment)]
    return found + list(_experiments(study))


def held_out(study: Study, experiment: str) -> list[str]:
    """Variants of an experiment that train on fewer sizes and differ in nothing else."""
    base = study.meta_learning[experiment]
    return [
        name
        for name, one in study.meta_learning.items()
        if one.variant_of == experiment
        and set(one.train_sizes) < set(base.train_sizes)
        and [change.setting for change in _between_experiments(base, one)] == ["train_sizes"]
    ]


RULES = (
    *("claims.error", "claims.target", "claims.queries_ratio", "claims.alpha", "claims.growth"),
    *("statistics.confidence", "statistics.resamples"),
)
"""Rules of judgement that the claims step itself varies: it judges the same numbers by others."""


def _models(study: Study) -> list[tuple[type[pydantic.BaseModel], str]]:
    """Models of the settings in force, with what precedes a setting's name."""
    kinds = {type(one.problem): one.problem.kind for one in study.meta_learning.values()}
    return [
        *((model, f"{kind}.") for model, kind in kinds.items()),
        (Learner, "learner."),
        (Constants, "constants."),
        (Reference, "reference."),
        (Evaluation, "evaluation."),
        (MetaLearning, ""),
        (Statistics, "statistics."),
        (Claims, "claims."),
        (Study, "study."),
    ]


def settings_in_force(study: Study) -> dict[str, str]:
    """Settings of the study that numbers depend on, by name with their origin."""
    return {
        f"{where}{field}": origin
        for model, where in _models(study)
        for field in model.model_fields
        if field not in NOT_HYPERPARAMETERS.get(model, ()) and (origin := origin_of(model, field))
    }


def open_settings(study: Study) -> list[str]:
    """Settings in force that are chosen or inferred."""
    return [name for name, origin in settings_in_force(study).items() if origin in OPEN]


def not_varied(study: Study) -> list[str]:
    """Chosen and inferred settings to which no learner, protocol, experiment or rule is another."""
    varied = {change.setting for one in variations(study) for change in one.changes}
    return [name for name in open_settings(study) if name not in varied | set(RULES)]
