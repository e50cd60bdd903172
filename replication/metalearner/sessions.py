"""Sessions of one network on several instances, side by side."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from replication.errors import UserError
from replication.metalearner.session import Session, Suggestion


class Sessions:
    """Sessions side by side, one an instance, for costs that are evaluated together.

    ```pycon
    >>> import numpy as np
    >>> import replication as r
    >>> problems = [r.maxcut([(k, (k + 1) % n) for k in range(n)]) for n in (6, 8)]
    >>> runs = r.load_meta_optimizer("maxcut-p4").sessions(problems)
    >>> runs.ask().shape
    (2, 8)
    >>> runs.tell([-0.5, np.nan])
    >>> [len(run.paid) for run in runs]
    [1, 0]

    ```
    """

    def __init__(self, sessions: Iterable[Session]) -> None:
        """Sessions of the same network."""
        self._sessions = list(sessions)

    def __iter__(self) -> Iterator[Session]:
        """The single ones."""
        return iter(self._sessions)

    def __len__(self) -> int:
        """How many."""
        return len(self._sessions)

    @property
    def done(self) -> bool:
        """Whether all are."""
        return all(one.done for one in self._sessions)

    def ask(self) -> np.ndarray:
        """Angles of every session, `(sessions, k)`; NaN for one that is done."""
        k = len(self._sessions[0].scaling.unit) if self._sessions else 0
        rows = [np.full(k, np.nan) if one.done else one.ask() for one in self._sessions]
        return np.array(rows).reshape(-1, k)

    def tell(self, values: Sequence[object] | np.ndarray) -> None:
        """A cost for every session; NaN for one that failed, anything for one that is done."""
        if len(values) != len(self._sessions):
            raise UserError(f"{len(self._sessions)} costs are needed, got {len(values)}")
        for one, value in zip(self._sessions, values, strict=True):
            if not one.done:
                one.tell(value)

    @property
    def results(self) -> list[Suggestion]:
        """What each found."""
        return [one.result for one in self._sessions]
