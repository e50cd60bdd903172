"""What experiments of every kind have in common."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

import pydantic

from replication.settings import Settings, setting

if TYPE_CHECKING:
    from replication.study import Study


class Experiment(Settings):
    """An experiment of a study; each kind has a field `kind`, the name of its file."""

    _title: str = pydantic.PrivateAttr("")
    _labels: Mapping[str, str] = pydantic.PrivateAttr({})

    kind: str
    seed: int | None = setting(
        None, "chosen", "base seed of its draws; null for the study's", ge=0, lt=2**63
    )

    def problem_kinds(self, test_set: str | None = None) -> set[str]:
        """Names of the problem classes that it meets, or meets on one test set."""
        raise NotImplementedError

    def given_names(self) -> list[str]:
        """Names that the study gives to parts of the experiment: paths of files contain them."""
        return []

    def labelled_names(self) -> list[str]:
        """Names that the study may give a label to."""
        return self.given_names()

    def heading(self) -> str | None:
        """What figures call the experiment unless the study says otherwise; `None` for its name."""
        return None

    def called(self, title: str, labels: Mapping[str, str]) -> Self:
        """The same experiment with the words that a study gives it: its title and its labels."""
        named = self.model_copy()
        named._title, named._labels = title, labels
        return named

    @property
    def title(self) -> str:
        """What figures call the experiment."""
        return self._title or self.heading() or ""

    def label(self, part: str) -> str:
        """What figures call one of its parts, such as a learner: by its name unless labelled."""
        return self._labels.get(part, part)

    def values(self, field: str, study: "Study", names: Mapping[str, str]) -> list[str]:
        """What a name of a job may be, given the names before it.

        **Arguments:** `field`: such as `"set"`, from the path of a step's output.
        """
        raise NotImplementedError

    def check(self, study: "Study", name: str) -> None:
        """Refuse unknown names of files of this package, such as starts.

        **Raises:** [`UserError`][] naming the key and what is allowed.
        """
