"""Mistakes a user can mend: the one exception, how a command reports it, and warnings."""

import sys
import warnings
from collections.abc import Callable


class UserError(ValueError):
    """Bad input: the message names the offending key, file or value and what is allowed.

    The command line prints it without a traceback and exits with status 2.

    ```pycon
    >>> from replication import UserError, load_study
    >>> try:
    ...     load_study("papr")
    ... except UserError as error:
    ...     print(error)  # doctest: +ELLIPSIS
    unknown study 'papr'; allowed are depths, extended, landscapes, ... or a path ending in .yaml

    ```
    """


def exit_status(work: Callable[[], object]) -> int:
    """Do the work of a command: 0, or 2 and one line on standard error for a [`UserError`][]."""
    try:
        work()
    except UserError as error:
        print(f"replication: error: {error}", file=sys.stderr)
        return 2
    return 0


def warn_user(message: str) -> None:
    """Warn at the line that led here from outside of this package, and of Equinox's methods."""
    level, frame = 1, sys._getframe()
    while frame.f_back and frame.f_globals["__name__"].split(".")[0] in ("replication", "equinox"):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)
