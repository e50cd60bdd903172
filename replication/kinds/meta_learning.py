"""Experiments that train a network to propose angles and compare it with other starts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import pydantic

from replication import optimisers
from replication.errors import UserError
from replication.kinds.base import Experiment, Problem
from replication.kinds.meta_learning_jobs import MAIN, starts_for, tracers
from replication.kinds.meta_learning_settings import (
    EVERY,
    Constants,
    Evaluation,
    Learner,
    Protocol,
    Reference,
    TestSample,
)
from replication.problems.base import extent
from replication.settings import setting

if TYPE_CHECKING:
    from replication.ansatze.base import Ansatz
    from replication.study import Study


class MetaLearning(Experiment):
    """One problem class at one depth: its sizes, its learners and how they are judged."""

    kind: Literal["meta_learning"] = setting(
        "meta_learning",
        "chosen",
        "kind of experiment: trains networks to propose angles, and compares starts",
        exclude_if=lambda kind: True,
    )
    problem: Problem
    variant_of: str | None = setting(
        None, "chosen", "experiment of which it varies a setting: shown in `sensitivity` alone"
    )
    depth: int = setting(..., "chosen", "QAOA layers p, or Trotter steps r", ge=1, le=16)
    train_sizes: tuple[str, ...] = setting(
        ...,
        "chosen",
        "sizes of the training instances; MaxCut's n = 6 … 9 alone are those of the code",
        min_length=1,
    )
    train_instances: int = setting(
        56, "chosen", "training instances for each size, for MaxCut for each (n, k)", ge=1
    )
    validation_instances: int = setting(32, "chosen", "validation instances for each size", ge=1)
    test: dict[str, pydantic.PositiveInt] = setting(
        ...,
        "chosen",
        "test instances for each test size; MaxCut's n = 12 alone is that of the code, and "
        "inferred from the paper's shots",
    )
    headline_size: str = setting(
        ...,
        "chosen",
        "test size shown in the main figure; MaxCut's n = 12 alone is that of the code, and "
        "inferred from the paper's shots",
    )
    transfer: dict[str, TestSample] = setting(
        {}, "chosen", "test samples outside the training distribution, by name"
    )
    shots_size: str | None = setting(
        None, "inferred", "size whose shots a query stand in Table 1; null for the headline size"
    )
    learners: dict[str, Learner] = setting(..., "chosen", "ways to train, by name")
    starts: tuple[str, ...] | None = setting(
        None,
        "chosen",
        "starts compared, by file name in replication/starts; null for all, where the paper has "
        "random angles and the class heuristic, and the others are controls of ours",
    )
    constants: Constants = Constants()
    reference: Reference = Reference()
    evaluation: Evaluation = Evaluation()
    protocols: dict[str, Protocol] = setting({}, "chosen", "other ways to evaluate, by name")

    @pydantic.field_validator("protocols")
    @classmethod
    def _with_each_optimiser(
        cls, value: dict[str, Protocol], info: pydantic.ValidationInfo
    ) -> dict[str, Protocol]:
        """Protocols of every optimiser spelt out, as `<protocol>-<optimiser>`."""
        own = info.data.get("evaluation", Evaluation()).optimiser
        others = [name for name in optimisers.names() if name != own]
        found: dict[str, Protocol] = {}
        for key, one in value.items():
            if one.optimiser == EVERY:
                found |= {f"{key}-{n}": each for n, each in one.with_each(others).items()}
            else:
                found[key] = one
        return found

    @pydantic.field_validator("test")
    @classmethod
    def _by_size(cls, value: dict[str, int]) -> dict[str, int]:
        """Smallest first, whichever study a size was named in."""
        return dict(sorted(value.items(), key=lambda item: extent(item[0])))

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> "MetaLearning":
        for name, sample in self.samples.items():
            sample.problem.check_size(sample.size)
            if sample.problem.family != self.problem.family:
                raise ValueError(
                    f"transfer {name}: a network for {self.problem.kind} cannot propose the angles "
                    f"of {sample.problem.kind}"
                )
        for size in (*self.train_sizes, *filter(None, [self.shots_size])):
            self.problem.check_size(size)
        for name in self.transfer:
            if name in {*self.test, "train", "validation"}:
                raise ValueError(f"transfer {name}: the name is taken")
        for name, protocol in self.protocols.items():
            if name == MAIN:
                raise ValueError(f"protocols: the name {MAIN} is taken by `evaluation`")
            for sample_name in protocol.samples or ():
                if sample_name not in self.samples:
                    raise ValueError(
                        f"protocol {name}: sample {sample_name} is not among "
                        f"{', '.join(self.samples)}"
                    )
        sizes = {*self.train_sizes, *(one.size for one in self.samples.values())}
        self.problem.check_sizes(sorted(sizes))
        for name, learner in self.learners.items():
            for size in learner.train_sizes or ():
                if size not in self.train_sizes:
                    raise ValueError(
                        f"learner {name}: train size {size} is not among "
                        f"{', '.join(self.train_sizes)}"
                    )
            for size in learner.test_sizes or ():
                if size not in self.test:
                    raise ValueError(
                        f"learner {name}: test size {size} is not among {', '.join(self.test)}"
                    )
        if self.headline_size not in self.test:
            raise ValueError(
                f"headline_size {self.headline_size} is not among the test sizes "
                f"{', '.join(self.test)}"
            )
        if not self.candidates:
            raise ValueError("at least one learner must have headline: true and shown_in: main")
        return self

    def problem_kinds(self, sample: str | None = None) -> set[str]:
        """Its own class, and those of its samples, or of one sample."""
        wanted = self.samples if sample is None else {sample} & self.samples.keys()
        return {self.problem.kind, *(self.samples[name].problem.kind for name in wanted)}

    def given_names(self) -> list[str]:
        """Names of learners, samples and protocols."""
        return [*self.learners, *self.samples, *self.protocols]

    def values(self, field: str, study: "Study", names: Mapping[str, str]) -> list[str]:
        """Names of samples, learners and protocols, and of the jobs that trace starts."""
        match field:
            case "sample":
                return list(self.samples)
            case "learner":
                return list(self.learners)
            case "protocol":
                return self.protocols_on(names["sample"])
            case _:
                return tracers(study, names["experiment"], names["sample"], names["protocol"])

    def check(self, study: "Study", name: str) -> None:
        """Refuse unknown starts and local optimisers."""
        for protocol in (MAIN, *self.protocols):
            optimiser = self.evaluation_under(protocol).optimiser
            if optimiser not in optimisers.names():
                key = "evaluation" if protocol == MAIN else f"protocols.{protocol}"
                raise UserError(
                    f"experiments.{name}.{key}.optimiser: unknown optimiser {optimiser!r}; "
                    f"allowed are {', '.join(optimisers.names())}"
                )
        for sample in self.samples:
            for protocol in self.protocols_on(sample):
                starts_for(study, name, sample, protocol)

    @property
    def samples(self) -> dict[str, TestSample]:
        """Every test sample by name: the experiment's own test sizes, then `transfer`."""
        own = {
            size: TestSample(label=size, size=size, instances=count, problem=self.problem)
            for size, count in self.test.items()
        }
        return own | self.transfer

    @property
    def candidates(self) -> list[str]:
        """Learners among whose networks the validation loss chooses."""
        return [n for n, one in self.learners.items() if one.headline and one.shown_in == "main"]

    def protocols_on(self, sample: str) -> list[str]:
        """Names of the ways in which a sample is evaluated, the experiment's own first."""
        return [MAIN] + [
            name
            for name, one in self.protocols.items()
            if sample in (one.samples or (self.headline_size,))
        ]

    def evaluation_under(self, protocol: str) -> Evaluation:
        """`evaluation` with what a protocol changes."""
        if protocol == MAIN:
            return self.evaluation
        fields = Evaluation.model_fields.keys() & Protocol.model_fields.keys()
        other = self.protocols[protocol]
        changes = {name: getattr(other, name) for name in fields}
        return self.evaluation.model_copy(
            update={name: value for name, value in changes.items() if value is not None}
        )

    def circuit_settings(self) -> dict[str, Any]:
        """What the circuit of an instance depends on, as plain data."""
        return {"problem": self.problem.model_dump(mode="json"), "depth": self.depth}

    @property
    def needs_start(self) -> bool:
        """Whether the roll-out begins at a start that must be queried."""
        return not self.problem.neutral_at_zero

    def circuit(self, problem: Any) -> "Ansatz":
        """The ansatz with which an instance is treated."""
        return self.problem.circuit(problem, self.depth)

    @property
    def roll_out_queries(self) -> int:
        """Cost queries of a whole roll-out, that of its start included where it needs one."""
        return self.evaluation.queries + self.needs_start

    def train_sizes_of(self, learner: str) -> tuple[str, ...]:
        """Sizes that a learner trains on."""
        return self.learners[learner].train_sizes or self.train_sizes

    def learners_tested_on(self, sample: str) -> list[str]:
        """Names of the learners of which every seed is tested on a sample."""
        found = []
        for name, learner in self.learners.items():
            sizes = tuple(self.test) if learner.shown_in == "main" else (self.headline_size,)
            if sample in (learner.test_sizes or sizes):
                found.append(name)
        return found

    def learners_shown_in(self, figure: str) -> list[str]:
        """Names of the learners that are trained for a figure."""
        return [name for name, one in self.learners.items() if one.shown_in == figure]

    def queries_of(self, learner: str) -> int:
        """Queries T that a learner is trained for."""
        return self.learners[learner].queries or self.evaluation.queries

    def training_of(self, learner: str) -> tuple[dict[str, Any], tuple[str, ...], int]:
        """What a learner's training depends on: its settings, sizes and queries."""
        elsewhere = {
            "label",
            "shown_in",
            "base",
            "headline",
            "train_sizes",
            "test_sizes",
            "queries",
        }
        settings = self.learners[learner].model_dump(mode="json", exclude=elsewhere)
        return settings, self.train_sizes_of(learner), self.queries_of(learner)
