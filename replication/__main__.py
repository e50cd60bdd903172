"""The command line, `replication` or `python -m replication`: a user's commands and the study's."""

import argparse
import errno
import io
import os
import sys
from collections.abc import Sequence

from replication import __version__, shell
from replication.errors import exit_status
from replication.extras import is_own, missing

_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS)


def _parser(command: str) -> argparse.ArgumentParser:
    """Of all commands, or of the user's alone where one of them is asked for: they are light.

    So are they where the study's libraries are not installed.
    """
    parser = argparse.ArgumentParser(
        prog="replication",
        description="Trained networks on your own problem, and the jobs of the study.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    shell.add_to(commands)
    if command not in shell.COMMANDS:
        try:
            from replication import study_commands
        except ModuleNotFoundError as error:
            if is_own(error):
                raise
            parser.epilog = f"More commands are those of studies: {missing(error)}."
        else:
            study_commands.add_to(commands)
    return parser


def _do(words: Sequence[str]) -> None:
    arguments = _parser(words[0] if words else "").parse_args(words)
    if arguments.command in shell.COMMANDS:
        shell.run(arguments)
    else:
        from replication import study_commands

        study_commands.run(arguments)
    sys.stdout.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status is 2 for mistakes that a user can mend."""
    for stream in (sys.stdout, sys.stderr):
        # A study's titles hold more than some locales can say.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    words = sys.argv[1:] if argv is None else argv
    try:
        return exit_status(lambda: _do(words))
    except shell.Finished:
        return shell.DONE
    except ModuleNotFoundError as error:
        if is_own(error):
            raise
        print(f"replication: error: {missing(error)}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; Python's own flush at the end would fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        where = f" {error.filename}" if error.filename else ""
        print(f"replication: error: cannot write{where}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("replication: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
