"""The command line: `python -m bench.regression check|accept …`; exit status 1 for a regression."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from replication.errors import UserError

from . import plans, reference, smoke, timings

WHAT = ("plans", "timings", "smoke")
RESULTS = Path("results/smoke")


def _measured(what: str, base: str) -> dict[str, float]:
    if what == "smoke":
        return smoke.measured(RESULTS)
    if what == "timings":
        return timings.ratios(base)
    # The kernels choose by the number of threads, and so the plans would depend on it.
    os.environ["NPROC"] = "1"
    return plans.measured()


def _changes(what: str, new: dict[str, float], base: str) -> list[reference.Change]:
    old = reference.load(what)
    if what == "smoke":
        return reference.moved(old.figures, new, smoke.FACTOR, smoke.LEAST)
    if what == "timings":
        return reference.worse(timings.limits(old, reference.at(what, base)), new, 1.0)
    return reference.worse(old.figures, new, plans.FACTOR)


def _check(what: str, base: str) -> str:
    """What is wrong with the numbers of one check, nothing if all is well."""
    new = _measured(what, base)
    changes = _changes(what, new, base)
    if changes:
        return reference.report(what, changes)
    if reference.unexplained(what, base):
        return f"{what}: the reference is another than in {base}, but its reason is the same"
    print(f"{what}: {len(new)} numbers, all as the reference allows")
    return ""


def _accept(what: str, base: str, reason: str) -> str:
    """Nothing, for nothing is wrong."""
    reference.checked(what, reason)
    found = _measured(what, base)
    if what == "timings":
        found = timings.allowed(found)
    print(f"wrote {reference.accept(what, found, reason)}")
    return ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="regression", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="compare with the reference, or with a commit")
    accept = commands.add_parser("accept", help="write the numbers down as the new reference")
    check.add_argument("what", choices=WHAT, nargs="+")
    accept.add_argument("what", choices=WHAT)
    for one in (check, accept):
        one.add_argument("--base", default="HEAD~1", help="commit to compare with (default HEAD~1)")
    accept.add_argument("--reason", required=True, help="why they are new")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Check, all of them even if one fails, or accept.

    **Returns:** 1 for a regression, 2 for mistakes that a user can mend.
    """
    arguments = _parser().parse_args(argv)
    if arguments.command == "check":
        return max(_status(_check, one, arguments.base) for one in arguments.what)
    return _status(_accept, arguments.what, arguments.base, arguments.reason)


def _status(do: Callable[..., str], *arguments: str) -> int:
    """The exit status of one thing to do, which tells what is wrong."""
    try:
        wrong = do(*arguments)
    except UserError as error:
        print(f"regression: error: {error}", file=sys.stderr)
        return 2
    if wrong:
        print(wrong, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
