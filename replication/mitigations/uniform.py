"""No mitigation: angles drawn uniformly from full periods."""

from typing import TYPE_CHECKING

from replication.mitigations import Setting

if TYPE_CHECKING:
    from replication.landscapes.stack_training import Trained

LABEL = "uniform angles"
SOURCE = "J. R. McClean et al., doi:10.1038/s41467-018-07090-4"


def train(setting: Setting) -> "Trained":
    """U(-π, π)."""
    return setting.descend(setting.uniform())
