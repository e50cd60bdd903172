"""A global cost is trained from angles that minimise a local one."""

from typing import TYPE_CHECKING

from replication.errors import UserError
from replication.mitigations import Setting, after

if TYPE_CHECKING:
    from replication.landscapes.stack_training import Trained

LABEL = "local cost first"
SOURCE = "M. Cerezo et al., doi:10.1038/s41467-021-21728-w"
NEEDS = "local"


def train(setting: Setting) -> "Trained":
    """Half of the budget for each; an evaluation of the local cost counts as one."""
    import equinox as eqx

    if setting.local is None:
        raise UserError("a local cost first needs `local`, an easier cost")
    half = setting.evaluations // 2
    easier = eqx.tree_at(lambda one: one.observable, setting.circuits, setting.local)
    found = setting.part(half, circuits=easier).descend(setting.uniform())
    return after(half, setting.part(setting.evaluations - half).descend(found.final))
