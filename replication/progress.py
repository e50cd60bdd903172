"""Progress on the terminal: a bar where there is a terminal, now and then a line where not."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

_SECONDS_BETWEEN_LINES = 30.0


def track(items: Sequence[T], what: str) -> Iterator[T]:
    """Iterate and show how far it is."""
    if sys.stdout.isatty():
        # Here, since most jobs have no terminal and start the sooner without.
        from rich.progress import track as bar

        yield from bar(items, description=what)
        return
    last = time.monotonic()
    for done, item in enumerate(items):
        yield item
        if time.monotonic() - last > _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            print(f"{what}: {done + 1} of {len(items)}", flush=True)
