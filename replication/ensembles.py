"""An ensemble of instances as a setting: the settings of any problem class, by its `kind`."""

from typing import TYPE_CHECKING

from replication import problems
from replication.problems.base import ProblemClass
from replication.registry import one_of

if TYPE_CHECKING:
    Problem = ProblemClass
else:
    Problem = one_of(problems.classes().values())
