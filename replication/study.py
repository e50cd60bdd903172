"""The study: the only home of a setting's default, its meaning and where its value comes from."""

import functools
import hashlib
import json
import operator
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args

import pydantic
import yaml

from replication import kinds, study_files
from replication.errors import UserError
from replication.kinds.base import Experiment
from replication.kinds.meta_learning import MetaLearning
from replication.settings import Settings, setting

E = TypeVar("E", bound=Experiment)


def _kind_of(experiment: Any) -> Any:
    """The kind that an experiment names; experiments of the paper's kind need name none."""
    if isinstance(experiment, dict):
        return experiment.get("kind", "meta_learning")
    return getattr(experiment, "kind", None)


if TYPE_CHECKING:
    AnyExperiment = Experiment
else:
    _tagged = [Annotated[one, pydantic.Tag(kind)] for kind, one in kinds.kinds().items()]
    AnyExperiment = Annotated[
        functools.reduce(operator.or_, _tagged),
        pydantic.Discriminator(
            _kind_of,
            custom_error_type="kind",
            custom_error_message=f"kind must be one of {', '.join(kinds.kinds())}",
        ),
    ]


class Statistics(Settings):
    """How intervals and tests are made."""

    resamples: int = setting(2000, "chosen", "bootstrap resamples of the instances", ge=100)
    confidence: float = setting(
        0.95, "chosen", "confidence level of bands and intervals", gt=0.5, lt=1
    )
    targets: tuple[pydantic.PositiveFloat, ...] = setting(
        (1e-1, 1e-2, 1e-3), "chosen", "relative errors to which queries are counted", min_length=1
    )


WORDS = {"title", "labels"}
"""Fields of a study that only readers see."""
PAPER_STARTS = ("random", "ramp", "adiabatic")
CONTROLS = ("constant", "median", "bayes", "cma_es")


class Claims(Settings):
    """Thresholds of the study from which verdicts on the paper's claims follow."""

    error: float = setting(
        0.02, "chosen", "C1: median relative error after the RNN's queries is at most this", gt=0
    )
    target: pydantic.PositiveFloat = setting(
        1e-2, "chosen", "C2: the accuracy to which queries are counted, one of `targets`"
    )
    queries_ratio: float = setting(
        1.5, "chosen", "C2: another start needs at least this many times the RNN's queries", ge=1
    )
    alpha: float = setting(
        0.05, "chosen", "level of the one-sided tests, Holm-corrected", gt=0, lt=0.5
    )
    growth: float = setting(
        0.05,
        "chosen",
        "C3, R1: the error bound outside the sizes or distributions of the training",
        gt=0,
    )
    paper_starts: tuple[str, ...] = setting(
        PAPER_STARTS,
        "paper",
        "starts that the paper compares with: the class heuristic and random angles",
        exclude_if=lambda value: value == PAPER_STARTS,
    )
    controls: tuple[str, ...] = setting(
        CONTROLS,
        "chosen",
        "starts that the RNN must beat to have learned something of the instance; those named in "
        "neither list decide no claim",
        exclude_if=lambda value: value == CONTROLS,
    )

    @property
    def compared(self) -> tuple[str, ...]:
        """Starts that claims compare with."""
        return (*self.paper_starts, *self.controls)

    @pydantic.model_validator(mode="after")
    def _named_once(self) -> "Claims":
        twice = [name for name in self.paper_starts if name in self.controls]
        if twice:
            raise ValueError(f"controls: {twice[0]!r} is among paper_starts already")
        return self


class Study(Settings):
    """A whole study; `replication/studies/*.yaml` holds what differs from the defaults.

    ```pycon
    >>> from replication import load_study
    >>> load_study("paper").experiments["sk-p4"].depth
    4

    ```
    """

    # Words for readers, no settings: they have no origin.
    title: str = pydantic.Field(description="one line about the study")
    labels: dict[str, str] = pydantic.Field(
        {},
        description="what figures call an experiment, learner, protocol or test set, by its name, "
        "or by `<experiment>.<name>` for one experiment alone; others are called by their names, "
        "experiments by class and depth",
    )
    seed: int = setting(20190712, "chosen", "base seed of every draw", ge=0, lt=2**63)
    experiments: dict[str, AnyExperiment] = setting(..., "chosen", "experiments by name")
    headline: tuple[str, ...] | None = setting(
        None, "chosen", "experiments of the main figure and of the claims; null for all"
    )
    statistics: Statistics = Statistics()
    claims: Claims = Claims()

    @pydantic.model_validator(mode="after")
    def _variants(self) -> "Study":
        experiments = self.meta_learning
        for name, one in experiments.items():
            base = experiments.get(one.variant_of or name)
            if base is None or (one.variant_of and base.variant_of):
                allowed = [n for n, other in experiments.items() if not other.variant_of]
                raise ValueError(
                    f"experiments.{name}.variant_of: {one.variant_of!r} must be one of "
                    f"{', '.join(allowed)}"
                )
            others = {**(base.learners if one.variant_of else {}), **one.learners}
            for learner, settings in one.learners.items():
                allowed = [n for n in others if n != learner or one.variant_of]
                if settings.base is not None and settings.base not in allowed:
                    raise ValueError(
                        f"experiments.{name}.learners.{learner}.base: {settings.base!r} must be "
                        f"one of {', '.join(allowed)}"
                    )
            one.check_successor(name, experiments)
        for name in self.headline or ():
            if name not in self.mains:
                raise ValueError(f"headline: {name!r} must be one of {', '.join(self.mains)}")
        if self.claims.target not in self.statistics.targets:
            raise ValueError(
                f"claims.target: {self.claims.target:g} must be one of statistics.targets, "
                f"{', '.join(f'{target:g}' for target in self.statistics.targets)}"
            )
        return self

    @property
    def meta_learning(self) -> dict[str, MetaLearning]:
        """The experiments that train networks and compare starts."""
        return self.of_kind(MetaLearning)

    def of_kind(self, kind: type[E]) -> dict[str, E]:
        """The experiments of one kind, given by its settings model."""
        return {name: one for name, one in self.experiments.items() if isinstance(one, kind)}

    @property
    def mains(self) -> dict[str, MetaLearning]:
        """The meta-learning experiments that are not variants of others."""
        return {name: one for name, one in self.meta_learning.items() if not one.variant_of}

    def of(self, experiment: str | None) -> "Study":
        """The study as the jobs of one experiment see it: its base seed is the experiment's own."""
        own = self.experiments[experiment].seed if experiment else None
        return self if own is None else self.model_copy(update={"seed": own})

    @property
    def headlines(self) -> dict[str, MetaLearning]:
        """The experiments of the main figure and of the claims."""
        return {name: self.meta_learning[name] for name in self.headline or self.mains}

    @pydantic.field_validator("experiments")
    @classmethod
    def _named(
        cls, value: dict[str, Experiment], info: pydantic.ValidationInfo
    ) -> dict[str, Experiment]:
        for name in [*value, *(name for one in value.values() for name in one.given_names())]:
            if not re.fullmatch("[A-Za-z0-9][A-Za-z0-9_-]*", name):
                raise ValueError(
                    f"name {name!r} must begin with a letter or digit and hold only these, - and _"
                )
        if not value:
            raise ValueError("at least one experiment is needed")
        return _labelled(value, info.data.get("labels", {}))


def _labelled(
    experiments: Mapping[str, Experiment], labels: Mapping[str, str]
) -> dict[str, Experiment]:
    """The experiments with their words; the label of something that is not there is refused."""
    parts = {name: one.labelled_names() for name, one in experiments.items()}
    named = {*parts, *(part for several in parts.values() for part in several)}
    for key in labels:
        experiment, _, part = key.partition(".")
        if key not in named and part not in parts.get(experiment, ()):
            raise ValueError(
                f"labels.{key} names no experiment, learner, protocol or test set; "
                f"allowed are {', '.join(sorted(named))}"
            )
    headings = Counter(one.heading() for one in experiments.values())
    found = {}
    for name, one in experiments.items():
        title = one.heading() or name
        if headings[title] > 1:
            title = f"{title} ({name})"
        # Those of other experiments have a dot, which no name of a part has.
        own = {key.removeprefix(f"{name}."): text for key, text in labels.items() if "." in key}
        found[name] = one.called(labels.get(name, title), {**labels, **own})
    return found


def science(study: Study) -> dict[str, Any]:
    """A study as plain data, without the words that only readers see: its title and labels."""
    return study.model_dump(mode="json", exclude=WORDS)


def _plain(part: Any) -> Any:
    if isinstance(part, Study):
        return science(part)
    return part.model_dump(mode="json") if isinstance(part, Settings) else part


def digest(*parts: Any) -> str:
    """First 16 hexadecimal digits of the SHA-256 of the parts' canonical JSON.

    Of a study only its [`science`][] counts.
    """
    text = json.dumps([_plain(part) for part in parts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


_TAGS = {(2, kind) for kind in kinds.kinds()}


def sentence(
    error: pydantic.ValidationError, source: str, model: type[Settings] | None = None
) -> str:
    """One sentence for one of pydantic's complaints, naming key and allowed values.

    **Arguments:** `source`: what was read; `model`: of which settings, a study's unless given.
    """
    # A misspelt key comes first: it is often why another one is missing.
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    # The kind of an experiment is no key that leads to its settings.
    named = [part for place, part in enumerate(first["loc"]) if (place, part) not in _TAGS]
    where = ".".join(map(str, named)) or "the study"
    if first["type"] == "extra_forbidden":
        allowed = ", ".join(_siblings(first["loc"], model or Study))
        return f"{source}: unknown key {where}; allowed here are {allowed}"
    message = first["msg"].removeprefix("Value error, ")
    value = "" if first["type"] in ("missing", "value_error") else f" (got {first['input']!r})"
    return f"{source}: {where}: {message[:1].lower() + message[1:]}{value}"


def models_in(annotation: Any) -> list[type[Settings]]:
    """Models of settings that a type annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def _default_kind(model: type[Settings]) -> Any:
    return model.model_fields["kind"].default


def _siblings(location: tuple[int | str, ...], model: type[Settings]) -> list[str]:
    """Keys allowed where an unknown one was found."""
    models: list[type[Settings]] = [model]
    for part in location[:-1]:
        inner = [
            found
            for model in models
            if part in model.model_fields
            for found in models_in(model.model_fields[str(part)].annotation)
        ]
        kind = [m for m in models if "kind" in m.model_fields and _default_kind(m) == part]
        # What is neither a field nor a kind is a name, such as an experiment's.
        models = inner or kind or models
    return sorted({name for model in models for name in model.model_fields})


def load_study(name_or_path: str | Path) -> Study:
    """Read and validate a study.

    ```pycon
    >>> from replication import load_study
    >>> list(load_study("paper").headlines)
    ['maxcut-p4', 'sk-p4', 'hubbard-r3']

    ```

    **Arguments:**

    - `name_or_path`: a name such as `"paper"` or `"smoke"`, or the path of a YAML file. A file may
      name one of the studies that come with the package as `extends`: it then holds what differs
      from that one, key by key; null in the place of an experiment, learner, protocol or test set
      leaves it out. What is under `templates` is no setting: it is a place for
      pieces that several rows take over by YAML's anchors.

    **Raises:** [`UserError`][] for an unknown name, a file that is not a study, an unknown key or
    a value out of range; the sentence names the key and what is allowed.
    """
    text = str(name_or_path)
    data = study_files.read(text)
    try:
        return Study.model_validate(data)
    except pydantic.ValidationError as error:
        raise UserError(sentence(error, f"study {text}")) from None


def dump_study(study: Study) -> str:
    """YAML of a study with every default filled in; [`load_study`][] reads it back."""
    return yaml.safe_dump(study.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def schema_text() -> str:
    """JSON schema of a study file, as `replication/studies/schema.json` holds it."""
    return json.dumps(Study.model_json_schema(), indent=2, ensure_ascii=False) + "\n"
