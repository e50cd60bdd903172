"""Experiments that train a network to propose angles and compare it with other starts."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

import pydantic

from replication import optimisers
from replication.ensembles import Problem
from replication.errors import UserError
from replication.kinds.base import Experiment
from replication.kinds.meta_learning_jobs import MAIN, starts_for, trace_job_names
from replication.kinds.meta_learning_settings import (
    EVERY,
    Constants,
    Evaluation,
    Learner,
    Protocol,
    Reference,
    TestSet,
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
        None, "chosen", "experiment of which it varies a setting, for the sensitivity alone"
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
    transfer: dict[str, TestSet] = setting(
        {}, "chosen", "test sets outside the training distribution, by name"
    )
    shots_size: str | None = setting(
        None, "inferred", "size whose shots a query are in Table 1; null for the headline size"
    )
    learners: dict[str, Learner] = setting(..., "chosen", "ways to train, by name")
    successor: str | None = setting(
        None,
        "chosen",
        "experiment whose networks are compared besides its own, such as one that trains on more "
        "classes and in natural units; of the same circuit and depth",
        exclude_if=lambda value: value is None,
    )
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
        for name, one in self.test_sets.items():
            one.problem.check_size(one.size)
            if one.problem.family != self.problem.family:
                raise ValueError(
                    f"transfer {name}: a network for {self.problem.kind} cannot propose the angles "
                    f"of {one.problem.kind}"
                )
        for size in (*self.train_sizes, *filter(None, [self.shots_size])):
            self.problem.check_size(size)
        for name in self.transfer:
            if name in {*self.test, "train", "validation"}:
                raise ValueError(f"transfer {name}: the name is taken")
        for name, protocol in self.protocols.items():
            if name == MAIN:
                raise ValueError(f"protocols: the name {MAIN} is taken by `evaluation`")
            for test_set in protocol.test_sets or ():
                if test_set not in self.test_sets:
                    raise ValueError(
                        f"protocol {name}: test set {test_set} is not among "
                        f"{', '.join(self.test_sets)}"
                    )
        for name in (MAIN, *self.protocols):
            way = self.evaluation_under(name)
            if way.whitened and len(way.simplex) > 1:
                raise ValueError(
                    f"protocol {name}: whitened coordinates have one edge for all directions, "
                    f"not {len(way.simplex)}: set simplex to one number, such as [0.04]"
                )
        sizes = {*self.train_sizes, *(one.size for one in self.test_sets.values())}
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
            raise ValueError("at least one learner must have role: candidate")
        return self

    def problem_kinds(self, test_set: str | None = None) -> set[str]:
        """Its own class, and those of its test sets, or of one of them."""
        wanted = self.test_sets if test_set is None else {test_set} & self.test_sets.keys()
        return self.problem.kinds.union(*(self.test_sets[name].problem.kinds for name in wanted))

    def given_names(self) -> list[str]:
        """Names of learners, test sets and protocols."""
        return [*self.learners, *self.test_sets, *self.protocols]

    def labelled_names(self) -> list[str]:
        """The same, and those of protocols of every optimiser."""
        return [*self.given_names(), *map(self._family, self.protocols)]

    def _family(self, protocol: str) -> str:
        """The protocol that one was spelt out from, its own name where it was not."""
        return protocol.removesuffix(f"-{self.protocols[protocol].optimiser}")

    def heading(self) -> str | None:
        """Class, algorithm and depth; a variant is called by its name."""
        if self.variant_of:
            return None
        symbol = self.problem.depth_label.split()[-1]
        return f"{self.problem.label} {self.problem.algorithm}, {symbol} = {self.depth}"

    def called(self, title: str, labels: Mapping[str, str]) -> Self:
        """The same with its words, of which no two learners, protocols or test sets have one."""
        named = super().called(title, labels)
        for several in (self.learners, self.protocols, self.test_sets):
            taken: dict[tuple[str | None, str], str] = {}
            for part in several:
                other = taken.setdefault(named._words(part), part)
                if other != part:
                    raise ValueError(
                        f"labels: {other} and {part} are both called {named.label(part)!r}; "
                        "give one of them another label"
                    )
        return named

    def label(self, part: str) -> str:
        """A protocol is called by its local optimiser where no other is.

        Only here the optimiser's file is imported, and with it SciPy: no job needs that to read
        the study.
        """
        optimiser, text = self._words(part)
        if optimiser is None:
            return text
        # An unknown optimiser is refused by `check`, which names its key.
        if optimiser not in optimisers.names():
            return part
        own = optimisers.load(optimiser).LABEL
        found = f"{own}, {text}" if text else own
        return part if found in self._labels.values() else found

    def _words(self, part: str) -> tuple[str | None, str]:
        """The local optimiser by whose label a part is called, if any, and the other words."""
        one = self.protocols.get(part)
        if part in self._labels or one is None or one.optimiser is None:
            return None, super().label(part)
        family = self._labels.get(self._family(part))
        if family:
            return one.optimiser, family
        alike = [
            name
            for name, other in self.protocols.items()
            if other.optimiser == one.optimiser
            and self._labels.keys().isdisjoint({name, self._family(name)})
        ]
        return (one.optimiser, "") if alike == [part] else (None, part)

    def values(self, field: str, study: "Study", names: Mapping[str, str]) -> list[str]:
        """Names of test sets, learners and protocols, and of the jobs that trace starts."""
        match field:
            case "set":
                return list(self.test_sets)
            case "learner":
                return list(self.learners)
            case "protocol":
                return self.protocols_on(names["set"])
            case _:
                return trace_job_names(study, names["experiment"], names["set"], names["protocol"])

    def check_successor(self, name: str, experiments: Mapping[str, "MetaLearning"]) -> None:
        """Refuse a successor that is not there, or of another circuit, depth or seed.

        **Arguments:** `name`: its own; `experiments`: all of the study.
        """
        alike = {key: (one.problem.family, one.depth, one.seed) for key, one in experiments.items()}
        allowed = [key for key in alike if key != name and alike[key] == alike[name]]
        if self.successor is not None and self.successor not in allowed:
            raise ValueError(
                f"experiments.{name}.successor: {self.successor!r} must be an experiment of the "
                f"same circuit, depth and seed, one of {', '.join(allowed) or 'none'}"
            )

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
        for test_set in self.test_sets:
            for protocol in self.protocols_on(test_set):
                starts_for(study, name, test_set, protocol)

    @property
    def test_sets(self) -> dict[str, TestSet]:
        """Every test set by name: the experiment's own test sizes, then `transfer`."""
        own = {
            size: TestSet(size=size, instances=count, problem=self.problem)
            for size, count in self.test.items()
        }
        return own | self.transfer

    @property
    def candidates(self) -> list[str]:
        """Learners among whose networks the validation set chooses."""
        return self.learners_of("candidate")

    def protocols_on(self, test_set: str) -> list[str]:
        """Names of the ways in which a test set is evaluated, the experiment's own first."""
        return [MAIN] + [
            name
            for name, one in self.protocols.items()
            if test_set in (one.test_sets or (self.headline_size,))
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

    def learners_tested_on(self, test_set: str) -> list[str]:
        """Names of the learners of which every seed is tested on a test set."""
        found = []
        for name, learner in self.learners.items():
            varied = learner.role in ("ablation", "sensitivity")
            sizes = (self.headline_size,) if varied else tuple(self.test)
            if test_set in (learner.test_sizes or sizes):
                found.append(name)
        return found

    def learners_of(self, *roles: str) -> list[str]:
        """Names of the learners that play one of some roles."""
        return [name for name, one in self.learners.items() if one.role in roles]

    def queries_of(self, learner: str) -> int:
        """Queries T that a learner is trained for."""
        return self.learners[learner].queries or self.evaluation.queries

    def training_of(self, learner: str) -> tuple[dict[str, Any], tuple[str, ...], int]:
        """What a learner's training depends on: its settings, sizes and queries."""
        elsewhere = {"role", "base", "train_sizes", "test_sizes", "queries"}
        settings = self.learners[learner].model_dump(mode="json", exclude=elsewhere)
        return settings, self.train_sizes_of(learner), self.queries_of(learner)
