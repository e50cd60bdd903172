"""Learning to learn with quantum circuits: a reproducible benchmark of arXiv:1907.05415.

The public names, all loaded on first use so that `import replication` stays light:

- problems: `maxcut`, `sk`, `ising`, `qubo`, `hubbard`, `hubbard_on`; `read_graph`;
- ansätze: `qaoa`, `hubbard_ansatz`;
- the trained networks: `networks`, `load_meta_optimizer`, `MetaOptimizer`,
  `open_session`, `recommend` for the one to use, and `train` for one's own; `initial_angles`
  for starts without a network;
- studies: `load_study`, `Study`; mistakes a user can mend: `UserError`.
"""

from typing import Any

import lazy_loader

__version__ = "0.1.0"
# Which module each name is from is said in `__init__.pyi`.
_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    """A public name, loaded now; where it needs what is not installed, the extra that has it."""
    try:
        return _load(name)
    except ModuleNotFoundError as error:
        from replication.extras import is_own, missing

        if is_own(error):
            raise
        sentence = missing(error, f"replication.{name}")
        raise ModuleNotFoundError(sentence, name=error.name) from None
