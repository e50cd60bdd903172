"""An ensemble of instances as a setting: the settings of any problem class, by its `kind`."""

import functools
import operator
from typing import TYPE_CHECKING, Annotated

import pydantic

from replication import problems
from replication.problems.base import ProblemClass

if TYPE_CHECKING:
    Problem = ProblemClass
else:
    Problem = Annotated[
        functools.reduce(operator.or_, problems.classes().values()),
        pydantic.Field(discriminator="kind"),
    ]
