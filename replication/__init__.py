"""Learning to learn with quantum circuits: a reproducible benchmark of arXiv:1907.05415.

The public names, all loaded on first use so that `import replication` stays light:

- problems: `maxcut`, `sk`, `hubbard`;
- ansätze: `qaoa`, `hubbard_ansatz`;
- the trained networks: `load_meta_optimizer`, `MetaOptimizer`;
- studies: `load_study`, `Study`; mistakes a user can mend: `UserError`.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replication.ansatze.hubbard import hubbard_ansatz
    from replication.ansatze.qaoa import qaoa
    from replication.errors import UserError
    from replication.metalearner.artefact import MetaOptimizer, load_meta_optimizer
    from replication.problems.hubbard import hubbard
    from replication.problems.maxcut import maxcut
    from replication.problems.sk import sk
    from replication.study import Study, load_study

__version__ = "0.1.0"
__all__ = [
    "MetaOptimizer",
    "Study",
    "UserError",
    "hubbard",
    "hubbard_ansatz",
    "load_meta_optimizer",
    "load_study",
    "maxcut",
    "qaoa",
    "sk",
]

_HOMES = {
    "MetaOptimizer": "metalearner.artefact",
    "Study": "study",
    "UserError": "errors",
    "hubbard": "problems.hubbard",
    "hubbard_ansatz": "ansatze.hubbard",
    "load_meta_optimizer": "metalearner.artefact",
    "load_study": "study",
    "maxcut": "problems.maxcut",
    "qaoa": "ansatze.qaoa",
    "sk": "problems.sk",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'replication' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"replication.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
